package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/store/secret"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// orderBy places a paid order of one product for somebody.
func (w *world) orderBy(email, sku string) int {
	w.t.Helper()
	who := woosim.Address{FirstName: "Piet", LastName: "Bakker", Address1: "Kade 1", Postcode: "3511 AB", City: "Utrecht", Country: "NL", Email: email}
	id, err := w.shop.PlaceOrder(woosim.OrderRequest{Billing: who, Shipping: who, PaymentMethod: "bacs", PaymentTitle: "Overboeking", Paid: true,
		Lines: []woosim.OrderLine{{SKU: sku, Quantity: 1}}})
	w.must(err)
	return id
}

// beside is a second service on the same two systems, with a data folder and a keychain of its own.
func (w *world) beside(dir string) *world {
	w.t.Helper()
	b := &world{t: w.t, bc: w.bc, co: w.co, shop: w.shop, conf: w.conf, opts: w.opts}
	b.opts.Dir, b.opts.Keychain, b.opts.Transport = dir, secret.Memory(), b.transport
	b.open()
	b.connect()
	return b
}

// A second installation is set up on a shop that one serves already: it stops before it writes anything. When a person
// says that the first one is gone it goes on with its work, and the first one, if it is still there, stops.
func TestTwoInstallations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := known(t, 2)
		b := a.beside(t.TempDir())
		p := b.stops("connection.other_installation")
		if p.Fault.Args["number"] == "" || p.Fault.Args["key"] == "" || p.Fault.Args["date"] != "2000-01-01" {
			t.Errorf("it names %v", p.Fault.Args)
		}
		a.order("A-2")
		a.later() // nothing of this reached the first one
		a.once()
		b.approve(p)
		b.sync()
		b.once()
		a.order("A-3")
		b.sync()
		id := a.order("A-1")
		a.requests()
		last, err := a.api.Sync(a.ctx(), ipc.SyncRequest{}, nil)
		a.must(err)
		if last.Fault == nil || last.Fault.Code != "connection.other_installation" {
			t.Errorf("the first one meets the other's mark with %+v", last.Fault)
		}
		if len(a.co.Orders()) != 4 {
			t.Errorf("%d documents, order %d among them, before a person decided", len(a.co.Orders()), id)
		}
		a.stops("connection.other_installation")
		b.sync()
		b.once()
	})
}

// Retry looks again: the mark is still there.
func TestTwoInstallationsRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := known(t, 1)
		b := a.beside(t.TempDir())
		p := b.stops("connection.other_installation")
		b.must(b.api.Act(b.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: p.ID}))
		b.stops("connection.other_installation")
	})
}

// A machine is cloned with its data folder. Both copies have one installation's id; the run that left a mark tells them
// apart as soon as one marks an order after the other began.
func TestClonedInstallation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := known(t, 2)
		a.must(a.s.Close())
		clone := filepath.Join(t.TempDir(), "clone")
		a.must(os.CopyFS(clone, os.DirFS(a.opts.Dir)))
		a.open()
		b := a.beside(clone)
		a.later()
		b.later() // both look, and nothing was marked since
		a.order("A-2")
		a.sync()
		p := b.stops("connection.cloned")
		a.later()
		a.once()
		a.must(a.s.Close()) // a person ends the one and goes on with the other
		b.approve(p)
		b.sync()
		b.order("A-3")
		b.sync()
		b.once()
		time.Sleep(2 * time.Hour)
		b.must(b.s.Close())
		b.open()
		b.sync() // its own marks of an earlier start are no trouble
		b.once()
	})
}

// A restart, and a clock that was set back, make nobody a copy of himself.
func TestOwnMarksAfterRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 1)
		for range 3 {
			w.order("A-1")
			w.sync()
			now := time.Now().Add(-24 * time.Hour)
			w.opts.Now = func() time.Time { return now }
			w.reopen()
			w.sync()
			if waits := w.problems(); len(waits) > 0 {
				t.Fatalf("a clock that was set back: %v", waits)
			}
			w.opts.Now = nil
			w.reopen()
			w.sync()
		}
		w.once()
	})
}

// Marks are signed with the run that leaves them.
func TestMarksNameTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 1)
		o := w.shop.Orders()[0]
		run, at, ok := strings.Cut(o.MetaText("_stockbridge_run"), "@")
		if !ok || len(run) != 10 || at == "" {
			t.Errorf("the mark's run is %q", o.MetaText("_stockbridge_run"))
		}
	})
}

// Another shop with the same prefix brought an order of the same number and total into this company.
func TestSomebodyElsesDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := known(t, 1)
		other := newWorld(t)
		other.shop.Reinstall("another")
		other.bc, other.co, other.conf.Name = w.bc, w.co, w.conf.Name
		other.open()
		other.connect()
		first := other.shop.Orders()
		if len(first) != 0 {
			t.Fatalf("%d orders", len(first))
		}
		other.sync()
		id := other.orderBy("piet@example.com", "A-1")
		last, err := other.api.Sync(other.ctx(), ipc.SyncRequest{Kinds: []record.Kind{record.KindOrder}}, nil)
		other.must(err)
		if last.Fault != nil {
			t.Fatal(last.Fault)
		}
		p := other.problem()
		if p.Fault.Code != "order.exists_foreign" || len(w.co.Orders()) != 1 {
			t.Errorf("order %d: %+v, %d documents", id, p.Fault, len(w.co.Orders()))
		}
		other.approve(p)
		other.sync()
		if waits := other.problems(); len(waits) > 0 || len(w.co.Orders()) != 1 {
			t.Errorf("a person said it is the same order: %v, %d documents", waits, len(w.co.Orders()))
		}
	})
}
