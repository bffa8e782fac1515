package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// Coupon is a discount code. Only what an order needs is simulated.
type Coupon struct {
	ID     int
	Code   string // lower case, as the shop keeps it
	Type   string // percent, fixed_cart, fixed_product
	Amount decimal.Decimal
}

// CouponLine is a coupon on an order: what it took off, without tax.
type CouponLine struct {
	ID            int
	Coupon        Coupon
	Discount, Tax decimal.Decimal
	InfoID        int // id of the coupon_info entry
}

func (c *call) createCoupon() (any, int, *failure) {
	if f := c.validate(map[string]rule{"code": isText, "amount": isText, "discount_type": oneOf("percent", "fixed_cart", "fixed_product")}); f != nil {
		return nil, 0, f
	}
	if text(c.body["code"]) == "" {
		return nil, 0, fail(http.StatusBadRequest, "woocommerce_rest_empty_coupon_code", "The coupon code cannot be empty.")
	}
	kind := text(c.body["discount_type"])
	if kind == "" {
		kind = "fixed_cart"
	}
	k, ok := c.s.addCoupon(Coupon{Code: text(c.body["code"]), Type: kind, Amount: amount(c.body["amount"])})
	if !ok {
		return nil, 0, fail(http.StatusBadRequest, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
	}
	c.header.Set("Location", c.url("coupons", k.ID))
	return c.couponJSON(k), http.StatusCreated, nil
}

func (s *Server) addCoupon(k Coupon) (*Coupon, bool) {
	k.Code = strings.ToLower(strings.TrimSpace(k.Code))
	if s.coupons[k.Code] != nil {
		return nil, false
	}
	k.ID = take(&s.next.post)
	s.coupons[k.Code] = &k
	return &k, true
}

func (c *call) couponJSON(k *Coupon) object {
	o := object{"id": k.ID, "code": k.Code, "amount": money(k.Amount, cents), "status": "publish", "discount_type": k.Type,
		"description": "", "date_expires": nil, "date_expires_gmt": nil, "usage_count": 0, "individual_use": false,
		"product_ids": []int{}, "excluded_product_ids": []int{}, "usage_limit": nil, "usage_limit_per_user": nil,
		"limit_usage_to_x_items": nil, "free_shipping": false, "product_categories": []int{}, "excluded_product_categories": []int{},
		"exclude_sale_items": false, "minimum_amount": "0.00", "maximum_amount": "0.00", "email_restrictions": []any{},
		"used_by": []any{}, "meta_data": []any{},
		"_links": c.links(c.url("coupons", k.ID), c.url("coupons"), all()...)}
	c.s.putDate(o, "date_created", c.s.now())
	c.s.putDate(o, "date_modified", c.s.now())
	return o
}

// applyCoupons takes the coupons of a body off the order's lines (golden 346, 349).
func (s *Server) applyCoupons(o *Order, body object) *failure {
	for _, x := range items(body["coupon_lines"]) {
		code := strings.ToLower(strings.TrimSpace(text(bodyOf(x)["code"])))
		k := s.coupons[code]
		if k == nil {
			message := `Coupon "` + code + `" does not exist!`
			if s.hpos() {
				message = "Coupon &quot;" + code + "&quot; cannot be applied because it does not exist."
			}
			return fail(http.StatusBadRequest, "woocommerce_rest_invalid_coupon", message)
		}
		if slices.ContainsFunc(o.CouponLines, func(l CouponLine) bool { return l.Coupon.Code == code }) {
			continue
		}
		line := CouponLine{Coupon: *k}
		s.discount(o, &line)
		s.calculate(o)
		line.ID, line.InfoID = take(&s.next.item), take(&s.next.meta)
		o.CouponLines = append(o.CouponLines, line)
	}
	return nil
}

// discount lowers the lines. Where prices include tax a coupon's amount does too.
func (s *Server) discount(o *Order, c *CouponLine) {
	country := s.taxCountry(o)
	worth := make([]decimal.Decimal, len(o.Lines))
	var all decimal.Decimal
	for i, l := range o.Lines {
		worth[i] = l.Total
		if o.PricesIncludeTax {
			worth[i] = plus(worth[i], l.TotalTax)
		}
		all = plus(all, worth[i])
	}
	left := c.Coupon.Amount.Min(all)
	for i := range o.Lines {
		l := &o.Lines[i]
		off := c.share(worth[i], all, l.pieces(), &left, i == len(o.Lines)-1)
		rates := s.ratesFor(country, l.TaxClass)
		taxes := addedTaxes(off, rates)
		if o.PricesIncludeTax {
			taxes = inclusiveTaxes(off, rates)
			off = minus(off, sumTaxes(taxes))
		}
		l.Total = minus(l.Total, off)
		c.Discount, c.Tax = plus(c.Discount, off), plus(c.Tax, s.perLine(o, sumTaxes(taxes)))
	}
}

// share is what one line loses, in cents and never more than it is worth. left is what a fixed amount still has to take.
func (c *CouponLine) share(worth, all, pieces decimal.Decimal, left *decimal.Decimal, last bool) decimal.Decimal {
	var off decimal.Decimal
	switch {
	case c.Coupon.Type == "percent":
		off = record.Round(dividedBy(times(worth, c.Coupon.Amount), number(100)), cents)
	case c.Coupon.Type == "fixed_product":
		off = times(c.Coupon.Amount, pieces)
	case last:
		off = *left
	case !all.IsZero():
		off = dividedBy(times(c.Coupon.Amount, worth), all).Trunc(cents)
	}
	if off.Cmp(worth) > 0 {
		off = worth
	}
	*left = minus(*left, off)
	return off
}

func couponLinesJSON(lines []CouponLine) []object {
	out := make([]object, 0, len(lines))
	for _, l := range lines {
		info, err := json.Marshal([]any{l.Coupon.ID, l.Coupon.Code, l.Coupon.Type, json.Number(record.Text(l.Coupon.Amount))})
		if err != nil {
			info = nil // four plain values always marshal
		}
		out = append(out, object{"id": l.ID, "code": l.Coupon.Code, "discount": record.Text(l.Discount), "discount_tax": record.Text(l.Tax),
			"meta_data": metaJSON([]Meta{{l.InfoID, "coupon_info", string(info)}}, true), "discount_type": l.Coupon.Type,
			"nominal_amount": json.Number(record.Text(l.Coupon.Amount)), "free_shipping": false})
	}
	return out
}
