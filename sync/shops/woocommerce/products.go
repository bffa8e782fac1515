package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// readProducts answers queries for items, stock and prices: one product row gives a record of each kind asked.
func (c *Client) readProducts(ctx context.Context, q record.Query) (endpoint.Page, error) {
	var t terms
	if slices.Contains(q.Kinds, record.KindPrice) && !q.IDs {
		var err error
		if t, err = c.shopTerms(ctx); err != nil {
			return endpoint.Page{}, err
		}
	}
	switch {
	case q.Keys != nil:
		recs, err := c.productsBySKU(ctx, q, t)
		return endpoint.Page{Records: recs}, err
	case q.Refs != nil:
		recs, err := c.productsByRef(ctx, q, t)
		return endpoint.Page{Records: recs}, err
	}
	return c.allProducts(ctx, q, t)
}

// productsBySKU looks SKUs up. Every product that has one is returned, also variations and what lies in the bin; keys
// are spelled as asked.
func (c *Client) productsBySKU(ctx context.Context, q record.Query, t terms) ([]record.Record, error) {
	var recs []record.Record
	lookable := slices.DeleteFunc(slices.Clone(q.Keys), func(k string) bool { return badSKU(k) != "" })
	for _, group := range chunks(lookable, maxPage, hasComma) {
		live, err := c.lookUp(ctx, group, "any", q.Kinds[0])
		if err != nil {
			return nil, err
		}
		missing := slices.DeleteFunc(slices.Clone(group), func(k string) bool { return len(live[foldSKU(k)]) > 0 })
		binned, err := c.lookInBin(ctx, missing, q.Kinds[0])
		if err != nil {
			return nil, err
		}
		for _, key := range group {
			for _, p := range append(live[foldSKU(key)], binned[foldSKU(key)]...) {
				recs = append(recs, productRecords(p, key, q.Kinds, t)...)
			}
		}
	}
	return recs, nil
}

// hasComma: a comma separates SKUs in the filter, so such a SKU is asked for alone and told apart by comparing.
func hasComma(sku string) bool { return strings.Contains(sku, ",") }

// lookUp finds the products of a group of SKUs by folded SKU. The filter ignores case and accents (NOTES §5); what it
// returns beyond what was asked is left out by the caller's lookup.
func (c *Client) lookUp(ctx context.Context, skus []string, status string, kind record.Kind) (map[string][]*product, error) {
	found := map[string][]*product{}
	if len(skus) == 0 {
		return found, nil
	}
	escaped := make([]string, len(skus))
	for i, s := range skus {
		escaped[i] = url.QueryEscape(s)
	}
	seen := map[text]bool{}
	for page := 1; ; page++ {
		before := len(seen)
		var list rows[json.RawMessage]
		path := fmt.Sprintf("%sproducts?sku=%s&status=%s&orderby=id&order=asc&per_page=%d&page=%d&_fields=%s",
			api, strings.Join(escaped, ","), status, maxPage, page, productFields)
		if _, err := c.get(ctx, web.Request{Path: path, Kind: kind, Keys: skus}, &list); err != nil {
			return nil, err
		}
		for _, raw := range list {
			p := readProduct(raw)
			if p.ID.number() == 0 {
				return nil, c.invalidList(path, errors.New("a product has no id"))
			}
			if seen[p.ID] {
				continue // a product made meanwhile moved it to this page
			}
			seen[p.ID] = true
			f := foldSKU(string(p.SKU))
			found[f] = append(found[f], p)
		}
		switch {
		case len(list) < maxPage:
			return found, nil
		case len(seen) == before:
			return nil, c.invalidList(path, errors.New("the list ignores page")) // it would never end
		}
	}
}

// productsByRef reads products by id. Those that are gone are left out; those in the bin come with their fault.
func (c *Client) productsByRef(ctx context.Context, q record.Query, t terms) ([]record.Record, error) {
	var recs []record.Record
	w := wanted{list: "products", fields: productFields, kind: q.Kinds[0]}
	for _, group := range chunks(q.Refs, maxPage, never) {
		missing := group
		for _, status := range []string{"any", "trash"} {
			list, err := c.include(ctx, &w, status, missing)
			if err != nil {
				return nil, err
			}
			for _, raw := range list {
				p := readProduct(raw)
				recs = append(recs, productRecords(p, line(string(p.SKU)), q.Kinds, t)...)
				missing = without(missing, string(p.ID))
			}
		}
	}
	return recs, nil
}

// wanted is what rows are asked for by id, and for whom.
type wanted struct {
	list, fields string
	kind         record.Kind
	keys         func(ref string) []string // the business keys behind a row, for the journal; nil when unknown
}

// names are the business keys behind rows, no more than one request may carry into the journal.
func (w *wanted) names(refs []string) (keys []string) {
	if w.keys == nil {
		return nil
	}
	for _, ref := range refs {
		keys = append(keys, w.keys(ref)...)
	}
	return keys[:min(len(keys), maxPage)]
}

// include reads the rows of a list by id, at most one page of them.
func (c *Client) include(ctx context.Context, w *wanted, status string, refs []string) (rows[json.RawMessage], error) {
	in := ids(refs)
	if in == "" {
		return nil, nil
	}
	var all rows[json.RawMessage]
	path := fmt.Sprintf("%s%s?include=%s&status=%s&per_page=%d&_fields=%s", api, w.list, in, status, maxPage, w.fields)
	_, err := c.get(ctx, web.Request{Path: path, Kind: w.kind, Keys: w.names(refs)}, &all)
	return all, err
}

func without(refs []string, ref string) []string {
	return slices.DeleteFunc(slices.Clone(refs), func(r string) bool { return r == ref })
}

// allProducts lists all products, a page a call. Variations are not part of the list. With IDs set records have no
// body.
func (c *Client) allProducts(ctx context.Context, q record.Query, t terms) (endpoint.Page, error) {
	at := parse(q.After).Walk
	fields := productFields
	if q.IDs {
		fields = "id,sku"
	}
	fresh, next, err := c.byID(ctx, api+"products?status=any&_fields="+fields+"&", at, pageSize(q.Limit, len(q.Kinds)), q.Kinds[0])
	if err != nil {
		return endpoint.Page{}, err
	}
	var page endpoint.Page
	for _, raw := range fresh {
		p := readProduct(raw)
		key := line(string(p.SKU))
		if q.IDs {
			page.Records = append(page.Records, record.Record{Key: record.Key{Kind: q.Kinds[0], ID: key}, Ref: string(p.ID)})
			continue
		}
		page.Records = append(page.Records, productRecords(p, key, q.Kinds, t)...)
	}
	if page.More = next.Offset > 0; page.More {
		page.Next = cursor{Walk: next}.String()
	}
	return page, nil
}
