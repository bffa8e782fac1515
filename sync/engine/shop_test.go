package engine_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

var (
	products = []record.Kind{record.KindItem, record.KindStock, record.KindPrice}
	orders   = []record.Kind{record.KindOrder}
	shipped  = []record.Kind{record.KindShipment}
)

// world is a merchant: Business Central, a shop, and what we remember.
type world struct {
	t        testing.TB
	bc, shop *side
	path     string
	state    engine.State
	db       *store.DB
	engine   *engine.Engine
	rules    plan.Rules
	limits   endpoint.Limits
	now      time.Time
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, bc: newSide(4), shop: newSide(4), path: filepath.Join(t.TempDir(), "shop.db"), limits: endpoint.Limits{Batch: 3, Parallel: 2}}
	w.now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	w.rules = plan.Rules{Installation: "inst-a", Currency: "EUR", ShopCurrency: "EUR", Items: plan.ItemRules{Create: true, Names: true},
		Orders: plan.OrderRules{Prefix: "WEB-", CreateCustomers: true, ShippingAccount: "8400"},
		Safety: plan.SafetyRules{Min: 20, Share: decimal.MustParse("0.1"), PriceFactor: decimal.MustParse("3")}}
	w.open()
	return w
}

// open opens the state file, as a process that starts does: nothing is remembered but the file.
func (w *world) open() {
	w.t.Helper()
	db, err := store.Open(w.path, store.Options{Installation: "inst-a", NoSync: true, Now: w.clock, Backoff: func(int) time.Duration { return time.Minute }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	w.db, w.state, w.engine = db, db, engine.New(db, w.clock)
}

// reopen is what is left after the process died.
func (w *world) reopen() {
	w.t.Helper()
	if err := w.db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) clock() time.Time { return w.now }

// later lets time pass, so that what waits is due.
func (w *world) later() { w.now = w.now.Add(2 * time.Hour) }

func (w *world) job(kinds []record.Kind) engine.Job {
	j := engine.Job{Kinds: kinds, From: w.bc, To: w.shop, Limits: w.limits, Rules: &w.rules}
	if kinds[0] == record.KindOrder {
		j.From, j.To = w.shop, w.bc
	}
	return j
}

// run runs flows that must succeed and returns the tally of the first kind.
func (w *world) run(kinds []record.Kind) engine.Tally {
	w.t.Helper()
	tallies, err := w.engine.Run(w.t.Context(), w.job(kinds))
	if err != nil {
		w.t.Fatalf("%s: %v", kinds[0], err)
	}
	return tallies[0]
}

// seedItems puts n items with stock and price into Business Central.
func (w *world) seedItems(n int) {
	for i := range n {
		w.seedItem(i, int64(i+1))
	}
}

func (w *world) seedItem(i int, quantity int64) {
	sku := fmt.Sprintf("A%03d", i)
	w.bc.put("item"+sku, sku, &record.Item{Name: "Bicycle " + sku, Managed: true},
		&record.Stock{Quantity: decimal.MustNew(quantity, 0), Managed: true},
		&record.Price{Regular: record.Money{Amount: decimal.MustNew(1000+int64(i), 2), Currency: "EUR"}})
}

// seedOrder puts a paid order for item A000 into the shop.
func (w *world) seedOrder(number, email string) *record.Order {
	ten := decimal.MustParse("10")
	o := &record.Order{Number: number, Status: record.OrderProcessing, Paid: true, Currency: "EUR", Email: email, Created: w.now,
		Lines: []record.OrderLine{{ID: "1", SKU: "A000", Name: "Bicycle", Quantity: decimal.One, Subtotal: ten, Total: ten}}, Total: ten}
	w.shop.put("order"+number, number, o)
	return o
}

func (w *world) seedShipment(number, external string) {
	w.bc.put("shipment"+number, number, &record.Shipment{Number: number, External: external, Complete: true})
}

func (w *world) cursor(k record.Kind) record.Cursor {
	w.t.Helper()
	c, err := w.db.Cursor(k)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// codes are the problems that wait, as "kind key code".
func (w *world) codes() []string {
	w.t.Helper()
	problems, err := w.db.Problems(store.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	out := []string{}
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s %s", p.Kind, p.Key, p.Code))
	}
	return out
}

// products are the shop's products by SKU.
func (w *world) products() map[string]*row {
	w.shop.mu.Lock()
	defer w.shop.mu.Unlock()
	out := map[string]*row{}
	for _, r := range w.shop.rows {
		if r.bodies[record.KindItem] != nil {
			out[r.key] = r
		}
	}
	return out
}
