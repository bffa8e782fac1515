package service_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// external is what goes before the shop's number in Business Central.
const external = "WEBSHOP-NL-"

// known is a world that has been in step for hours: products, and orders in Business Central, and both systems known.
func known(t *testing.T, orders int) *world {
	t.Helper()
	w := started(t)
	w.sync()
	for range orders {
		w.order("A-1")
	}
	w.sync()
	w.later()
	if len(w.co.Orders()) != orders || len(w.shop.Products()) != 3 {
		t.Fatalf("%d orders, %d products to begin with", len(w.co.Orders()), len(w.shop.Products()))
	}
	return w
}

// later lets two hours pass and looks at both systems again.
func (w *world) later() {
	w.t.Helper()
	time.Sleep(2 * time.Hour)
	w.sync()
	w.requests()
}

// stops lets two hours pass, runs everything, and returns the problem that stopped all of it before anything was
// written.
func (w *world) stops(code fault.Code) ipc.Problem {
	w.t.Helper()
	time.Sleep(2 * time.Hour)
	w.requests()
	for range 2 { // asking again changes nothing
		last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: w.conf.Name}, nil)
		w.must(err)
		if last.Fault == nil || last.Fault.Code != code {
			w.t.Fatalf("the run ended with %+v, not %s", last.Fault, code)
		}
	}
	if sent := w.written(); len(sent) > 0 {
		w.t.Errorf("written before a person decided: %v", sent)
	}
	if st := w.status(); st.State != ipc.StateAttention || st.Fault == nil || st.Fault.Code != code || st.Problems == 0 {
		w.t.Errorf("the board: %+v", st)
	}
	list, err := w.api.Problems(w.ctx(), w.conf.Name, record.KindConnection)
	w.must(err)
	if len(list) != 1 || list[0].Fault.Code != code || !list[0].Approvable {
		w.t.Fatalf("what waits: %+v", list)
	}
	if err := w.api.Act(w.ctx(), ipc.ActionSkip, ipc.ProblemRequest{ID: list[0].ID}); fault.As(err).Code != "ipc.bad_request" {
		w.t.Errorf("skipped a problem of the whole connection: %v", err)
	}
	return list[0]
}

func (w *world) approve(p ipc.Problem) {
	w.t.Helper()
	w.must(w.api.Act(w.ctx(), ipc.ActionApprove, ipc.ProblemRequest{ID: p.ID}))
}

// once checks that every order of the shop has one document, and that a further run writes nothing.
func (w *world) once() {
	w.t.Helper()
	have := map[string]int{}
	for _, o := range w.co.Orders() {
		have[strings.TrimPrefix(o.External, external)]++
	}
	orders := w.shop.Orders()
	for _, o := range orders {
		if have[o.Number] != 1 {
			w.t.Errorf("order %s is %d times in Business Central", o.Number, have[o.Number])
		}
	}
	if len(have) != len(orders) {
		w.t.Errorf("%d documents for %d orders", len(have), len(orders))
	}
	w.requests()
	w.sync()
	if sent := w.written(); len(sent) > 0 {
		w.t.Errorf("a further run writes %v", sent)
	}
}

// Business Central is restored from a backup of before the last orders, which are lost with it.
func TestRestoredCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		backup := w.co.Backup()
		w.must(w.co.Receive("A-2", decimal.MustNew(5, 0)))
		w.order("A-2")
		w.later()
		w.later()
		w.co.Restore(backup)
		w.order("A-3")
		w.approve(w.stops("bc.restored"))
		w.sync()
		w.once()
		if p := w.product("A-2"); p.Stock.String() != "10" {
			t.Errorf("stock of A-2 is %s, not what the restored company has", p.Stock)
		}
		if waits := w.problems(); len(waits) > 0 {
			t.Errorf("still waits: %v", waits)
		}
		w.later() // once approved it is not asked again
	})
}

// Nothing was posted since the backup; the newest orders alone show that it is one.
func TestRestoredCompanyWithoutPosting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 1)
		backup := w.co.Backup()
		for range 5 {
			w.order("A-1")
		}
		w.later()
		w.co.Restore(backup)
		w.approve(w.stops("bc.restored"))
		w.sync()
		w.once()
	})
}

// Somebody removes one order in Business Central: the connection goes on, and a person says what is meant.
func TestRemovedOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 3)
		w.must(w.co.DeleteOrder(w.co.Orders()[2].Number))
		w.later()
		p := w.problem()
		if p.Fault.Code != "order.gone_in_bc" || !p.Approvable || len(w.co.Orders()) != 2 {
			t.Fatalf("%+v, %d orders", p, len(w.co.Orders()))
		}
		w.approve(p)
		w.sync()
		w.once()
		w.must(w.co.DeleteOrder(w.co.Orders()[0].Number))
		w.later()
		w.must(w.api.Act(w.ctx(), ipc.ActionSkip, ipc.ProblemRequest{ID: w.problem().ID}))
		w.later()
		if len(w.co.Orders()) != 2 || len(w.problems()) > 0 {
			t.Errorf("a removed order that was skipped: %d orders, waits %v", len(w.co.Orders()), w.problems())
		}
	})
}

// elsewhere serves Business Central from another server, which holds a copy.
func (w *world) elsewhere(b *bcsim.Backup) {
	w.t.Helper()
	var err error
	w.bc, err = bcsim.New(bcsim.Options{User: bcUser, Key: bcKey, Seed: 2})
	w.must(err)
	w.co = w.bc.AddBackup(b, company)
	w.conf.BC.URL = "https://bc02.example.nl:7048/BC"
	w.importConf()
}

