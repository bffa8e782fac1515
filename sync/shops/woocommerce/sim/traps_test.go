package sim

import (
	"strings"
	"testing"
	"time"
)

// trap is one call on a shop with the products A (id 11, 10.00, five managed pieces) and B (id 12, 12.95, unmanaged),
// and what it does that a caller wouldn't expect (NOTES §5).
type trap struct {
	name         string
	method, path string
	body         string
	status       int
	want         string // "path=value" pairs separated by "; "
}

func traps() []trap {
	return []trap{
		{"batch takes text for stock", post, "/products/batch", `{"update":[{"id":11,"stock_quantity":"many"}]}`, 200,
			"update.0.stock_quantity=0; update.0.stock_status=outofstock"},
		{"single call refuses it", put, "/products/11", `{"stock_quantity":"many"}`, 400, "code=rest_invalid_param"},
		{"batch takes a number for a price", post, "/products/batch", `{"update":[{"id":11,"regular_price":7.5}]}`, 200, "update.0.regular_price=7.5"},
		{"failed create has id 0, failed update without id null", post, "/products/batch",
			`{"create":[{"sku":"a"}],"update":[{"name":"x"}],"delete":[999]}`, 200,
			"create.0.id=0; create.0.error.code=product_invalid_sku; create.0.error.data.resource_id=11; update.0.id=null; delete.0.id=999"},
		{"body id beats address", put, "/products/11", `{"id":12,"name":"Other"}`, 200, "id=12; name=Other"},
		{"empty body makes a live product", post, "/products", ``, 201, "name=Product; status=publish"},
		{"wrong product makes an empty line", post, "/orders", `{"line_items":[{"product_id":999}]}`, 201,
			"line_items.0.product_id=0; line_items.0.total=0.00; line_items.0.sku=null; total=0.00"},
		{"wrong SKU too", post, "/orders", `{"line_items":[{"sku":"NOPE"}]}`, 201, "line_items.0.name=; total=0.00"},
		{"line without product is refused", post, "/orders", `{"line_items":[{"name":"free","total":"5"}]}`, 400, "code=woocommerce_rest_required_product_reference"},
		{"stock is not checked", post, "/orders", `{"set_paid":true,"line_items":[{"product_id":11,"quantity":50}]}`, 201, "status=processing; total=605.00"},
		{"unknown tax class falls to standard", put, "/products/11", `{"tax_class":"luxury"}`, 200, "tax_class="},
		{"unknown category falls to the default", put, "/products/11", `{"categories":[{"id":999}]}`, 200, "categories.0.slug=uncategorized"},
		{"empty name is ignored", put, "/products/11", `{"name":""}`, 200, "name=A"},
		{"no management, no quantity", put, "/products/11", `{"manage_stock":false}`, 200, "stock_quantity=null"},
		{"null quantity is zero", put, "/products/11", `{"stock_quantity":null}`, 200, "stock_quantity=0; stock_status=outofstock"},
		{"status of managed stock follows the quantity", put, "/products/11", `{"stock_status":"outofstock"}`, 200, "stock_status=instock"},
		{"price with separators", put, "/products/12", `{"regular_price":"1.234,50"}`, 200, "regular_price=1234.50"},
		{"price that is no price", put, "/products/12", `{"regular_price":"abc"}`, 200, "regular_price="},
		{"price as a number", put, "/products/12", `{"regular_price":12.5}`, 400, "code=rest_invalid_param; data.params.regular_price=regular_price is not of type string."},
		{"sale above regular is dropped", put, "/products/12", `{"sale_price":"20"}`, 200, "sale_price="},
		{"ampersand and backslash in a name", put, "/products/12", `{"name":"a&b \\ c"}`, 200, "name=a&amp;b  c"},
		{"numbers in meta become texts", put, "/products/12", `{"meta_data":[{"key":"n","value":5},{"key":"z","value":null},{"key":"d","value":"1"},{"key":"d","value":"2"}]}`, 200,
			"meta_data.0.value=5; meta_data.1.key=d; meta_data.1.value=2; meta_data.2=null"},
		{"tags and octets leave a SKU", put, "/products/12", `{"sku":"A%20<b>B</b>  C"}`, 200, "sku=AB C"},
		{"SKU is taken without case, accent and blanks", post, "/products", `{"sku":" á "}`, 400, "code=product_invalid_sku; data.unique_sku=á-1"},
		{"more than a batch", post, "/products/batch", `{"delete":[` + strings.Repeat("1,", 100) + `1]}`, 413, "code=woocommerce_rest_request_entity_too_large"},
		{"date without a zone is UTC", put, "/products/12", `{"date_created":"2020-05-01T10:00:00"}`, 200, "date_created=2020-05-01T12:00:00"},
		{"filter without time", get, "/products?modified_after=2020-01-01", ``, 400, "data.params.modified_after=Invalid date."},
		{"page beyond the end", get, "/products?page=9", ``, 200, "0=null"},
		{"unknown product: GET", get, "/products/999", ``, 404, "code=woocommerce_rest_product_invalid_id"},
		{"unknown product: PUT", put, "/products/999", `{}`, 400, "code=woocommerce_rest_product_invalid_id"},
	}
}

