package plan

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Lengths of BC's fields (contracts/business-central/entities/salesOrders*.json).
const (
	maxExternal    = 35
	maxDescription = 100
	maxNoteLines   = 10
)

var (
	one  = decimal.One
	cent = decimal.MustNew(1, 2)
)

// document turns a shop order into the BC sales order whose total is the shop's to the cent (invariant 6).
//
// Prices include VAT whenever the shop charged VAT: then BC's total including VAT is the sum of the line amounts,
// whatever way each side rounds VAT. A rest between the shop's total and its own lines goes to the merchant's
// rounding account, up to the limit; above it the order waits.
func (m *maker) document(o *record.Order, external string) (*record.SalesOrder, bool) {
	doc := &record.SalesOrder{
		External: external, Date: o.Created, Currency: o.Currency, IncludesTax: !o.Tax.IsZero(),
		SellTo: o.Billing, ShipTo: o.Shipping, Email: strings.TrimSpace(o.Email), Phone: o.Billing.Phone,
		Total: o.Total, Tax: o.Tax,
	}
	if (o.Shipping == record.Address{}) {
		doc.ShipTo = o.Billing
	}
	if o.Total.Trim(0).Scale() > 2 {
		m.hold("order.amount", fault.Args{"detail": "its total of " + o.Total.String() + " is finer than a cent"})
		return nil, false
	}
	if !m.itemLines(o, doc) || !m.chargeLines(o, doc) {
		return nil, false
	}
	if !m.rounding(o, doc) {
		return nil, false
	}
	doc.TaxSlack = taxSlack(len(doc.Lines))
	m.comments(o, doc)
	return doc, true
}

// taxSlack is how far two ways of rounding VAT can be apart on so many lines: a cent each.
func taxSlack(lines int) decimal.Decimal {
	slack, err := cent.Mul(decimal.MustNew(int64(max(1, lines)), 0))
	if err != nil {
		return cent
	}
	return slack
}

// itemLines adds a line per product, each found in BC by its number and not blocked.
func (m *maker) itemLines(o *record.Order, doc *record.SalesOrder) bool {
	for _, l := range o.Lines {
		hits := m.found.Get(record.KindItem, l.SKU)
		if m.unreadable(hits) {
			return false
		}
		if l.SKU == "" || len(hits) != 1 {
			m.hold("order.unknown_sku", fault.Args{"sku": l.SKU, "name": l.Name})
			return false
		}
		item, ok := hits[0].Body.(*record.Item)
		if !ok || item.Blocked {
			m.hold("order.item_blocked", fault.Args{"sku": l.SKU})
			return false
		}
		line, err := itemLine(l, doc.IncludesTax)
		if err != nil {
			m.hold("order.amount", fault.Args{"detail": fmt.Sprintf("line %s: %v", l.SKU, err)})
			return false
		}
		line.ItemID = hits[0].Ref
		doc.Lines = append(doc.Lines, line)
		m.trace("line %s: %s x %s - %s", l.SKU, line.Quantity, line.UnitPrice, line.Discount)
	}
	return true
}

// itemLine splits a line's amount into unit price and discount so that quantity x price, rounded to cents as BC does,
// minus discount is exactly what the shopper paid. The unit price has at most 5 decimals and is rounded up; what that
// adds is in the discount.
func itemLine(l record.OrderLine, withTax bool) (record.SalesLine, error) {
	line := record.SalesLine{Type: record.LineItem, Description: clip(l.Name), Quantity: l.Quantity}
	if !l.Quantity.IsPos() {
		return line, fmt.Errorf("quantity %s", l.Quantity)
	}
	before, paid := l.Subtotal, l.Total
	if withTax {
		var err1, err2 error
		before, err1 = l.Subtotal.Add(l.SubtotalTax)
		paid, err2 = l.Total.Add(l.TotalTax)
		if err1 != nil || err2 != nil {
			return line, fmt.Errorf("amounts too large")
		}
	}
	if before.Cmp(paid) < 0 {
		before = paid
	}
	unit, err := before.Quo(l.Quantity)
	if err != nil {
		return line, err
	}
	line.UnitPrice = unit.Ceil(5).Trim(0)
	gross, err := line.UnitPrice.Mul(l.Quantity)
	if err != nil {
		return line, err
	}
	if line.Discount, err = record.Round(gross, 2).Sub(record.Round(paid, 2)); err != nil {
		return line, err
	}
	line.Discount = line.Discount.Trim(0)
	if line.Discount.IsNeg() {
		return line, fmt.Errorf("discount %s", line.Discount)
	}
	return line, nil
}

