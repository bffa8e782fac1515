package sim

import (
	"slices"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// calculate works the order's taxes and totals out again, as WC_Order::calculate_totals does: taxes of each line from
// the rates of the buyer's country, rounded per line or, with RoundAtSubtotal, per order (golden 317, 352, 640-646).
func (s *Server) calculate(o *Order) {
	country := s.taxCountry(o)
	exempt := metaText(o.Meta, "is_vat_exempt") == "yes"
	rates := func(class string) []TaxRate {
		if exempt {
			return nil
		}
		return s.ratesFor(country, class)
	}
	for i := range o.Lines {
		s.taxLine(o, &o.Lines[i], rates(o.Lines[i].TaxClass))
	}
	s.limitFees(o)
	for i := range o.FeeLines {
		f := &o.FeeLines[i]
		f.Taxes = nil
		switch {
		case f.TaxStatus != "taxable":
		case f.Total.IsNeg():
			f.Taxes = spreadTaxes(o, f.Total, rates)
		default:
			f.Taxes = chargeTaxes(addedTaxes(f.Total, rates(f.TaxClass)))
		}
		f.Tax = s.roundedTax(o, f.Taxes)
	}
	class := s.shippingClass(o)
	for i := range o.ShippingLines {
		l := &o.ShippingLines[i]
		l.Taxes = chargeTaxes(addedTaxes(l.Total, slices.DeleteFunc(rates(class), func(r TaxRate) bool { return r.NoShip })))
		l.Tax = s.roundedTax(o, l.Taxes)
	}
	s.taxLines(o)
	s.sum(o)
}

// taxCountry is where the order is taxed: where it ships to, else where it is billed, else the shop's own country.
func (s *Server) taxCountry(o *Order) string {
	for _, c := range []string{o.Shipping.Country, o.Billing.Country} {
		if c != "" {
			return c
		}
	}
	return s.opts.Country
}

// shippingClass is the tax class of shipping, "inherited" from the lines: the standard one if a line has it, else
// the first class of the table that one has.
func (s *Server) shippingClass(o *Order) string {
	has := func(class string) bool {
		return slices.ContainsFunc(o.Lines, func(l Line) bool { return l.TaxClass == class })
	}
	if has("") {
		return ""
	}
	for _, k := range s.classes {
		if has(k.slug) {
			return k.slug
		}
	}
	return ""
}

func (s *Server) taxLine(o *Order, l *Line, rates []TaxRate) {
	l.Taxes = nil
	if p := s.product(l); p != nil && p.TaxStatus != "taxable" {
		rates = nil
	}
	totals, subtotals := addedTaxes(l.Total, rates), addedTaxes(l.Subtotal, rates)
	for i := range totals {
		l.Taxes = append(l.Taxes, LineTax{RateID: totals[i].rate, Total: totals[i].amount, Subtotal: subtotals[i].amount})
	}
	l.TotalTax = s.roundedTax(o, l.Taxes)
	l.SubtotalTax = decimal.Decimal{}
	for _, t := range l.Taxes {
		l.SubtotalTax = plus(l.SubtotalTax, s.perLine(o, t.Subtotal))
	}
}

// perLine rounds a line's tax where the shop rounds per line.
func (s *Server) perLine(o *Order, t decimal.Decimal) decimal.Decimal {
	if s.opts.RoundAtSubtotal {
		return t
	}
	return roundTax(t, o.PricesIncludeTax)
}

func (s *Server) roundedTax(o *Order, taxes []LineTax) decimal.Decimal {
	var sum decimal.Decimal
	for _, t := range taxes {
		sum = plus(sum, s.perLine(o, t.Total))
	}
	return sum
}

func chargeTaxes(taxes []tax) []LineTax {
	out := make([]LineTax, 0, len(taxes))
	for _, t := range taxes {
		out = append(out, LineTax{RateID: t.rate, Total: t.amount})
	}
	return out
}

// spreadTaxes is the tax of a negative fee: it lowers the tax of each class by the class's share in the order. This is
// WooCommerce's documented rule; no recording has a negative fee.
func spreadTaxes(o *Order, fee decimal.Decimal, rates func(string) []TaxRate) []LineTax {
	costs, all := map[string]decimal.Decimal{}, decimal.Decimal{}
	var classes []string
	add := func(class string, total decimal.Decimal) {
		if total.IsPos() {
			if _, ok := costs[class]; !ok {
				classes = append(classes, class)
			}
			costs[class], all = plus(costs[class], total), plus(all, total)
		}
	}
	for _, l := range o.Lines {
		add(l.TaxClass, l.Total)
	}
	for _, f := range o.FeeLines {
		add(f.TaxClass, f.Total)
	}
	if all.IsZero() {
		return nil
	}
	var out []LineTax
	for _, class := range classes {
		share := dividedBy(times(fee, costs[class]), all)
		out = append(out, chargeTaxes(addedTaxes(share, rates(class)))...)
	}
	return out
}

// limitFees keeps negative fees from taking more than the order is worth.
func (s *Server) limitFees(o *Order) {
	var worth decimal.Decimal
	for _, l := range o.Lines {
		worth = plus(worth, l.Total)
	}
	for _, l := range o.ShippingLines {
		worth = plus(worth, l.Total)
	}
	for i := range o.FeeLines {
		f := &o.FeeLines[i]
		if most := record.Round(worth, cents).Neg(); f.Total.IsNeg() && f.Total.Cmp(most) < 0 {
			f.Total = most
		}
		worth = plus(worth, f.Total)
	}
}

// taxLines gathers the taxes by rate. A rate that had a line keeps its id.
func (s *Server) taxLines(o *Order) {
	was := o.TaxLines
	o.TaxLines = nil
	line := func(rate int) *TaxLine {
		at := slices.IndexFunc(o.TaxLines, func(t TaxLine) bool { return t.RateID == rate })
		if at < 0 {
			r, _ := s.rate(rate)
			o.TaxLines = append(o.TaxLines, TaxLine{RateID: rate, Code: r.code(), Label: r.Name, Percent: r.Percent})
			at = len(o.TaxLines) - 1
		}
		return &o.TaxLines[at]
	}
	for _, l := range o.Lines {
		for _, t := range l.Taxes {
			to := line(t.RateID)
			to.Total = plus(to.Total, s.perLine(o, t.Total))
		}
	}
	for _, f := range o.FeeLines {
		for _, t := range f.Taxes {
			to := line(t.RateID)
			to.Total = plus(to.Total, s.perLine(o, t.Total))
		}
	}
	for _, l := range o.ShippingLines {
		for _, t := range l.Taxes {
			to := line(t.RateID)
			to.ShippingTax = plus(to.ShippingTax, s.perLine(o, t.Total))
		}
	}
	for i := range o.TaxLines {
		t := &o.TaxLines[i]
		if at := slices.IndexFunc(was, func(w TaxLine) bool { return w.RateID == t.RateID }); at >= 0 {
			t.ID = was[at].ID
		} else {
			t.ID = take(&s.next.item)
		}
	}
}

func (s *Server) sum(o *Order) {
	var total, subtotal, totalTax, subtotalTax, fees decimal.Decimal
	round := func(d decimal.Decimal) decimal.Decimal {
		if s.opts.RoundAtSubtotal {
			return d
		}
		return record.Round(d, cents)
	}
	for _, l := range o.Lines {
		total, subtotal = plus(total, round(l.Total)), plus(subtotal, round(l.Subtotal))
		totalTax, subtotalTax = plus(totalTax, l.TotalTax), plus(subtotalTax, l.SubtotalTax)
	}
	for _, f := range o.FeeLines {
		fees = plus(fees, f.Total)
	}
	o.ShippingTotal = decimal.Decimal{}
	for _, l := range o.ShippingLines {
		o.ShippingTotal = plus(o.ShippingTotal, record.Round(l.Total, cents))
	}
	o.DiscountTotal = record.Round(minus(subtotal, total), cents)
	o.DiscountTax = roundTax(minus(subtotalTax, totalTax), o.PricesIncludeTax)
	var cart, shipping decimal.Decimal
	for _, t := range o.TaxLines {
		cart, shipping = plus(cart, t.Total), plus(shipping, t.ShippingTax)
	}
	o.CartTax, o.ShippingTax = roundTax(cart, o.PricesIncludeTax), roundTax(shipping, o.PricesIncludeTax)
	o.Total = record.Round(plus(total, fees, o.ShippingTotal, o.CartTax, o.ShippingTax), cents)
}