func TestTraps(t *testing.T) {
	for _, version := range []string{Version11, Version8} {
		for _, tt := range traps() {
			t.Run(version+"/"+tt.name, func(t *testing.T) {
				s := openShop(t, Options{Version: version})
				s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10.00", ManageStock: true, HasStock: true, Stock: number(5)})
				s.AddProduct(Product{Name: "B", SKU: "B", Regular: "12.95"})
				status, answer := s.ask(tt.method, tt.path, tt.body)
				if status != tt.status {
					t.Fatalf("status %d, want %d: %v", status, tt.status, answer)
				}
				for pair := range strings.SplitSeq(tt.want, "; ") {
					path, want, _ := strings.Cut(pair, "=")
					if got := asText(at(answer, path)); got != want {
						t.Errorf("%s is %s, want %s", path, got, want)
					}
				}
			})
		}
	}
}

// TestRefundTraps follows one order of 22.10 through the refunds of NOTES §4 and §5.
func TestRefundTraps(t *testing.T) {
	for _, version := range []string{Version11, Version8} {
		t.Run(version, func(t *testing.T) {
			s := openShop(t, Options{Version: version})
			s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10.00", ManageStock: true, HasStock: true, Stock: number(5)})
			id, err := s.PlaceOrder(OrderRequest{Lines: []OrderLine{{SKU: "a", Quantity: 2}}, Paid: true})
			if err != nil {
				t.Fatal(err)
			}
			path := "/orders/" + number(id).String() + "/refunds"
			line := number(s.Orders()[0].Lines[0].ID).String()
			for _, tt := range []struct {
				body   string
				status int
				code   string
			}{
				{`{"amount":"1"}`, 500, "woocommerce_rest_cannot_create_order_refund"}, // api_refund is true unless sent
				{`{"amount":"-1","api_refund":false}`, 500, "woocommerce_rest_invalid_order_refund"},
				{`{"amount":"99","api_refund":false}`, 500, "woocommerce_rest_cannot_create_order_refund"},
				{`{"api_refund":false}`, 201, "null"},
				{`{"api_refund":false,"amount":"2.00","line_items":[{"id":` + line + `,"quantity":1,"refund_total":1}]}`, 201, "null"},
				{`{"api_refund":false,"amount":"22.20"}`, 201, "null"},
			} {
				if status, answer := s.ask(post, path, tt.body); status != tt.status || asText(at(answer, "code")) != tt.code {
					t.Errorf("%s: %d %v, want %d %s", tt.body, status, answer, tt.status, tt.code)
				}
			}
			o, _ := s.Order(id)
			if o.Status != "refunded" || o.Refunded().Cmp(o.Total) != 0 || len(o.Refunds) != 3 {
				t.Errorf("order is %s with %d refunds of %s", o.Status, len(o.Refunds), o.Refunded())
			}
			if p, _ := s.ProductBySKU("A"); p.Stock.String() != "4" {
				t.Errorf("stock is %s, want 4: two sold, one back", p.Stock)
			}
			empty := map[string]string{Version11: "-", Version8: "-0.00"}[version]
			if _, answer := s.ask(get, "/orders/"+number(id).String(), ""); asText(at(answer, "refunds.0.total")) != empty {
				t.Errorf("refund without amount shows %v, want %s", at(answer, "refunds.0"), empty)
			}
		})
	}
}

