package sim

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// Refund is money given back on an order. Lines are negative, Amount is positive and need not be their sum.
type Refund struct {
	ID       int
	Amount   decimal.Decimal
	NoAmount bool // neither amount nor lines were sent
	Reason   string
	Created  time.Time // UTC
	Lines    []Line
	Shipping []Charge
	Fees     []Charge
	TaxLines []TaxLine
	Meta     []Meta
}

// tax is the tax in the refund, positive.
func (r *Refund) tax() decimal.Decimal {
	var sum decimal.Decimal
	for _, t := range r.TaxLines {
		sum = plus(sum, t.Total, t.ShippingTax)
	}
	return sum.Neg()
}

// Refunded is what has been given back on the order.
func (o *Order) Refunded() decimal.Decimal {
	var sum decimal.Decimal
	for _, r := range o.Refunds {
		sum = plus(sum, r.Amount)
	}
	return sum
}

// refundFailure is a refused refund: HTTP 500 although it is permanent, and data is a number (NOTES §4).
func refundFailure(code, message string, data int) *failure {
	return &failure{http.StatusInternalServerError, code, message, data, false}
}

// createRefund gives money back. api_refund is true unless sent: none of the shop's gateways can then refund (golden 375).
func (c *call) createRefund() (any, int, *failure) {
	if f := c.validate(refundRules()); f != nil {
		return nil, 0, f
	}
	s := c.s
	o, ok := s.orders.byID[c.ids[0]]
	if !ok {
		return nil, 0, refundFailure("woocommerce_rest_invalid_order_id", "Invalid order ID.", http.StatusNotFound)
	}
	r := Refund{Reason: cleanLine(text(c.body["reason"])), Created: s.now()}
	for _, x := range items(c.body["line_items"]) {
		s.refundLine(o, &r, bodyOf(x))
	}
	if v, given := sent(c.body, "amount"); given {
		r.Amount = amount(v)
	} else {
		r.Amount = r.worth()
		r.NoAmount = len(r.Lines)+len(r.Shipping)+len(r.Fees) == 0
	}
	switch {
	case r.Amount.IsNeg():
		return nil, 0, refundFailure("woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero.", http.StatusBadRequest)
	case r.Amount.Cmp(minus(o.Total, o.Refunded())) > 0:
		return nil, 0, refundFailure("woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", http.StatusInternalServerError)
	}
	r.ID = take(&s.next.post)
	if v, given := sent(c.body, "api_refund"); !given || truth(v) {
		return nil, 0, refundFailure("woocommerce_rest_cannot_create_order_refund",
			"The payment gateway for this order does not support automatic refunds.", http.StatusInternalServerError)
	}
	r.taxLines(s, o)
	if v, given := sent(c.body, "meta_data"); given {
		r.Meta = s.setMeta(nil, v)
	}
	stored := s.book(o, r, c.restocks())
	// The shop writes its route's pattern, not the order's id (golden 363).
	c.header.Set("Location", c.url(`orders/(?P<order_id>[\d]+)/refunds`, r.ID))
	return c.refundJSON(o, stored), http.StatusCreated, nil
}

// restocks reports whether returned pieces go back to stock: they do unless the call says no (golden 364, 366).
func (c *call) restocks() bool {
	v, given := sent(c.body, "api_restock")
	return !given || truth(v)
}

func refundRules() map[string]rule {
	tax := rule{kind: "array", of: map[string]rule{"id": isInteger, "refund_total": isNum}}
	return map[string]rule{"amount": isText, "reason": isText, "api_refund": isFlag, "api_restock": isFlag,
		"line_items": {kind: "array", of: map[string]rule{"id": isInteger, "quantity": isInteger, "refund_total": isNum, "refund_tax": tax}},
		"meta_data":  {kind: "array", of: map[string]rule{"id": isInteger, "key": isText}}}
}

