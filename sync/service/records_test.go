package service_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/service"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// A dry run lists every create, change, link and hold, and writes nothing on either side nor in the state.
func TestPlan(t *testing.T) {
	w := started(t)
	w.shop.AddProduct(woosim.Product{Name: "Mok A-1", SKU: "A-1", Regular: "10.00", ManageStock: true, HasStock: true, Stock: decimal.MustNew(10, 0)})
	w.shop.AddProduct(woosim.Product{Name: "Oude naam", SKU: "A-2", Regular: "9.00", ManageStock: true, HasStock: true, Stock: decimal.MustNew(4, 0)})
	w.shop.AddProduct(woosim.Product{Name: "Onbekend", SKU: "B-9", Regular: "10.00"})
	good, bad := w.order("A-1"), w.order("B-9")
	w.requests()
	for round := range 2 { // the second finds that the first remembered nothing
		p, err := w.api.Plan(w.ctx(), ipc.PlanRequest{Connection: shopName})
		w.must(err)
		if got := w.written(); len(got) != 0 {
			t.Errorf("a dry run wrote %v", got)
		}
		var got []string
		for _, l := range p.Planned {
			line := fmt.Sprintf("%s %s %s", l.Action, l.Kind, l.Key)
			if l.Fault != nil {
				line += " " + string(l.Fault.Code)
			}
			if l.Before != "" && l.After != "" && l.Before != l.After {
				line += " " + l.Before + " → " + l.After
			}
			got = append(got, line)
		}
		slices.Sort(got)
		want := []string{
			"create items A-3", "create orders " + strconv.Itoa(good), "create prices A-3", "create shoppers jan@example.com", "create stock A-3",
			fmt.Sprintf("hold orders %d order.unknown_sku", bad),
			"link items A-1",
			"link items A-2 Oude naam, published → Mok A-2, published",
			"link prices A-1", "link prices A-2 EUR 9.00 → EUR 10.00",
			"link stock A-1 9 in stock → 10 in stock", "link stock A-2 4 in stock → 10 in stock",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("round %d: %s", round, diff)
		}
	}
	w.sync()
	w.must(w.co.SetPrice("A-2", decimal.MustNew(1250, 2)))
	p, err := w.api.Plan(w.ctx(), ipc.PlanRequest{Connection: shopName, Kinds: []record.Kind{record.KindPrice}})
	w.must(err)
	if len(p.Planned) != 1 || p.Planned[0].Action != "update" || p.Planned[0].After != "EUR 12.50" || p.Unchanged == 0 {
		t.Errorf("after a price change: %+v", p)
	}
}

// Reconcile compares what both systems hold now; with repair it puts right what is ours to put right.
func TestReconcile(t *testing.T) {
	w := started(t)
	w.sync()
	first, second := w.order("A-1"), w.order("A-2")
	w.sync()
	got, err := w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName})
	w.must(err)
	// The orders took stock in the shop that Business Central has not shipped yet.
	if d := differences(got); !cmp.Equal(d, []string{"stock A-1 differs 10 in stock | 9 in stock", "stock A-2 differs 10 in stock | 9 in stock"}) {
		t.Fatalf("two systems in step differ: %v", d)
	}
	w.editProduct(w.product("A-1").ID, `{"stock_quantity":3}`)
	w.editProduct(w.product("A-2").ID, `{"stock_quantity":10}`)
	w.editProduct(w.product("A-3").ID, `{"regular_price":"1.00"}`)
	w.shop.AddProduct(woosim.Product{Name: "Alleen in de winkel", SKU: "ONLY", Regular: "4.50"})
	for _, o := range w.co.Orders() {
		if strings.HasSuffix(o.External, strconv.Itoa(second)) {
			w.must(w.co.DeleteOrder(o.Number))
		}
	}
	w.requests()
	got, err = w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName})
	w.must(err)
	want := []string{
		"items ONLY only in the shop | product 16",
		fmt.Sprintf("orders %d only in the shop | processing, EUR 12.10, 1 lines", second),
		"prices A-3 differs EUR 10.00 | EUR 1.00",
		"stock A-1 differs 10 in stock | 3 in stock",
	}
	if diff := cmp.Diff(want, differences(got)); diff != "" {
		t.Error(diff)
	}
	if wrote := w.written(); len(wrote) != 0 || got.Repaired != 0 {
		t.Errorf("comparing wrote %v", wrote)
	}
	if got.Checked[record.KindItem] != 3 || got.Equal[record.KindPrice] != 2 || got.Checked[record.KindOrder] != 2 {
		t.Errorf("counts %v, %v", got.Checked, got.Equal)
	}
	if got, err = w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName, Repair: true}); err != nil || got.Repaired != 3 {
		t.Errorf("repaired %d, %v", got.Repaired, err)
	}
	got, err = w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName})
	w.must(err)
	if d := differences(got); !cmp.Equal(d, want[:1]) {
		t.Errorf("after the repair: %v", d)
	}
	if o := w.co.Orders(); len(o) != 2 {
		t.Errorf("%d orders in Business Central (of %d and %d)", len(o), first, second)
	}
	w.requests()
	w.sync()
	if wrote := w.written(); len(wrote) != 0 {
		t.Errorf("a run after the repair wrote %v", wrote)
	}
}

