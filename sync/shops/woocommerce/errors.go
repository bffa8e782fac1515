package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"stockbridge/sync/fault"
	"stockbridge/sync/web"
)

// refusal is an answer with an error status, or a failed item of a batch: the cause inside a classified fault.
// Decisions go by status and code alone; message is in the shop's language and only ever shown.
type refusal struct {
	status  int
	code    string // "" when the answer was no JSON error: a web page
	message string
	holder  string // data.resource_id: who has the SKU
	page    bool   // the answer was a web page
}

func (r *refusal) Error() string {
	return fmt.Sprintf("status %d, code %q: %s", r.status, r.code, r.message)
}

// detail is the refusal in the shop's own words, for a sentence.
func (r *refusal) detail() string {
	switch {
	case r.message != "" && r.code != "":
		return r.message + " (" + r.code + ")"
	case r.code != "":
		return r.code
	}
	return "status " + strconv.Itoa(r.status)
}

// faultCode is NOTES §4 as a table. 500 with a JSON body is final for the codes of WooCommerce itself and passes for
// PHP's own breakdown (internal_server_error).
func (r *refusal) faultCode() fault.Code {
	switch {
	case r.code == "":
		return r.pageCode()
	case r.status == http.StatusUnauthorized:
		return "shop.sign_in"
	case r.status == http.StatusForbidden:
		return "shop.right_missing"
	case r.code == "rest_no_route":
		return "shop.not_found"
	case r.code == "product_invalid_sku" && r.holder != "":
		return "shop.sku_taken"
	case r.code == "internal_server_error":
		return "net.server_error"
	case strings.HasSuffix(r.code, "_invalid_id"):
		return "shop.gone"
	}
	return "shop.refused"
}

func (r *refusal) pageCode() fault.Code {
	switch {
	case r.status == http.StatusUnauthorized: // the shop itself answers in JSON: this is the web server in front of it
		return "shop.front_door"
	case r.status == http.StatusNotFound, r.status == http.StatusMethodNotAllowed:
		return "shop.not_found"
	case r.status == http.StatusRequestEntityTooLarge:
		return "shop.refused"
	case r.status >= 500:
		return "net.server_error"
	}
	return "answer.not_json"
}

// readRefusal reads an error answer of any kind.
func readRefusal(res *web.Response) *refusal {
	r := &refusal{status: res.Status}
	var e apiError
	if json.Unmarshal(res.Body, &e) != nil || e.Code == "" {
		r.page = true
		return r
	}
	r.fill(&e)
	return r
}

func (r *refusal) fill(e *apiError) {
	d := e.data()
	r.code, r.message, r.holder = string(e.Code), clip(line(string(e.Message)), 200), string(d.ResourceID)
	if n := int(d.Status.number()); r.status == 0 {
		r.status = n
	}
}

// itemFault classifies the failure of one item of a batch.
func (c *Client) itemFault(e *apiError, key, ref string) *fault.Error {
	r := &refusal{}
	r.fill(e)
	f := c.fault(r, key)
	if f.Code == "net.server_error" {
		f = fault.Wrap(r, "shop.refused", f.Args) // this item breaks the shop's own code; the others went through
	}
	f.Args["ref"] = ref
	return f
}

// fault classifies a refusal; key names the record it is about.
func (c *Client) fault(r *refusal, key string) *fault.Error {
	return fault.Wrap(r, r.faultCode(), fault.Args{
		"side": "Shop", "host": c.host, "field": "[shop] url", "connection": c.name, "status": strconv.Itoa(r.status),
		"key": key, "detail": r.detail(), "holder": r.holder, "path": api, "what": "record", "ref": "", "type": "a web page",
	})
}

// send sends a request and returns an answer of status 2xx; any other is a classified error.
func (c *Client) send(ctx context.Context, r web.Request) (*web.Response, error) {
	res, err := c.doer.Do(ctx, r)
	if err != nil {
		return nil, permalinks(err, r.Path)
	}
	if res.Status >= 200 && res.Status < 300 {
		return res, nil
	}
	f := c.fault(readRefusal(res), clip(strings.Join(r.Keys, ", "), 80))
	f.Args["path"], _, _ = strings.Cut(r.Path, "?")
	return nil, f
}

// get reads JSON from a path below api.
func (c *Client) get(ctx context.Context, r web.Request, into any) (http.Header, error) {
	r.Method = http.MethodGet
	res, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return res.Header, web.JSON(res, into)
}

// permalinks recognises the redirect of a shop with "Plain" permalinks: to the same path with a slash (NOTES §4).
func permalinks(err error, path string) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != "net.redirect" {
		return err
	}
	path, _, _ = strings.Cut(path, "?")
	if to, _, _ := strings.Cut(f.Args["to"], "?"); strings.HasSuffix(to, path+"/") {
		return fault.Wrap(err, "shop.permalinks", nil)
	}
	return err
}

// asRefusal is the refusal inside an error; nil when the shop gave no answer.
func asRefusal(err error) *refusal {
	r, _ := errors.AsType[*refusal](err)
	return r
}

// denied finds out what a 401 on a write means. The code of a wrong secret and of a key without write rights is the
// same and the text is translated (NOTES §4), so a read decides: if that works, the right is missing.
func (c *Client) denied(ctx context.Context, err error) error {
	r := asRefusal(err)
	if r == nil || r.status != http.StatusUnauthorized {
		return err
	}
	if _, e := c.send(ctx, web.Request{Method: http.MethodGet, Path: api + "products?per_page=1&_fields=id"}); e != nil {
		return err
	}
	return fault.Wrap(r, "shop.right_missing", fault.Args{"detail": r.detail(), "connection": c.name})
}

// unsent lists the faults after which the shop can't have seen a request.
func unsent(code fault.Code) bool {
	switch code {
	case "net.unreachable", "net.unknown_host", "net.not_private", "net.proxy", "net.busy":
		return true
	}
	return strings.HasPrefix(string(code), "tls.") || strings.HasPrefix(string(code), "url.")
}
