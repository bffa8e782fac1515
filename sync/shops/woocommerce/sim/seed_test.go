package sim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/govalues/decimal"
)

// TestPlacedOrderTotals places orders through the Go interface and checks them to the cent.
func TestPlacedOrderTotals(t *testing.T) {
	ten, discounted := decimal.MustParse("10.00"), decimal.MustParse("8.50")
	for _, tt := range []struct {
		name                 string
		options              Options
		order                OrderRequest
		total, tax, discount string
	}{
		{"guest with shipping and a fee", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 2}},
			Shippings: []OrderCharge{{Title: "Post", Total: decimal.MustParse("4.95")}}, Fees: []OrderCharge{{Title: "Wrap", Total: decimal.MustParse("2.50")}}},
			"33.22", "5.77", "0"},
		{"own discount", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1, Subtotal: &ten, Total: &discounted}}}, "10.29", "1.79", "1.50"},
		{"percent coupon", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Coupons: []string{"TEN"}}, "10.89", "1.89", "1.00"},
		{"fixed coupon spread over two rates", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}, {SKU: "LOW", Quantity: 1}}, Coupons: []string{"FIVE"}},
			"17.26", "2.26", "5.00"},
		{"reduced rate takes shipping along", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "LOW", Quantity: 1}}, Shippings: []OrderCharge{{Total: ten}}}, "21.80", "1.80", "0"},
		{"Germany", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Shipping: Address{Country: "DE"}}, "11.90", "1.90", "0"},
		{"no rate", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Billing: Address{Country: "US"}}, "10.00", "0", "0"},
		{"prices with tax", Options{PricesIncludeTax: true}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 3}}}, "30.00", "5.21", "0"},
		{"prices with tax and a coupon", Options{PricesIncludeTax: true}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Coupons: []string{"TEN"}}, "9.00", "1.56", "0.82"},
		{"negative fee", Options{}, OrderRequest{Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Fees: []OrderCharge{{Title: "Off", Total: decimal.MustParse("-2")}}}, "9.68", "1.68", "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openShop(t, tt.options)
			s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10.00"})
			s.AddProduct(Product{Name: "Low", SKU: "LOW", Regular: "10.00", TaxClass: "reduced-rate"})
			if err := s.AddCoupon("TEN", "percent", number(10)); err != nil {
				t.Fatal(err)
			}
			if err := s.AddCoupon("five", "fixed_cart", number(5)); err != nil {
				t.Fatal(err)
			}
			id, err := s.PlaceOrder(tt.order)
			if err != nil {
				t.Fatal(err)
			}
			o, _ := s.Order(id)
			for what, pair := range map[string][2]string{"total": {o.Total.String(), tt.total}, "tax": {o.TotalTax().String(), tt.tax},
				"discount": {o.DiscountTotal.String(), tt.discount}} {
				if decimal.MustParse(pair[0]).Cmp(decimal.MustParse(pair[1])) != 0 {
					t.Errorf("%s is %s, want %s", what, pair[0], pair[1])
				}
			}
		})
	}
}

// TestCopiesAreApart checks that changing what Orders and Products hand out doesn't change the shop.
func TestCopiesAreApart(t *testing.T) {
	s := openShop(t, Options{})
	customer := s.AddCustomer(Customer{Email: "jan@example.com", FirstName: "Jan"})
	s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10", Meta: []Meta{{1, "k", "v"}}})
	id, err := s.PlaceOrder(OrderRequest{CustomerID: customer, Paid: true, Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Meta: map[string]string{"mark": "SO-1"}})
	if err != nil {
		t.Fatal(err)
	}
	s.Orders()[0].Lines[0].Name = "changed"
	s.Products()[0].Meta[0].Value = "changed"
	o, _ := s.Order(id)
	if o.Lines[0].Name != "A" || o.Lines[0].SKU != "A" || o.MetaText("mark") != "SO-1" || o.Notes[0].Text != "Payment complete." || o.CustomerID != customer {
		t.Errorf("order is %+v", o)
	}
	if p, _ := s.ProductBySKU("a"); p.Meta[0].Value != "v" || p.TotalSales != 1 {
		t.Errorf("product is %+v", p)
	}
}

// TestManyProducts fills a shop with 10,000 products and pages through it: every product once, in order, and a
// hundred SKUs found in one call.
func TestManyProducts(t *testing.T) {
	s := openShop(t, Options{})
	const n = 10_000
	for i := range n {
		s.AddProduct(Product{Name: fmt.Sprintf("Item %d", i), SKU: fmt.Sprintf("SKU-%05d", i), Regular: "1.00"})
	}
	last, seen := 0, 0
	for page := 1; ; page++ {
		_, answer := s.ask(get, fmt.Sprintf("/products?per_page=100&orderby=id&order=asc&_fields=id&page=%d", page), "")
		rows := items(answer)
		if len(rows) == 0 {
			break
		}
		for _, x := range rows {
			if id := whole(bodyOf(x)["id"]); id <= last {
				t.Fatalf("product %d after %d", id, last)
			} else {
				last = id
			}
			seen++
		}
	}
	if seen != n {
		t.Errorf("%d products listed, want %d", seen, n)
	}
	var skus []string
	for i := range 100 {
		skus = append(skus, fmt.Sprintf("sku-%05d", i*97))
	}
	if _, answer := s.ask(get, "/products?per_page=100&_fields=sku&sku="+strings.Join(skus, ","), ""); len(items(answer)) != 100 {
		t.Errorf("%d of 100 SKUs found", len(items(answer)))
	}
}

// BenchmarkFindSKUs measures the look-up a connector does before it writes, in a shop of 10,000 products.
func BenchmarkFindSKUs(b *testing.B) {
	s := New(Options{})
	var skus []string
	for i := range 10_000 {
		sku := fmt.Sprintf("SKU-%05d", i)
		s.AddProduct(Product{Name: sku, SKU: sku, Regular: "1.00"})
		if i%100 == 0 {
			skus = append(skus, sku)
		}
	}
	c := &call{s: s, method: http.MethodGet, query: map[string][]string{"sku": {strings.Join(skus, ",")}, "per_page": {"100"}}, header: http.Header{}}
	for b.Loop() {
		w, f := c.readWindow(s.productOrders(), map[string]complaint{})
		if f != nil || len(c.filterProducts(&w)) != 100 {
			b.Fatal("the products are not found")
		}
	}
}
