package sim

import (
	"testing"

	"github.com/govalues/decimal"
)

// TestSmallReads asks for what the recordings only touch: single records of short lists, parts of answers, forms of
// list parameters.
func TestSmallReads(t *testing.T) {
	s := openShop(t, Options{})
	s.AddProduct(Product{Name: "A", SKU: "A", Regular: "10", Weight: "1", Length: "2"})
	s.AddProduct(Product{Name: "B", SKU: "B", Regular: "5"})
	id, err := s.PlaceOrder(OrderRequest{Paid: true, Lines: []OrderLine{{SKU: "A", Quantity: 1}}, Shippings: []OrderCharge{{Total: number(10)}}})
	if err != nil {
		t.Fatal(err)
	}
	order := "/orders/" + number(id).String()
	s.ask(post, order+"/notes", `{"note":"for the buyer","customer_note":true}`)
	for _, tt := range []struct {
		method, path string
		status       int
		field, want  string
	}{
		{get, "/products/categories", 200, "0.count", "2"},
		{get, "/taxes/2", 200, "rate", "9.0000"},
		{get, "/taxes/99", 404, "code", "woocommerce_rest_invalid_id"},
		{get, "/settings/tax/woocommerce_prices_include_tax", 200, "value", "no"},
		{get, "/settings/tax/none", 404, "code", "rest_setting_setting_invalid"},
		{get, "/settings/none", 404, "code", "rest_setting_setting_group_invalid"},
		{get, "/products/11?_fields=dimensions.length", 200, "dimensions", `{"length":"2"}`},
		{get, "/products?orderby=price&order=asc", 200, "0.sku", "B"},
		{get, "/products?orderby=title", 200, "0.sku", "B"},
		{get, "/products?include[]=12&include[]=11&orderby=include&order=asc", 200, "0.sku", "B"},
		{get, "/products?exclude=11", 200, "0.sku", "B"},
		{get, "/products?search=b", 200, "0.sku", "B"},
		{get, order + "/notes?type=customer", 200, "0.note", "for the buyer"},
		{get, order + "/notes?type=internal", 200, "0.customer_note", "false"},
		{get, order + "/notes/99", 404, "code", "woocommerce_rest_invalid_id"},
		{get, "/orders/99/notes", 404, "code", "woocommerce_rest_order_invalid_id"},
		{put, "/customers/1", 200, "role", "administrator"},
	} {
		status, answer := s.ask(tt.method, tt.path, "")
		if got := asText(at(answer, tt.field)); status != tt.status || got != tt.want {
			t.Errorf("%s %s: %d %s=%s, want %d %s", tt.method, tt.path, status, tt.field, got, tt.status, tt.want)
		}
	}
	o, _ := s.Order(id)
	if got := o.TaxOf(number(21)); got.Cmp(decimal.MustParse("4.20")) != 0 {
		t.Errorf("21 %% tax is %s, want 4.20", got)
	}
	note := number(o.Notes[len(o.Notes)-1].ID).String()
	if status, _ := s.ask(remove, order+"/notes/"+note, ""); status != 501 {
		t.Errorf("deleting a note without force answered %d", status)
	}
	if status, _ := s.ask(remove, order+"/notes/"+note+"?force=true", ""); status != 200 {
		t.Errorf("deleting a note answered %d", status)
	}
	if status, _ := s.ask(get, order+"/notes/"+note, ""); status != 404 {
		t.Errorf("the deleted note answered %d", status)
	}
	if status, _ := s.ask(post, "/taxes/classes", `{"name":"Super rate"}`); status != 201 {
		t.Errorf("a new tax class answered %d", status)
	}
	if _, answer := s.ask(put, "/products/11", `{"tax_class":"super-rate"}`); asText(at(answer, "tax_class")) != "super-rate" {
		t.Errorf("the new tax class is not taken: %v", at(answer, "tax_class"))
	}
	if got := s.Customers(); len(got) != 1 || got[0].ID != 1 {
		t.Errorf("customers are %+v, want the administrator", got)
	}
}
