package woocommerce

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
	"stockbridge/sync/web"
)

// Read implements endpoint.Endpoint for products (items, stock, prices) and orders.
func (c *Client) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	for _, k := range q.Kinds {
		if k.Family() != q.Kinds[0].Family() {
			return endpoint.Page{}, unknownKinds(q.Kinds)
		}
	}
	switch {
	case len(q.Kinds) == 0:
	case q.Kinds[0].Family() == record.KindItem:
		return c.readProducts(ctx, q)
	case q.Kinds[0] == record.KindOrder:
		return c.readOrders(ctx, q)
	}
	return endpoint.Page{}, unknownKinds(q.Kinds)
}

func unknownKinds(kinds []record.Kind) error {
	return fault.Wrap(fmt.Errorf("WooCommerce is not asked for %v in one query", kinds), "bug.unclassified", nil)
}

// pageSize is how many rows to ask for: what the caller wishes, within what the API allows.
func pageSize(limit, perRow int) int {
	if limit <= 0 {
		return maxPage
	}
	return min(max(1, limit/perRow), maxPage)
}

// chunks cuts keys into groups of at most n whose joined length stays below the 3 kB that every web server accepts in
// an address; alone says which keys must be asked for by themselves.
func chunks(keys []string, n int, alone func(string) bool) [][]string {
	const room = 3000
	var all [][]string
	var group []string
	size := 0
	for _, k := range keys {
		if alone(k) {
			all = append(all, []string{k})
			continue
		}
		if len(group) == n || size+3*len(k) > room {
			all, group, size = append(all, group), nil, 0
		}
		group, size = append(group, k), size+3*len(k)+1 // escaping makes a byte three at worst
	}
	if len(group) > 0 {
		all = append(all, group)
	}
	return slices.DeleteFunc(all, func(g []string) bool { return len(g) == 0 })
}

func never(string) bool { return false }

// byID reads one page of a list sorted by id. The API has no "id above", only an offset, and a deleted row moves all
// later ones up: so each page begins with the last row of the one before, and steps back when that is gone
// (NOTES §3, paging drift). path holds the list's filters and ends in an open query.
func (c *Client) byID(ctx context.Context, path string, w walk, size int, kind record.Kind) (fresh rows[json.RawMessage], next walk, err error) {
	perPage, offset := size, 0
	if w.Offset > 0 {
		perPage, offset = min(size+1, maxPage), w.Offset-1
	}
	var all rows[json.RawMessage]
	var at []int64
	for {
		all = nil
		full := fmt.Sprintf("%sorderby=id&order=asc&per_page=%d&offset=%d", path, perPage, offset)
		if _, err := c.get(ctx, web.Request{Path: full, Kind: kind}, &all); err != nil {
			return nil, w, err
		}
		if at, err = rowIDs(all); err != nil {
			return nil, w, c.invalidList(path, err)
		}
		if offset == 0 || len(at) > 0 && at[0] <= w.Last {
			break
		}
		offset = max(0, offset-max(1, perPage-1))
	}
	next = walk{Offset: offset + len(all), Last: w.Last, First: w.First}
	switch {
	case offset == 0 && len(at) > 0:
		next.First = at[0]
	case len(at) > 0 && at[0] == w.First:
		// The list did not move, or rows have come in front of what was its first.
		if next.First, err = c.firstID(ctx, path, kind); err != nil {
			return nil, w, err
		}
		if next.First == w.First {
			return nil, w, c.invalidList(path, errors.New("the list ignores offset")) // it would never end
		}
	}
	for i, id := range at {
		if id > w.Last {
			fresh, next.Last = append(fresh, all[i]), id
		}
	}
	if len(all) < perPage {
		next = walk{}
	}
	return fresh, next, nil
}

// firstID is the id a list sorted by id begins with; 0 when it is empty.
func (c *Client) firstID(ctx context.Context, path string, kind record.Kind) (int64, error) {
	var one rows[json.RawMessage]
	if _, err := c.get(ctx, web.Request{Path: path + "orderby=id&order=asc&per_page=1&offset=0", Kind: kind}, &one); err != nil {
		return 0, err
	}
	at, err := rowIDs(one)
	if err != nil {
		return 0, c.invalidList(path, err)
	}
	if len(at) == 0 {
		return 0, nil
	}
	return at[0], nil
}

// rowIDs reads the ids of a list that was asked for in ascending order, and checks that it is: a plug-in that sorts
// otherwise would make pages skip rows.
func rowIDs(all []json.RawMessage) ([]int64, error) {
	at := make([]int64, len(all))
	for i, raw := range all {
		var s stamp
		if json.Unmarshal(raw, &s) != nil || s.ID.number() == 0 {
			return nil, fmt.Errorf("row %d has no id", i+1)
		}
		at[i] = s.ID.number()
	}
	if !slices.IsSorted(at) {
		return nil, errors.New("the list is not sorted by id as asked")
	}
	return at, nil
}

func (c *Client) invalidList(path string, err error) error {
	path, _, _ = strings.Cut(path, "?")
	return fault.Wrap(err, "answer.invalid", fault.Args{"side": "Shop", "host": c.host, "path": path, "detail": err.Error()})
}
