package service_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
)

// held is an order with a product Business Central doesn't have, after a run.
func held(t *testing.T) (*world, string) {
	t.Helper()
	w := started(t)
	w.sync()
	w.shop.AddProduct(woosim.Product{Name: "Onbekend", SKU: "B-9", Regular: "10.00"})
	number := strconv.Itoa(w.order("A-1", "B-9"))
	w.sync()
	if p := w.problem(); p.Kind != record.KindOrder || p.Key != number || p.Fault.Code != "order.unknown_sku" || p.Approvable {
		t.Fatalf("the problem is %+v", p)
	}
	return w, number
}

// A record whose cause is gone flows after a retry, and its problem is over.
func TestRetry(t *testing.T) {
	w, number := held(t)
	id, tries := w.problem().ID, w.problem().Tries
	if st := w.status(); st.State != ipc.StateAttention || st.Problems != 1 || w.flow(record.KindOrder).Waiting != 1 {
		t.Errorf("the board: %+v", st)
	}
	w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: id}))
	w.sync(record.KindOrder)
	if p := w.problem(); p.ID != id || p.Tries <= tries {
		t.Errorf("retried too early: %+v", p)
	}
	w.item("B-9", 5)
	w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: id}))
	w.sync(record.KindOrder)
	if got := w.problems(); len(got) != 0 {
		t.Errorf("problems %v", got)
	}
	if o := w.co.Orders(); len(o) != 1 || o[0].External != plan.External(shopName+"-", number) {
		t.Errorf("Business Central has %+v", o)
	}
	if w.status().State != ipc.StateFine {
		t.Errorf("the board: %+v", w.status())
	}
	if err := w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: id}); fault.As(err).Code != "problem.unknown" {
		t.Errorf("a problem that is over: %v", err)
	}
}

// A skipped record waits no more, and comes back only when its owner changes it.
func TestSkip(t *testing.T) {
	w, _ := held(t)
	p := w.problem()
	if err := w.api.Act(w.ctx(), ipc.ActionApprove, ipc.ProblemRequest{ID: p.ID}); fault.As(err).Code != "ipc.bad_request" {
		t.Errorf("approving what is no guard's: %v", err)
	}
	w.must(w.api.Act(w.ctx(), ipc.ActionSkip, ipc.ProblemRequest{ID: p.ID}))
	w.item("B-9", 5)
	w.sync()
	if got, o := w.problems(), w.co.Orders(); len(got) != 0 || len(o) != 0 {
		t.Errorf("after the skip: %v, %d orders", got, len(o))
	}
	e, err := w.api.Explain(w.ctx(), ipc.ExplainRequest{Connection: shopName, Kind: record.KindOrder, Key: p.Key})
	w.must(err)
	if e.State != "skipped" || e.Problem == nil || e.Problem.ID != p.ID || !strings.Contains(e.Steps[len(e.Steps)-1], "a person skipped it") {
		t.Errorf("explain says %+v", e)
	}
	w.must(w.shop.SetStatus(w.orderID(p.Key), "cancelled"))
	w.sync()
	if got, o := w.problems(), w.co.Orders(); len(got) != 0 || len(o) != 0 {
		t.Errorf("after it was cancelled: %v, %d orders", got, len(o))
	}
	number := w.order("A-1") // others go on
	w.sync()
	if o := w.co.Orders(); len(o) != 1 || o[0].External != plan.External(shopName+"-", strconv.Itoa(number)) {
		t.Errorf("Business Central has %+v", o)
	}
}

// A mass change waits until a person approves it, and then goes through.
func TestApprove(t *testing.T) {
	w := started(t, func(c *settings.Connection) { c.Safety.Min = 2 })
	w.item("A-4", 7)
	w.sync()
	for _, n := range []string{"A-1", "A-2", "A-3"} {
		w.must(w.co.SetInventory(n, decimal.Zero))
	}
	w.sync()
	list, err := w.api.Problems(w.ctx(), "", record.KindStock)
	w.must(err)
	if len(list) != 3 || list[0].Fault.Code != "stock.mass_zero" || !list[0].Approvable || w.product("A-1").Stock.IsZero() {
		t.Fatalf("held: %+v", list)
	}
	w.must(w.co.SetInventory("A-4", decimal.Zero)) // a fourth joins after the person looked
	w.sync()
	shown := ipc.ProblemRequest{ID: list[0].ID, List: list[0].List}
	if err := w.api.Act(w.ctx(), ipc.ActionApprove, shown); fault.As(err).Code != "problem.list_changed" {
		t.Errorf("approving a list that has changed: %v", err)
	}
	w.must(w.co.SetInventory("A-4", decimal.MustNew(7, 0)))
	w.sync()
	w.must(w.api.Act(w.ctx(), ipc.ActionApprove, shown)) // they are those three again
	w.sync()
	for _, n := range []string{"A-1", "A-2", "A-3"} {
		if p := w.product(n); !p.Stock.IsZero() {
			t.Errorf("%s has %s", n, p.Stock)
		}
	}
	if got := w.problems(); len(got) != 0 {
		t.Errorf("problems %v", got)
	}
}

