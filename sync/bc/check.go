package bc

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/web"
)

// probes are the sets every flow together reads, with what each is needed for.
func probes() []struct{ set, need string } {
	return []struct{ set, need string }{
		{"items", "items and prices"},
		{"itemLedgerEntries", "changes of stock"},
		{"customers", "customers"},
		{"salesOrders", "orders"},
		{"salesInvoices", "posted invoices"},
		{"salesShipments", "shipments"},
	}
}

// Check implements endpoint.Endpoint. It asks for one row of each set the flows read, so that a missing right is known
// before a flow meets it. Rights to write can only be seen by writing, and are not tried.
func (c *Client) Check(ctx context.Context) (endpoint.Facts, error) {
	f := endpoint.Facts{System: system}
	c.forget()
	co, err := c.company(ctx)
	if err != nil {
		return f, always(err)
	}
	f.Version, f.Company, f.Currency = co.version, co.name, co.currency
	f.Identity.ID, f.Identity.Name = co.id, co.name
	var first error
	for _, p := range probes() {
		now, err := c.probe(ctx, co, p.set)
		if !now.IsZero() {
			f.Now = now
		}
		switch {
		case err == nil:
			f.Notes = append(f.Notes, endpoint.Note{OK: true, Text: "May read " + p.need + " (" + p.set + ")."})
		case fault.Of(err) == fault.Retry || ctx.Err() != nil:
			return f, err
		default:
			f.Notes = append(f.Notes, endpoint.Note{Text: "Can't read " + p.need + " (" + p.set + "): " + fault.As(err).Sentence()})
			if first == nil {
				first = err
			}
		}
	}
	if first == nil {
		f.Identity.Trail, first = c.trail(ctx, co)
	}
	return f, first
}

// trailLength is how many entries a trail has: more than are posted in the hour between two checks of a small company,
// few enough for one quick answer.
const trailLength = 100

// trail is the end of the item ledger. Entries are never deleted nor changed (NOTES §4), so a number that has another
// id, or is gone, belongs to an older copy of the database.
func (c *Client) trail(ctx context.Context, co *company) ([]endpoint.Footprint, error) {
	p, err := c.page(ctx, co.path(query{fields: "id,entryNumber,lastModifiedDateTime", order: "entryNumber desc", top: trailLength}.path("itemLedgerEntries")), "", trailLength)
	if err != nil {
		return nil, err
	}
	trail := make([]endpoint.Footprint, 0, len(p.rows))
	for _, raw := range p.rows {
		var e struct {
			ID       string    `json:"id"`
			Number   int64     `json:"entryNumber"`
			Modified time.Time `json:"lastModifiedDateTime"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, c.invalid("itemLedgerEntries", err)
		}
		trail = append(trail, endpoint.Footprint{Number: e.Number, ID: strings.ToLower(e.ID), At: e.Modified.UTC()})
	}
	return trail, nil
}

// probe reads one id of a set.
func (c *Client) probe(ctx context.Context, co *company, set string) (now time.Time, err error) {
	res, err := c.send(ctx, call{method: http.MethodGet, path: co.path(query{fields: "id", top: 1}.path(set)), about: about{}})
	if err != nil {
		return time.Time{}, err
	}
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		now = at.UTC()
	}
	if err := c.readFault(res, ""); err != nil {
		return now, err
	}
	var l list
	return now, always(web.JSON(res, &l))
}

// always turns "a web page came instead of data" into the fault of a setting: at a check it is no passing thing.
func always(err error) error {
	if f := fault.As(err); f != nil && f.Code == "answer.not_json" && strings.Contains(f.Args["type"], "html") {
		args := maps.Clone(f.Args)
		args["field"] = "[bc] url"
		return fault.New("answer.html_always", args)
	}
	return err
}
