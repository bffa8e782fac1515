package bc

import (
	"context"
	"encoding/json"
	"slices"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
)

// maxTouched is the number of items with new ledger entries above which reading all items is cheaper than asking for
// those by number.
const maxTouched = 1000

func (c *Client) readItems(ctx context.Context, co *company, q record.Query) (endpoint.Page, error) {
	r := itemReader{c: c, co: co, kinds: q.Kinds, fields: itemFields(q.Kinds), limit: q.Limit}
	switch {
	case len(q.Keys) > 0:
		return r.byKeys(ctx, q.Keys)
	case len(q.Refs) > 0:
		err := c.lookup(ctx, co, search{kind: record.KindItem, set: "items", field: "id", values: guids(q.Refs), fields: r.fields}, r.add)
		return endpoint.Page{Records: r.out}, err
	case q.IDs:
		return c.readIDs(ctx, co, record.KindItem, "items", q)
	}
	return r.after(ctx, q.After)
}

// itemFields is the $select for what is asked: inventory is summed over the whole ledger for each row, so it is only
// asked for where it is needed (NOTES §4).
func itemFields(kinds []record.Kind) string {
	f := "id,number,type,blocked"
	for _, k := range []record.Kind{record.KindItem, record.KindStock, record.KindPrice} {
		if !slices.Contains(kinds, k) {
			continue
		}
		switch k {
		case record.KindItem:
			f += ",displayName,gtin,baseUnitOfMeasureCode"
		case record.KindStock:
			f += ",inventory"
		case record.KindPrice:
			f += ",unitPrice,priceIncludesTax"
		}
	}
	return f + ",taxGroupCode"
}

// itemReader collects the records of item rows.
type itemReader struct {
	c      *Client
	co     *company
	kinds  []record.Kind
	fields string
	limit  int
	seen   map[string]bool // ids already in out; nil: not watched
	out    []record.Record
}

// add appends the records of a row, one per kind asked.
func (r *itemReader) add(raw json.RawMessage) error {
	it, bad := row[itemRow](raw, r.kinds)
	if bad != nil {
		r.out = append(r.out, bad...)
		return nil
	}
	if r.seen[it.ID] {
		return nil
	}
	if r.seen != nil {
		r.seen[it.ID] = true
	}
	r.out = append(r.out, r.records(&it, it.Number)...)
	return nil
}

func (r *itemReader) records(it *itemRow, key string) []record.Record {
	all := make([]record.Record, 0, len(r.kinds))
	for _, k := range r.kinds {
		all = append(all, record.Record{Key: record.Key{Kind: k, ID: key}, Ref: it.ID, Body: it.body(k, r.co.currency)})
	}
	return all
}

func (it *itemRow) body(k record.Kind, currency string) record.Body {
	managed := it.Type == "Inventory"
	switch k {
	case record.KindStock:
		return &record.Stock{Quantity: it.Inventory.Decimal, Managed: managed}
	case record.KindPrice:
		return &record.Price{Regular: record.Money{Amount: it.UnitPrice.Decimal, Currency: currency},
			IncludesTax: it.IncludesTax, Tax: it.TaxGroupCode}
	}
	return &record.Item{Name: it.DisplayName, GTIN: it.GTIN, Tax: it.TaxGroupCode, Unit: it.Unit, Managed: managed, Blocked: it.Blocked}
}

// byKeys finds items by number. A shop's SKU may be in another case than BC's number, and may hold characters that
// a filter would read as operators: those are found by going through all numbers.
func (r *itemReader) byKeys(ctx context.Context, keys []string) (endpoint.Page, error) {
	asked := newAskedKeys(keys, code)
	use := func(raw json.RawMessage) error {
		it, bad := row[itemRow](raw, r.kinds)
		for _, key := range asked[code(it.Number)] {
			if bad == nil {
				r.out = append(r.out, r.records(&it, key)...)
			}
		}
		for _, b := range bad {
			for _, key := range asked[code(b.Key.ID)] {
				b.Key.ID = key
				r.out = append(r.out, b)
			}
		}
		return nil
	}
	safe, rest := asked.literals(20)
	if err := r.c.lookup(ctx, r.co, search{kind: record.KindItem, set: "items", field: "number", values: safe, fields: r.fields}, use); err != nil {
		return endpoint.Page{}, err
	}
	rest = slices.DeleteFunc(rest, func(k string) bool { return units(k) > 20 }) // no item number is longer
	if len(rest) == 0 {
		return endpoint.Page{Records: r.out}, nil
	}
	err := r.c.all(ctx, r.co.path(query{fields: r.fields}.path("items")), record.KindItem, func(raw json.RawMessage) error {
		var id rowID
		if json.Unmarshal(raw, &id) == nil && slices.Contains(rest, code(id.Number)) {
			return use(raw)
		}
		return nil
	})
	return endpoint.Page{Records: r.out}, err
}

// after reads all items, or what changed since the cursor.
func (r *itemReader) after(ctx context.Context, text record.Cursor) (endpoint.Page, error) {
	cur := parseCursor(text, r.co, kindsText(r.kinds), "items")
	path := cur.Next
	if path == "" {
		var err error
		if path, err = r.begin(ctx, &cur); err != nil {
			return endpoint.Page{}, err
		}
	}
	p, err := r.c.page(ctx, path, record.KindItem, r.c.pageSize(r.limit))
	if err != nil {
		return endpoint.Page{}, err
	}
	if cur.putBack(p.at, r.c.overlap()) {
		r.out, r.seen = nil, nil
		return r.after(ctx, "")
	}
	for _, raw := range p.rows {
		if err := r.add(raw); err != nil {
			return endpoint.Page{}, err
		}
	}
	if cur.At.IsZero() {
		cur.At = p.at
	}
	if cur.Next = p.next; p.next != "" {
		return endpoint.Page{Records: r.out, Next: cur.text(), More: true}, nil
	}
	return endpoint.Page{Records: r.out, Next: cur.done().text()}, nil
}

// begin starts a read: where stock is asked, the ledger is looked at before any item, so that what is posted
// meanwhile is above the mark. It returns the address of the first page of items.
func (r *itemReader) begin(ctx context.Context, cur *cursor) (string, error) {
	first := cur.Since.IsZero()
	if slices.Contains(r.kinds, record.KindStock) {
		var err error
		if first {
			err = r.markLedger(ctx, cur)
		} else {
			first, err = r.touched(ctx, cur)
		}
		if err != nil {
			return "", err
		}
	}
	q := query{fields: r.fields}
	if !first {
		q.filter = compare("lastModifiedDateTime", "ge", timeLiteral(cur.Since.Add(-r.c.overlap())))
	}
	return r.co.path(q.path("items")), nil
}
