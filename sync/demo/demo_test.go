package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/store/journal"
	"stockbridge/store/secret"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
	"stockbridge/sync/service"
	"stockbridge/sync/sim"
)

// TestDemo runs the demo as `stockbridge demo` does, the smallest and the usual size, with other seeds.
func TestDemo(t *testing.T) {
	for _, o := range []Options{{Items: MinItems, Orders: MinOrders, Seed: 1}, {Items: MinItems, Orders: MinOrders, Seed: 2}, {Items: 200, Orders: 60, Seed: 7}} {
		t.Run(strconv.Itoa(o.Items)+"-"+strconv.FormatUint(o.Seed, 10), func(t *testing.T) {
			if o.Items > MinItems && testing.Short() {
				t.Skip("the usual size is left out with -short")
			}
			rounds := map[int]bool{}
			o.Progress = func(round int, _ ipc.Progress) { rounds[round] = true }
			rep, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if !rep.OK() || rep.Wrong == nil {
				t.Errorf("wrong: %q", rep.Wrong)
			}
			if rep.Items != o.Items || rep.Orders != o.Orders || rep.Seed != o.Seed || rep.ThirdRunWritten != 0 {
				t.Errorf("report %+v", rep)
			}
			v := rep.Verified
			if v.OrdersShop != o.Orders-4 || v.OrdersBC != v.OrdersShop || v.OrdersTwice != 0 || v.CentsApart != "0.00" || v.Shipped == 0 {
				t.Errorf("orders: %+v", v)
			}
			if v.StockEqual != v.PricesEqual || v.StockEqual < o.Items*9/10 {
				t.Errorf("products: %+v", v)
			}
			if len(rep.Problems) != 4 || !rounds[1] || !rounds[2] {
				t.Errorf("problems %+v, progress of rounds %v", rep.Problems, rounds)
			}
			var people bytes.Buffer
			rep.Write(&people)
			if !strings.Contains(people.String(), "Everything agrees.") || strings.Contains(people.String(), "WRONG") {
				t.Errorf("the report for people:\n%s", people.String())
			}
			var back Report
			if text, err := json.Marshal(rep); err != nil || json.Unmarshal(text, &back) != nil || back.Verified != rep.Verified {
				t.Errorf("the report as JSON: %v", err)
			}
		})
	}
}

