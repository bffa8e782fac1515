package service_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// An installer imports the same file again, without a cut-over moment in it: orders that wait still come in.
func TestImportAgainKeepsTheCutOver(t *testing.T) {
	w := started(t)
	w.sync()
	w.order("A-1")
	w.must(w.co.SetBlocked("A-1", true))
	w.sync()
	if p := w.problem(); p.Fault.Code != "order.item_blocked" {
		t.Fatalf("%+v", p)
	}
	w.conf.Flows.Orders.From = time.Time{}
	w.importConf()
	w.must(w.co.SetBlocked("A-1", false))
	w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: w.problem().ID}))
	w.sync()
	if n := len(w.co.Orders()); n != 1 {
		t.Errorf("%d orders in Business Central, problems %v", n, w.problems())
	}
}

// A document with our number and another total: pressing Retry without mending anything does not make it right, and
// once the foreign document is gone the order comes in.
func TestRetryLooksAgainAtADifferingDocument(t *testing.T) {
	w := started(t)
	w.sync()
	number := strconv.Itoa(w.order("A-1"))
	_, err := w.co.AddCustomer(bcsim.Customer{Number: "C1", Name: "Iemand anders"})
	w.must(err)
	rollback, err := w.co.HalfBuiltOrder("C1", "DEMO-"+number)
	w.must(err)
	w.conf.Flows.Orders.ExternalPrefix = "DEMO-"
	w.importConf()
	w.sync()
	if p := w.problem(); p.Fault.Code != "order.exists_differs" {
		t.Fatalf("%+v", p)
	}
	w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: w.problem().ID}))
	w.sync()
	if p := w.problem(); p.Fault.Code != "order.exists_differs" {
		t.Fatalf("after a retry with nothing mended: %+v", p)
	}
	rollback()
	w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: w.problem().ID}))
	w.sync()
	if orders := w.co.Orders(); len(orders) != 1 || len(w.problems()) != 0 || !orders[0].Total.IsPos() {
		t.Errorf("after the foreign document went: %d orders, problems %v", len(orders), w.problems())
	}
}

// An item was blocked when it was first seen. The stock flow runs oftener than the items flow and meets it first when
// it is sold again: the product must still get its stock and price.
func TestUnblockedItemGetsItsStock(t *testing.T) {
	w := started(t)
	w.must(w.co.SetBlocked("A-3", true))
	w.sync()
	w.must(w.co.SetBlocked("A-3", false))
	w.sync(record.KindStock)
	w.sync(record.KindPrice)
	w.sync(record.KindItem)
	for _, p := range w.problems() {
		t.Error(p)
	}
	w.sync()
	p := w.product("A-3")
	if !p.HasStock || p.Stock.Cmp(decimal.MustNew(10, 0)) != 0 || p.Regular != "10.00" && p.Regular != "10" {
		t.Errorf("%s: stock %v %s, price %q", p.SKU, p.HasStock, p.Stock, p.Regular)
	}
}

// Business Central was never filled with stock: connecting it does not empty a shop that sells.
func TestFirstLinkEmptiesNoShop(t *testing.T) {
	w := started(t)
	for i := range 30 {
		number := "Z-" + strconv.Itoa(i)
		w.item(number, 0)
		w.shop.AddProduct(woosim.Product{Name: "Mok " + number, SKU: number, Regular: "10.00", ManageStock: true, HasStock: true, Stock: decimal.MustNew(5, 0)})
	}
	w.sync()
	if n := len(w.problems()); n != 30 || !slices.Contains(w.problems(), "stock Z-0 stock.mass_zero") {
		t.Fatalf("%d problems: %v", n, w.problems())
	}
	if p := w.product("Z-0"); p.Stock.Cmp(decimal.MustNew(5, 0)) != 0 {
		t.Errorf("stock %s", p.Stock)
	}
	if _, err := w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName, Repair: true}); err != nil {
		t.Fatal(err)
	}
	if p := w.product("Z-0"); p.Stock.Cmp(decimal.MustNew(5, 0)) != 0 {
		t.Errorf("a repair slipped past the guard: stock %s", p.Stock)
	}
	list, err := w.api.Problems(w.ctx(), "", "")
	w.must(err)
	w.must(w.api.Act(w.ctx(), ipc.ActionApprove, ipc.ProblemRequest{ID: list[0].ID}))
	w.sync()
	if p := w.product("Z-29"); !p.Stock.IsZero() || len(w.problems()) != 0 {
		t.Errorf("after the approval: stock %s, problems %v", p.Stock, w.problems())
	}
}
