package service_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/store"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// guillotine ends the world at its n-th request or commit: before it takes effect, or after. Nothing gets through any
// more then, as from a process that is dead.
type guillotine struct {
	mu   sync.Mutex
	at   int
	lost bool // the blow falls after the effect
	n    int
	what string // what was under way when it fell
}

var errDead = errors.New("the process is dead")

// pass does what is asked, unless everything ends before it, or has ended.
func (g *guillotine) pass(what string, do func() error) error {
	g.mu.Lock()
	g.n++
	n := g.n
	if n == g.at {
		g.what = what
	}
	g.mu.Unlock()
	switch {
	case n < g.at:
		return do()
	case n == g.at && g.lost:
		return errors.Join(errDead, do())
	}
	return errDead
}

func (g *guillotine) fallen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n >= g.at
}

// mortal is the network of a process that may be dead.
type mortal struct {
	g    *guillotine
	side string
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (m mortal) RoundTrip(r *http.Request) (res *http.Response, err error) {
	dead := m.g.pass(m.side+" "+r.Method+" "+r.URL.Path, func() (e error) {
		res, err = m.next.RoundTrip(r)
		return nil
	})
	if dead != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return res, err
}

// mortalWorld is a small merchant with something of everything: products that must be made, linked and changed, orders
// of a known and of new customers, one that waits for a person, and a service that ends at the n-th request or commit.
func mortalWorld(t *testing.T, g *guillotine) *world {
	t.Helper()
	w := newWorld(t)
	_, err := w.co.AddCustomer(bcsim.Customer{Name: "Jan de Vries", Email: "jan@example.com", Country: "NL"})
	w.must(err)
	w.opts.Transport = func(side string) http.RoundTripper { return mortal{g, side, w.transport(side)} }
	w.opts.Around = func(commit func() error) error { return g.pass("commit", commit) }
	w.open()
	w.connect()
	w.shopHas("A-1", "9.50", 3)
	w.shopHas("A-2", "10.00", 0)
	w.order("A-1")
	w.orderOf("Zoë", "zoe@example.com", "A-1", "A-2")
	w.orderOf("Zoë", "zoe@example.com", "A-2")
	w.orderOf("Piet", "piet@example.com", "A-2")
	w.orderOf("Piet", "piet@example.com", "NOT-IN-BC")
	return w
}

// shopHas puts a product into the shop, as a merchant did who kept it by hand.
func (w *world) shopHas(sku, price string, stock int64) {
	w.shop.AddProduct(woosim.Product{Type: "simple", Status: "publish", Name: "Oude naam", SKU: sku, Regular: price, ManageStock: true, HasStock: true,
		Stock: decimal.MustNew(stock, 0)})
}

// orderOf places a paid order of two pieces of each product, with shipping.
func (w *world) orderOf(name, email string, skus ...string) {
	w.t.Helper()
	who := woosim.Address{FirstName: name, LastName: "Jansen", Address1: "Markt 1", Postcode: "5611 EC", City: "Eindhoven", Country: "NL", Email: email}
	r := woosim.OrderRequest{Billing: who, Shipping: who, PaymentMethod: "bacs", PaymentTitle: "Overboeking", Paid: true,
		Shippings: []woosim.OrderCharge{{Method: "flat_rate", Title: "Verzending", Total: decimal.MustNew(495, 2)}}}
	for _, s := range skus {
		r.Lines = append(r.Lines, woosim.OrderLine{SKU: s, Quantity: 2})
	}
	_, err := w.shop.PlaceOrder(r)
	w.must(err)
}

// day is one day of that merchant, told by what is there already, so that it can be lived through again after an end.
// It returns early when the end came.
func (w *world) day(g *guillotine) {
	w.t.Helper()
	w.try()
	if g.fallen() {
		return
	}
	for i, o := range w.shop.Orders()[:2] { // one is shipped and invoiced and so disappears, one only shipped
		for _, doc := range w.co.Orders() {
			if strings.HasSuffix(doc.External, "-"+o.Number) && doc.Lines[0].Shipped.IsZero() {
				w.must(w.co.Ship(doc.Number, nil, i == 0))
			}
		}
	}
	w.must(w.co.SetInventory("A-3", decimal.MustNew(4, 0)))
	w.must(w.co.SetPrice("A-2", decimal.MustNew(1150, 2)))
	w.must(w.co.SetItemName("A-1", "Mok met oor"))
	time.Sleep(time.Minute)
	w.try()
}

// try asks for a run of everything; what stopped it doesn't matter.
func (w *world) try() {
	w.t.Helper()
	if _, err := w.api.Sync(w.ctx(), ipc.SyncRequest{}, nil); err != nil {
		w.t.Fatal(err)
	}
}

// contents is what both systems hold, as far as it must not depend on when a process ended.
func (w *world) contents() (all []string) {
	for _, p := range w.shop.Products() {
		all = append(all, fmt.Sprintf("product %s %q %s %s stock %s", p.SKU, p.Name, p.Status, p.Regular, p.Stock))
	}
	for _, o := range w.shop.Orders() {
		line := fmt.Sprintf("shop order %s %s", o.Number, o.Status)
		for _, m := range o.Meta {
			if strings.HasPrefix(m.Key, "_stockbridge_document") {
				line += " taken"
			}
		}
		for _, n := range o.Notes {
			if strings.Contains(n.Text, "Business Central") {
				line += " noted"
			}
		}
		all = append(all, line)
	}
	for _, c := range w.co.Customers() {
		all = append(all, "customer "+c.Name+" "+c.Email)
	}
	document := func(what string, d bcsim.Document) {
		line := fmt.Sprintf("%s %s of %s, %s", what, d.External, d.Email, d.Total)
		for _, l := range d.Lines {
			line += fmt.Sprintf("; %s %s %s %s", l.Type, l.Number, l.Quantity, l.UnitPrice)
		}
		all = append(all, line)
	}
	for _, o := range w.co.Orders() {
		document("order", o.Document)
	}
	for _, i := range w.co.Invoices() {
		document("invoice", i.Document)
	}
	slices.Sort(all)
	return all
}

// after lets a service that was started again do what is left, and checks that it then knows everything.
func (w *world) after(t *testing.T, name string) {
	t.Helper()
	never := &guillotine{at: 1 << 30}
	for range 3 {
		w.day(never)
		time.Sleep(3 * time.Hour) // creates that got no answer are given up, and what waits is due
	}
	w.requests()
	w.try()
	if n := w.written(); len(n) > 0 {
		t.Errorf("%s: a further run wrote %q", name, n)
	}
	if got := w.problems(); !slices.Equal(got, []string{"orders " + w.odd() + " order.unknown_sku"}) {
		t.Errorf("%s: problems %q", name, got)
	}
}

// odd is the number of the order that waits for a person.
func (w *world) odd() string {
	orders := w.shop.Orders()
	return orders[len(orders)-1].Number
}

// remembered checks the state file of a service that is closed: whole, and no create in it whose outcome is unknown.
func (w *world) remembered(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join(w.opts.Dir, "state", shopName+".db")
	if err := store.Verify(path); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	db, err := store.Open(path, store.Options{NoSync: true})
	w.must(err)
	for _, k := range record.Kinds() {
		o, err := db.Open(k)
		w.must(err)
		if len(o.Intents)+len(o.Marks) > 0 {
			t.Errorf("%s: %s: intents %v, marks %v", name, k, o.Intents, o.Marks)
		}
	}
	w.must(db.Close())
}

// TestEndAnywhere ends the service before and after every single request and commit of two runs over all flows, opens
// it again on the same files and lets it go on. Both systems must then hold exactly what they hold in a world where
// nothing ever ended, a further run must write nothing, and no create may be open (invariants 2 and 3).
func TestEndAnywhere(t *testing.T) {
	var want []string
	total := 0
	synctest.Test(t, func(t *testing.T) {
		g := &guillotine{at: 1 << 30}
		w := mortalWorld(t, g)
		g.n = 0
		w.day(g)
		total = g.n
		w.after(t, "undisturbed")
		want = w.contents()
		w.must(w.s.Close())
		w.remembered(t, "undisturbed")
	})
	if total < 60 {
		t.Fatalf("only %d requests and commits: the merchant has too little", total)
	}
	ends, step := 0, 1
	if testing.Short() {
		step = 10
	}
	for at := 1; at <= total && !t.Failed(); at += step {
		for _, lost := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				g := &guillotine{at: 1 << 30}
				w := mortalWorld(t, g)
				g.n, g.at, g.lost = 0, at, lost
				w.day(g)
				name := fmt.Sprintf("%d of %d (%s), after it %v", at, total, g.what, lost)
				_ = w.s.Close() // a dead process can't save anything any more
				state := filepath.Join(w.opts.Dir, "state", shopName+".db")
				if err := store.Verify(state); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				g.at = 1 << 30
				w.open()
				time.Sleep(time.Hour)
				w.after(t, name)
				if diff := cmp.Diff(want, w.contents()); diff != "" {
					t.Errorf("%s: both systems (-undisturbed +after the end):\n%s", name, diff)
				}
				w.must(w.s.Close())
				w.remembered(t, name)
			})
			ends++
		}
	}
	t.Logf("ended and opened again %d times", ends)
}
