package sim

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// orderJSON is an order as answered: the fields and JSON types of golden 317. dp is the number of decimals.
func (c *call) orderJSON(o *Order) object {
	s, dp := c.s, c.decimals()
	status := o.Status
	out := object{
		"id": o.ID, "parent_id": 0, "status": status, "currency": o.Currency, "version": s.opts.Version,
		"prices_include_tax": o.PricesIncludeTax, "discount_total": money(o.DiscountTotal, dp), "discount_tax": money(o.DiscountTax, dp),
		"shipping_total": money(o.ShippingTotal, dp), "shipping_tax": money(o.ShippingTax, dp), "cart_tax": money(o.CartTax, dp),
		"total": money(o.Total, dp), "total_tax": money(o.TotalTax(), dp), "customer_id": o.CustomerID, "order_key": o.Key,
		"billing": o.Billing.json(true), "shipping": o.Shipping.json(false), "payment_method": o.PaymentMethod,
		"payment_method_title": o.PaymentTitle, "transaction_id": o.TransactionID, "customer_ip_address": "",
		"customer_user_agent": "", "created_via": o.CreatedVia, "customer_note": o.CustomerNote, "cart_hash": "",
		"number": o.Number, "meta_data": metaJSON(o.Meta, false), "line_items": c.linesJSON(o.Lines), "tax_lines": c.taxLinesJSON(o.TaxLines),
		"shipping_lines": c.shippingJSON(o.ShippingLines), "fee_lines": c.feesJSON(o.FeeLines), "coupon_lines": couponLinesJSON(o.CouponLines),
		"refunds":     c.refundSummary(o),
		"payment_url": base(c.r) + "/checkout/order-pay/" + o.Number + "/?pay_for_order=true&key=" + o.Key,
		"is_editable": slices.Contains([]string{"pending", "on-hold", "auto-draft"}, status), "needs_payment": s.needsPayment(o),
		"needs_processing": s.needsProcessing(o), "currency_symbol": currencySymbol(o.Currency),
		"_links": c.orderLinks(o),
	}
	s.putDate(out, "date_created", o.Created)
	s.putDate(out, "date_modified", o.Modified)
	s.putDate(out, "date_paid", o.Paid)
	s.putDate(out, "date_completed", o.Completed)
	return out
}

// decimals is the "dp" parameter: how many decimals amounts have in the answer (golden 399).
func (c *call) decimals() int {
	if v, ok := c.param("dp"); ok && isWhole(v) {
		return min(max(whole(v), 0), inner)
	}
	return cents
}

func (c *call) orderLinks(o *Order) object {
	me := c.url("orders", o.ID)
	l := c.links(me, c.url("orders"), all()...)
	if c.s.hpos() {
		l["email_templates"] = []object{{"embeddable": true, "href": me + "/actions/email_templates"}}
	}
	if o.CustomerID != 0 {
		l["customer"] = []object{{"href": c.url("customers", o.CustomerID)}}
	}
	return l
}

func (a *Address) json(billing bool) object {
	o := object{"first_name": a.FirstName, "last_name": a.LastName, "company": a.Company, "address_1": a.Address1,
		"address_2": a.Address2, "city": a.City, "state": a.State, "postcode": a.Postcode, "country": a.Country, "phone": a.Phone}
	if billing {
		o["email"] = a.Email
	}
	return o
}

func (c *call) linesJSON(lines []Line) []object {
	out, dp := make([]object, 0, len(lines)), c.decimals()
	for i := range lines {
		l := &lines[i]
		o := object{"id": l.ID, "name": l.Name, "product_id": l.ProductID, "variation_id": l.VariationID,
			"quantity": json.Number(record.Text(l.pieces())), "tax_class": l.TaxClass,
			"subtotal": money(l.Subtotal, dp), "subtotal_tax": money(l.SubtotalTax, dp),
			"total": money(l.Total, dp), "total_tax": money(l.TotalTax, dp), "taxes": c.lineTaxes(l.Taxes, true),
			"meta_data": metaJSON(l.Meta, true), "price": unitPrice(l.Total, l.Quantity),
		}
		c.lineProduct(o, l)
		out = append(out, o)
	}
	return out
}

