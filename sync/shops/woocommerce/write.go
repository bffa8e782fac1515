package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Write implements endpoint.Endpoint for items, stock, prices, marks and shipments. Changes of one product go out as
// one entry of a batch.
func (c *Client) Write(ctx context.Context, changes []record.Change) []endpoint.Result {
	w := &job{c: c, changes: changes, results: make([]endpoint.Result, len(changes))}
	var products, marks, shipments []int
	for i := range changes {
		switch changes[i].Want.(type) {
		case *record.Item, *record.Stock, *record.Price:
			products = append(products, i)
		case *record.Mark:
			marks = append(marks, i)
		case *record.Shipment:
			shipments = append(shipments, i)
		default:
			w.fail([]int{i}, fault.Wrap(fmt.Errorf("WooCommerce can't be written a %T", changes[i].Want), "bug.unclassified", nil))
		}
	}
	w.products(ctx, products)
	for _, part := range split(marks, c.batch) {
		w.marks(ctx, part)
	}
	for _, part := range split(shipments, c.batch) {
		w.shipments(ctx, part)
	}
	return w.results
}

// job is one Write.
type job struct {
	c       *Client
	changes []record.Change
	results []endpoint.Result

	halves    int      // how often a refused batch was cut in two
	delivered bool     // a batch of products went through
	suspects  []*entry // products that broke the shop's code when sent alone
}

func (w *job) fail(at []int, err error) {
	for _, i := range at {
		w.results[i] = endpoint.Result{Err: err}
	}
}

func split[T any](s []T, n int) [][]T {
	var parts [][]T
	for ; len(s) > n; s = s[n:] {
		parts = append(parts, s[:n])
	}
	if len(s) > 0 {
		parts = append(parts, s)
	}
	return parts
}

// entry is one product of a batch and the changes it stands for.
type entry struct {
	at   []int
	key  string
	body productBody
}

func (e *entry) create() bool { return e.body.ID == "" }

// productBody is what is sent of a product. It holds only what changes, and never another product's record: an id in
// a body wins over everything else (NOTES §5).
type productBody struct {
	ID       json.Number `json:"id,omitempty"`
	Type     string      `json:"type,omitempty"`
	Status   string      `json:"status,omitempty"`
	Name     string      `json:"name,omitempty"` // an empty one is ignored by the shop (NOTES §5)
	SKU      string      `json:"sku,omitempty"`
	TaxClass string      `json:"tax_class,omitempty"`
	Manage   *bool       `json:"manage_stock,omitempty"`
	Quantity json.Number `json:"stock_quantity,omitempty"`
	Price    string      `json:"regular_price,omitempty"` // a text: numbers are refused singly and let through in batches
}

// products sends changes of items, stock and prices, at most a batch a call.
func (w *job) products(ctx context.Context, at []int) {
	var entries []*entry
	byProduct := map[string]*entry{}
	for _, i := range at {
		ch := &w.changes[i]
		id := "id " + ch.Ref
		if ch.Ref == "" {
			id = "sku " + foldSKU(ch.Key.ID)
		}
		e := byProduct[id]
		if e == nil {
			e = &entry{key: ch.Key.ID}
			byProduct[id] = e
			entries = append(entries, e)
		}
		e.at = append(e.at, i)
	}
	for _, part := range split(w.prepare(entries), w.c.batch) {
		w.deliver(ctx, part)
	}
	w.judge(ctx)
}

// prepare builds the bodies and rejects what the shop would take without a word and store as something else: batches
// are not validated there (NOTES §5).
func (w *job) prepare(entries []*entry) []*entry {
	var ready []*entry
	for _, e := range entries {
		var good []int
		for _, i := range e.at {
			if err := e.add(&w.changes[i]); err != nil {
				w.results[i].Err = err
				continue
			}
			good = append(good, i)
		}
		e.at = good
		if len(good) == 0 {
			continue
		}
		if e.create() {
			if err := e.newProduct(); err != nil {
				w.fail(e.at, err)
				continue
			}
		}
		ready = append(ready, e)
	}
	return ready
}

// newProduct completes the body of a create.
func (e *entry) newProduct() error {
	if e.body.SKU == "" {
		return fault.New("item.not_in_shop", fault.Args{"key": e.key}) // stock or price of a product nobody makes
	}
	if e.body.Name == "" {
		return fault.New("item.no_name", fault.Args{"key": e.key})
	}
	e.body.Type = "simple"
	if e.body.Status == "" {
		e.body.Status = "draft"
	}
	return nil
}

// add puts one change into the body.
func (e *entry) add(ch *record.Change) error {
	if ch.Ref != "" {
		if text(ch.Ref).number() == 0 {
			return fault.Wrap(fmt.Errorf("%q is no id of this shop", clip(ch.Ref, 40)), "bug.unclassified", nil)
		}
		e.body.ID = json.Number(ch.Ref)
	}
	switch want := ch.Want.(type) {
	case *record.Item:
		return e.addItem(ch, want)
	case *record.Stock:
		return e.addStock(ch, want)
	case *record.Price:
		return e.addPrice(ch, want)
	}
	return nil
}

func (e *entry) addItem(ch *record.Change, want *record.Item) error {
	if why := badSKU(ch.Key.ID); why != "" {
		return fault.New("item.bad_sku", fault.Args{"key": ch.Key.ID, "detail": why})
	}
	e.body.SKU = ch.Key.ID
	e.body.Name = strings.TrimSpace(want.Name)
	e.body.TaxClass = want.TaxClass
	switch want.Status {
	case record.Published:
		e.body.Status = "publish"
	case record.Draft:
		e.body.Status = "draft"
	}
	// On an existing product stock management belongs to the stock record: switching it on here without a
	// quantity would sell the product out (NOTES §5).
	if ch.Ref == "" && e.body.Manage == nil {
		e.body.Manage = &want.Managed
	}
	return nil
}

func (e *entry) addStock(ch *record.Change, want *record.Stock) error {
	e.body.Manage = &want.Managed
	if !want.Managed {
		return nil
	}
	whole, _, ok := want.Quantity.Int64(0)
	if !ok || !want.Quantity.IsInt() {
		return badAmount(ch.Key.ID, "stock", want.Quantity, "a whole number")
	}
	e.body.Quantity = json.Number(fmt.Sprint(whole))
	return nil
}

func (e *entry) addPrice(ch *record.Change, want *record.Price) error {
	d := want.Regular.Amount
	if d.IsNeg() {
		return badAmount(ch.Key.ID, "price", d, "zero or more")
	}
	e.body.Price = d.Trim(2).Pad(2).String()
	return nil
}

func badAmount(key, field string, d decimal.Decimal, allowed string) error {
	return fault.New("record.invalid", fault.Args{
		"side": "Business Central", "key": key, "field": field, "value": record.Text(d), "allowed": allowed,
	})
}
