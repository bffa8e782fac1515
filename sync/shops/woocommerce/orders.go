package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

func (c *Client) readOrders(ctx context.Context, q record.Query) (endpoint.Page, error) {
	switch {
	case q.Keys != nil:
		recs, err := c.ordersByNumber(ctx, q)
		return endpoint.Page{Records: recs}, err
	case q.Refs != nil:
		raws, err := c.ordersByRef(ctx, q.Refs, wholeOrders())
		return endpoint.Page{Records: c.orderRecords(raws)}, err
	case q.IDs:
		return c.orderIDs(ctx, q)
	}
	return c.changedOrders(ctx, q)
}

func (c *Client) orderRecords(raws []json.RawMessage) []record.Record {
	recs := make([]record.Record, len(raws))
	for i, raw := range raws {
		recs[i] = orderRecord(raw, c.statuses)
	}
	return recs
}

// wholeOrders asks for orders by id. Before they are read their number is taken to be the id, as it nearly always is.
func wholeOrders() wanted {
	return wanted{list: "orders", fields: orderFields, kind: record.KindOrder, keys: func(ref string) []string { return []string{ref} }}
}

// ordersByRef reads orders by id, whatever their status; the bin is asked apart, because "any" leaves it out
// (NOTES §3). Orders deleted for good are left out.
func (c *Client) ordersByRef(ctx context.Context, refs []string, w wanted) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for _, group := range chunks(refs, maxPage, never) {
		missing := group
		for _, status := range []string{"any", "trash"} {
			list, err := c.include(ctx, &w, status, missing)
			if err != nil {
				return nil, err
			}
			for _, raw := range list {
				var s stamp
				_ = json.Unmarshal(raw, &s)
				missing = without(missing, string(s.ID))
			}
			all = append(all, list...)
		}
	}
	return all, nil
}

// ordersByNumber looks orders up by the number people know: nearly always the id, else found by the shop's search.
func (c *Client) ordersByNumber(ctx context.Context, q record.Query) ([]record.Record, error) {
	var recs []record.Record
	for _, number := range q.Keys {
		var raws []json.RawMessage
		var err error
		if text(number).number() > 0 {
			if raws, err = c.ordersByRef(ctx, []string{number}, wholeOrders()); err != nil {
				return nil, err
			}
		}
		match := c.numbered(raws, number)
		if len(match) == 0 {
			var list rows[json.RawMessage]
			path := fmt.Sprintf("%sorders?search=%s&status=any&per_page=%d&_fields=%s", api, url.QueryEscape(number), maxPage, orderFields)
			if _, err := c.get(ctx, web.Request{Path: path, Kind: record.KindOrder, Keys: []string{number}}, &list); err != nil {
				return nil, err
			}
			match = c.numbered(list, number)
		}
		recs = append(recs, match...)
	}
	return recs, nil
}

func (c *Client) numbered(raws []json.RawMessage, number string) []record.Record {
	return slices.DeleteFunc(c.orderRecords(raws), func(r record.Record) bool { return r.Key.ID != number })
}

// orderIDs lists all orders since the cut-over without bodies.
func (c *Client) orderIDs(ctx context.Context, q record.Query) (endpoint.Page, error) {
	path := c.orderList(q.From, "id,number")
	fresh, next, err := c.byID(ctx, path, parse(q.After).Walk, pageSize(q.Limit, 1), record.KindOrder)
	if err != nil {
		return endpoint.Page{}, c.statusFault(err)
	}
	var page endpoint.Page
	for _, raw := range fresh {
		var s stamp
		if err := json.Unmarshal(raw, &s); err != nil {
			return endpoint.Page{}, c.invalidList(path, err)
		}
		page.Records = append(page.Records, record.Record{Key: record.Key{Kind: record.KindOrder, ID: orderKey(s)}, Ref: string(s.ID)})
	}
	if page.More = next.Offset > 0; page.More {
		page.Next = cursor{Walk: next}.String()
	}
	return page, nil
}

// orderList is the beginning of every order list: explicit statuses, since the defaults of the versions differ, dates
// in GMT and said to be, and the cut-over bound (exclusive in the API, inclusive here).
func (c *Client) orderList(from time.Time, fields string) string {
	path := api + "orders?status=" + url.QueryEscape(c.listed) + "&dates_are_gmt=true&_fields=" + fields + "&"
	if !from.IsZero() {
		path += "after=" + url.QueryEscape(gmt(from.Unix()-1)) + "&"
	}
	return path
}

// statusFault explains a refused list: a mapped status that the shop does not know (any more) makes it refuse the
// whole list.
func (c *Client) statusFault(err error) error {
	r := asRefusal(err)
	if r == nil || r.code != "rest_invalid_param" || len(c.statuses) <= len(ownStatuses)+1 {
		return err
	}
	return fault.Wrap(r, "settings.invalid", fault.Args{
		"field": "[shop.woocommerce] statuses", "value": c.listed, "allowed": "statuses the shop knows",
	})
}
