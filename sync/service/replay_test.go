package service_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/store/journal"
	"stockbridge/sync/ipc"
	"stockbridge/sync/report"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// lines are the journal's decisions and settings, as another process would read them.
func (w *world) lines(parts journal.Part) []journal.Entry {
	w.t.Helper()
	f, err := journal.OpenFolder(filepath.Join(w.opts.Dir, "journal"), nil)
	w.must(err)
	all, err := f.Search(journal.Query{Parts: parts, Limit: 1 << 20})
	w.must(err)
	return all
}

// Everything a busy day decided is decided again from the journal alone: the same writes, agreements and holds.
func TestReplay(t *testing.T) {
	w := started(t, func(c *settings.Connection) {
		c.Safety.Min = 2
		c.Flows.Stock.Buffer = settings.Decimal{Decimal: decimal.MustNew(1, 0)}
	})
	w.item("A-4", 7)
	w.sync()
	fine, late := w.order("A-1", "A-2"), w.order("A-2") // one customer for both
	missing := w.order("A-1", "B-9")
	w.sync()
	w.must(w.co.SetPrice("A-3", decimal.MustNew(1250, 2)))
	for _, n := range []string{"A-1", "A-2", "A-3"} {
		w.must(w.co.SetInventory(n, decimal.Zero))
	}
	w.sync()
	list, err := w.api.Problems(w.ctx(), "", "stock")
	w.must(err)
	w.must(w.api.Act(w.ctx(), ipc.ActionApprove, ipc.ProblemRequest{ID: list[0].ID}))
	w.sync()
	w.item("B-9", 5)
	w.must(w.shop.SetStatus(late, "cancelled"))
	w.sync()
	w.must(w.s.Close())
	entries := w.lines(journal.Decisions | journal.Settings)
	r := report.Replay(entries)
	if len(r.Different) != 0 || r.Left != 0 || r.Decisions < 15 {
		t.Errorf("%d decisions made again, %d left out, different: %+v", r.Decisions, r.Left, r.Different)
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if e.Decided == nil {
			continue
		}
		for _, c := range e.Decided.Changes {
			seen[c.Type] = true
		}
		for _, h := range e.Decided.Held {
			seen[string(h.Code)] = true
		}
	}
	for _, want := range []string{"item", "stock", "price", "sales_order", "shopper", "stock.mass_zero", "order.unknown_sku", "order.cancelled"} {
		if !seen[want] {
			t.Errorf("nothing of %s was recorded (orders %d, %d)", want, fine, missing)
		}
	}
	// Other settings decide otherwise, and the replay says where.
	for i := range entries {
		if entries[i].Rules != nil {
			entries[i].Rules.Rules.Stock.Buffer = decimal.MustNew(2, 0)
		}
	}
	if r := report.Replay(entries); len(r.Different) == 0 || strings.Contains(r.Different[0].Now, r.Different[0].Recorded) {
		t.Errorf("another buffer changes nothing: %+v", r)
	}
}

// A journalled exchange is shown with the records it carried: what was read, decided and answered.
func TestRecordsBesideExchange(t *testing.T) {
	w := started(t)
	w.sync()
	number := strconv.Itoa(w.order("A-1"))
	w.sync()
	list, err := w.api.Journal(w.ctx(), ipc.JournalRequest{Key: number})
	w.must(err)
	i := slices.IndexFunc(list, func(x ipc.Exchange) bool {
		return x.Side == "bc" && x.Method == "POST" && strings.HasSuffix(x.Path, "/salesOrders")
	})
	if i < 0 {
		t.Fatalf("no exchange made the order: %+v", list)
	}
	one, err := w.api.Journal(w.ctx(), ipc.JournalRequest{ID: list[i].ID})
	w.must(err)
	var all strings.Builder
	for _, r := range one[0].Records {
		all.Write(r)
	}
	document := w.co.Orders()[0].Number
	for _, part := range []string{`"type":"order"`, `"type":"sales_order"`, `"type":"shopper"`, `"number":"` + document + `"`, `"Total":"12.1"`} {
		if !strings.Contains(all.String(), part) {
			t.Errorf("no %s in %s", part, all.String())
		}
	}
	if strings.Contains(all.String(), bcKey) || strings.Contains(all.String(), shopSecret) {
		t.Error("the records hold a secret")
	}
	w.requests()
	before := len(w.lines(journal.Decisions))
	w.sync()
	if after := len(w.lines(journal.Decisions)); after != before {
		t.Errorf("a run that changed nothing recorded %d decisions", after-before)
	}
}

// A person is erased over all connections, and a secret the shop puts into its own records never reaches the journal.
func TestErase(t *testing.T) {
	w := started(t)
	w.sync()
	w.order("A-1")
	who := woosim.Address{FirstName: "Piet " + shopSecret, LastName: "Bakker", Address1: "Kade 1", Postcode: "1000 AA", City: "Amsterdam", Country: "NL", Email: "Piet+Shop@Example.com"}
	for _, sku := range []string{"A-2", "B-9"} { // one is written, one is held
		_, err := w.shop.PlaceOrder(woosim.OrderRequest{Billing: who, Shipping: who, PaymentMethod: "bacs", Paid: true, Lines: []woosim.OrderLine{{SKU: sku, Quantity: 1}}})
		w.must(err)
	}
	w.sync()
	for _, e := range w.lines(journal.Decisions) {
		if text := string(must(json.Marshal(e))); strings.Contains(text, shopSecret) || strings.Contains(text, "Bakker") && !strings.Contains(text, "Piet •••") {
			t.Errorf("the journal holds %s", text)
		}
	}
	done, err := w.api.Erase(w.ctx(), ipc.EraseRequest{Email: "piet+shop@example.com"})
	w.must(err)
	w.must(w.s.Close())
	if done.Entries < 3 {
		t.Errorf("erased in %d entries", done.Entries)
	}
	files, err := filepath.Glob(filepath.Join(w.opts.Dir, "journal", "*", "*.jsonl"))
	w.must(err)
	all := ""
	for _, f := range files {
		all += string(must(os.ReadFile(f)))
	}
	for _, part := range []string{"piet+shop", "piet%2bshop", "bakker"} {
		if strings.Contains(strings.ToLower(all), part) {
			t.Errorf("%s is still in the journal", part)
		}
	}
	if !strings.Contains(all, "jan@example.com") {
		t.Error("another person was erased too")
	}
	for _, bad := range []string{"", "@", "piet", " @example.com"} {
		if _, err := w.api.Erase(w.ctx(), ipc.EraseRequest{Email: bad}); err == nil {
			t.Errorf("%q was erased", bad)
		}
	}
}
