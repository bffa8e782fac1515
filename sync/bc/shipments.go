package bc

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
)

// shipmentPage is the largest page of shipments: each brings its lines along, which BC computes row by row (NOTES §3).
const shipmentPage = 500

const shipmentExpand = "salesShipmentLines($select=sequence,lineType,lineObjectNumber,description,quantity)"

func (c *Client) readShipments(ctx context.Context, co *company, q record.Query) (endpoint.Page, error) {
	r := shipmentReader{c: c, co: co}
	full := query{fields: shipmentFields, expand: shipmentExpand}
	switch {
	case q.IDs:
		return c.readIDs(ctx, co, record.KindShipment, "salesShipments", q)
	case len(q.Refs) > 0:
		if err := c.lookup(ctx, co, search{kind: record.KindShipment, set: "salesShipments", field: "id", values: guids(q.Refs), fields: shipmentFields, expand: shipmentExpand}, r.add); err != nil {
			return endpoint.Page{}, err
		}
		err := r.complete(ctx)
		return endpoint.Page{Records: r.out}, err
	case len(q.Keys) > 0:
		safe, _ := newAskedKeys(q.Keys, code).literals(20)
		if err := c.lookup(ctx, co, search{kind: record.KindShipment, set: "salesShipments", field: "number", values: safe, fields: shipmentFields, expand: shipmentExpand, key: literal.plain}, r.add); err != nil {
			return endpoint.Page{}, err
		}
		err := r.complete(ctx)
		return endpoint.Page{Records: r.out}, err
	}
	cur := parseCursor(q.After, co, string(record.KindShipment), "salesShipments")
	path := cur.Next
	if path == "" {
		full.filter = shipmentFilter(cur.Since, q.From, max(c.overlap(), 2*c.ripen()))
		path = co.path(full.path("salesShipments"))
	}
	p, err := c.page(ctx, path, record.KindShipment, min(c.pageSize(q.Limit), shipmentPage))
	if err != nil {
		return endpoint.Page{}, err
	}
	if cur.putBack(p.at, c.overlap()) {
		q.After = ""
		return c.readShipments(ctx, co, q)
	}
	for _, raw := range p.rows {
		if c.unripe(raw, p.at) {
			continue
		}
		if err := r.add(raw); err != nil {
			return endpoint.Page{}, err
		}
	}
	if err := r.complete(ctx); err != nil {
		return endpoint.Page{}, err
	}
	if cur.At.IsZero() {
		cur.At = p.at
	}
	if cur.Next = p.next; p.next != "" {
		return endpoint.Page{Records: r.out, Next: cur.text(), More: true}, nil
	}
	return endpoint.Page{Records: r.out, Next: cur.done().text()}, nil
}

// unripe reports whether a shipment is so young that its posting may not be committed: BC's reads see what another
// session has not committed and may roll back, or has built half (NOTES §4 hazard 2), and a customer can't be told that
// a parcel is not coming after all. It is left out and met again by the next read, which looks back further than this.
// A stamp far ahead of the server's clock comes from another server of the same installation and proves nothing.
func (c *Client) unripe(raw json.RawMessage, now time.Time) bool {
	var stamp struct {
		Modified time.Time `json:"lastModifiedDateTime"`
	}
	rest := c.ripen()
	if rest < time.Second || json.Unmarshal(raw, &stamp) != nil || stamp.Modified.IsZero() {
		return false
	}
	age := now.Sub(stamp.Modified)
	return age < rest && age > -c.overlap()
}

// shipmentFilter asks for what changed since the last read, and nothing posted before the cut-over day.
func shipmentFilter(since, from time.Time, overlap time.Duration) string {
	var changed, posted string
	if !since.IsZero() {
		changed = compare("lastModifiedDateTime", "ge", timeLiteral(since.Add(-overlap)))
	}
	if !from.IsZero() {
		// A posting date has no zone and may be the day before in the server's.
		posted = compare("postingDate", "ge", dateLiteral(from.UTC().AddDate(0, 0, -1)))
	}
	return and(changed, posted)
}

type shipmentReader struct {
	c   *Client
	co  *company
	out []record.Record
}

