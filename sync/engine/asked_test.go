package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store"
	"stockbridge/sync/record"
)

// A person's word that comes while a run has already begun counts for the next one: the run under way can't have heard
// it, and holds the record as before.
func TestApprovalDuringARunIsNotLost(t *testing.T) {
	w := newWorld(t)
	w.seedItems(1)
	w.seedOrder("1001", "jan@example.nl")
	w.bc.put("doc0", "WEB-1001", &record.SalesOrder{External: "WEB-1001", Number: "S-9", Email: "piet@example.com", Currency: "EUR", Total: decimal.MustParse("10")})
	w.run(orders)
	foreign := []string{"orders 1001 order.exists_foreign"}
	if got := w.codes(); !slices.Equal(got, foreign) {
		t.Fatal(got)
	}
	w.now = w.now.Add(time.Minute)
	w.seedOrder("1001", "jan@example.nl").Created = w.now.Add(-time.Minute) // changed, and in all that counts the same
	w.shop.onRead = func(record.Query) {
		w.shop.onRead = nil
		w.now = w.now.Add(time.Second)
		all, err := w.db.Problems(store.Filter{})
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		if _, err := w.db.Approve(all[0].ID, ""); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Second)
	}
	w.run(orders)
	if got := w.codes(); !slices.Equal(got, foreign) {
		t.Fatalf("the run under way heard it: %q", got)
	}
	w.now = w.now.Add(time.Minute)
	w.run(orders)
	if got := w.codes(); len(got) > 0 {
		t.Errorf("approved, and still held: %q", got)
	}
}
