package sim

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// OrderRequest is an order to place, as a buyer or another program would. It goes the way of POST orders.
type OrderRequest struct {
	CustomerID        int // 0 is a guest
	Billing, Shipping Address
	Lines             []OrderLine
	Shippings         []OrderCharge
	Fees              []OrderCharge
	Coupons           []string
	Currency          string // "": the shop's
	PaymentMethod     string
	PaymentTitle      string
	TransactionID     string
	Paid              bool   // processing or completed at once; else Status, or pending
	Status            string // "on-hold" for a bank transfer
	CustomerNote      string
	CreatedVia        string // "": rest-api
	Meta              map[string]string
}

// OrderLine is one product line to place: by SKU or product id.
type OrderLine struct {
	SKU       string
	ProductID int
	Variation int
	Quantity  int
	// Subtotal and Total replace the product's price; without tax, of the whole line. Nil keeps it.
	Subtotal, Total *decimal.Decimal
}

// OrderCharge is a shipping or fee line to place. Total is without tax; a fee can be negative.
type OrderCharge struct {
	Method, Title string
	TaxClass      string // of a fee
	Total         decimal.Decimal
}

// AddProduct puts a product into the shop and returns its id. Empty fields get a simple, published, taxable product's;
// a quantity counts with ManageStock and HasStock. Nothing is refused: a shop can hold what its API wouldn't take.
func (s *Server) AddProduct(p Product) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	q := p.copied()
	q.ID = take(&s.next.post)
	q.Type, q.Status = cmp.Or(q.Type, "simple"), cmp.Or(q.Status, "publish")
	q.TaxStatus, q.StockStatus = cmp.Or(q.TaxStatus, "taxable"), cmp.Or(q.StockStatus, "instock")
	q.Backorders, q.Visibility = cmp.Or(q.Backorders, "no"), cmp.Or(q.Visibility, "visible")
	if len(q.CategoryIDs) == 0 && q.Type != "variation" {
		q.CategoryIDs = []int{s.categories[0].ID}
	}
	if q.Slug == "" {
		q.Slug = s.freeSlug(slugOf(q.Name), 0)
	}
	if q.Created.IsZero() {
		q.Created = now
	}
	if q.Modified.IsZero() {
		q.Modified = q.Created
	}
	q.settleStock()
	s.catalogue.file(&q, "")
	return q.ID
}

// AddCustomer opens an account and returns its id.
func (s *Server) AddCustomer(c Customer) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	c.ID, c.Role, c.Meta = take(&s.next.user), cmp.Or(c.Role, "customer"), slices.Clone(c.Meta)
	if c.Username == "" {
		c.Username = s.freeName(c.Email)
	}
	if c.Created.IsZero() {
		c.Created = now
	}
	if c.Modified.IsZero() {
		c.Modified = c.Created
	}
	s.fileCustomer(&c, "")
	return c.ID
}

// AddCoupon makes a discount code of type percent, fixed_cart or fixed_product. It fails when the code is in use.
func (s *Server) AddCoupon(code, kind string, amount decimal.Decimal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.addCoupon(Coupon{Code: code, Type: kind, Amount: amount}); !ok {
		return fmt.Errorf("coupon code %q is in use", code)
	}
	return nil
}

// PlaceOrder places an order the way POST orders does, and returns its id. The error is what the API would answer.
func (s *Server) PlaceOrder(r OrderRequest) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{s: s, method: http.MethodPost, header: http.Header{}}
	o, f := c.placeOrder(r.body())
	if f != nil {
		return 0, errors.New(f.code + ": " + f.message)
	}
	return o.ID, nil
}

func (r OrderRequest) body() object {
	b := object{"customer_id": number(r.CustomerID).String(), "payment_method": r.PaymentMethod, "payment_method_title": r.PaymentTitle,
		"transaction_id": r.TransactionID, "set_paid": r.Paid, "status": r.Status, "customer_note": r.CustomerNote,
		"created_via": r.CreatedVia, "billing": r.Billing.json(true), "shipping": r.Shipping.json(false)}
	if r.Currency != "" {
		b["currency"] = r.Currency
	}
	var lines, shippings, fees, coupons, meta []any
	for _, l := range r.Lines {
		o := object{"sku": l.SKU, "product_id": number(l.ProductID).String(), "variation_id": number(l.Variation).String(),
			"quantity": number(l.Quantity).String()}
		if l.Subtotal != nil {
			o["subtotal"] = l.Subtotal.String()
		}
		if l.Total != nil {
			o["total"] = l.Total.String()
		}
		lines = append(lines, o)
	}
	for _, c := range r.Shippings {
		shippings = append(shippings, object{"method_id": cmp.Or(c.Method, "flat_rate"), "method_title": c.Title, "total": c.Total.String()})
	}
	for _, c := range r.Fees {
		fees = append(fees, object{"name": c.Title, "tax_class": c.TaxClass, "total": c.Total.String()})
	}
	for _, code := range r.Coupons {
		coupons = append(coupons, object{"code": code})
	}
	for _, k := range slices.Sorted(keys(r.Meta)) {
		meta = append(meta, object{"key": k, "value": r.Meta[k]})
	}
	b["line_items"], b["shipping_lines"], b["fee_lines"], b["coupon_lines"], b["meta_data"] = lines, shippings, fees, coupons, meta
	return b
}