// TestCalls is the goal in calls, at the size it is stated for: ten thousand items.
func TestCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand items are left out with -short")
	}
	rep, err := Run(t.Context(), Options{Items: 10_000, Orders: 200, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !rep.OK() {
		t.Errorf("wrong: %q", rep.Wrong)
	}
	if rep.CallsPerChangedItem > 0.012 || rep.CallsPerFirstLink > 0.03 || rep.CallsPerChangedItem == 0 {
		t.Errorf("calls per changed item %.5f, per first link %.5f", rep.CallsPerChangedItem, rep.CallsPerFirstLink)
	}
}

// replay decides everything again from the journal alone.
func replay(t *testing.T, dir string) {
	t.Helper()
	f, err := journal.OpenFolder(filepath.Join(dir, "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Search(journal.Query{Parts: journal.Decisions | journal.Settings, Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Replay(all); r.Decisions < MinItems+MinOrders || r.Left+len(r.Different) != 0 {
		t.Errorf("%d decisions made again, %d left out, different: %+v", r.Decisions, r.Left, r.Different)
	}
}

// The same seed makes the same world; another makes another.
func TestSeeds(t *testing.T) {
	price := func(seed uint64) (first string) {
		_, err := Run(t.Context(), Options{Items: MinItems, Orders: MinOrders, Seed: seed,
			Keep: func(_ context.Context, s *service.Service, dir string, r *Report) error {
				if _, err := os.Stat(filepath.Join(dir, "state", connectionName+".db")); err != nil || !r.OK() {
					t.Errorf("kept: %v, %q", err, r.Wrong)
				}
				replay(t, dir)
				c, err := ipc.Direct(ipc.NewServer(s, slog.New(slog.DiscardHandler)), ipc.RoleAdministrator).Explain(t.Context(), ipc.ExplainRequest{Connection: connectionName, Kind: record.KindPrice, Key: "ITM-10000"})
				first, _, _ = strings.Cut(strings.Join(c.Steps[1:2], ""), " (") // behind it is the time of reading
				return err
			}})
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	one, again, other := price(11), price(11), price(12)
	if one != again || one == other || !strings.Contains(one, "EUR") {
		t.Errorf("%q, %q, %q", one, again, other)
	}
	if _, err := Run(t.Context(), Options{Items: MinItems - 1, Orders: MinOrders}); err == nil || !strings.Contains(err.Error(), strconv.Itoa(MinItems)) {
		t.Errorf("too small: %v", err)
	}
}

// after is a demo after its rounds, both systems still there.
func after(t *testing.T) *demo {
	t.Helper()
	d := &demo{o: Options{Items: MinItems, Orders: MinOrders, Seed: 5, Say: func(string) {}}, dir: t.TempDir()}
	if err := d.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.s.Close(); err != nil {
			t.Error(err)
		}
		if err := d.world.close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.rounds(t.Context()); err != nil || !d.rep.OK() {
		t.Fatalf("%v, %q", err, d.rep.Wrong)
	}
	return d
}

// again compares once more.
func (d *demo) again(t *testing.T) []string {
	t.Helper()
	problems, err := d.api.Problems(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	d.rep = Report{}
	d.verify(problems)
	return d.rep.Wrong
}

// TestChecker tampers with either system behind the service's back: the comparison must say so, and only that.
func TestChecker(t *testing.T) {
	d := after(t)
	if wrong := d.again(t); len(wrong) != 0 {
		t.Fatalf("compared twice: %q", wrong)
	}
	open := d.world.Company.Orders()
	first := slices.IndexFunc(open, func(o bcsim.Order) bool { return !o.FullyShipped && o.Lines[0].Shipped.IsZero() })
	order := open[first]
	products, err := d.world.visitor.products()
	if err != nil {
		t.Fatal(err)
	}
	product := products[slices.IndexFunc(products, func(p shopProduct) bool { return p.SKU == "ITM-10001" })]
	put := func(body map[string]any) func() error {
		return func() error {
			return d.world.visitor.do(http.MethodPut, "products/"+strconv.Itoa(product.ID), body, nil)
		}
	}
	company := d.world.Company
	tests := []struct {
		name        string
		tamper      func() error
		undo        func() error // nil: it stays, and so does what is said of it
		want        string
		stock, cost int // how many fewer agree
	}{
		{"stock", put(map[string]any{"stock_quantity": 7777}), put(map[string]any{"stock_quantity": product.Stock}), "shows stock 7777", 1, 0},
		{"price", put(map[string]any{"regular_price": "0.01"}), put(map[string]any{"regular_price": product.Price}), "costs 0.01", 0, 1},
		{"name", put(map[string]any{"name": "Iets anders"}), put(map[string]any{"name": itemName(1)}), "Iets anders", 0, 0},
		{"status", put(map[string]any{"status": "draft"}), put(map[string]any{"status": "publish"}), "has status draft", 0, 0},
		{"order's status", func() error { return d.world.Shop.SetStatus(d.shopID(t, order), "on-hold") },
			func() error { return d.world.Shop.SetStatus(d.shopID(t, order), "processing") }, "has status on-hold", 0, 0},
		{"a line in BC", func() error {
			return company.EditLine(order.Number, order.Lines[0].Number, order.Lines[0].Quantity, decimal.Hundred)
		},
			func() error {
				return company.EditLine(order.Number, order.Lines[0].Number, order.Lines[0].Quantity, order.Lines[0].UnitPrice)
			}, "in Business Central", 0, 0},
		{"a document too many", func() error { return d.post(order.External) }, nil, "is in Business Central 2 times", 0, 0},
	}
	equal := d.rep.Verified
	for _, tt := range tests {
		if err := tt.tamper(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		wrong, v := d.again(t), d.rep.Verified
		if len(wrong) != 1 || !strings.Contains(wrong[0], tt.want) {
			t.Errorf("%s: the check says %q", tt.name, wrong)
		}
		if v.StockEqual != equal.StockEqual-tt.stock || v.PricesEqual != equal.PricesEqual-tt.cost {
			t.Errorf("%s: verified %+v, was %+v", tt.name, v, equal)
		}
		if tt.undo == nil {
			continue
		}
		if err := tt.undo(); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if wrong := d.again(t); len(wrong) != 0 {
			t.Errorf("%s undone: %q", tt.name, wrong)
		}
	}
	if d.rep.Verified.OrdersTwice != 1 {
		t.Errorf("verified %+v", d.rep.Verified)
	}
}

// shopID is the shop's id of an order that Business Central holds.
func (d *demo) shopID(t *testing.T, o bcsim.Order) int {
	t.Helper()
	for _, s := range d.world.Shop.Orders() {
		if strings.HasSuffix(o.External, "-"+s.Number) {
			return s.ID
		}
	}
	t.Fatalf("no order %s in the shop", o.External)
	return 0
}

// TestCheckerMissesNothing: what is gone, what nobody planted, and what was not noticed.
func TestCheckerMissesNothing(t *testing.T) {
	d := after(t)
	for _, o := range d.world.Company.Orders() {
		if o.Lines[0].Shipped.IsZero() {
			if err := d.world.Company.DeleteOrder(o.Number); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if err := d.post("SOMEBODY-1"); err != nil {
		t.Fatal(err)
	}
	d.stock.plant(record.KindItem, "NOWHERE", "item.no_name")
	d.stock.planted = slices.DeleteFunc(d.stock.planted, func(p Problem) bool { return p.Code == "price.zero" })
	wrong := strings.Join(d.again(t), "\n")
	for _, want := range []string{"is in Business Central 0 times", "SOMEBODY-1 that no order", "was not noticed: items NOWHERE", "a problem nobody planted: prices"} {
		if !strings.Contains(wrong, want) {
			t.Errorf("no %q in:\n%s", want, wrong)
		}
	}
	if d.rep.OK() || len(d.rep.Wrong) != 4 {
		t.Errorf("wrong: %q", d.rep.Wrong)
	}
	var people bytes.Buffer
	d.rep.Write(&people)
	if strings.Count(people.String(), "WRONG: ") != 4 || strings.Contains(people.String(), "Everything agrees") {
		t.Errorf("the report for people:\n%s", people.String())
	}
}

// post makes an empty sales order in Business Central, past the service.
func (d *demo) post(external string) error {
	body, err := json.Marshal(map[string]string{"customerNumber": d.world.Company.Customers()[0].Number, "externalDocumentNumber": external})
	if err != nil {
		return err
	}
	address := "https://bc.demo.invalid/BC/api/v2.0/companies(" + d.world.Company.ID + ")/salesOrders"
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(bcUser, d.world.secrets[secret.Name{Connection: connectionName, Side: "bc", Field: "password"}])
	req.Header.Set("Content-Type", "application/json")
	res, err := (&sim.Transport{Handler: d.world.BC}).RoundTrip(req)
	if err == nil && res.StatusCode != http.StatusCreated {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return err
}
