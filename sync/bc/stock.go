package bc

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"stockbridge/sync/record"
)

// An item's inventory is summed over the item ledger; a posting does not touch the item itself (NOTES §4), so
// changes of stock are found by new ledger entries.

// markLedger remembers where the ledger ends, for the first read of all items.
func (r *itemReader) markLedger(ctx context.Context, cur *cursor) error {
	p, err := r.c.page(ctx, r.co.path(query{fields: "entryNumber", order: "entryNumber desc", top: 1}.path("itemLedgerEntries")),
		record.KindStock, 1)
	if err != nil {
		return err
	}
	last := int64(0)
	if len(p.rows) > 0 {
		var e entryRow
		if err := json.Unmarshal(p.rows[0], &e); err != nil {
			return r.c.invalid("itemLedgerEntries", err)
		}
		last = e.Number
	}
	cur.At, cur.Entries = p.at, nil
	*cur = cur.marked(p.at, max(0, last-ledgerSlack), r.c.overlap())
	return nil
}

// touched reads the items with ledger entries above the cursor's floor. all: there are so many that every item is to
// be read instead.
func (r *itemReader) touched(ctx context.Context, cur *cursor) (all bool, err error) {
	numbers := map[string]bool{}
	floor := cur.floor(cur.Since, r.c.overlap())
	last := floor
	q := query{fields: "entryNumber,itemNumber", filter: compare("entryNumber", "gt", numberLiteral(floor)), order: "entryNumber"}
	var at time.Time
	for path := r.co.path(q.path("itemLedgerEntries")); path != ""; {
		p, err := r.c.page(ctx, path, record.KindStock, r.c.ledgerPage())
		if err != nil {
			return false, err
		}
		if at.IsZero() {
			at = p.at
		}
		for _, raw := range p.rows {
			var e entryRow
			if err := json.Unmarshal(raw, &e); err != nil {
				return false, r.c.invalid("itemLedgerEntries", err)
			}
			last = max(last, e.Number)
			numbers[code(e.Item)] = true
		}
		path = p.next
	}
	cur.At = at
	*cur = cur.marked(at, last, r.c.overlap())
	if len(numbers) > maxTouched {
		return true, nil
	}
	return false, r.byNumber(ctx, slices.Sorted(maps.Keys(numbers)))
}

// ledgerPage is how many ledger entries are asked for at once: BC's own limit, since a row is only two small fields,
// unless the connection sets a page size.
func (c *Client) ledgerPage() int {
	if n := c.conn.BC.PageSize; n > 0 {
		return n
	}
	return 20000
}

// byNumber reads items by their numbers as BC has them.
func (r *itemReader) byNumber(ctx context.Context, numbers []string) error {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	safe, rest := newAskedKeys(numbers, code).literals(20)
	if err := r.c.lookup(ctx, r.co, search{kind: record.KindItem, set: "items", field: "number", values: safe, fields: r.fields}, r.add); err != nil || len(rest) == 0 {
		return err
	}
	return r.c.all(ctx, r.co.path(query{fields: r.fields}.path("items")), record.KindItem, func(raw json.RawMessage) error {
		var id rowID
		if json.Unmarshal(raw, &id) == nil && slices.Contains(rest, code(id.Number)) {
			return r.add(raw)
		}
		return nil
	})
}
