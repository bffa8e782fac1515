package bc

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// about says whom a request is about, for the journal: a kind, and business keys where they are known.
type about struct {
	kind record.Kind
	keys []string
}

// call is one request to the API with the headers every call carries (NOTES §3). path is relative to the base address.
type call struct {
	method, path string
	body         any
	header       map[string]string
	repeatable   bool
	about
}

// send sends a call and returns an answer of any status.
func (c *Client) send(ctx context.Context, k call) (*web.Response, error) {
	r := web.Request{Method: k.method, Path: c.withTenant(k.path), Repeatable: k.repeatable, Kind: k.kind, Keys: k.keys,
		Header: http.Header{"Accept-Language": {"en-US"}, "Accept": {"application/json"}}}
	for name, value := range k.header {
		r.Header.Set(name, value)
	}
	if k.body != nil {
		b, err := json.Marshal(k.body)
		if err != nil {
			return nil, fault.Wrap(err, "bug.unclassified", nil)
		}
		r.Body = b
		r.Header.Set("Content-Type", "application/json")
	}
	return c.doer.Do(ctx, r)
}

// get reads one address of the API into out, and returns the server's clock when it was asked.
func (c *Client) get(ctx context.Context, path string, of about, out any) (time.Time, error) {
	began := time.Now()
	res, err := c.send(ctx, call{method: http.MethodGet, path: path, about: of,
		header: map[string]string{"Data-Access-Intent": "ReadWrite"}})
	if err != nil {
		return time.Time{}, err
	}
	if err := c.readFault(res, of.kind); err != nil {
		return time.Time{}, err
	}
	return asked(res.Header, began), web.JSON(res, out)
}

// page reads one page of a list. path is a first address or what an earlier page named as next.
func (c *Client) page(ctx context.Context, path string, kind record.Kind, size int) (page, error) {
	began := time.Now()
	res, err := c.send(ctx, call{method: http.MethodGet, path: path, about: about{kind: kind}, header: map[string]string{
		"Prefer": "odata.maxpagesize=" + strconv.Itoa(size),
		// What is looked up before a create must not come from a replica that lags behind (NOTES §3).
		"Data-Access-Intent": "ReadWrite",
	}})
	if err != nil {
		return page{}, err
	}
	if err := c.readFault(res, kind); err != nil {
		return page{}, err
	}
	var l list
	if err := web.JSON(res, &l); err != nil {
		return page{}, err
	}
	next, err := c.next(path, l.Next)
	if err != nil {
		return page{}, err
	}
	return page{rows: l.Value, next: next, at: asked(res.Header, began)}, nil
}

// all reads a list to its end.
func (c *Client) all(ctx context.Context, path string, kind record.Kind, use func(json.RawMessage) error) error {
	for path != "" {
		p, err := c.page(ctx, path, kind, c.pageSize(0))
		if err != nil {
			return err
		}
		for _, row := range p.rows {
			if err := use(row); err != nil {
				return err
			}
		}
		path = p.next
	}
	return nil
}

// longAgo stands for a clock nobody told.
var longAgo = time.Unix(0, 0).UTC()

// asked is the server's clock at the moment a request left: its Date less what the answer took, and less the second
// the header rounds away. Too early is harmless, too late would skip changes. A server that doesn't tell its clock is
// read from the beginning each time: ours may be wrong.
func asked(h http.Header, began time.Time) time.Time {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return longAgo
	}
	return at.Add(-time.Since(began) - time.Second).UTC().Truncate(time.Second)
}

// next turns a nextLink into a path of ours. Its host is the server's view and may not be reachable from here (NOTES
// §1), so only path and query are taken, and only when they lead to the same list of the same company (invariant 8).
func (c *Client) next(path, link string) (string, error) {
	if link == "" {
		return "", nil
	}
	bad := func(why string) error {
		return fault.Wrap(fmt.Errorf("nextLink: %s", why), "answer.invalid", fault.Args{"side": system, "host": hostOf(c.conn.BC.URL),
			"path": "@odata.nextLink", "detail": why})
	}
	u, err := url.Parse(link)
	if err != nil {
		return "", bad("no address")
	}
	_, rest, ok := strings.Cut(u.EscapedPath(), "/"+apiRoot)
	want, _, _ := strings.Cut(strings.TrimPrefix(path, apiRoot), "?")
	if !ok || !strings.EqualFold(unescaped(rest), unescaped(want)) {
		return "", bad("it leads to another list")
	}
	next := apiRoot + want
	if u.RawQuery != "" {
		next += "?" + u.RawQuery
	}
	if strings.ContainsAny(next, " \r\n\t") {
		return "", bad("no address")
	}
	if next == path {
		return "", bad("it leads to the page it is on")
	}
	return next, nil
}

func unescaped(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}

// company resolves the company's name to its id once (NOTES §1: the name can be changed, the id can't), and reads
// the currency its prices are kept in.
func (c *Client) company(ctx context.Context) (*company, error) {
	c.mu.Lock()
	co := c.co
	c.mu.Unlock()
	if co != nil {
		return co, nil
	}
	co, err := c.findCompany(ctx)
	if err != nil {
		return nil, err
	}
	var l list
	if _, err := c.get(ctx, co.path("companyInformation"), about{}, &l); err != nil {
		return nil, err
	}
	var info companyInformationRow
	if len(l.Value) > 0 {
		if err := json.Unmarshal(l.Value[0], &info); err != nil {
			return nil, c.invalid("companyInformation", err)
		}
	}
	co.currency, co.display = code(info.CurrencyCode), info.DisplayName
	c.mu.Lock()
	c.co = co
	c.mu.Unlock()
	return co, nil
}

func (c *Client) findCompany(ctx context.Context) (*company, error) {
	var rows []companyRow
	err := c.all(ctx, apiRoot+"companies", "", func(raw json.RawMessage) error {
		var r companyRow
		if err := json.Unmarshal(raw, &r); err != nil {
			return c.invalid("companies", err)
		}
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range []func(companyRow) bool{
		func(r companyRow) bool { return r.Name == c.conn.BC.Company },
		func(r companyRow) bool { return strings.EqualFold(r.Name, strings.TrimSpace(c.conn.BC.Company)) },
	} {
		names = names[:0]
		for _, r := range rows {
			_, ok := guidLiteral(r.ID)
			if ok && match(r) {
				return &company{id: strings.ToLower(r.ID), name: r.Name, display: r.DisplayName, version: r.SystemVersion}, nil
			}
			names = append(names, r.Name)
		}
	}
	allowed := "none that user " + c.conn.BC.User + " may see"
	if len(names) > 0 {
		allowed = strings.Join(names[:min(len(names), 20)], ", ")
	}
	return nil, fault.New("bc.company_missing", fault.Args{"value": c.conn.BC.Company, "allowed": allowed})
}

// path is an address within the company.
func (co *company) path(rest string) string { return apiRoot + "companies(" + co.id + ")/" + rest }

func (c *Client) invalid(path string, err error) error {
	return fault.Wrap(err, "answer.invalid", fault.Args{"side": system, "host": hostOf(c.conn.BC.URL), "path": path, "detail": "unexpected data"})
}
