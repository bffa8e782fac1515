package sim

import (
	"net/http"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// vatPercent is the VAT Posting Setup: the customer's group (a country, "" for any other) by the item's tax group.
func (c *Company) vatPercent(country, group string) (decimal.Decimal, error) {
	if group == "" {
		return decimal.Decimal{}, nil
	}
	for _, land := range []string{country, ""} {
		if p, ok := c.vat[[2]string{land, group}]; ok {
			return p, nil
		}
	}
	return decimal.Decimal{}, &failure{http.StatusBadRequest, "Internal_RecordNotFound",
		"The VAT Posting Setup does not exist. Identification fields and values: VAT Bus. Posting Group='" + country +
			"',VAT Prod. Posting Group='" + group + "'"}
}

// shares is how one line's amount splits.
type shares struct{ net, tax, gross decimal.Decimal }

// running are the totals of one VAT rate so far. VAT is rounded on the running total, never line by line, so that
// the document's VAT is the rounded VAT of each rate's sum (AL SalesLine.UpdateVATAmounts).
type running struct{ amount, net, tax decimal.Decimal }

// split works out the lines' shares; amounts are what the lines cost in the document's own terms.
func split(lines []*row, amounts []decimal.Decimal, inclusive bool) ([]shares, error) {
	var s sums
	groups := map[string]*running{}
	out := make([]shares, len(lines))
	for i, l := range lines {
		percent := l.amount("taxPercent")
		key := l.text("taxCode") + " " + record.Text(percent)
		g := groups[key]
		if g == nil {
			g = &running{}
			groups[key] = g
		}
		var one shares
		if inclusive {
			g.amount = s.add(g.amount, amounts[i])
			net := record.Round(s.quo(s.mul(g.amount, hundred()), s.add(hundred(), percent)), cents)
			one = shares{net: s.sub(net, g.net), gross: amounts[i]}
			one.tax = s.sub(one.gross, one.net)
			g.net = net
		} else {
			g.amount = s.add(g.amount, amounts[i])
			tax := s.part(g.amount, percent, cents)
			one = shares{net: amounts[i], tax: s.sub(tax, g.tax)}
			one.gross = s.add(one.net, one.tax)
			g.tax = tax
		}
		out[i] = one
	}
	return out, s.err
}

// total works a document out and reports whether a total or "completely shipped" moved.
func (t *tx) total(doc *row) (bool, error) {
	lines := t.co.lines(doc)
	var s sums
	plain := make([]decimal.Decimal, len(lines))
	for i, l := range lines {
		if l.text("lineType") != "Comment" {
			plain[i] = s.sub(s.gross(l), l.amount("discountAmount"))
		}
	}
	allocated := s.allocate(doc, lines, plain)
	after := make([]decimal.Decimal, len(lines))
	for i := range lines {
		after[i] = s.sub(plain[i], allocated[i])
	}
	inclusive := doc.flag("pricesIncludeTax")
	whole, err := split(lines, plain, inclusive)
	if err != nil {
		return false, err
	}
	net, err := split(lines, after, inclusive)
	if err != nil {
		return false, err
	}
	var sum shares
	for i, l := range lines {
		t.set(l, "amountExcludingTax", whole[i].net)
		t.set(l, "totalTaxAmount", whole[i].tax)
		t.set(l, "amountIncludingTax", whole[i].gross)
		t.set(l, "invoiceDiscountAllocation", allocated[i])
		t.set(l, "netAmount", net[i].net)
		t.set(l, "netTaxAmount", net[i].tax)
		t.set(l, "netAmountIncludingTax", net[i].gross)
		sum = shares{s.add(sum.net, net[i].net), s.add(sum.tax, net[i].tax), s.add(sum.gross, net[i].gross)}
	}
	changed := t.set(doc, "totalAmountExcludingTax", sum.net)
	changed = t.set(doc, "totalTaxAmount", sum.tax) || changed
	changed = t.set(doc, "totalAmountIncludingTax", sum.gross) || changed
	if doc.in.set.byName["fullyShipped"] != nil {
		changed = t.set(doc, "fullyShipped", fullyShipped(lines)) || changed
	}
	return changed, s.err
}

// allocate spreads the invoice discount over the item lines by their amounts; while it is pending nothing is spread.
func (s *sums) allocate(doc *row, lines []*row, amounts []decimal.Decimal) []decimal.Decimal {
	out := make([]decimal.Decimal, len(lines))
	discount := doc.amount("discountAmount")
	if discount.IsZero() || doc.flag(".pending") {
		return out
	}
	var base, seen, given decimal.Decimal
	for i, l := range lines {
		if l.text("lineType") == "Item" {
			base = s.add(base, amounts[i])
		}
	}
	for i, l := range lines {
		if l.text("lineType") != "Item" {
			continue
		}
		seen = s.add(seen, amounts[i])
		upTo := record.Round(s.quo(s.mul(discount, seen), base), cents)
		out[i] = s.sub(upTo, given)
		given = upTo
	}
	return out
}

// fullyShipped: every line that can be shipped is; a document without any is not.
func fullyShipped(lines []*row) bool {
	some := false
	for _, l := range lines {
		if l.text("lineType") == "Comment" || l.amount("quantity").IsZero() {
			continue
		}
		if l.amount("shippedQuantity").Cmp(l.amount("quantity")) != 0 {
			return false
		}
		some = true
	}
	return some
}
