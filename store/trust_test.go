package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"stockbridge/store"
	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// A person's word about a whole connection: facts, links, cursors and the problem change together, and what waited
// because of it is due.
func TestBegin(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	db, err := store.Open(filepath.Join(t.TempDir(), "c.db"), store.Options{Now: func() time.Time { return now }, Installation: "inst-a"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cause := record.Key{Kind: record.KindConnection, ID: "installation"}
	sum := record.Sum{1}
	must(db.Commit(engine.Outcome{
		Kinds: []record.Kind{record.KindOrder}, Cursor: "c1", Moves: true, At: now,
		Settled: []plan.Settled{
			{Kind: record.KindStock, Key: "A-1", Source: "i1", To: "p1", Sum: sum, Level: 30000},
			{Kind: record.KindOrder, Key: "1001", Source: "o1", To: "s1", Sum: sum, Mark: "S-ORD1"},
			{Kind: record.KindShipment, Key: "SH1", Source: "h1", To: "o1", Sum: sum},
		},
		Held: []plan.Held{
			{Kind: cause.Kind, Key: cause.ID, Code: "connection.other_installation", Stays: true},
			{Kind: record.KindOrder, Key: "1002", Source: "o2", Code: "order.other_mark", Because: &cause},
		},
	}))
	must(db.Begin(store.Fresh{Problem: cause.ID, Facts: map[string]string{"identity": "new"},
		Distrust: []record.Kind{record.KindItem, record.KindOrder}, Unlink: []record.Kind{record.KindShipment}, Cursors: record.Kinds()}))
	if text, err := db.Fact("identity"); err != nil || text != "new" {
		t.Errorf("the fact is %q, %v", text, err)
	}
	item, ok, err := db.LinkByRef(record.KindItem, "i1")
	if a := item.Of(record.KindStock); err != nil || !ok || item.To != "p1" || *a != (plan.Agreement{}) {
		t.Errorf("the product: %+v, %v", item, err)
	}
	order, ok, err := db.LinkByRef(record.KindOrder, "o1")
	if err != nil || !ok || order.To != "s1" || order.Of(record.KindOrder).Set {
		t.Errorf("the order: %+v, %v", order, err)
	}
	if _, ok, err := db.LinkByRef(record.KindShipment, "h1"); ok || err != nil {
		t.Errorf("the shipment is still linked: %v", err)
	}
	open, err := db.Open(record.KindOrder)
	if err != nil || open.Cursor != "" || len(open.Waiting) != 1 || open.Waiting[0].Ref != "o2" || len(open.Marks) != 1 {
		t.Errorf("orders: %+v, %v", open, err)
	}
	if list, err := db.Problems(store.Everything()); err != nil || len(list) != 1 || list[0].Key != "1002" {
		t.Errorf("problems: %+v, %v", list, err)
	}
	must(db.Begin(store.Fresh{Unlink: []record.Kind{record.KindOrder}}))
	open, err = db.Open(record.KindOrder)
	if _, ok, lost := db.LinkByKey(record.KindOrder, "1001"); ok || lost != nil || err != nil || len(open.Marks) != 0 {
		t.Errorf("orders that are not linked any more: %+v, %v, %v", open.Marks, err, lost)
	}
}
