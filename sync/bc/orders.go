package bc

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// readOrders finds sales orders by External Document No., open or already posted, or by id.
func (c *Client) readOrders(ctx context.Context, co *company, q record.Query) (endpoint.Page, error) {
	f := orderFinder{c: c, co: co, asked: newAskedKeys(q.Keys, code), found: map[string]bool{}}
	switch {
	case q.IDs:
		return c.readIDs(ctx, co, record.KindOrder, "salesOrders", q)
	case len(q.Refs) > 0:
		err := c.lookup(ctx, co, search{kind: record.KindOrder, set: "salesOrders", field: "id", values: guids(q.Refs), fields: orderFields}, f.byRef)
		return endpoint.Page{Records: f.out}, err
	case len(q.Keys) == 0:
		return endpoint.Page{}, unsupported(q)
	}
	if err := f.find(ctx); err != nil {
		return endpoint.Page{}, err
	}
	return endpoint.Page{Records: f.out}, nil
}

// orderFinder looks where an order can be: open, else invoiced, else shipped only (NOTES §6: BC does not check that an
// External Document No. is unique, and an order disappears when it is posted completely).
type orderFinder struct {
	c     *Client
	co    *company
	asked askedKeys
	found map[string]bool // by folded external number
	out   []record.Record
}

func (f *orderFinder) find(ctx context.Context) error {
	safe, rest := f.asked.literals(35)
	for _, k := range rest {
		f.unsafe(k)
	}
	ask := func(set, fields string, values []literal, use func(json.RawMessage) error) error {
		return f.c.lookup(ctx, f.co, search{kind: record.KindOrder, set: set, field: "externalDocumentNumber", values: values, fields: fields, key: f.shopNumber}, use)
	}
	if err := ask("salesOrders", orderFields, safe, f.open); err != nil {
		return err
	}
	var invoices []invoiceRow
	err := ask("salesInvoices", invoiceFields, f.missing(), func(raw json.RawMessage) error {
		r, bad := row[invoiceRow](raw, []record.Kind{record.KindOrder})
		if bad != nil {
			return f.bad(raw, bad[0])
		}
		invoices = append(invoices, r)
		return nil
	})
	if err != nil {
		return err
	}
	f.invoiced(invoices)
	shipped := map[string]bool{}
	return ask("salesShipments", shipmentFields, f.missing(), func(raw json.RawMessage) error {
		r, bad := row[shipmentRow](raw, []record.Kind{record.KindOrder})
		if bad != nil {
			return f.bad(raw, bad[0])
		}
		if !shipped[r.Order] || r.Order == "" {
			shipped[r.Order] = true
			f.add(r.External, r.ID, &record.SalesOrder{External: r.External, Number: cmp.Or(r.Order, r.Number), Posted: true, Shipped: true})
		}
		return nil
	})
}

// shopNumber is the shop's number in an External Document No. as it was asked for: what people know the order by.
func (f *orderFinder) shopNumber(external literal) string {
	asked := external.plain()
	if forms := f.asked[asked]; len(forms) > 0 {
		asked = forms[0]
	}
	prefix := f.c.conn.Flows.Orders.ExternalPrefix
	if len(asked) > len(prefix) && strings.EqualFold(asked[:len(prefix)], prefix) {
		return asked[len(prefix):]
	}
	return asked
}

// unsafe rejects a number no filter can hold: whether BC has the order can't be known, so it must not be made.
func (f *orderFinder) unsafe(folded string) {
	for _, k := range f.asked[folded] {
		key := record.Key{Kind: record.KindOrder, ID: k}
		f.out = append(f.out, record.Record{Key: key, Err: fault.New("record.invalid", fault.Args{"side": "Shop", "key": key.String(),
			"field": "order number", "value": k, "allowed": `at most 35 characters, none of * ? | & < > = ( ) " \ and no ".."`})})
	}
}

// missing are the numbers not found so far.
func (f *orderFinder) missing() []literal {
	safe, _ := f.asked.literals(35)
	return slices.DeleteFunc(safe, func(l literal) bool {
		for k := range f.found {
			if t, ok := textLiteral(k, 35); ok && t == l {
				return true
			}
		}
		return false
	})
}