// The server moved: the same company at another address keeps everything that was agreed.
func TestMovedCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		w.elsewhere(w.co.Backup())
		time.Sleep(2 * time.Hour)
		if r := w.sync()[record.KindOrder]; r.Written+r.Linked > 0 {
			t.Errorf("orders: %+v", r)
		}
		w.once()
	})
}

// A test company copied from an older backup has the same ids.
func TestCopiedCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		backup := w.co.Backup()
		w.must(w.co.Receive("A-2", decimal.MustNew(5, 0)))
		w.order("A-2")
		w.later()
		w.later()
		real := [2]any{w.bc, w.co}
		w.elsewhere(backup)
		w.stops("bc.copied")
		w.bc, w.co = real[0].(*bcsim.Server), real[1].(*bcsim.Company)
		w.conf.BC.URL = "https://bc01.example.nl:7048/BC"
		w.importConf() // it was a mistake: the former settings, and nothing is forgotten
		if r := w.sync()[record.KindOrder]; r.Written+r.Linked > 0 {
			t.Errorf("orders: %+v", r)
		}
		w.once()
		w.elsewhere(backup)
		w.approve(w.stops("bc.copied"))
		w.sync()
		w.once()
	})
}

// Another company takes the name of the one we knew.
func TestOtherCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		w.bc.RemoveCompany(company)
		w.co = w.bc.AddCompany(company)
		w.co.SetVAT("NL", "VAT21", decimal.MustNew(21, 0))
		p := w.stops("bc.other_company")
		for _, number := range []string{"A-1", "A-2", "A-3"} {
			w.item(number, 4)
		}
		w.approve(p)
		w.sync()
		if len(w.co.Orders()) != 0 || len(w.shop.Products()) != 3 || w.product("A-1").Stock.String() != "4" {
			t.Errorf("%d orders, %d products, stock %s", len(w.co.Orders()), len(w.shop.Products()), w.product("A-1").Stock)
		}
		if waits := w.problems(); len(waits) != 2 {
			t.Errorf("the former company's orders, of which a person must say whether they are to be made here: %v", waits)
		}
		id := w.order("A-2")
		w.sync()
		if orders := w.co.Orders(); len(orders) != 1 || orders[0].External != external+strconv.Itoa(id) {
			t.Errorf("a new order: %+v", orders)
		}
	})
}

// A company that answers well and has nothing: nobody's shop is emptied after it, and it goes on by itself.
func TestEmptiedCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 1)
		backup := w.co.Backup()
		w.co.Empty("items")
		w.stops("bc.emptied")
		w.co.Restore(backup)
		w.later()
		if waits := w.problems(); len(waits) > 0 || w.status().State != ipc.StateFine {
			t.Errorf("the items are back: %v, %+v", waits, w.status())
		}
		w.once()
	})
}

func TestEmptiedShop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		w.shop.Empty()
		w.approve(w.stops("shop.emptied"))
		w.sync()
		if n := len(w.shop.Products()); n != 3 || len(w.co.Orders()) != 2 {
			t.Errorf("%d products, %d orders", n, len(w.co.Orders()))
		}
		w.order("A-1")
		w.later()
		if len(w.co.Orders()) != 3 {
			t.Errorf("%d orders", len(w.co.Orders()))
		}
	})
}

func TestOtherSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		w.shop.Reinstall("another")
		w.order("A-1")
		w.approve(w.stops("shop.other_site"))
		w.sync()
		w.once()
	})
}

// The shop is set back, and gives an order number a second time.
func TestRestoredShop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 1)
		backup := w.shop.Backup()
		first := w.order("A-1")
		w.later()
		w.shop.Restore(backup)
		if second := w.order("A-2", "A-3"); second != first {
			t.Fatalf("order %d, not %d again", second, first)
		}
		w.approve(w.stops("shop.restored"))
		w.sync()
		if waits := w.problems(); len(waits) != 1 || waits[0] != "orders "+strconv.Itoa(first)+" order.exists_differs" || len(w.co.Orders()) != 2 {
			t.Errorf("another order under a number that is taken: %v, %d documents", waits, len(w.co.Orders()))
		}
	})
}

// The settings are led to another shop: the ids we know mean other records there.
func TestSwappedShop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 2)
		former := w.conf
		w.conf.Shop.URL = "https://new.example.nl"
		w.importConf()
		w.sync() // the same shop under a new name
		w.once()
		w.conf = former
		w.importConf()
		w.sync()
		w.shop.Reinstall("another")
		w.conf.Shop.URL = "https://other.example.nl"
		w.importConf()
		w.order("A-1")
		p := w.stops("connection.swapped")
		if p.Fault.Args["products"] != "3" || p.Fault.Args["orders"] != "2" {
			t.Errorf("what is linked: %v", p.Fault.Args)
		}
		if old, _ := filepath.Glob(filepath.Join(w.opts.Dir, "state", "*.old")); len(old) > 0 {
			t.Errorf("set aside before anybody decided: %v", old)
		}
		w.approve(p)
		if r := w.sync()[record.KindItem]; r.Linked != 3 || r.Written != 0 {
			t.Errorf("items: %+v", r)
		}
		w.once()
		if old, _ := filepath.Glob(filepath.Join(w.opts.Dir, "state", shopName+".db.*.old")); len(old) != 1 {
			t.Errorf("the former memory: %v", old)
		}
	})
}
