package bc

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/record"
)

var (
	testCompany = &company{id: "11111111-2222-3333-4444-555555555555", currency: "EUR"}
	noon        = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
)

func TestCursorComesBack(t *testing.T) {
	cur := cursor{Version: cursorVersion, Company: testCompany.id, Kinds: "items,stock", Since: noon, Entries: []mark{{noon.Unix(), 12}}}
	got := parseCursor(cur.text(), testCompany, "stock", "items")
	if !got.Since.Equal(noon) || len(got.Entries) != 1 || got.Entries[0].Entry != 12 {
		t.Errorf("%+v", got)
	}
}

func TestCursorThatDoesNotFitStartsOver(t *testing.T) {
	good := cursor{Version: cursorVersion, Company: testCompany.id, Kinds: "items,stock", Since: noon, Entries: []mark{{noon.Unix(), 12}}}
	change := func(f func(*cursor)) record.Cursor {
		c := good
		f(&c)
		return c.text()
	}
	for name, text := range map[string]record.Cursor{
		"empty":         "",
		"damaged":       `{"v":1,"c":"111`,
		"another time":  change(func(c *cursor) { c.Version++ }),
		"company":       change(func(c *cursor) { c.Company = blankID }),
		"kinds":         change(func(c *cursor) { c.Kinds = "items" }),
		"no ledger":     change(func(c *cursor) { c.Entries = nil }),
		"never began":   change(func(c *cursor) { c.Since = time.Time{} }),
		"another list":  change(func(c *cursor) { c.At, c.Next = noon, testCompany.path("customers?x") }),
		"another host":  change(func(c *cursor) { c.At, c.Next = noon, "https://evil.example/items?x" }),
		"page, no time": change(func(c *cursor) { c.Next = testCompany.path("items?x") }),
	} {
		if got := parseCursor(text, testCompany, "items,stock", "items"); !got.Since.IsZero() || got.Next != "" || got.Entries != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"v":1,"c":"11111111-2222-3333-4444-555555555555","k":"items","s":"2026-12-01T12:00:00Z"}`)
	f.Add(`{"v":1,"c":"11111111-2222-3333-4444-555555555555","k":"items,stock","a":"2026-12-01T12:00:00Z","n":"api/v2.0/companies(11111111-2222-3333-4444-555555555555)/items?x","e":[{"t":1,"n":2}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		cur := parseCursor(record.Cursor(text), testCompany, "items", "items")
		if cur.Next != "" && !strings.HasPrefix(cur.Next, testCompany.path("items?")) {
			t.Errorf("it leads to %q", cur.Next)
		}
		if cur.Company != testCompany.id || cur.Next == "" && !cur.Since.IsZero() && cur.At.Before(time.Time{}) {
			t.Errorf("%+v", cur)
		}
		if out := cur.text(); out != "" && !json.Valid([]byte(out)) {
			t.Errorf("%q", out)
		}
		cur.marked(noon, 5, time.Minute)
	})
}

// An entry can stay uncommitted for the overlap after a mark was made. So the floor of a read is a mark at least that
// much older than the read before it, however far apart reads are.
func TestLedgerFloor(t *testing.T) {
	const overlap = 5 * time.Minute
	for _, every := range []time.Duration{time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, time.Hour} {
		cur := cursor{}.marked(noon, 0, overlap)
		since := noon
		for i := 1; i <= 1000; i++ { // an entry a second: an entry's number is its age
			floor := cur.floor(since, overlap)
			back := int64(since.Sub(noon).Seconds()) - floor
			if floor > 0 && back < 300 {
				t.Fatalf("every %s, read %d: the floor is only %d s before the last read", every, i, back)
			}
			if most := int64(300 + 75 + max(every.Seconds(), 1)); floor > 0 && back > most {
				t.Fatalf("every %s, read %d: the floor is %d s before the last read, want at most %d", every, i, back, most)
			}
			since = noon.Add(time.Duration(i) * every)
			cur = cur.marked(since, int64(since.Sub(noon).Seconds()), overlap)
			if len(cur.Entries) > maxMarks+1 {
				t.Fatalf("%d marks", len(cur.Entries))
			}
		}
		if cur.Entries[0].Entry == 0 {
			t.Errorf("every %s: the floor never moves", every)
		}
	}
}
