package woocommerce

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// terms is how the shop's amounts are meant.
type terms struct {
	currency    string
	includesTax bool
}

// converter turns one wire record into our nouns and keeps the first thing that can't be right.
type converter struct {
	key string
	err error
}

func (c *converter) invalid(field string, value text, allowed string) {
	if c.err == nil {
		c.err = fault.New("record.invalid", fault.Args{
			"side": "The shop", "key": c.key, "field": field, "value": "\"" + clip(string(value), 40) + "\"", "allowed": allowed,
		})
	}
}

// need reads an amount that must be there.
func (c *converter) need(field string, t text) decimal.Decimal {
	d, err := record.ParseAmount(string(t))
	if err != nil {
		c.invalid(field, t, "digits with a point, at most 19 digits")
	}
	return d
}

// amount reads an amount that the API leaves empty for zero.
func (c *converter) amount(field string, t text) decimal.Decimal {
	if strings.TrimSpace(string(t)) == "" {
		return decimal.Decimal{}
	}
	return c.need(field, t)
}

// productBody is a product's content of one kind.
func (c *converter) productBody(p *product, k record.Kind, t terms) record.Body {
	switch k {
	case record.KindItem:
		i := &record.Item{
			Name: line(string(p.Name)), SKU: line(string(p.SKU)), GTIN: line(string(p.GTIN)), TaxClass: string(p.TaxClass),
			Managed: p.ManageStock == "true", Status: record.Draft,
		}
		if p.Status == "publish" {
			i.Status = record.Published
		}
		return i
	case record.KindStock:
		s := &record.Stock{Managed: p.ManageStock == "true"}
		if s.Managed {
			s.Quantity = c.amount("stock_quantity", p.StockQuantity)
		}
		return s
	}
	// A product without a price ("") reads as zero: neither is for sale at a price.
	return &record.Price{
		Regular:     record.Money{Amount: c.amount("regular_price", p.RegularPrice), Currency: t.currency},
		IncludesTax: t.includesTax,
	}
}

// productRecords is a product as one record of each kind asked, consecutively. What is no simple product, or lies in
// the bin, is returned with its fault: it is found, and can't be written.
func productRecords(p *product, key string, kinds []record.Kind, t terms) []record.Record {
	recs := make([]record.Record, len(kinds))
	for i, k := range kinds {
		c := converter{key: key}
		rec := record.Record{Key: record.Key{Kind: k, ID: key}, Ref: string(p.ID)}
		switch {
		case p.bad != nil:
			c.err = unreadable(p.bad, key, "product")
		case p.ID.number() == 0:
			c.invalid("id", p.ID, "a number") // without it a product that is there would be made again
		case p.Status == "trash":
			c.err = fault.New("shop.sku_in_trash", fault.Args{"key": key, "holder": string(p.ID)})
		case p.Type != "simple":
			c.err = fault.New("item.not_simple", fault.Args{"key": key, "type": clip(string(p.Type), 40)})
		default:
			rec.Body = c.productBody(p, k, t)
		}
		if c.err != nil {
			rec.Body, rec.Err = nil, c.err
		}
		recs[i] = rec
	}
	return recs
}

// orderRecord is one order of a list. An order that can't be read is a record with its fault, not a failed page.
func orderRecord(raw json.RawMessage, statuses map[string]record.OrderStatus) record.Record {
	var s stamp
	_ = json.Unmarshal(raw, &s)
	rec := record.Record{Key: record.Key{Kind: record.KindOrder, ID: orderKey(s)}, Ref: string(s.ID)}
	w := readOrder(raw)
	if w.bad != nil {
		rec.Err = unreadable(w.bad, rec.Key.ID, "order")
		return rec
	}
	c := converter{key: rec.Key.ID}
	if w.ID.number() == 0 {
		c.invalid("id", w.ID, "a number")
	}
	o := c.order(w, statuses)
	if c.err != nil {
		rec.Err = c.err
		return rec
	}
	rec.Body = o
	return rec
}

func unreadable(err error, key, what string) error {
	return fault.Wrap(err, "record.invalid", fault.Args{
		"side": "The shop", "key": key, "field": what, "value": "not readable", "allowed": "the " + what + " its API documents",
	})
}

// orderKey is the number people know; a plug-in may blank it, then the id serves.
func orderKey(s stamp) string {
	if n := line(string(s.Number)); n != "" {
		return n
	}
	return string(s.ID)
}

