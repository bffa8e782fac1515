package sim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestOrderDatesByField makes the 17 kinds of write that were tried on both shops and compares which of them move
// date_modified (order-date_modified-by-field.json).
func TestOrderDatesByField(t *testing.T) {
	for _, version := range []string{Version11, Version8} {
		raw, err := os.ReadFile(filepath.Join(contracts(t), "wc-"+version, "order-date_modified-by-field.json"))
		if err != nil {
			t.Fatal(err)
		}
		var recorded struct {
			Result map[string][][2]any `json:"result"`
		}
		if err := json.Unmarshal(raw, &recorded); err != nil {
			t.Fatal(err)
		}
		s := openShop(t, Options{Version: version})
		s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10", ManageStock: true, HasStock: true, Stock: number(9)})
		id, err := s.PlaceOrder(OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		order := "/orders/" + number(id).String()
		line := number(s.Orders()[0].Lines[0].ID).String()
		refund := ""
		tried := 0
		for _, w := range []struct{ name, method, path, body string }{
			{"empty PUT", put, order, `{}`},
			{"same status", put, order, `{"status":"pending"}`},
			{"meta_data", put, order, `{"meta_data":[{"key":"k","value":"v"}]}`},
			{"billing address", put, order, `{"billing":{"city":"Gent"}}`},
			{"shipping address", put, order, `{"shipping":{"city":"Gent"}}`},
			{"customer_note", put, order, `{"customer_note":"note"}`},
			{"transaction_id", put, order, `{"transaction_id":"t"}`},
			{"payment_method", put, order, `{"payment_method":"bacs"}`},
			{"line quantity and total", put, order, `{"line_items":[{"id":` + line + `,"quantity":2,"total":"20.00"}]}`},
			{"add shipping line", put, order, `{"shipping_lines":[{"method_id":"flat_rate","total":"4.95"}]}`},
			{"order note", post, order + "/notes", `{"note":"n"}`},
			{"status processing", put, order, `{"status":"processing"}`},
			{"set_paid", put, order, `{"set_paid":true}`},
			{"refund", post, order + "/refunds", `{"amount":"1","api_refund":false}`},
			{"delete refund", remove, "", ""},
			{"status completed", put, order, `{"status":"completed"}`},
			{"trash", remove, order, ""},
		} {
			if w.path == "" {
				w.path = order + "/refunds/" + refund
			}
			rounds, ok := recorded.Result[w.name]
			if !ok {
				t.Fatalf("%s: no recording of %q", version, w.name)
			}
			tried++
			before, _ := s.Order(id)
			s.now = s.now.Add(time.Minute)
			status, answer := s.ask(w.method, w.path, w.body)
			if w.name == "refund" {
				refund = asText(at(answer, "id"))
			}
			after, _ := s.Order(id)
			moved := !after.Modified.Equal(before.Modified)
			if want := rounds[0]; float64(status) != want[0] || moved != want[1] {
				t.Errorf("%s: %s answered %d and moved the date: %v; recorded %v", version, w.name, status, moved, want)
			}
		}
		if tried != len(recorded.Result) {
			t.Errorf("%s: %d kinds of write recorded, %d tried", version, len(recorded.Result), tried)
		}
	}
}

// TestStockMovesDate checks that stock moved by an order, a refund or a cancellation dates product, variation and, for
// an order or a cancellation, the variation's parent (date_modified-on-stock-moves.json).
func TestStockMovesDate(t *testing.T) {
	s := openShop(t, Options{})
	simple := s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10", ManageStock: true, HasStock: true, Stock: number(50)})
	parent := s.AddProduct(Product{Name: "P", Type: "variable"})
	variation := s.AddProduct(Product{Name: "P - S", SKU: "P-S", ParentID: parent, Type: "variation", Regular: "10", ManageStock: true, HasStock: true, Stock: number(50)})
	dates := func() map[int]time.Time {
		out := map[int]time.Time{}
		for _, p := range s.Products() {
			out[p.ID] = p.Modified
		}
		return out
	}
	var order int
	for _, step := range []struct {
		name   string
		do     func()
		moved  []int
		stocks [2]int
	}{
		{"paid order", func() {
			id, err := s.PlaceOrder(OrderRequest{Paid: true, Lines: []OrderLine{{SKU: "A", Quantity: 2}, {Variation: variation, Quantity: 1}}})
			if err != nil {
				t.Fatal(err)
			}
			order = id
		}, []int{simple, parent, variation}, [2]int{48, 49}},
		{"refund with restock", func() {
			o, _ := s.Order(order)
			s.ask(post, "/orders/"+number(order).String()+"/refunds", `{"api_refund":false,"line_items":[{"id":`+
				number(o.Lines[0].ID).String()+`,"quantity":1,"refund_total":10}]}`)
		}, []int{simple}, [2]int{49, 49}},
		{"cancellation", func() {
			if err := s.SetStatus(order, "cancelled"); err != nil {
				t.Fatal(err)
			}
		}, []int{simple, parent, variation}, [2]int{50, 50}},
	} {
		before := dates()
		s.now = s.now.Add(time.Minute)
		step.do()
		after := dates()
		want := map[int]bool{}
		for _, id := range step.moved {
			want[id] = true
		}
		for id := range before {
			if moved := !before[id].Equal(after[id]); moved != want[id] {
				t.Errorf("%s: product %d moved its date: %v, want %v", step.name, id, moved, want[id])
			}
		}
		a, _ := s.ProductBySKU("A")
		v, _ := s.ProductBySKU("P-S")
		if a.Stock.Cmp(number(step.stocks[0])) != 0 || v.Stock.Cmp(number(step.stocks[1])) != 0 {
			t.Errorf("%s: stock %s and %s, want %v", step.name, a.Stock, v.Stock, step.stocks)
		}
	}
}