// SetStatus changes an order's status as a person in the shop's back office does: it moves the order's date on every
// storage, and stock and notes follow. Statuses of plug-ins are allowed.
func (s *Server) SetStatus(id int, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders.byID[id]
	if o == nil {
		return fmt.Errorf("order %d is not in the shop", id)
	}
	s.setStatus(o, status)
	o.Modified = s.now()
	s.orders.put(o)
	return nil
}

// Products are copies of all products, by id.
func (s *Server) Products() []Product {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Product, 0, len(s.catalogue.byID))
	for _, p := range s.catalogue.inOrder("id") {
		out = append(out, p.copied())
	}
	return out
}

// ProductBySKU is a copy of the live product with the SKU, as the shop would find it.
func (s *Server) ProductBySKU(sku string) (Product, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.catalogue.withSKU(sku)
	if p == nil {
		return Product{}, false
	}
	return p.copied(), true
}

// Orders are copies of all orders, by id, trashed ones too.
func (s *Server) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Order, 0, len(s.orders.byID))
	for _, o := range s.orders.inOrder("id") {
		out = append(out, s.orderCopy(o))
	}
	return out
}

// Order is a copy of one order.
func (s *Server) Order(id int) (Order, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.orders.byID[id]
	if o == nil {
		return Order{}, false
	}
	return s.orderCopy(o), true
}

// Customers are copies of all accounts, by id, the administrator too.
func (s *Server) Customers() []Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Customer, 0, len(s.customers.byID))
	for _, c := range s.customers.inOrder("id") {
		d := *c
		d.Meta = slices.Clone(c.Meta)
		out = append(out, d)
	}
	return out
}

func (s *Server) orderCopy(o *Order) Order {
	c := *o
	c.Lines = s.linesCopy(o.Lines)
	c.ShippingLines, c.FeeLines = chargesCopy(o.ShippingLines), chargesCopy(o.FeeLines)
	c.CouponLines, c.TaxLines = slices.Clone(o.CouponLines), slices.Clone(o.TaxLines)
	c.Meta, c.Notes, c.Refunds = slices.Clone(o.Meta), slices.Clone(o.Notes), slices.Clone(o.Refunds)
	for i := range c.Refunds {
		r := &c.Refunds[i]
		r.Lines, r.Shipping, r.Fees = s.linesCopy(r.Lines), chargesCopy(r.Shipping), chargesCopy(r.Fees)
		r.TaxLines, r.Meta = slices.Clone(r.TaxLines), slices.Clone(r.Meta)
	}
	return c
}

func (s *Server) linesCopy(lines []Line) []Line {
	out := slices.Clone(lines)
	for i := range out {
		l := &out[i]
		l.Taxes, l.Meta = slices.Clone(l.Taxes), slices.Clone(l.Meta)
		if p := s.product(l); p != nil {
			l.SKU = p.SKU
		}
	}
	return out
}

func chargesCopy(charges []Charge) []Charge {
	out := slices.Clone(charges)
	for i := range out {
		out[i].Taxes, out[i].Meta = slices.Clone(out[i].Taxes), slices.Clone(out[i].Meta)
	}
	return out
}

// MetaText is the text of an order's meta entry; "" without one.
func (o *Order) MetaText(key string) string { return metaText(o.Meta, key) }

// TaxOf is one rate's tax on the order, shipping included, by the rate's percentage.
func (o *Order) TaxOf(percent decimal.Decimal) decimal.Decimal {
	var sum decimal.Decimal
	for _, t := range o.TaxLines {
		if t.Percent.Cmp(percent) == 0 {
			sum = plus(sum, record.Round(t.Total, cents), record.Round(t.ShippingTax, cents))
		}
	}
	return sum
}