// TestHiddenStatuses checks which orders a list shows (NOTES §3).
func TestHiddenStatuses(t *testing.T) {
	for _, version := range []string{Version11, Version8} {
		s := openShop(t, Options{Version: version})
		for _, st := range []string{"pending", "checkout-draft", "auto-draft"} {
			if _, err := s.PlaceOrder(OrderRequest{Status: st}); err != nil {
				t.Fatal(err)
			}
		}
		id, err := s.PlaceOrder(OrderRequest{})
		if err != nil {
			t.Fatal(err)
		}
		s.ask(remove, "/orders/"+number(id).String(), "")
		want := map[string]map[string]int{
			Version11: {"": 1, "?status=any,trash": 1, "?status=trash": 1, "?status=checkout-draft": 1, "?status=auto-draft": 0},
			Version8:  {"": 2, "?status=any,trash": 2, "?status=trash": 1, "?status=checkout-draft": 1, "?status=auto-draft": 4},
		}[version]
		for query, n := range want {
			if _, answer := s.ask(get, "/orders"+query, ""); len(items(answer)) != n {
				t.Errorf("%s: orders%s lists %d, want %d", version, query, len(items(answer)), n)
			}
		}
	}
}

// TestTrashedSKU checks that version 11 blocks a trashed product's SKU and 8.9.3 gives it out again.
func TestTrashedSKU(t *testing.T) {
	for version, want := range map[string]int{Version11: 400, Version8: 201} {
		s := openShop(t, Options{Version: version})
		s.AddProduct(Product{Name: "A", SKU: "A"})
		s.ask(remove, "/products/11", "")
		if status, answer := s.ask(post, "/products", `{"sku":"a"}`); status != want {
			t.Errorf("%s: %d %v, want %d", version, status, answer, want)
		}
	}
}

// TestFailedCouponLeavesOrder checks that an unknown coupon answers 400 and leaves an order (NOTES §5).
func TestFailedCouponLeavesOrder(t *testing.T) {
	for version, want := range map[string]string{Version11: "checkout-draft", Version8: "pending"} {
		s := openShop(t, Options{Version: version})
		s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10"})
		if _, err := s.PlaceOrder(OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Coupons: []string{"NOPE"}}); err == nil {
			t.Fatalf("%s: the unknown coupon was taken", version)
		}
		if all := s.Orders(); len(all) != 1 || all[0].Status != want {
			t.Errorf("%s: orders left: %+v, want one %s", version, all, want)
		}
	}
}

// TestOwnWriteComesBack checks that an unchanged product is dated anew by every write, batch or single.
func TestOwnWriteComesBack(t *testing.T) {
	s := openShop(t, Options{})
	s.AddProduct(Product{Name: "A", SKU: "A"})
	for _, write := range [][2]string{{"/products/11", `{}`}, {"/products/batch", `{"update":[{"id":11}]}`}} {
		s.now = s.now.Add(time.Minute)
		s.ask(put, write[0], write[1])
		if p, _ := s.ProductBySKU("A"); !p.Modified.Equal(s.now) {
			t.Errorf("PUT %s left date_modified at %s", write[0], p.Modified)
		}
	}
}
