package bc

import (
	"encoding/json"
	"strings"
	"time"

	"stockbridge/sync/record"
)

const (
	cursorVersion = 1
	// ledgerSlack is how far the very first mark stays behind the ledger's end: reads see uncommitted entries, whose
	// numbers are used again when they roll back (NOTES §4 hazard 2).
	ledgerSlack = 500
	// maxMarks is how many ledger marks a cursor keeps at most; they are thinned to a quarter of the overlap.
	maxMarks = 16
)

// cursor is where a reader stopped. Timestamps are set before a transaction commits, so a row may surface later with
// an earlier stamp than rows already seen (NOTES §4): Since is the server's clock when the last complete read began,
// and every read asks from Since less the overlap. What was read twice has the same digest and costs nothing.
type cursor struct {
	Version int       `json:"v"`
	Company string    `json:"c"`
	Kinds   string    `json:"k"`          // what it covers
	Since   time.Time `json:"s,omitzero"` // zero: never read to the end
	// A read under way: when it began, and the page it goes on with, relative to the base address.
	At   time.Time `json:"a,omitzero"`
	Next string    `json:"n,omitempty"`
	// Entries are marks on the item ledger, oldest first. Entry numbers may commit out of order too.
	Entries []mark `json:"e,omitempty"`
}

// mark is the highest ledger entry there was at a time of the server's clock.
type mark struct {
	At    int64 `json:"t"` // Unix seconds
	Entry int64 `json:"n"`
}

// parseCursor reads a cursor. One that is damaged, of another company or that covers less than what is asked now
// starts from the beginning: reading too much is safe, skipping is not.
func parseCursor(text record.Cursor, co *company, kinds, set string) cursor {
	fresh := cursor{Version: cursorVersion, Company: co.id, Kinds: kinds}
	var cur cursor
	if text == "" || json.Unmarshal([]byte(text), &cur) != nil || cur.Version != cursorVersion || cur.Company != co.id || !covers(cur.Kinds, kinds) {
		return fresh
	}
	if cur.Next != "" && (cur.At.IsZero() || !strings.HasPrefix(cur.Next, co.path(set)+"?")) || cur.Next == "" && cur.Since.IsZero() {
		return fresh
	}
	if strings.Contains(kinds, string(record.KindStock)) && len(cur.Entries) == 0 {
		return fresh
	}
	cur.Kinds = kinds
	return cur
}

// covers reports whether every kind in want is in have; both are joined by commas.
func covers(have, want string) bool {
	for _, w := range strings.Split(want, ",") {
		if !strings.Contains(","+have+",", ","+w+",") {
			return false
		}
	}
	return true
}

func (c cursor) text() record.Cursor {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // a time beyond year 9999: start over
	}
	return record.Cursor(b)
}

// putBack reports whether the server's clock was put back since the last complete read, further than servers of one
// installation differ: what has changed since carries stamps from before the cursor, so everything is read again.
func (c cursor) putBack(now time.Time, overlap time.Duration) bool {
	return c.Next == "" && !c.Since.IsZero() && now.Before(c.Since.Add(-overlap))
}

// done is the cursor after the last page: the next read begins where this one did.
func (c cursor) done() cursor {
	c.Since, c.At, c.Next = c.At, time.Time{}, ""
	return c
}

// floor is the ledger entry to read on from: the newest mark that is older than the overlap, so that entries which
// commit late are still above it.
func (c cursor) floor(now time.Time, overlap time.Duration) int64 {
	limit := now.Add(-overlap).Unix()
	floor := int64(0)
	for i, m := range c.Entries {
		if i == 0 || m.At <= limit {
			floor = m.Entry
		}
	}
	return floor
}

// marked adds a mark, and drops marks that no later floor can be: all before the newest one older than the overlap,
// and those closer to the one before them than a quarter of it.
func (c cursor) marked(at time.Time, entry int64, overlap time.Duration) cursor {
	limit := at.Add(-overlap).Unix()
	first := 0
	for i, m := range c.Entries {
		if m.At <= limit {
			first = i
		}
	}
	var kept []mark
	for i, m := range c.Entries[min(first, len(c.Entries)):] {
		if i == 0 || m.At-kept[len(kept)-1].At >= int64(overlap.Seconds())/4 {
			kept = append(kept, m)
		}
	}
	if len(kept) > maxMarks {
		kept = kept[:maxMarks]
	}
	c.Entries = append(kept, mark{At: at.Unix(), Entry: entry})
	return c
}
