package bc

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

var (
	correlation = regexp.MustCompile(`\s*CorrelationId:\s*[0-9a-fA-F-]{36}\.?\s*$`)
	// tableData is the part of a refusal that is the same in every language (NOTES §2).
	tableData = regexp.MustCompile(`\(TableData (\d+) (.+?) (Read|Insert|Modify|Delete|Execute)\b[^)]*\)`)
)

// apiFault is BC's own word on what went wrong: a stable code, and a text for people.
func apiFault(res *web.Response) (errorCode, message string) {
	var e apiError
	if json.Unmarshal(res.Body, &e) != nil {
		return "", "status " + strconv.Itoa(res.Status)
	}
	message = strings.TrimSpace(correlation.ReplaceAllString(e.Error.Message, ""))
	if message == "" {
		message = "status " + strconv.Itoa(res.Status)
	}
	return e.Error.Code, fit(message, 300)
}

// accessFault is what an answer says of sign-in, rights or the server's set-up; nil when it says nothing of that.
func (c *Client) accessFault(res *web.Response) error {
	errorCode, message := apiFault(res)
	switch {
	case res.Status == http.StatusUnauthorized:
		return fault.New("bc.sign_in", fault.Args{"user": c.conn.BC.User, "connection": c.conn.Name})
	case res.Status == http.StatusForbidden:
		detail, sets := rights(message)
		return fault.New("bc.right_missing", fault.Args{"detail": detail, "user": c.conn.BC.User, "sets": sets})
	case res.Status == http.StatusBadRequest && strings.Contains(message, "do not have permissions to read"):
		// Pages over several tables say it in their own words (entities/salesOrders.json pageErrors).
		return fault.New("bc.right_missing", fault.Args{"detail": message, "user": c.conn.BC.User, "sets": "D365 READ"})
	case res.Status == http.StatusMethodNotAllowed:
		return fault.New("bc.api_disabled", nil)
	case errorCode == "Internal_TenantUnavailable":
		return fault.New("bc.tenant", nil)
	case errorCode == "Internal_CompanyNotFound":
		c.forget()
		return fault.New("bc.company_missing", fault.Args{"value": c.conn.BC.Company, "allowed": "the name of a company of this server"})
	case res.Status == http.StatusBadRequest && (strings.Contains(message, "data upgrade for this API") || strings.Contains(message, "Data required by the API was not set up")):
		return fault.New("bc.setup_missing", nil)
	}
	return nil
}

// readFault classifies the answer to a read; nil for 200.
func (c *Client) readFault(res *web.Response, kind record.Kind) error {
	if res.Status == http.StatusOK {
		return nil
	}
	if err := c.accessFault(res); err != nil {
		return err
	}
	errorCode, message := apiFault(res)
	switch {
	case res.Status == http.StatusNotFound:
		return fault.New("bc.not_found", fault.Args{"path": strings.TrimSuffix(c.conn.BC.URL, "/") + res.Path})
	case res.Status == http.StatusConflict, res.Status == http.StatusPreconditionFailed, errorCode == "Request_EntityChanged":
		return fault.New("bc.changed", fault.Args{"key": string(kind)})
	case res.Status >= http.StatusInternalServerError && errorCode == "":
		return fault.New("net.server_error", fault.Args{"side": system, "host": hostOf(c.conn.BC.URL), "field": "[bc] url", "status": strconv.Itoa(res.Status)})
	}
	what := string(kind)
	if what == "" {
		what = strings.Trim(res.Path, "/")
	}
	return fault.New("bc.read_refused", fault.Args{"what": what, "detail": message})
}

// rights takes the stable part out of a refusal, and names permission sets that hold the right (NOTES §2).
func rights(message string) (detail, sets string) {
	m := tableData.FindStringSubmatch(message)
	if m == nil {
		return message, "D365 READ, D365 BASIC, D365 SALES DOC, EDIT, D365 CUSTOMER, EDIT"
	}
	detail = strings.Trim(m[0], "()")
	table, op := m[2], m[3]
	switch {
	case op == "Read":
		return detail, "D365 READ"
	case strings.HasPrefix(table, "Sales"):
		return detail, "D365 BASIC with D365 SALES DOC, EDIT"
	case strings.HasPrefix(table, "Customer"), strings.HasPrefix(table, "Contact"):
		return detail, "D365 CUSTOMER, EDIT"
	}
	return detail, "D365 BUS FULL ACCESS"
}

// forget drops what is known of the company, so that the next call asks again.
func (c *Client) forget() {
	c.mu.Lock()
	c.co = nil
	c.mu.Unlock()
}

var (
	customerBlocked = regexp.MustCompile(`(?i)customer (\S+) is blocked with type (\w+)`)
	itemBlocked     = regexp.MustCompile(`(?i)blocked must be equal to 'No'.* in Item: No\.=(\S+?)[.,]? `)
)

// writeFault classifies the answer to a write that did not succeed. A server's own failure (5xx without a word of
// AL) leaves the outcome open (invariant 3).
func (c *Client) writeFault(res *web.Response, key record.Key, want record.Body) error {
	if err := c.accessFault(res); err != nil {
		return err
	}
	errorCode, message := apiFault(res)
	switch {
	case errorCode == "Request_EntityChanged", res.Status == http.StatusPreconditionFailed:
		return fault.New("bc.changed", fault.Args{"key": key.String()})
	case res.Status >= http.StatusInternalServerError && !strings.HasPrefix(errorCode, "Application_") && !strings.HasPrefix(errorCode, "BadRequest"):
		return unknownOutcome(key, nil)
	case res.Status == http.StatusNotFound && errorCode == "":
		return fault.New("bc.not_found", fault.Args{"path": strings.TrimSuffix(c.conn.BC.URL, "/") + res.Path})
	}
	if o, ok := want.(*record.SalesOrder); ok {
		if err := orderFault(o, key, message); err != nil {
			return err
		}
	}
	return fault.New("bc.refused", fault.Args{"key": key.String(), "detail": message})
}

// orderFault recognises refusals a person can act on at once. BC words them in the language asked for (en-US); a
// wording that changes only makes the sentence less precise.
func orderFault(o *record.SalesOrder, key record.Key, message string) error {
	if m := customerBlocked.FindStringSubmatch(message); m != nil {
		return fault.New("order.customer_blocked", fault.Args{"key": key.ID, "customer": m[1], "blocked": strings.TrimRight(m[2], ".")})
	}
	if m := itemBlocked.FindStringSubmatch(message + " "); m != nil {
		return fault.New("order.item_blocked", fault.Args{"key": key.ID, "sku": m[1]})
	}
	lower := strings.ToLower(message)
	if o.Currency != "" && strings.Contains(lower, "currency") && (strings.Contains(message, o.Currency) || strings.Contains(lower, "does not match to a currency")) {
		return fault.New("order.currency", fault.Args{"key": key.ID, "currency": o.Currency})
	}
	return nil
}

// sendFault is the error of a write that got no answer. Where the request may have arrived, the outcome is open.
func sendFault(err error, key record.Key) error {
	f := fault.As(err)
	switch f.Code {
	case "net.timeout", "net.cut", "net.server_error", "run.cancelled", "answer.too_large", "answer.not_json", "answer.invalid":
		return unknownOutcome(key, f)
	}
	return f
}

func unknownOutcome(key record.Key, cause error) error {
	f := fault.New("bc.unknown_outcome", fault.Args{"key": key.String()})
	f.Err = cause
	if c := fault.As(cause); c != nil {
		f.After = c.After
	}
	return f
}