// chargeLines adds shipping and fees on the merchant's G/L accounts. Charges of 0.00 become part of the comments.
func (m *maker) chargeLines(o *record.Order, doc *record.SalesOrder) bool {
	for _, c := range o.Charges {
		amount := c.Total
		if doc.IncludesTax {
			sum, err := c.Total.Add(c.Tax)
			if err != nil {
				m.hold("order.amount", fault.Args{"detail": c.Title})
				return false
			}
			amount = sum
		}
		amount = record.Round(amount, 2)
		if amount.IsZero() {
			doc.Lines = append(doc.Lines, record.SalesLine{Type: record.LineComment, Description: clip(c.Title)})
			continue
		}
		account, what, field := m.rules.Orders.ShippingAccount, "shipping costs", "[flows.orders] shipping_account"
		if c.Fee {
			account, what, field = m.rules.Orders.FeeAccount, "a fee", "[flows.orders] fee_account"
		}
		if account == "" {
			m.hold("order.no_account", fault.Args{"what": what, "field": field})
			return false
		}
		line := accountLine(account, c.Title, amount)
		line.Tax = taxCode(c, m.rules.Orders.TaxCodes)
		doc.Lines = append(doc.Lines, line)
	}
	return true
}

// taxCode is the code of the rate that gives a charge's tax, to the cent; the nearest where several do, and "" where
// none does.
func taxCode(c record.Charge, codes []TaxCode) string {
	best, code := cent, ""
	for _, t := range codes {
		tax, err := c.Total.Mul(t.Percent)
		if err != nil {
			continue
		}
		if tax, err = tax.Quo(hundred); err != nil {
			continue
		}
		if off, err := tax.Sub(c.Tax); err == nil && off.Abs().Cmp(best) < 0 {
			best, code = off.Abs(), t.Code
		}
	}
	return code
}

// accountLine books an amount on a G/L account; a negative one as quantity -1, because BC wants positive prices.
func accountLine(account, title string, amount decimal.Decimal) record.SalesLine {
	quantity := one
	if amount.IsNeg() {
		quantity = one.Neg()
	}
	return record.SalesLine{Type: record.LineAccount, Account: account, Description: clip(title), Quantity: quantity, UnitPrice: amount.Abs().Trim(0)}
}

// rounding compares the lines' sum with the shop's total and books a small rest on the rounding account.
func (m *maker) rounding(o *record.Order, doc *record.SalesOrder) bool {
	sum, err := LinesTotal(doc.Lines)
	if err == nil && !doc.IncludesTax {
		sum, err = sum.Add(o.Tax)
	}
	rest, err2 := o.Total.Sub(sum)
	if err != nil || err2 != nil {
		m.hold("order.amount", fault.Args{"detail": "the sum of the lines"})
		return false
	}
	if rest.IsZero() {
		return true
	}
	rules := m.rules.Orders
	if rules.RoundingAccount == "" || rest.Abs().Cmp(rules.RoundingMax) > 0 {
		m.hold("order.total_differs", fault.Args{"shop": money(o.Total, o.Currency), "bc": money(sum, o.Currency), "max": rules.RoundingMax.Pad(2).String()})
		return false
	}
	m.trace("rounding line of %s: the shop's total is %s, its lines add up to %s", rest, o.Total, sum)
	doc.Lines = append(doc.Lines, accountLine(rules.RoundingAccount, "Rounding", rest))
	return true
}

// LinesTotal is what BC makes of lines: quantity x unit price in cents, minus discount, summed.
func LinesTotal(lines []record.SalesLine) (decimal.Decimal, error) {
	total := decimal.Zero
	for _, l := range lines {
		gross, err := l.Quantity.Mul(l.UnitPrice)
		if err != nil {
			return total, err
		}
		if total, err = record.Add(total, record.Round(gross, 2), l.Discount.Neg()); err != nil {
			return total, err
		}
	}
	return total, nil
}

// comments adds what API v2.0 has no field for: how it was paid, the coupons, what the shopper wrote.
func (m *maker) comments(o *record.Order, doc *record.SalesOrder) {
	say := func(s string) {
		doc.Lines = append(doc.Lines, record.SalesLine{Type: record.LineComment, Description: clip(s)})
	}
	if p := o.Payment; p.Method != "" || p.Title != "" {
		how := p.Title
		if how == "" {
			how = p.Method
		}
		text := "Paid by " + how + ": " + money(p.Amount, o.Currency)
		if !o.Paid {
			text = "To be paid by " + how + ": " + money(p.Amount, o.Currency)
		}
		if p.Transaction != "" {
			text += ", reference " + p.Transaction
		}
		say(text)
	}
	if len(o.Coupons) > 0 {
		say("Coupons: " + strings.Join(o.Coupons, ", "))
	}
	lines := wrap(o.Note, maxDescription)
	if len(lines) > maxNoteLines {
		lines = append(lines[:maxNoteLines-1], "… (the rest is in the shop)")
	}
	for _, l := range lines {
		say(l)
	}
}

// wrap breaks text into lines of at most limit wide, between words where it can.
func wrap(text string, limit int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && width(line)+1+width(word) > limit {
			lines, line = append(lines, line), ""
		}
		for width(word) > limit {
			n := fit(word, limit)
			lines, word = append(lines, word[:n]), word[n:]
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// clip cuts a text to a line's description.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if width(s) > maxDescription {
		return s[:fit(s, maxDescription-1)] + "…"
	}
	return s
}

// width is a text's length as BC counts it, in UTF-16 units: an emoji takes two.
func width(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// fit is how many bytes of s are at most limit wide.
func fit(s string, limit int) int {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > limit {
			return i
		}
	}
	return len(s)
}