func (f *orderFinder) add(external, ref string, body *record.SalesOrder) {
	for _, k := range f.asked[code(external)] {
		f.found[code(external)] = true
		f.out = append(f.out, record.Record{Key: record.Key{Kind: record.KindOrder, ID: k}, Ref: ref, Body: body})
	}
}

// bad keeps an unreadable row under the number it was asked by: an order that is there must not look absent.
func (f *orderFinder) bad(raw json.RawMessage, rec record.Record) error {
	var loose struct {
		External string `json:"externalDocumentNumber"`
	}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return f.c.invalid("externalDocumentNumber", err)
	}
	for _, k := range f.asked[code(loose.External)] {
		f.found[code(loose.External)] = true
		rec.Key.ID = k
		f.out = append(f.out, rec)
	}
	return nil
}

func (f *orderFinder) open(raw json.RawMessage) error {
	r, bad := row[orderRow](raw, []record.Kind{record.KindOrder})
	if bad != nil {
		return f.bad(raw, bad[0])
	}
	f.add(r.External, r.ID, r.order())
	return nil
}

func (f *orderFinder) byRef(raw json.RawMessage) error {
	r, bad := row[orderRow](raw, []record.Kind{record.KindOrder})
	if bad != nil {
		f.out = append(f.out, bad...)
		return nil
	}
	f.out = append(f.out, record.Record{Key: record.Key{Kind: record.KindOrder, ID: r.External}, Ref: r.ID, Body: r.order()})
	return nil
}

func (r *orderRow) order() *record.SalesOrder {
	return &record.SalesOrder{External: r.External, Number: r.Number, CustomerID: r.CustomerID, Email: r.Email, Date: r.Date.Time, Currency: code(r.Currency),
		IncludesTax: r.IncludesTax, Total: r.Total.Decimal, Tax: r.Tax.Decimal, Shipped: r.FullyShipped, Draft: r.draft()}
}

// draft reports whether an order is open: neither released nor waiting for an approval.
func (r *orderRow) draft() bool { return r.Status == "Draft" }

// invoiced makes one order of the invoices posted from it, however many there were; an invoice made by hand stands for
// itself.
func (f *orderFinder) invoiced(rows []invoiceRow) {
	byOrder := map[string]*record.SalesOrder{}
	for _, r := range rows {
		doc := &record.SalesOrder{External: r.External, Number: cmp.Or(r.Order, r.Number), Email: r.Email, Currency: code(r.Currency),
			Total: r.Total.Decimal, Tax: r.Tax.Decimal, Posted: true, Shipped: true}
		first := byOrder[r.Order]
		if r.Order == "" || first == nil {
			byOrder[r.Order] = doc
			ref := r.OrderID
			if ref == "" || ref == blankID {
				ref = r.ID
			}
			f.add(r.External, ref, doc)
			continue
		}
		total, err1 := record.Add(first.Total, doc.Total)
		tax, err2 := record.Add(first.Tax, doc.Tax)
		if err1 == nil && err2 == nil {
			first.Total, first.Tax = total, tax
		}
	}
}

// readInvoices finds posted invoices by the number of the order they come from.
func (c *Client) readInvoices(ctx context.Context, co *company, q record.Query) (endpoint.Page, error) {
	if len(q.Keys) == 0 {
		return endpoint.Page{}, unsupported(q)
	}
	asked := newAskedKeys(q.Keys, code)
	safe, _ := asked.literals(20)
	var out endpoint.Page
	err := c.lookup(ctx, co, search{kind: record.KindInvoice, set: "salesInvoices", field: "orderNumber", values: safe, fields: invoiceFields, key: literal.plain}, func(raw json.RawMessage) error {
		r, bad := row[invoiceRow](raw, []record.Kind{record.KindInvoice})
		if bad != nil {
			out.Records = append(out.Records, bad...)
			return nil
		}
		for _, k := range asked[code(r.Order)] {
			out.Records = append(out.Records, record.Record{Key: record.Key{Kind: record.KindInvoice, ID: k}, Ref: r.ID, Body: &record.Invoice{
				Number: r.Number, Order: r.Order, External: r.External, Total: record.Money{Amount: r.Total.Decimal, Currency: code(r.Currency)}}})
		}
		return nil
	})
	return out, err
}
