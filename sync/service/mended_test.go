package service_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// mendable is what goes wrong with a code, and what puts it right.
type mendable struct {
	code        string
	spoil, mend func(*world)
}

// A problem ends by itself when its cause is mended at the owner, or where its sentence says, with nobody telling us:
// one of each family of codes.
func TestProblemsEndWhenMended(t *testing.T) {
	for _, tt := range append(spoiltProducts(), spoiltOrders()...) {
		t.Run(tt.code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := started(t, func(c *settings.Connection) { c.Safety.Min = 2 })
				w.sync()
				tt.spoil(w)
				stop := w.running()
				time.Sleep(time.Hour)
				if got := w.problems(); len(got) == 0 || !strings.HasSuffix(got[0], " "+tt.code) {
					t.Errorf("spoilt: %v", got)
				}
				tt.mend(w)
				time.Sleep(3 * time.Hour)
				stop()
				if got := w.problems(); len(got) != 0 {
					t.Errorf("mended, and still %v wait", got)
				}
			})
		})
	}
}

func spoiltProducts() []mendable {
	return []mendable{
		{"item.no_name", func(w *world) { w.must(w.co.SetItemName("A-1", "")) }, func(w *world) { w.must(w.co.SetItemName("A-1", "Mok")) }},
		{"item.duplicate_sku", func(w *world) {
			w.item("B-1", 1)
			w.shop.AddProduct(woosim.Product{Name: "One", SKU: "B-1"})
			w.shop.AddProduct(woosim.Product{Name: "Two", SKU: "B-1"})
		}, func(w *world) { w.editProduct(w.product("B-1").ID, `{"sku":"B-2"}`) }},
		{"price.zero", func(w *world) { w.must(w.co.SetPrice("A-1", decimal.Zero)) }, func(w *world) { w.must(w.co.SetPrice("A-1", decimal.Ten)) }},
		{"stock.mass_zero", func(w *world) {
			for _, n := range []string{"A-1", "A-2", "A-3"} {
				w.must(w.co.SetInventory(n, decimal.Zero))
			}
		}, func(w *world) {
			for _, n := range []string{"A-1", "A-2", "A-3"} {
				w.must(w.co.SetInventory(n, decimal.Ten))
			}
		}},
		{"price.mass_change", func(w *world) {
			for _, n := range []string{"A-1", "A-2", "A-3"} {
				w.must(w.co.SetPrice(n, decimal.Hundred))
			}
		}, func(w *world) {
			for _, n := range []string{"A-1", "A-2", "A-3"} {
				w.must(w.co.SetPrice(n, decimal.Ten))
			}
		}},
	}
}

func spoiltOrders() []mendable {
	customer := bcsim.Customer{Number: "C1", Name: "Jan", Email: "jan@example.com", Country: "NL"}
	return []mendable{
		{"order.unknown_sku", func(w *world) {
			w.shop.AddProduct(woosim.Product{Name: "Onbekend", SKU: "B-9", Regular: "10.00"})
			w.order("B-9")
		}, func(w *world) { w.item("B-9", 5) }},
		{"order.item_blocked", func(w *world) { w.order("A-1"); w.must(w.co.SetBlocked("A-1", true)) }, func(w *world) { w.must(w.co.SetBlocked("A-1", false)) }},
		{"order.customer_blocked", func(w *world) {
			_, err := w.co.AddCustomer(customer)
			w.must(err)
			w.must(w.co.SetCustomerBlocked("C1", "All"))
			w.order("A-1")
		}, func(w *world) { w.must(w.co.SetCustomerBlocked("C1", "")) }},
		{"order.customer_many", func(w *world) {
			for _, n := range []string{"C1", "C2"} {
				c := customer
				c.Number = n
				_, err := w.co.AddCustomer(c)
				w.must(err)
			}
			w.order("A-1")
		}, func(w *world) { w.must(w.co.DeleteCustomer("C2")) }},
		{"bc.refused", func(w *world) {
			c := customer
			c.NoPosting = true
			_, err := w.co.AddCustomer(c)
			w.must(err)
			w.order("A-1")
		}, func(w *world) { w.must(w.co.FillPosting("C1")) }},
	}
}