func differences(r ipc.Reconciliation) (out []string) {
	for _, d := range r.Differences {
		line := fmt.Sprintf("%s %s %s ", d.Kind, d.Key, d.What)
		if d.BC != "" {
			line += d.BC + " "
		}
		out = append(out, line+"| "+d.Shop+d.Why)
	}
	return out
}

// What is switched off is neither compared nor repaired.
func TestReconcileLeavesOffFlows(t *testing.T) {
	w := started(t, func(c *settings.Connection) { c.Flows.Prices.Off = true })
	w.sync()
	w.editProduct(w.product("A-1").ID, `{"regular_price":"1.00"}`)
	got, err := w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName, Repair: true})
	w.must(err)
	if len(got.Differences) != 0 || got.Repaired != 0 || w.product("A-1").Regular != "1.00" {
		t.Errorf("%+v, price %s", got, w.product("A-1").Regular)
	}
}

// A backup put into a fresh folder goes on where it was; what happened since is found, not made again.
func TestBackupAndRestore(t *testing.T) {
	w := started(t)
	w.sync()
	w.order("A-1")
	w.sync()
	file := filepath.Join(t.TempDir(), "backup.zip")
	w.must(w.api.Backup(w.ctx(), ipc.FileRequest{Path: file}))
	if err := w.api.Backup(w.ctx(), ipc.FileRequest{Path: "backup.zip"}); fault.As(err).Code != "ipc.bad_request" {
		t.Errorf("a relative path: %v", err)
	}
	w.order("A-2") // came in after the backup
	w.item("A-4", 3)
	w.sync()
	w.must(w.s.Close())
	if text := string(must(os.ReadFile(file))); strings.Contains(text, bcKey) || strings.Contains(text, shopSecret) {
		t.Error("the backup holds a secret")
	}
	fresh := t.TempDir()
	restored, err := service.Restore(fresh, file, time.Now())
	w.must(err)
	if len(restored) != 1 || restored[0].Name != shopName || len(restored[0].Secrets) != 3 {
		t.Errorf("restored %+v", restored)
	}
	w.opts.Dir = fresh
	w.open()
	w.requests()
	w.sync()
	if o, p := w.co.Orders(), w.shop.Products(); len(o) != 2 || len(p) != 4 {
		t.Errorf("%d orders and %d products after the restore", len(o), len(p))
	}
	if got := w.problems(); len(got) != 0 {
		t.Errorf("problems %v", got)
	}
	w.requests()
	w.sync()
	if got := w.written(); len(got) != 0 {
		t.Errorf("the next run wrote %v", got)
	}
	if _, err := service.Restore(fresh, file, time.Now()); fault.As(err).Code != "store.locked" {
		t.Errorf("restoring under a running service: %v", err)
	}
	if _, err := service.Restore(t.TempDir(), filepath.Join(fresh, "installation"), time.Now()); fault.As(err).Code != "ipc.bad_request" {
		t.Errorf("restoring what is no backup: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestPanic lets each side's transport panic at each kind of call: the flow or record becomes a problem of its own,
// the process and the other flows go on, and the next run is well.
func TestPanic(t *testing.T) {
	for _, at := range []struct{ side, method, path string }{
		{"bc", "GET", "/companies"},      // the check
		{"bc", "GET", "/items"},          // reading a page
		{"shop", "GET", "/products"},     // looking up
		{"shop", "POST", "/products/ba"}, // writing products
		{"bc", "POST", "/salesOrders"},   // writing an order
		{"shop", "POST", "/orders/"},     // leaving a mark
	} {
		t.Run(at.side+" "+at.method+at.path, func(t *testing.T) {
			w := newWorld(t)
			armed := false
			plain := w.opts.Transport
			w.opts.Transport = func(side string) http.RoundTripper {
				next := plain(side)
				return roundTrip(func(r *http.Request) (*http.Response, error) {
					if armed && side == at.side && r.Method == at.method && strings.Contains(r.URL.Path, at.path) && r.ContentLength != 2 {
						panic("a connector's own fault")
					}
					return next.RoundTrip(r)
				})
			}
			w.open()
			w.connect()
			w.sync()
			w.item("A-4", 1)
			w.must(w.co.Receive("A-1", decimal.One))
			w.order("A-2")
			armed = true
			w.must(w.api.SetSecret(w.ctx(), ipc.SecretRequest{Connection: shopName, Side: "bc", Field: "password", Value: bcKey})) // check again
			last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: shopName}, nil)
			w.must(err)
			code := slices.ContainsFunc(w.problems(), func(p string) bool { return strings.HasSuffix(p, " bug.panic") })
			if !code && (last.Fault == nil || last.Fault.Code != "bug.panic") {
				t.Errorf("the run says %+v, problems %v", last.Fault, w.problems())
			}
			armed = false
			for _, p := range must(w.api.Problems(w.ctx(), "", "")) {
				w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: p.ID}))
			}
			w.sync()
			if got := w.problems(); len(got) != 0 || len(w.co.Orders()) != 1 || w.product("A-4").Stock.Cmp(decimal.One) != 0 {
				t.Errorf("afterwards: %v, %d orders", got, len(w.co.Orders()))
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