func TestExplain(t *testing.T) {
	w, number := held(t)
	fine := strconv.Itoa(w.order("A-2"))
	w.sync()
	w.must(w.co.SetPrice("A-3", decimal.MustNew(1250, 2)))
	tests := []struct {
		kind       record.Kind
		key, state string
		live       bool
		steps      []string // parts of the steps, in order
	}{
		{record.KindItem, "A-1", "agreed", false, []string{"Linked: ", "Read from its owner: Mok A-1", "items: the shop has it as agreed"}},
		{record.KindItem, "A-1", "agreed", true, []string{"Linked: ", "Found at the other side: ", "link only"}},
		{record.KindStock, "A-1", "agreed", false, []string{"Read from its owner: 10 in stock", "stock: sellable 10 = inventory 10", "as agreed"}},
		{record.KindStock, "A-1", "agreed", true, []string{"Found at the other side: ", "in stock", "stock: "}},
		{record.KindPrice, "A-3", "agreed", false, []string{"Read from its owner: EUR 10.00", "prices: the shop has it as agreed"}}, // not read since
		{record.KindPrice, "A-3", "agreed", true, []string{"Read from its owner: EUR 12.50", "Found at the other side: ", "EUR 10.00", "prices: differs from what was agreed"}},
		{record.KindOrder, fine, "agreed", false, []string{"Linked: ", "Read from its owner: processing, EUR 12.10, 1 lines", "orders: "}},
		{record.KindOrder, fine, "agreed", true, []string{"Linked: ", "Found at the other side: ", "orders: "}},
		{record.KindOrder, number, "held", false, []string{"Read from its owner: processing, EUR 24.20, 2 lines", "orders: "}},
		{record.KindOrder, "4711", "unknown", false, []string{"Nothing is known of orders 4711"}},
		{record.KindOrder, "4711", "unknown", true, []string{"has no record 4711"}},
		{record.KindItem, "A-7", "unknown", true, []string{"has no record A-7"}},
	}
	for _, tt := range tests {
		w.requests()
		e, err := w.api.Explain(w.ctx(), ipc.ExplainRequest{Connection: shopName, Kind: tt.kind, Key: tt.key, Live: tt.live})
		if err != nil {
			t.Errorf("%s %s: %v", tt.kind, tt.key, err)
			continue
		}
		all := strings.Join(e.Steps, "\n")
		rest := all
		for _, part := range tt.steps {
			_, after, ok := strings.Cut(rest, part)
			if !ok {
				t.Errorf("%s %s live=%t: no %q in\n%s", tt.kind, tt.key, tt.live, part, all)
			}
			rest = after
		}
		if e.State != tt.state || (e.State == "held") != (e.Problem != nil) {
			t.Errorf("%s %s: state %s, problem %+v", tt.kind, tt.key, e.State, e.Problem)
		}
		if got := w.written(); len(got) != 0 {
			t.Errorf("%s %s: explaining wrote %v", tt.kind, tt.key, got)
		}
	}
}

func TestJournal(t *testing.T) {
	w := started(t)
	w.sync()
	number := strconv.Itoa(w.order("A-1"))
	w.sync()
	list, err := w.api.Journal(w.ctx(), ipc.JournalRequest{Connection: shopName, Kind: record.KindOrder, Key: number})
	w.must(err)
	i := slices.IndexFunc(list, func(e ipc.Exchange) bool {
		return e.Side == "bc" && e.Method == "POST" && strings.HasSuffix(e.Path, "/salesOrders")
	})
	if i < 0 {
		t.Fatalf("no exchange made order %s: %+v", number, list)
	}
	one, err := w.api.Journal(w.ctx(), ipc.JournalRequest{ID: list[i].ID})
	w.must(err)
	if len(one) != 1 || one[0].Request != list[i].Request || !slices.Contains(one[0].Keys, number) {
		t.Errorf("shown: %+v", one)
	}
	if _, err := w.api.Journal(w.ctx(), ipc.JournalRequest{ID: "20200101-nothing"}); fault.As(err).Code != "journal.unknown" {
		t.Errorf("an unknown id: %v", err)
	}
	later, err := w.api.Journal(w.ctx(), ipc.JournalRequest{Since: time.Now().Add(time.Hour)})
	if err != nil || len(later) != 0 {
		t.Errorf("since an hour from now: %v, %v", later, err)
	}
	for _, e := range list {
		if strings.Contains(e.Request+e.Response, bcKey) || strings.Contains(e.Request+e.Response, shopSecret) {
			t.Errorf("%s holds a secret", e.ID)
		}
	}
}

// Sending an entry again compares its records anew: what the shop lost is put right, an order is never made twice.
func TestSend(t *testing.T) {
	w := started(t)
	w.sync()
	number := strconv.Itoa(w.order("A-1"))
	w.sync()
	p := w.product("A-2")
	w.editProduct(p.ID, `{"regular_price":"1.00","stock_quantity":99}`)
	send := func(r ipc.JournalRequest) {
		t.Helper()
		list, err := w.api.Journal(w.ctx(), r)
		w.must(err)
		for _, e := range list {
			if e.Method == "POST" && e.Kind != record.KindMark {
				w.must(w.api.Send(w.ctx(), e.ID))
				return
			}
		}
		t.Fatalf("nothing to send for %+v", r)
	}
	send(ipc.JournalRequest{Kind: record.KindItem, Key: "A-2"})
	if p = w.product("A-2"); p.Regular != "10" && p.Regular != "10.00" || p.Stock.Cmp(decimal.MustNew(10, 0)) != 0 {
		t.Errorf("after sending it again: %s, %s", p.Regular, p.Stock)
	}
	w.requests()
	send(ipc.JournalRequest{Kind: record.KindOrder, Key: number})
	if got := len(w.co.Orders()); got != 1 || len(w.written()) != 0 {
		t.Errorf("%d orders after sending it again", got)
	}
	if err := w.api.Send(w.ctx(), "20200101-nothing"); fault.As(err).Code != "journal.unknown" {
		t.Errorf("an unknown id: %v", err)
	}
}
