package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
		raws, err := c.ordersByRef(ctx, q.Refs, orderFields, record.KindOrder)
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

// ordersByRef reads orders by id, whatever their status; the bin is asked apart, because "any" leaves it out
// (NOTES §3). Orders deleted for good are left out.
func (c *Client) ordersByRef(ctx context.Context, refs []string, fields string, kind record.Kind) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for _, group := range chunks(refs, maxPage, never) {
		missing := group
		for _, status := range []string{"any", "trash"} {
			list, err := c.include(ctx, "orders", fields, status, missing, kind)
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
			if raws, err = c.ordersByRef(ctx, []string{number}, orderFields, record.KindOrder); err != nil {
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

// changedOrders reads the next page of orders changed since the cursor, oldest change first. A page starts where the
// one before ended by date, not by number: rows that were edited in between move to the end and are met there, and no
// other row is skipped (NOTES §3, paging drift).
func (c *Client) changedOrders(ctx context.Context, q record.Query) (endpoint.Page, error) {
	at := parse(q.After)
	if !at.Open {
		at = cursor{Since: at.Since, Base: at.Since, Open: true}
	}
	if at.Second != 0 {
		return c.secondOfOrders(ctx, q, at)
	}
	size := pageSize(q.Limit, 1)
	path := c.orderList(q.From, orderFields)
	if at.Since > 0 {
		path += "modified_after=" + url.QueryEscape(gmt(at.Since)) + "&"
	}
	var list rows[json.RawMessage]
	head, err := c.get(ctx, web.Request{Path: fmt.Sprintf("%sorderby=modified&order=asc&per_page=%d", path, size), Kind: record.KindOrder}, &list)
	if err != nil {
		return endpoint.Page{}, c.statusFault(err)
	}
	at.begin(head)
	when, err := changes(list, at.Since)
	if err != nil {
		return endpoint.Page{}, c.invalidList(path, err)
	}
	if len(when) > 0 {
		at.Top = max(at.Top, when[len(when)-1])
	}
	if len(list) == size && when[0] == when[len(when)-1] {
		at.Second = when[0]
		return c.secondOfOrders(ctx, q, at)
	}
	page := endpoint.Page{Records: c.unseen(list, at.Seen, q.From), More: len(list) == size}
	if !page.More {
		page.Next = at.next().String()
		return page, nil
	}
	last := when[len(when)-1]
	if last-1 <= at.Since && at.Since > 0 {
		return endpoint.Page{}, c.invalidList(path, errors.New("the list ignores modified_after"))
	}
	at.Since, at.Seen = last-1, nil
	for i, raw := range list {
		if when[i] == last {
			at.Seen = append(at.Seen, idOf(raw))
		}
	}
	page.Next = at.String()
	return page, nil
}

// secondOfOrders reads, sorted by id, the orders changed in a second that holds more of them than a page: bulk edits
// do that, and rows of equal date have no order to page by.
func (c *Client) secondOfOrders(ctx context.Context, q record.Query, at cursor) (endpoint.Page, error) {
	path := c.orderList(q.From, orderFields) + "modified_after=" + url.QueryEscape(gmt(at.Second-1)) +
		"&modified_before=" + url.QueryEscape(gmt(at.Second+1)) + "&"
	fresh, next, err := c.byID(ctx, path, at.Walk, pageSize(q.Limit, 1), record.KindOrder)
	if err != nil {
		return endpoint.Page{}, c.statusFault(err)
	}
	page := endpoint.Page{Records: c.unseen(fresh, at.Seen, q.From), More: true}
	at.Walk = next
	if next.Offset == 0 {
		if at.Since >= at.Second {
			return endpoint.Page{}, c.invalidList(path, errors.New("the list ignores modified_after"))
		}
		at.Since, at.Second, at.Seen = at.Second, 0, nil
	}
	page.Next = at.String()
	return page, nil
}

// begin notes the shop's clock as the first answer of a pass tells it.
func (c *cursor) begin(h http.Header) {
	if c.Start != 0 {
		return
	}
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		c.Start = at.Unix()
	}
}

// changes reads the times of change of a list that was asked for in ascending order, and checks that it is. A row
// without a readable time counts as its neighbour, so that it is returned (and rejected) instead of stopping the page.
func changes(list []json.RawMessage, since int64) ([]int64, error) {
	when := make([]int64, len(list))
	before := since + 1
	for i, raw := range list {
		var s stamp
		_ = json.Unmarshal(raw, &s)
		when[i] = before
		if m := parseGMT(s.Modified); !m.IsZero() {
			when[i] = m.Unix()
		}
		before = when[i]
	}
	if !slices.IsSorted(when) {
		return nil, errors.New("the list is not sorted by date of change as asked")
	}
	return when, nil
}

func idOf(raw json.RawMessage) int64 {
	var s stamp
	_ = json.Unmarshal(raw, &s)
	return s.ID.number()
}

// unseen converts the rows of a page but those already returned, and those from before the cut-over.
func (c *Client) unseen(list []json.RawMessage, seen []int64, from time.Time) []record.Record {
	recs := make([]record.Record, 0, len(list))
	for _, raw := range list {
		if id := idOf(raw); id != 0 && slices.Contains(seen, id) {
			continue
		}
		rec := orderRecord(raw, c.statuses)
		if o, ok := rec.Body.(*record.Order); ok && o.Created.Before(from) {
			continue
		}
		recs = append(recs, rec)
	}
	return recs
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
