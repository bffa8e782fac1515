package report_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
)

func amount(s string) decimal.Decimal { return decimal.MustParse(s) }

func price(s string) *record.Price {
	return &record.Price{Regular: record.Money{Amount: amount(s), Currency: "EUR"}}
}

func stock(s string) *record.Stock { return &record.Stock{Quantity: amount(s), Managed: true} }

func item(name string) *record.Item {
	return &record.Item{Name: name, Managed: true, Status: record.Published}
}

func TestDescribe(t *testing.T) {
	tests := []struct {
		body record.Body
		want string
	}{
		{item("Mok 'blauw'"), "Mok 'blauw', published"},
		{&record.Item{Name: "Mok", Status: record.Draft, TaxClass: "reduced-rate"}, "Mok, draft, tax class reduced-rate"},
		{&record.Item{Name: "Mok"}, "Mok"},
		{stock("7.50"), "7.5 in stock"}, {stock("0"), "0 in stock"}, {&record.Stock{}, "stock not counted"},
		{price("12.5"), "EUR 12.50"}, {price("0.00001"), "EUR 0.00001"},
		{&record.Order{Status: record.OrderProcessing, Total: amount("81.01"), Currency: "EUR", Lines: make([]record.OrderLine, 4)}, "processing, EUR 81.01, 4 lines"},
		{&record.SalesOrder{External: "NL-15", Total: amount("24.2"), Currency: "USD", Lines: make([]record.SalesLine, 3)}, "sales order NL-15, USD 24.20, 3 lines"},
		{&record.Shopper{Email: "jan@example.com", Billing: record.Address{FirstName: "Jan", LastName: "de Vries"}}, "Jan de Vries <jan@example.com>"},
		{&record.Shipment{Number: "S-1", Lines: make([]record.ShippedLine, 1)}, "shipment S-1, 1 lines, part of the order"},
		{&record.Shipment{Number: "S-2", Complete: true}, "shipment S-2, 0 lines, the order is complete"},
		{&record.Mark{}, ""}, {nil, ""},
	}
	for _, tt := range tests {
		if got := report.Describe(tt.body); got != tt.want {
			t.Errorf("%T: %q, want %q", tt.body, got, tt.want)
		}
	}
}

// decided is a decision of package plan on three products: A as agreed but for its stock and price, B to be made,
// C found in the shop under its SKU; D costs nothing.
func decided() engine.Decision {
	rules := &plan.Rules{Installation: "X", Currency: "EUR", ShopCurrency: "EUR", Items: plan.ItemRules{Create: true, Names: true},
		Safety: plan.SafetyRules{Share: amount("0.1"), Min: 20, PriceFactor: amount("3")}}
	d := engine.Decision{Found: plan.Found{}}
	add := func(id string, last plan.Last, bodies ...record.Body) {
		for _, b := range bodies {
			d.Wanted = append(d.Wanted, record.Record{Key: record.Key{Kind: b.Kind(), ID: id}, Ref: "ref-" + id, Body: b})
			d.Agreed = append(d.Agreed, last)
		}
	}
	known := item("A")
	known.SKU = "A"
	add("A", plan.Last{Key: "A", To: "1", Kinds: [3]plan.Agreement{
		{Set: true, Sum: record.SumOf(known)},
		{Set: true, Level: stock("5").Level()},
		{Set: true, Level: price("9.5").Level()},
	}}, item("A"), stock("7"), price("10"))
	add("B", plan.Last{}, item("B"), stock("1"), price("2"))
	add("C", plan.Last{}, item("C"), stock("3"), price("4"))
	add("D", plan.Last{Key: "D", To: "9", Kinds: [3]plan.Agreement{{}, {}, {}}}, price("0"))
	for _, b := range []record.Body{item("Old name"), stock("3"), price("5")} {
		d.Found[b.Kind()] = map[string][]record.Record{"C": {{Key: record.Key{Kind: b.Kind(), ID: "C"}, Ref: "30", Body: b}}}
	}
	d.Plan = plan.Make(d.Wanted, d.Agreed, d.Found, rules)
	return d
}

