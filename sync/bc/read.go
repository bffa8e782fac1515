package bc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Read implements endpoint.Endpoint. Items, stock and prices are one row and may be asked together. Customers,
// orders and invoices are looked up by Keys (e-mail or "#" and the customer's No.; External Document No.; BC order
// No.); orders and shipments also by Refs. A key that is not there has no record.
func (c *Client) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	co, err := c.company(ctx)
	if err != nil {
		return endpoint.Page{}, err
	}
	family := record.Kind("")
	for i, k := range q.Kinds {
		if i > 0 && k.Family() != family {
			return endpoint.Page{}, unsupported(q)
		}
		family = k.Family()
	}
	switch family {
	case record.KindItem:
		return c.readItems(ctx, co, q)
	case record.KindShopper:
		return c.readCustomers(ctx, co, q)
	case record.KindOrder:
		return c.readOrders(ctx, co, q)
	case record.KindShipment:
		return c.readShipments(ctx, co, q)
	case record.KindInvoice:
		return c.readInvoices(ctx, co, q)
	}
	return endpoint.Page{}, unsupported(q)
}

func unsupported(q record.Query) error {
	return fault.Wrap(fmt.Errorf("query of %v with %d keys, %d refs, ids %t", q.Kinds, len(q.Keys), len(q.Refs), q.IDs), "bug.unclassified", nil)
}

// readIDs lists the ids of a set, with the numbers people know them by.
func (c *Client) readIDs(ctx context.Context, co *company, kind record.Kind, set string, q record.Query) (endpoint.Page, error) {
	cur := parseCursor(q.After, co, string(kind)+" ids", set)
	path := cur.Next
	if path == "" {
		path = co.path(query{fields: "id,number"}.path(set))
	}
	p, err := c.page(ctx, path, kind, c.pageSize(q.Limit))
	if err != nil {
		return endpoint.Page{}, err
	}
	var out endpoint.Page
	for _, raw := range p.rows {
		var id rowID
		if err := json.Unmarshal(raw, &id); err != nil || id.ID == "" {
			// Without its id a row would look deleted; rather no list at all.
			return endpoint.Page{}, c.invalid(set, fmt.Errorf("a row without an id"))
		}
		out.Records = append(out.Records, record.Record{Key: record.Key{Kind: kind, ID: id.Number}, Ref: id.ID})
	}
	if p.next != "" {
		cur.Next, cur.At = p.next, p.at
		out.Next, out.More = cur.text(), true
	}
	return out, nil
}

// rowID is what every row has.
type rowID struct {
	ID     string `json:"id"`
	Number string `json:"number"`
}

// row decodes one row. A row that can't be read becomes records with Err, one per kind (invariant 4).
func row[T any](raw json.RawMessage, kinds []record.Kind) (T, []record.Record) {
	var v T
	err := json.Unmarshal(raw, &v)
	var id rowID
	if err == nil {
		err = json.Unmarshal(raw, &id)
		if err == nil && id.ID == "" {
			err = fmt.Errorf("it has no id")
		}
	}
	if err == nil {
		return v, nil
	}
	// What can still be read of a bad row tells a person which one it is.
	var loose struct{ ID, Number any }
	if json.Unmarshal(raw, &loose) == nil {
		id.ID, _ = loose.ID.(string)
		id.Number, _ = loose.Number.(string)
	}
	bad := make([]record.Record, len(kinds))
	for i, k := range kinds {
		key := record.Key{Kind: k, ID: id.Number}
		bad[i] = record.Record{Key: key, Ref: id.ID, Err: badValue(key, err)}
	}
	return v, bad
}

func badValue(key record.Key, err error) error {
	name, value := "a value", "unreadable"
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		name, value = t.Field, "a "+t.Value
	}
	return fault.Wrap(err, "record.invalid", fault.Args{"side": system, "key": key.String(), "field": name, "value": value,
		"allowed": "what Business Central's API v2.0 documents"})
}

// guids makes literals of ids; one that is none can't exist in BC and is left out.
func guids(refs []string) []literal {
	var all []literal
	for _, r := range refs {
		if l, ok := guidLiteral(r); ok {
			all = append(all, l)
		}
	}
	return all
}

// askedKeys maps the form BC keeps a key in to the forms it was asked in.
type askedKeys map[string][]string

func newAskedKeys(keys []string, fold func(string) string) askedKeys {
	m := askedKeys{}
	for _, k := range keys {
		f := fold(k)
		if f != "" && !slices.Contains(m[f], k) {
			m[f] = append(m[f], k)
		}
	}
	return m
}

// literals splits the folded keys into those a filter may hold and the rest.
func (m askedKeys) literals(maxLen int) (safe []literal, rest []string) {
	for k := range m {
		if l, ok := textLiteral(k, maxLen); ok {
			safe = append(safe, l)
		} else {
			rest = append(rest, k)
		}
	}
	slices.Sort(safe)
	slices.Sort(rest)
	return safe, rest
}

func kindsText(kinds []record.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}