// refundLine takes one entry: the order's line, shipping or fee with that id. An unknown id and a quantity above the
// line's are accepted (golden 376, 657).
func (s *Server) refundLine(o *Order, r *Refund, e object) {
	id, total := whole(e["id"]), record.Round(amount(e["refund_total"]), cents).Neg()
	var taxes []LineTax
	var sum decimal.Decimal
	for _, x := range items(e["refund_tax"]) {
		t := bodyOf(x)
		d := amount(t["refund_total"]).Neg()
		taxes, sum = append(taxes, LineTax{RateID: whole(t["id"]), Total: d, Subtotal: d}), plus(sum, d)
	}
	mark := func() []Meta { return []Meta{{take(&s.next.meta), "_refunded_item_id", text(e["id"])}} }
	if at := slices.IndexFunc(o.Lines, func(l Line) bool { return l.ID == id }); at >= 0 {
		l := o.Lines[at]
		l.ID, l.Quantity, l.Taxes, l.Meta = take(&s.next.item), amount(e["quantity"]).Neg(), taxes, mark()
		l.Subtotal, l.Total, l.SubtotalTax, l.TotalTax = total, total, sum, sum
		r.Lines = append(r.Lines, l)
		return
	}
	for _, kind := range []struct {
		from []Charge
		to   *[]Charge
	}{{o.ShippingLines, &r.Shipping}, {o.FeeLines, &r.Fees}} {
		if at := slices.IndexFunc(kind.from, func(l Charge) bool { return l.ID == id }); at >= 0 {
			l := kind.from[at]
			l.ID, l.Total, l.Tax, l.Taxes, l.Meta = take(&s.next.item), total, sum, taxes, mark()
			*kind.to = append(*kind.to, l)
		}
	}
}

// worth is the sum of the lines with their tax, positive: the amount when none is sent.
func (r *Refund) worth() decimal.Decimal {
	var sum decimal.Decimal
	for _, l := range r.Lines {
		sum = plus(sum, l.Total, l.TotalTax)
	}
	for _, l := range slices.Concat(r.Shipping, r.Fees) {
		sum = plus(sum, l.Total, l.Tax)
	}
	return sum.Neg()
}

func (r *Refund) taxLines(s *Server, o *Order) {
	work := Order{Lines: r.Lines, ShippingLines: r.Shipping, FeeLines: r.Fees, PricesIncludeTax: o.PricesIncludeTax}
	s.taxLines(&work)
	r.TaxLines = work.TaxLines
}

// book files the refund with the order: stock back, the order dated, and its status "refunded" once nothing is left.
func (s *Server) book(o *Order, r Refund, restock bool) Refund {
	if restock {
		s.restock(o, &r)
	}
	full := plus(o.Refunded(), r.Amount).Cmp(o.Total) >= 0
	if s.hpos() {
		kind := "partial"
		if full {
			kind = "full"
		}
		r.Meta = append(r.Meta, Meta{take(&s.next.meta), "_refund_type", kind})
	}
	o.Refunds = append(o.Refunds, r)
	o.Modified = s.now()
	if full && o.Total.IsPos() {
		s.setStatus(o, "refunded")
	}
	s.orders.put(o)
	return r
}

// restock puts returned pieces of lines back whose stock was taken, and keeps count on the line (golden 399).
func (s *Server) restock(o *Order, r *Refund) {
	for _, back := range r.Lines {
		id := whole(metaText(back.Meta, "_refunded_item_id"))
		at := slices.IndexFunc(o.Lines, func(l Line) bool { return l.ID == id })
		l := &o.Lines[at]
		taken, p := amount(metaText(l.Meta, reducedStock)), s.product(l)
		pieces := back.Quantity.Neg()
		if p == nil || !p.ManageStock || !taken.IsPos() || !pieces.IsPos() {
			continue
		}
		s.moveStock(p, pieces)
		given := plus(amount(metaText(l.Meta, "_restock_refunded_items")), pieces)
		rest := minus(taken, pieces)
		change := []any{object{"key": "_restock_refunded_items", "value": record.Text(given)}}
		if rest.IsPos() {
			change = append(change, object{"key": reducedStock, "value": record.Text(rest)})
		} else {
			change = append(change, object{"key": reducedStock, "value": nil})
		}
		l.Meta = s.setMeta(l.Meta, change)
	}
}

// newestFirst is the order of a list of refunds.
func newestFirst(a, b Refund) int {
	return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
}