func TestPlanned(t *testing.T) {
	lines, unchanged := report.Planned("nl", decided())
	line := func(k record.Kind, key, action, before, after string) ipc.Planned {
		return ipc.Planned{Connection: "nl", Kind: k, Key: key, Action: action, Before: before, After: after}
	}
	want := []ipc.Planned{
		line(record.KindStock, "A", "update", "5 in stock", "7 in stock"),
		line(record.KindPrice, "A", "update", "EUR 9.50", "EUR 10.00"),
		line(record.KindItem, "B", "create", "", "B, published"),
		line(record.KindStock, "B", "create", "", "1 in stock"),
		line(record.KindPrice, "B", "create", "", "EUR 2.00"),
		line(record.KindItem, "C", "link", "Old name, published", "C, published"),
		line(record.KindPrice, "C", "link", "EUR 5.00", "EUR 4.00"),
		line(record.KindStock, "C", "link", "", ""),
		line(record.KindPrice, "D", "hold", "", ""),
	}
	if diff := cmp.Diff(want, lines, cmpopts.IgnoreFields(ipc.Planned{}, "Fault")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if unchanged != 1 {
		t.Errorf("%d unchanged", unchanged)
	}
	if f := lines[len(lines)-1].Fault; f == nil || f.Code != "price.zero" || f.Kind != fault.Rejected || f.Text == "" {
		t.Errorf("the hold says %+v", f)
	}
}

func TestCodeFault(t *testing.T) {
	f := report.CodeFault("order.empty", fault.Args{"key": "15"})
	if f.Text != "Order 15 has no lines." || f.Kind != fault.Rejected {
		t.Errorf("%+v", f)
	}
	if f := report.CodeFault("code.of_a_newer_version", nil); f.Text != "code.of_a_newer_version" {
		t.Errorf("an unknown code: %+v", f)
	}
}

// shelf is a shop that lists products, two a page.
type shelf struct {
	endpoint.Endpoint
	skus []string
	err  error
}

func (s *shelf) Read(_ context.Context, q record.Query) (endpoint.Page, error) {
	at := 0
	if q.After != "" {
		at, _ = strconv.Atoi(string(q.After))
	}
	if !q.IDs || s.err != nil && at > 0 {
		return endpoint.Page{}, s.err
	}
	var p endpoint.Page
	for ; at < len(s.skus) && len(p.Records) < 2; at++ {
		p.Records = append(p.Records, record.Record{Key: record.Key{Kind: record.KindItem, ID: s.skus[at]}, Ref: strconv.Itoa(100 + at)})
	}
	p.More, p.Next = at < len(s.skus), record.Cursor(strconv.Itoa(at))
	return p, nil
}

func TestReconciliation(t *testing.T) {
	rec := report.NewReconciliation("nl")
	rec.Add(decided())
	if err := rec.OnlyInShop(t.Context(), &shelf{skus: []string{"a", "", "C", "X-1", "B", "X-2"}}); err != nil {
		t.Fatal(err)
	}
	got := rec.Finish()
	diff := func(k record.Kind, key, what, bc, shop string) ipc.Difference {
		return ipc.Difference{Kind: k, Key: key, What: what, BC: bc, Shop: shop}
	}
	want := []ipc.Difference{
		diff(record.KindItem, "B", "only in Business Central", "B, published", ""),
		diff(record.KindItem, "C", "differs", "C, published", "Old name, published"),
		diff(record.KindItem, "X-1", "only in the shop", "", "product 103"),
		diff(record.KindItem, "X-2", "only in the shop", "", "product 105"),
		diff(record.KindPrice, "A", "differs", "EUR 10.00", ""),
		diff(record.KindPrice, "B", "only in Business Central", "EUR 2.00", ""),
		diff(record.KindPrice, "C", "differs", "EUR 4.00", "EUR 5.00"),
		{Kind: record.KindPrice, Key: "D", What: "differs", Why: report.CodeFault("price.zero", fault.Args{"key": "D"}).Text},
		diff(record.KindStock, "A", "differs", "7 in stock", ""),
		diff(record.KindStock, "B", "only in Business Central", "1 in stock", ""),
	}
	if d := cmp.Diff(want, got.Differences); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff(map[record.Kind]int{record.KindItem: 3, record.KindStock: 3, record.KindPrice: 4}, got.Checked); d != "" {
		t.Errorf("checked (-want +got)\n%s", d)
	}
	if d := cmp.Diff(map[record.Kind]int{record.KindItem: 1, record.KindStock: 1}, got.Equal); d != "" {
		t.Errorf("equal (-want +got)\n%s", d)
	}
	rec = report.NewReconciliation("nl")
	if err := rec.OnlyInShop(t.Context(), &shelf{skus: []string{"1", "2", "3"}, err: fault.New("net.cut", nil)}); fault.As(err).Code != "net.cut" {
		t.Errorf("a list that breaks off: %v", err)
	}
	if empty := report.NewReconciliation("nl").Finish(); empty.Differences == nil {
		t.Error("no differences are null in JSON")
	}
}