func (c *converter) order(w *order, statuses map[string]record.OrderStatus) *record.Order {
	o := &record.Order{
		Number:   c.key,
		Raw:      string(w.Status),
		Status:   status(string(w.Status), statuses),
		Created:  parseGMT(w.Created),
		Currency: strings.ToUpper(string(w.Currency)),
		Email:    strings.TrimSpace(string(w.Billing.Email)),
		Billing:  w.Billing.record(),
		Shipping: w.Shipping.record(),
		Note:     prose(string(w.CustomerNote)),
		Total:    c.need("total", w.Total),
		Tax:      c.amount("total_tax", w.TotalTax),
		Refunded: c.refunded(w.Refunds),
		MarkedBy: metaText(w.Meta, metaInstallation), MarkedAs: metaText(w.Meta, metaDocument), MarkedRun: metaText(w.Meta, metaRun),
	}
	if !isCurrency(o.Currency) {
		c.invalid("currency", w.Currency, "a code of three letters")
	}
	if o.Created.IsZero() {
		c.invalid("date_created_gmt", w.Created, "a date and time")
	}
	if w.CustomerID.number() != 0 {
		o.CustomerRef = string(w.CustomerID)
	}
	c.lines(w, o)
	o.Paid = w.Paid != "" || o.Status == record.OrderProcessing || o.Status == record.OrderCompleted
	o.Payment = record.Payment{
		Method: string(w.PaymentMethod), Title: line(string(w.PaymentTitle)), Transaction: line(string(w.Transaction)),
	}
	if o.Paid {
		o.Payment.Amount = o.Total // the API knows no other amount: a gateway captures all or nothing
	}
	return o
}

// lines fills in product lines, shipping, fees and coupons. Amounts of lines are without tax, also in a shop whose
// prices include it (NOTES §5).
func (c *converter) lines(w *order, o *record.Order) {
	for _, l := range w.Lines {
		o.Lines = append(o.Lines, record.OrderLine{
			ID: string(l.ID), SKU: strings.TrimSpace(string(l.SKU)), Name: line(string(l.Name)),
			Quantity: c.need("line_items.quantity", l.Quantity),
			Subtotal: c.need("line_items.subtotal", l.Subtotal), SubtotalTax: c.amount("line_items.subtotal_tax", l.SubtotalTax),
			Total: c.need("line_items.total", l.Total), TotalTax: c.amount("line_items.total_tax", l.TotalTax),
		})
	}
	for _, s := range w.ShippingLines {
		o.Charges = append(o.Charges, record.Charge{
			ID: string(s.ID), Title: line(string(s.MethodTitle)), Code: string(s.MethodID),
			Total: c.amount("shipping_lines.total", s.Total), Tax: c.amount("shipping_lines.total_tax", s.TotalTax),
		})
	}
	for _, f := range w.FeeLines {
		o.Charges = append(o.Charges, record.Charge{
			ID: string(f.ID), Fee: true, Title: line(string(f.Name)),
			Total: c.amount("fee_lines.total", f.Total), Tax: c.amount("fee_lines.total_tax", f.TotalTax),
		})
	}
	for _, k := range w.Coupons {
		o.Coupons = append(o.Coupons, line(string(k.Code)))
	}
}

// refunded adds up refunds, which the API lists with negative totals; the total of an empty refund is "-" on 11.0
// and "-0.00" on 8.9 (NOTES §5).
func (c *converter) refunded(refunds []refund) decimal.Decimal {
	var sum decimal.Decimal
	for _, r := range refunds {
		t := text(strings.TrimSpace(string(r.Total)))
		if t == "-" {
			continue
		}
		s, err := record.Add(sum, c.amount("refunds.total", t).Abs())
		if err != nil {
			c.invalid("refunds.total", r.Total, "at most 19 digits in all")
			return sum
		}
		sum = s
	}
	return sum
}

func (a *address) record() record.Address {
	return record.Address{
		FirstName: line(string(a.FirstName)), LastName: line(string(a.LastName)), Company: line(string(a.Company)),
		Line1: line(string(a.Line1)), Line2: line(string(a.Line2)),
		PostCode: line(string(a.PostCode)), City: line(string(a.City)), State: line(string(a.State)),
		Country: strings.ToUpper(line(string(a.Country))), Phone: line(string(a.Phone)),
	}
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// ownStatuses are the statuses WooCommerce itself has, in the order in which they are asked for. checkout-draft (a cart
// that was never ordered) is not among them; 8.9.3 would list it by default (NOTES §3).
var ownStatuses = []struct {
	slug   string
	status record.OrderStatus
}{
	{"pending", record.OrderPending}, {"on-hold", record.OrderOnHold}, {"processing", record.OrderProcessing},
	{"completed", record.OrderCompleted}, {"cancelled", record.OrderCancelled}, {"refunded", record.OrderRefunded},
	{"failed", record.OrderFailed},
}

// statusMap joins WooCommerce's statuses with those a merchant mapped ("wc-picked" = "processing"), and lists them
// for a query.
func statusMap(custom map[string]string) (map[string]record.OrderStatus, string) {
	m := map[string]record.OrderStatus{"trash": record.OrderCancelled}
	var list []string
	for _, s := range ownStatuses {
		m[s.slug] = s.status
		list = append(list, s.slug)
	}
	for _, slug := range slices.Sorted(maps.Keys(custom)) {
		to := record.OrderStatus(strings.ReplaceAll(custom[slug], "-", " "))
		slug = strings.TrimPrefix(slug, "wc-")
		if _, own := m[slug]; !own {
			list = append(list, slug)
		}
		m[slug] = to
	}
	return m, strings.Join(list, ",")
}

func status(slug string, statuses map[string]record.OrderStatus) record.OrderStatus {
	if s, ok := statuses[strings.TrimPrefix(slug, "wc-")]; ok {
		return s
	}
	return record.OrderUnknown
}
