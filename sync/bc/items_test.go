package bc

import (
	"fmt"
	"strings"
	"testing"
	"time"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

func goods() record.Query {
	return record.Query{Kinds: []record.Kind{record.KindItem, record.KindStock, record.KindPrice}}
}

func TestItemsInPages(t *testing.T) {
	w := newWorld(t, func(c *settings.Connection) { c.BC.PageSize = 7 })
	for i := range 20 {
		w.item(fmt.Sprintf("ART-%02d", i), "12.345", i)
	}
	all, next := w.drain(goods())
	if len(all) != 60 || next == "" {
		t.Fatalf("%d records, next %q", len(all), next)
	}
	for i := 0; i < len(all); i += 3 {
		it, st, pr := all[i], all[i+1], all[i+2]
		if it.Key.Kind != record.KindItem || st.Key.Kind != record.KindStock || pr.Key.Kind != record.KindPrice ||
			it.Ref != st.Ref || it.Ref != pr.Ref || it.Key.ID != pr.Key.ID {
			t.Fatalf("%v %v %v", it, st, pr)
		}
		if q := st.Body.(*record.Stock).Quantity.String(); "ART-"+fmt.Sprintf("%02s", q) != it.Key.ID {
			t.Errorf("%s has %s", it.Key, q)
		}
		if p := pr.Body.(*record.Price); p.Regular.String() != "EUR 12.345" {
			t.Errorf("%s costs %s", it.Key, p.Regular)
		}
		if b := it.Body.(*record.Item); b.Name != "Item "+it.Key.ID || !b.Managed || b.Unit != "PCS" {
			t.Errorf("%+v", b)
		}
	}
}

func TestWhatEveryCallCarries(t *testing.T) {
	w := newWorld(t, func(c *settings.Connection) { c.BC.Tenant = "ten ant"; c.BC.PageSize = 3 })
	if err := w.sim.Change(func(o *bcsim.Options) { o.Tenant = "ten ant" }); err != nil {
		t.Fatal(err)
	}
	w.read(record.Query{Kinds: []record.Kind{record.KindItem}})
	w.read(record.Query{Kinds: []record.Kind{record.KindItem}, Keys: []string{"A"}})
	for _, r := range w.requests() {
		if r.URL.Query().Get("tenant") != "ten ant" || r.Header.Get("Accept-Language") != "en-US" || r.Header.Get("Authorization") == "" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
	}
	prefer := map[string]int{}
	for _, r := range w.requests() {
		prefer[r.Header.Get("Prefer")]++
	}
	if prefer["odata.maxpagesize=3"] == 0 || prefer["odata.continue-on-error"] != 1 {
		t.Errorf("%v", prefer)
	}
	if n := len(w.requests()); n < 4 {
		t.Errorf("%d requests", n)
	}
}

func TestDeltaFindsEveryChange(t *testing.T) {
	w := newWorld(t)
	a, b := w.item("A", "1", 5), w.item("B", "2", 5)
	w.item("C", "3", 5)
	_, next := w.drain(goods())
	step := func(want string, do func()) {
		t.Helper()
		w.pass(time.Hour) // beyond the overlap of the step before
		_, next = w.drain(record.Query{Kinds: goods().Kinds, After: next})
		w.pass(time.Hour)
		_, next = w.drain(record.Query{Kinds: goods().Kinds, After: next})
		w.pass(time.Hour)
		do()
		var all []record.Record
		all, next = w.drain(record.Query{Kinds: goods().Kinds, After: next})
		if got := keysOf(all); got[want] != 3 {
			t.Errorf("%s is not among %v", want, got)
		}
	}
	step("A", func() { w.api("PATCH", "items("+a+")", `{"unitPrice":9}`) })
	step("B", func() { w.api("PATCH", "items("+b+")", `{"inventory":4}`) }) // touches the ledger only
	step("D", func() { w.item("D", "4", 0) })
}

// A row whose stamp is from before the last read began, but which was committed after it.
func TestLateCommitIsFound(t *testing.T) {
	w := newWorld(t)
	w.item("A", "1", 5)
	w.pass(time.Hour)
	_, next := w.drain(goods())
	w.pass(-2 * time.Minute)
	w.item("LATE", "1", 0) // without stock: the ledger does not tell of it
	w.pass(10 * time.Minute)
	all, _ := w.drain(record.Query{Kinds: goods().Kinds, After: next})
	if keysOf(all)["LATE"] != 3 {
		t.Errorf("%v", keysOf(all))
	}
}

// The first mark stays behind the ledger's end: what is seen there may be rolled back and its number used again.
func TestFirstMarkStaysBehind(t *testing.T) {
	w := newWorld(t)
	id := w.item("A", "1", 0)
	for i := range ledgerSlack + 30 {
		w.api("PATCH", "items("+id+")", fmt.Sprintf(`{"inventory":%d}`, i+1))
	}
	_, next := w.drain(goods())
	cur := parseCursor(next, &company{id: w.co.ID}, kindsText(goods().Kinds), "items")
	if got := cur.floor(w.now(), w.client.overlap()); got != 30 {
		t.Errorf("floor %d of %d entries", got, ledgerSlack+30)
	}
}

func TestManyTouchedItemsAreReadWhole(t *testing.T) {
	w := newWorld(t)
	ids := make([]string, maxTouched+5)
	for i := range ids {
		ids[i] = w.item(fmt.Sprintf("M%04d", i), "1", 0)
	}
	_, next := w.drain(goods())
	w.pass(time.Hour)
	for _, id := range ids {
		w.api("PATCH", "items("+id+")", `{"inventory":3}`)
	}
	before := w.web.Calls()
	all, _ := w.drain(record.Query{Kinds: goods().Kinds, After: next})
	if got := keysOf(all); len(got) != len(ids) || len(all) != 3*len(ids) {
		t.Errorf("%d items in %d records", len(got), len(all))
	}
	if n := w.web.Calls() - before; n > 4 {
		t.Errorf("%d calls", n)
	}
}

func TestItemsByKeysAndRefs(t *testing.T) {
	w := newWorld(t)
	a := w.item("ABC-1", "1", 5)
	w.item("A&B", "1", 5)
	w.item("O'BRIEN", "1", 5)
	if err := w.sim.Change(func(o *bcsim.Options) { o.Wildcards = true }); err != nil {
		t.Fatal(err)
	}
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("NOT-THERE-%03d", i))
	}
	keys := append([]string{"abc-1", "ABC-1", "A&B", "A*", "o'brien", "..", strings.Repeat("X", 40)}, many...)
	got := keysOf(w.read(record.Query{Kinds: []record.Kind{record.KindItem}, Keys: keys}).Records)
	if len(got) != 4 || got["abc-1"] != 1 || got["ABC-1"] != 1 || got["A&B"] != 1 || got["o'brien"] != 1 {
		t.Errorf("%v", got)
	}
	for _, r := range w.requests() {
		if n := len(r.URL.RequestURI()); n > 4000 {
			t.Errorf("an address of %d bytes", n)
		}
	}
	p := w.read(record.Query{Kinds: []record.Kind{record.KindItem}, Refs: []string{a, blankID, "no guid"}})
	if len(p.Records) != 1 || p.Records[0].Ref != a {
		t.Errorf("%v", p.Records)
	}
	p = w.read(record.Query{Kinds: []record.Kind{record.KindItem}, IDs: true})
	if len(p.Records) != 3 || p.More {
		t.Errorf("%v", p.Records)
	}
}
