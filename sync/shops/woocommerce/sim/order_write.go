package sim

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

func (c *call) createOrder() (any, int, *failure) {
	if f := c.validate(orderRules(c.s)); f != nil {
		return nil, 0, f
	}
	o, f := c.placeOrder(c.body)
	if f != nil {
		return nil, 0, f
	}
	c.header.Set("Location", c.url("orders", o.ID))
	return c.orderJSON(o), http.StatusCreated, nil
}

// placeOrder makes an order of a body, checked or not. Stock is not checked (golden 339).
func (c *call) placeOrder(body object) (*Order, *failure) {
	s := c.s
	if whole(body["id"]) != 0 {
		return nil, fail(http.StatusBadRequest, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.")
	}
	if f := s.checkCustomer(body); f != nil {
		return nil, f
	}
	lines, f := s.readLines(body)
	if f != nil {
		return nil, f
	}
	o := s.newOrder()
	s.applyFields(o, body)
	s.seen(o.CustomerID)
	o.Lines = lines
	for i := range o.Lines {
		o.Lines[i].ID = take(&s.next.item)
	}
	o.ShippingLines, o.FeeLines = s.readCharges(body["shipping_lines"], true), s.readCharges(body["fee_lines"], false)
	s.calculate(o)
	s.orders.put(o)
	if f := s.applyCoupons(o, body); f != nil {
		if s.hpos() {
			o.Status = "checkout-draft" // the order stays behind (golden 346)
			f.data.(object)["new_draft_order_id"] = o.ID
		}
		s.orders.put(o)
		return nil, f
	}
	if st := text(body["status"]); st != "" && s.knownStatus(st) {
		s.setStatus(o, st)
	}
	if truth(body["set_paid"]) {
		s.pay(o, text(body["transaction_id"]))
	}
	s.orders.put(o)
	return o, nil
}

// seen notes the day a customer last did something, which version 8.9.3 shows among the account's meta (golden 660).
func (s *Server) seen(customer int) {
	if u := s.customers.byID[customer]; u != nil && !s.hpos() {
		day := s.now().Truncate(24 * time.Hour).Unix()
		u.Meta = s.setMeta(u.Meta, []any{object{"key": "wc_last_active", "value": strconv.FormatInt(day, 10)}})
	}
}

func (c *call) updateOrder() (any, int, *failure) {
	if f := c.validate(orderRules(c.s)); f != nil {
		return nil, 0, f
	}
	o, f := c.changeOrder(c.id(), c.body)
	if f != nil {
		return nil, 0, f
	}
	return c.orderJSON(o), http.StatusOK, nil
}

// changeOrder applies a body to an order. Version 11 dates every change; legacy storage dates only what changes the
// post itself: status and customer note (order-date_modified-by-field.json).
func (c *call) changeOrder(id int, body object) (*Order, *failure) {
	s := c.s
	o, ok := s.orders.byID[id]
	if !ok {
		message := "Invalid ID."
		if s.hpos() {
			message = "ID is invalid."
		}
		return nil, fail(http.StatusBadRequest, "woocommerce_rest_shop_order_invalid_id", message)
	}
	if f := s.checkCustomer(body); f != nil {
		return nil, f
	}
	note, status := o.CustomerNote, o.Status
	if f := s.changeLines(o, body); f != nil {
		return nil, f
	}
	s.applyFields(o, body)
	if touchesTotals(body) {
		s.calculate(o)
	}
	if f := s.applyCoupons(o, body); f != nil {
		return nil, f
	}
	if truth(body["set_paid"]) && s.needsPayment(o) {
		s.pay(o, text(body["transaction_id"]))
	}
	if st := text(body["status"]); st != "" && s.knownStatus(st) {
		s.setStatus(o, st)
	}
	if s.hpos() || note != o.CustomerNote || status != o.Status {
		o.Modified = s.now()
	}
	s.orders.put(o)
	return o, nil
}

// touchesTotals lists what makes the shop calculate again.
func touchesTotals(body object) bool {
	return slices.ContainsFunc([]string{"billing", "shipping", "line_items", "shipping_lines", "fee_lines", "coupon_lines"},
		func(k string) bool { _, ok := sent(body, k); return ok })
}

// applyFields sets what an order carries besides lines and status. number, dates and total are read-only and ignored;
// the currency is not (NOTES §5, golden 653, 654).
func (s *Server) applyFields(o *Order, body object) {
	if v, ok := sent(body, "currency"); ok {
		o.Currency = text(v)
	}
	if v, ok := sent(body, "customer_id"); ok {
		o.CustomerID = whole(v)
	}
	if v, ok := sent(body, "created_via"); ok && text(v) != "" {
		o.CreatedVia = text(v)
	}
	set(body, "payment_method", &o.PaymentMethod, cleanLine)
	set(body, "payment_method_title", &o.PaymentTitle, cleanLine)
	set(body, "transaction_id", &o.TransactionID, cleanLine)
	set(body, "customer_note", &o.CustomerNote, stored)
	if v, ok := body["billing"].(object); ok {
		o.Billing.apply(v)
	}
	if v, ok := body["shipping"].(object); ok {
		o.Shipping.apply(v)
	}
	if v, ok := sent(body, "meta_data"); ok {
		o.Meta = s.setMeta(o.Meta, v)
	}
}

func (a *Address) apply(o object) {
	for name, field := range map[string]*string{"first_name": &a.FirstName, "last_name": &a.LastName, "company": &a.Company,
		"address_1": &a.Address1, "address_2": &a.Address2, "city": &a.City, "state": &a.State, "postcode": &a.Postcode,
		"country": &a.Country, "email": &a.Email, "phone": &a.Phone} {
		set(o, name, field, cleanLine)
	}
}

func (s *Server) checkCustomer(body object) *failure {
	if id := whole(body["customer_id"]); id != 0 && s.customers.byID[id] == nil {
		return fail(http.StatusBadRequest, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
	}
	return nil
}

// knownStatus is false for what a batch may carry unchecked: it is then left as it was (golden 407).
func (s *Server) knownStatus(st string) bool { return slices.Contains(orderStatusWords(), st) }

func orderStatusWords() []string {
	return []string{"auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"}
}

func orderRules(s *Server) map[string]rule {
	line := map[string]rule{"id": isInteger, "name": isText, "product_id": {}, "variation_id": isInteger, "quantity": isInteger,
		"tax_class": isText, "subtotal": isText, "total": isText}
	address := rule{kind: "object", mail: true, of: map[string]rule{"first_name": isText, "last_name": isText, "company": isText,
		"address_1": isText, "address_2": isText, "city": isText, "state": isText, "postcode": isText, "country": isText, "phone": isText}}
	return map[string]rule{
		"status": oneOf(orderStatusWords()...), "currency": oneOf(currencyCodes()...), "customer_id": isInteger,
		"customer_note": isText, "payment_method": isText, "payment_method_title": isText, "transaction_id": isText,
		"set_paid": isFlag, "billing": address, "shipping": address,
		"line_items":     {kind: "array", of: line},
		"shipping_lines": {kind: "array", of: map[string]rule{"id": isInteger, "method_title": {}, "method_id": {}, "total": isText}},
		"fee_lines":      {kind: "array", of: map[string]rule{"id": isInteger, "name": {}, "tax_class": isText, "total": isText}},
		"coupon_lines":   {kind: "array", of: map[string]rule{"id": isInteger, "code": {}}},
		"meta_data":      {kind: "array", of: map[string]rule{"id": isInteger, "key": isText}},
	}
}

// setTotal sets a line's total; the subtotal is never below it.
func (l *Line) setTotal(d decimal.Decimal) {
	l.Total = d
	if l.Subtotal.Cmp(d) < 0 {
		l.Subtotal = d
	}
}
