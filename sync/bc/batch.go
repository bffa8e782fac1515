package bc

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// maxBatch is how many operations BC takes in one $batch (limits.json maxBatchOperations). Only reads go by $batch: within
// one that is rolled back as a whole, writes are answered with a 201 and an id that mean nothing (NOTES §3 Isolation), so
// each document is written by a call of its own.
const maxBatch = 100

// gets sends GETs of a company, paths relative to it, and returns one answer per path in the same order. It uses
// $batch, in which all that BC does is reading, so the call may be repeated. A part without an answer is bc.batch.
func (c *Client) gets(ctx context.Context, co *company, of about, paths []string) ([]*web.Response, error) {
	all := make([]*web.Response, 0, len(paths))
	for len(paths) > 0 {
		n := min(len(paths), maxBatch)
		part, err := c.getsOnce(ctx, co, of, paths[:n])
		if err != nil {
			return nil, err
		}
		all, paths = append(all, part...), paths[n:]
	}
	return all, nil
}

func (c *Client) getsOnce(ctx context.Context, co *company, of about, paths []string) ([]*web.Response, error) {
	b := batch{Requests: make([]batchPart, len(paths))}
	for i, p := range paths {
		b.Requests[i] = batchPart{ID: strconv.Itoa(i + 1), Method: http.MethodGet,
			URL:     c.withTenant("companies(" + co.id + ")/" + p),
			Headers: map[string]string{"Accept-Language": "en-US", "Data-Access-Intent": "ReadWrite"}}
	}
	res, err := c.send(ctx, call{method: http.MethodPost, path: apiRoot + "$batch", body: b, repeatable: true, about: of,
		// Without it BC stops at the first part that fails and leaves the others out (NOTES §3 $batch).
		header: map[string]string{"Prefer": "odata.continue-on-error"}})
	if err != nil {
		return nil, err
	}
	if err := c.readFault(res, of.kind); err != nil {
		return nil, err
	}
	var answer batchAnswer
	if err := web.JSON(res, &answer); err != nil {
		return nil, err
	}
	parts := make([]*web.Response, len(paths))
	for _, r := range answer.Responses {
		i, err := strconv.Atoi(r.ID)
		if err != nil || i < 1 || i > len(parts) {
			continue
		}
		h := http.Header{}
		for k, v := range r.Headers {
			h.Set(k, v)
		}
		parts[i-1] = &web.Response{Status: r.Status, Header: h, Body: text(r.Body), Side: res.Side, Host: res.Host, Path: "/" + apiRoot + paths[i-1]}
	}
	for _, p := range parts {
		if p == nil {
			return nil, fault.New("bc.batch", nil)
		}
		if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
			return nil, fault.New("net.busy", fault.Args{"side": system, "host": res.Host})
		}
	}
	return parts, nil
}

// text is a part's body; a server that could not write JSON there puts it in a string.
func text(raw json.RawMessage) []byte {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return []byte(s)
	}
	return raw
}

// rows reads the rows of lists that were asked for by gets, going on where a list has a further page.
func (c *Client) rows(ctx context.Context, co *company, of about, paths []string, use func(json.RawMessage) error) error {
	answers, err := c.gets(ctx, co, of, paths)
	if err != nil {
		return err
	}
	for i, res := range answers {
		if err := c.readFault(res, of.kind); err != nil {
			return err
		}
		var l list
		if err := web.JSON(res, &l); err != nil {
			return err
		}
		for _, row := range l.Value {
			if err := use(row); err != nil {
				return err
			}
		}
		next, err := c.next(co.path(paths[i]), l.Next)
		if err != nil {
			return err
		}
		if err := c.all(ctx, next, of.kind, use); err != nil {
			return err
		}
	}
	return nil
}

// maxKeys bounds how many business keys one request carries into the journal.
const maxKeys = 100

// search asks for the rows of a set whose field is one of values.
type search struct {
	kind       record.Kind
	set, field string
	values     []literal
	fields     string
	expand     string
	// key is the business key a value stands for; nil when nobody knows it before the answer.
	key func(literal) string
}

// lookup reads what a search asks for. Where keys are known a request holds few enough for the journal to name all.
func (c *Client) lookup(ctx context.Context, co *company, s search, use func(json.RawMessage) error) error {
	size := max(1, len(s.values))
	if s.key != nil {
		size = maxKeys
	}
	for values := range slices.Chunk(s.values, size) {
		of := about{kind: s.kind}
		for _, v := range values {
			if s.key != nil {
				of.keys = append(of.keys, s.key(v))
			}
		}
		var paths []string
		for _, chain := range chains(s.field, values) {
			paths = append(paths, query{fields: s.fields, filter: chain, expand: s.expand}.path(s.set))
		}
		if err := c.rows(ctx, co, of, paths, use); err != nil {
			return err
		}
	}
	return nil
}
