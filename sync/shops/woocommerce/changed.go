package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// changedOrders reads the next page of orders changed since the cursor, oldest change first. A page starts where the
// one before ended by date, not by number: rows that were edited in between move to the end and are met there, and no
// other row is skipped (NOTES §3, paging drift).
func (c *Client) changedOrders(ctx context.Context, q record.Query) (endpoint.Page, error) {
	at := parse(q.After)
	switch {
	case !at.Open:
		at = cursor{Since: at.Since, Base: at.Since, Zone: at.Zone, Open: true}
	case at.Second != 0:
		return c.secondOfOrders(ctx, q, at)
	case at.ByID:
		return c.changedByID(ctx, q, at)
	}
	size := pageSize(q.Limit, 1)
	list, err := c.changedSince(ctx, q, &at, size)
	if err != nil {
		return endpoint.Page{}, err
	}
	ch := changes(list, at.Since, at.Zone)
	at.note(ch)
	if len(list) < size {
		return endpoint.Page{Records: c.unseen(list, at.Seen, q.From), Next: at.next().String()}, nil
	}
	if !ch.straight {
		at.ByID = true
		return c.changedByID(ctx, q, at)
	}
	last := ch.when[len(ch.when)-1]
	if ch.when[0] == last {
		at.Second = last
		return c.secondOfOrders(ctx, q, at)
	}
	if last-1 <= at.Since && at.Since > 0 {
		return endpoint.Page{}, c.invalidList(api+"orders", errors.New("the list ignores modified_after"))
	}
	page := endpoint.Page{Records: c.unseen(list, at.Seen, q.From), More: true}
	at.Since, at.Seen = last-1, nil
	for i, raw := range list {
		if ch.when[i] == last {
			at.Seen = append(at.Seen, idOf(raw))
		}
	}
	page.Next = at.String()
	return page, nil
}

// changedSince asks for a page in the order of change. A cursor that turns out to lie ahead of the shop's clock begins
// anew at the cut-over, since nobody knows what it passed over.
func (c *Client) changedSince(ctx context.Context, q record.Query, at *cursor, size int) (rows[json.RawMessage], error) {
	for {
		var list rows[json.RawMessage]
		path := fmt.Sprintf("%sorderby=modified&order=asc&per_page=%d", c.changedList(q, at), size)
		head, err := c.get(ctx, web.Request{Path: path, Kind: record.KindOrder}, &list)
		if err != nil {
			return nil, c.statusFault(err)
		}
		if !at.begin(head) {
			return list, nil
		}
		*at = cursor{Start: at.Start, Zone: at.Zone, Open: true}
	}
}

// changedList is the list of the orders changed since a cursor.
func (c *Client) changedList(q record.Query, at *cursor) string {
	path := c.orderList(q.From, orderFields)
	if at.Since > 0 {
		path += "modified_after=" + url.QueryEscape(gmt(at.Since)) + "&"
	}
	return path
}

// changedByID reads the rest of a pass sorted by id. Shops that keep orders as posts sort by the local time of change,
// which goes back an hour in October: there a page by date ends before rows that belong in front of it, or after them.
func (c *Client) changedByID(ctx context.Context, q record.Query, at cursor) (endpoint.Page, error) {
	fresh, next, err := c.byID(ctx, c.changedList(q, &at), at.Walk, pageSize(q.Limit, 1), record.KindOrder)
	if err != nil {
		return endpoint.Page{}, c.statusFault(err)
	}
	at.note(changes(fresh, at.Since, at.Zone))
	page := endpoint.Page{Records: c.unseen(fresh, at.Seen, q.From), More: next.Offset > 0}
	if at.Walk = next; !page.More {
		page.Next = at.next().String()
		return page, nil
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

// changeTimes says when the rows of a list changed.
type changeTimes struct {
	when []int64 // Unix seconds, per row
	last int64   // the latest; 0 without rows
	zone *int64  // the shop's clock less GMT at the latest change, in seconds; what it was before when no row tells
	// straight: the rows are in the order of when, and the shop's clock was not put back among them.
	straight bool
}

// changes reads the times of change of a list. A row without a readable time counts as its neighbour, so that it is
// returned (and rejected) instead of stopping the page. zone is the shop's at the change before.
func changes(list []json.RawMessage, since int64, zone *int64) changeTimes {
	ch := changeTimes{when: make([]int64, len(list)), zone: zone, straight: true}
	before := since + 1
	for i, raw := range list {
		var s stamp
		_ = json.Unmarshal(raw, &s)
		ch.when[i] = before
		if m := parseGMT(s.Modified); !m.IsZero() {
			ch.when[i] = m.Unix()
			if local := parseGMT(s.Local); !local.IsZero() {
				off := local.Unix() - m.Unix()
				ch.straight = ch.straight && (zone == nil || off >= *zone)
				if zone = &off; m.Unix() >= ch.last {
					ch.zone = zone
				}
			}
		}
		before = ch.when[i]
		ch.last = max(ch.last, before)
	}
	ch.straight = ch.straight && slices.IsSorted(ch.when)
	return ch
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