// lineProduct adds what a line shows of its product as it is now; nothing of a product that is gone (golden 333, 663).
func (c *call) lineProduct(o object, l *Line) {
	p := c.s.product(l)
	o["sku"], o["parent_name"], o["image"] = nil, nil, object{"id": 0, "src": ""}
	if c.s.hpos() {
		o["global_unique_id"] = nil
	}
	if p == nil {
		return
	}
	o["sku"] = p.SKU
	if c.s.hpos() {
		o["global_unique_id"] = p.GTIN
	}
	if parent := c.s.catalogue.byID[p.ParentID]; p.Type == "variation" && parent != nil {
		o["parent_name"] = parent.Name
	} else {
		o["image"] = object{"id": "", "src": ""}
	}
}

// lineTaxes are a line's taxes by rate. Version 11 writes them with the answer's decimals, 8.9.3 as they were
// calculated. Charges have no subtotal.
func (c *call) lineTaxes(taxes []LineTax, ofLine bool) []object {
	out := make([]object, 0, len(taxes))
	for _, t := range taxes {
		o := object{"id": t.RateID, "total": c.rawTax(t.Total), "subtotal": ""}
		if ofLine {
			o["subtotal"] = c.rawTax(t.Subtotal)
		}
		out = append(out, o)
	}
	return out
}

func (c *call) rawTax(d decimal.Decimal) string {
	if c.s.hpos() {
		return money(d, c.decimals())
	}
	return record.Text(d)
}

func (c *call) taxLinesJSON(lines []TaxLine) []object {
	out, dp := make([]object, 0, len(lines)), c.decimals()
	for _, t := range lines {
		out = append(out, object{"id": t.ID, "rate_code": t.Code, "rate_id": t.RateID, "label": t.Label, "compound": false,
			"tax_total": money(t.Total, dp), "shipping_tax_total": money(t.ShippingTax, dp),
			"rate_percent": json.Number(record.Text(t.Percent)), "meta_data": []any{}})
	}
	return out
}

func (c *call) shippingJSON(lines []Charge) []object {
	out, dp := make([]object, 0, len(lines)), c.decimals()
	for _, l := range lines {
		o := object{"id": l.ID, "method_title": l.Title, "method_id": l.Method, "instance_id": l.InstanceID,
			"total": money(l.Total, dp), "total_tax": money(l.Tax, dp), "taxes": c.lineTaxes(l.Taxes, false),
			"meta_data": metaJSON(l.Meta, true)}
		if c.s.hpos() {
			o["tax_status"] = l.TaxStatus
		}
		out = append(out, o)
	}
	return out
}

func (c *call) feesJSON(lines []Charge) []object {
	out, dp := make([]object, 0, len(lines)), c.decimals()
	for _, l := range lines {
		out = append(out, object{"id": l.ID, "name": l.Title, "tax_class": l.TaxClass, "tax_status": l.TaxStatus, "amount": "",
			"total": money(l.Total, dp), "total_tax": money(l.Tax, dp), "taxes": c.lineTaxes(l.Taxes, false), "meta_data": metaJSON(l.Meta, true)})
	}
	return out
}

// refundSummary is the order's list of refunds: newest second first and within it by id, so not sorted by id (NOTES §5).
func (c *call) refundSummary(o *Order) []object {
	refunds := slices.Clone(o.Refunds)
	slices.SortStableFunc(refunds, func(a, b Refund) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	out := make([]object, 0, len(refunds))
	for _, r := range refunds {
		line := object{"id": r.ID, "reason": r.Reason, "total": "-" + c.refundAmount(r)}
		if c.s.hpos() {
			line["total_tax"] = money(r.tax().Neg(), c.decimals())
		}
		out = append(out, line)
	}
	return out
}
