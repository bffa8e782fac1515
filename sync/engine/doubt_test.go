package engine_test

import (
	"fmt"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// An update may have been made though its answer was lost, or the process died before it was remembered. When Business
// Central goes back to what was agreed before, the shop is made to follow all the same: what it has is not known.
func TestBackToWhatWasAgreedAfterALostUpdate(t *testing.T) {
	set := func(w *world, quantity, price int64) {
		w.bc.put("itemA001", "A001", &record.Item{Name: "Bicycle A001", Managed: true},
			&record.Stock{Quantity: decimal.MustNew(quantity, 0), Managed: true},
			&record.Price{Regular: record.Money{Amount: decimal.MustNew(price, 2), Currency: "EUR"}})
	}
	settled := false
	for at := 1; !settled; at++ {
		for _, lost := range []bool{true, false} {
			t.Run(fmt.Sprintf("call %d, lost %v", at, lost), func(t *testing.T) {
				w := newWorld(t)
				w.seedItems(3)
				w.run(products)
				w.later()
				set(w, 9, 1500)
				b := &breaker{at: at, lost: lost}
				settled = w.road(t.Context(), b) == nil
				w.reopen()
				w.later()
				set(w, 2, 1001)
				w.run(products)
				if got := w.products()["A001"].bodies[record.KindStock].(*record.Stock).Quantity; got.Cmp(decimal.Two) != 0 {
					t.Errorf("the shop shows stock %s, Business Central has 2", got)
				}
				if got := w.products()["A001"].bodies[record.KindPrice].(*record.Price).Regular.Amount.String(); got != "10.01" {
					t.Errorf("the shop asks %s, Business Central 10.01", got)
				}
				w.later()
				if n := w.run(products).Written; n != 0 {
					t.Errorf("%d written though nothing changed", n)
				}
			})
		}
	}
}
