package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// guarded is a world with 40 items in step whose guards let five records through.
func guarded(t *testing.T) *world {
	w := newWorld(t)
	w.rules.Safety = plan.SafetyRules{Min: 5, Share: decimal.MustParse("0.1"), PriceFactor: decimal.MustParse("3"), PriceDrop: decimal.MustParse("0.5")}
	w.seedItems(40)
	w.run(products)
	return w
}

func (w *world) inventory(quantity int64, items ...int) {
	for _, i := range items {
		w.bc.put(fmt.Sprintf("itemA%03d", i), fmt.Sprintf("A%03d", i), &record.Stock{Quantity: decimal.MustNew(quantity, 0), Managed: true})
	}
}

func (w *world) reprice(cents int64, items ...int) {
	for _, i := range items {
		w.bc.put(fmt.Sprintf("itemA%03d", i), fmt.Sprintf("A%03d", i), &record.Price{Regular: record.Money{Amount: decimal.MustNew(cents, 2), Currency: "EUR"}})
	}
}

// soldOut are the shop's products without stock.
func (w *world) soldOut() (out []string) {
	for key, r := range w.products() {
		if s, ok := r.bodies[record.KindStock].(*record.Stock); ok && s.Quantity.IsZero() {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) approve(code string) {
	w.t.Helper()
	problems, err := w.db.Problems(store.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range problems {
		if string(p.Code) == code {
			if _, err := w.db.Approve(p.ID, ""); err != nil {
				w.t.Fatal(err)
			}
			return
		}
	}
	w.t.Fatalf("nothing is held with %s: %v", code, problems)
}

func upTo(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

// Pages of four are each below the limit of five; the run is not.
func TestGuardCountsOverTheRun(t *testing.T) {
	w := guarded(t)
	w.inventory(0, upTo(40)...)
	w.run(products)
	if got := w.soldOut(); len(got) > 5 {
		t.Errorf("%d products went out of stock: %v", len(got), got)
	}
	if got := len(w.codes()); got < 35 {
		t.Errorf("%d are held", got)
	}
	w.later()
	w.run(products) // looked at again, few at a time
	if got := w.soldOut(); len(got) > 5 {
		t.Errorf("%d products went out of stock the second time", len(got))
	}
}

// Three items an hour are never many; within a day they are.
func TestGuardCountsOverTheDay(t *testing.T) {
	w := guarded(t)
	for n := range 5 {
		w.inventory(0, 3*n, 3*n+1, 3*n+2)
		w.run(products)
		w.now = w.now.Add(time.Hour)
	}
	if got := w.soldOut(); len(got) != 3 {
		t.Errorf("in a day %d products went out of stock: %v", len(got), got)
	}
	w.now = w.now.Add(24 * time.Hour)
	w.inventory(0, 20, 21, 22)
	w.run(products)
	if got := w.soldOut(); len(got) != 6 {
		t.Errorf("a day later %d are out of stock: %v", len(got), got)
	}
	w.inventory(5, 20, 21, 22) // and the same ones back and forth count once
	w.run(products)
	w.inventory(0, 20, 21, 22)
	w.run(products)
	if got := w.soldOut(); len(got) != 6 {
		t.Errorf("back and forth: %v", got)
	}
}

// What is written again because the answer was lost counts once.
func TestGuardCountsARepeatOnce(t *testing.T) {
	w := guarded(t)
	w.inventory(0, 0, 1, 2, 3)
	w.shop.before = func([]record.Change) error { return fault.New("net.cut", nil) }
	for range 4 {
		if _, err := w.engine.Run(t.Context(), w.job(products)); err == nil {
			t.Fatal("the shop answered")
		}
	}
	w.shop.before = nil
	w.run(products)
	if got := w.soldOut(); len(got) != 4 || len(w.codes()) != 0 {
		t.Errorf("out of stock %v, held %v", got, w.codes())
	}
}

// A dry run lets nothing through, so it takes nothing from the real one.
func TestGuardDryRun(t *testing.T) {
	w := guarded(t)
	w.inventory(0, 0, 1, 2, 3)
	for range 3 {
		job := w.job(products)
		job.Dry = func(d engine.Decision) {
			if len(d.Plan.Held) > 0 {
				t.Errorf("held: %+v", d.Plan.Held)
			}
		}
		if _, err := w.engine.Run(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	w.run(products)
	if got := w.soldOut(); len(got) != 4 {
		t.Errorf("out of stock: %v", got)
	}
}

// An approval lets exactly the list through, once: what comes later is held anew.
func TestApprovalIsForTheList(t *testing.T) {
	w := guarded(t)
	w.rules.Safety.Min = 3
	w.inventory(0, upTo(12)...)
	w.run(products)
	w.approve("stock.mass_zero")
	w.inventory(0, 20, 21, 22, 23) // arrived after the person looked
	w.run(products)
	if got := w.soldOut(); len(got) != 12 {
		t.Errorf("out of stock: %v", got)
	}
	want := []string{"stock A020 stock.mass_zero", "stock A021 stock.mass_zero", "stock A022 stock.mass_zero", "stock A023 stock.mass_zero"}
	if got := slices.Sorted(slices.Values(w.codes())); !slices.Equal(got, want) {
		t.Errorf("held %v", got)
	}
	w.inventory(7, upTo(12)...)
	w.run(products)
	w.inventory(0, upTo(12)...)
	w.run(products)
	if got := w.soldOut(); len(got) != 0 {
		t.Errorf("the approval was used twice: %v", got)
	}
}

// An approval is for the price that was shown, however few have changed since.
func TestApprovalIsForWhatWasShown(t *testing.T) {
	w := guarded(t)
	w.rules.Safety.Min = 3
	w.reprice(4000, upTo(8)...)
	w.run(products)
	w.approve("price.mass_change")
	w.reprice(40000, 3)
	w.run(products)
	if got := w.codes(); !slices.Equal(got, []string{"prices A003 price.mass_change"}) {
		t.Errorf("held %v", got)
	}
	cents := func(sku string) string {
		return w.products()[sku].bodies[record.KindPrice].(*record.Price).Regular.Amount.String()
	}
	if cents("A003") != "10.03" || cents("A004") != "40.00" {
		t.Errorf("A003 is %s, A004 %s", cents("A003"), cents("A004"))
	}
	w.reprice(1100, 3) // mended at the owner
	w.run(products)
	if got := w.codes(); len(got) != 0 || cents("A003") != "11.00" {
		t.Errorf("held %v, A003 is %s", got, cents("A003"))
	}
}

// Prices under half are a mass change as much as prices over three times.
func TestPricesThatFall(t *testing.T) {
	w := guarded(t)
	w.rules.Safety.Min = 3
	w.reprice(520, upTo(8)...)
	w.run(products)
	if got := w.codes(); len(got) != 0 {
		t.Errorf("a little more than half: %v", got)
	}
	w.reprice(250, upTo(8)...)
	w.run(products)
	if got := w.codes(); len(got) != 8 {
		t.Errorf("less than half: %v", got)
	}
}