func (r *shipmentReader) add(raw json.RawMessage) error {
	s, bad := row[shipmentRow](raw, []record.Kind{record.KindShipment})
	if bad != nil {
		r.out = append(r.out, bad...)
		return nil
	}
	body := &record.Shipment{Number: s.Number, Order: s.Order, External: s.External, Date: s.Posted.Time}
	slices.SortStableFunc(s.Lines, func(a, b shipmentLineRow) int { return a.Sequence - b.Sequence })
	for _, l := range s.Lines {
		if l.Type == "Item" && l.Quantity.IsPos() {
			body.Lines = append(body.Lines, record.ShippedLine{SKU: l.Object, Description: l.Description, Quantity: l.Quantity.Decimal})
		}
	}
	r.out = append(r.out, record.Record{Key: record.Key{Kind: record.KindShipment, ID: s.Number}, Ref: s.ID, Body: body})
	return nil
}

// complete finds out of which orders everything is shipped: the order says so itself or, once it is gone, there is an
// invoice posted from it. Of an order's shipments the last one is the one that completed it.
func (r *shipmentReader) complete(ctx context.Context) error {
	orders := map[string]bool{}
	for _, rec := range r.out {
		if s, ok := rec.Body.(*record.Shipment); ok && s.Order != "" {
			orders[code(s.Order)] = false
		}
	}
	numbers, _ := newAskedKeys(slices.Collect(maps.Keys(orders)), code).literals(20)
	if err := r.shippedOrders(ctx, numbers, orders); err != nil {
		return err
	}
	var done []string
	for n, ok := range orders {
		if ok {
			done = append(done, n)
		}
	}
	last, err := r.lastOf(ctx, done)
	if err != nil {
		return err
	}
	for _, rec := range r.out {
		if s, ok := rec.Body.(*record.Shipment); ok && s.Order != "" {
			s.Complete = orders[code(s.Order)] && last[code(s.Order)] == s.Number
		}
	}
	return nil
}

// shippedOrders sets, per order number, whether everything of it is shipped.
func (r *shipmentReader) shippedOrders(ctx context.Context, numbers []literal, orders map[string]bool) error {
	open := map[string]bool{}
	err := r.c.lookup(ctx, r.co, search{kind: record.KindShipment, set: "salesOrders", field: "number", values: numbers, fields: "id,number,fullyShipped"}, func(raw json.RawMessage) error {
		o, bad := row[orderRow](raw, []record.Kind{record.KindShipment})
		if bad != nil {
			return nil // an unreadable neighbour only means: not known to be complete
		}
		open[code(o.Number)] = true
		orders[code(o.Number)] = o.FullyShipped
		return nil
	})
	if err != nil {
		return err
	}
	var gone []string
	for n := range orders {
		if !open[n] {
			gone = append(gone, n)
		}
	}
	values, _ := newAskedKeys(gone, code).literals(20)
	return r.c.lookup(ctx, r.co, search{kind: record.KindShipment, set: "salesInvoices", field: "orderNumber", values: values, fields: "id,orderNumber"}, func(raw json.RawMessage) error {
		i, bad := row[invoiceRow](raw, []record.Kind{record.KindShipment})
		if bad != nil {
			return nil // an unreadable neighbour only means: not known to be complete
		}
		if n := code(i.Order); n != "" {
			orders[n] = true
		}
		return nil
	})
}

// lastOf returns the number of the last shipment per order.
func (r *shipmentReader) lastOf(ctx context.Context, orders []string) (map[string]string, error) {
	type end struct {
		at     time.Time
		number string
	}
	ends := map[string]end{}
	values, _ := newAskedKeys(orders, code).literals(20)
	err := r.c.lookup(ctx, r.co, search{kind: record.KindShipment, set: "salesShipments", field: "orderNumber", values: values, fields: shipmentFields}, func(raw json.RawMessage) error {
		s, bad := row[shipmentRow](raw, []record.Kind{record.KindShipment})
		if bad != nil {
			return nil // an unreadable neighbour only means: not known to be complete
		}
		e, n := ends[code(s.Order)], code(s.Order)
		if s.Posted.After(e.at) || s.Posted.Equal(e.at) && s.Number > e.number {
			ends[n] = end{s.Posted.Time, s.Number}
		}
		return nil
	})
	last := map[string]string{}
	for n, e := range ends {
		last[n] = e.number
	}
	return last, err
}
