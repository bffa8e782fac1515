package sim

import (
	"net/http"
	"slices"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// readLines makes the product lines of a new order.
func (s *Server) readLines(body object) ([]Line, *failure) {
	var out []Line
	for _, x := range items(body["line_items"]) {
		o := bodyOf(x)
		if removes(o, "product_id") {
			if s.hpos() {
				// The shop's own code breaks on a line to remove that was never there (golden 336).
				return nil, criticalError("Uncaught TypeError: WC_REST_Orders_Controller::remove_item(): Argument #3 " +
					"($item_id) must be of type int, null given")
			}
			continue
		}
		l, f := s.newLine(o)
		if f != nil {
			return nil, f
		}
		out = append(out, l)
	}
	return out, nil
}

// removes reports whether an entry takes its line away: a null where its reference belongs, or quantity 0.
func removes(o object, reference string) bool {
	if v, ok := o[reference]; ok && v == nil {
		return true
	}
	q, ok := sent(o, "quantity")
	return ok && amount(q).IsZero()
}

// newLine makes a line from a product id or SKU. A wrong one makes an empty line of 0.00; none is refused (golden 330-335).
func (s *Server) newLine(o object) (Line, *failure) {
	l := Line{Quantity: number(1)}
	if q, ok := sent(o, "quantity"); ok {
		l.Quantity = amount(q)
	}
	sku, product, variation := text(o["sku"]), whole(o["product_id"]), whole(o["variation_id"])
	if sku == "" && product == 0 && variation == 0 {
		return l, fail(http.StatusBadRequest, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
	}
	var p *Product
	switch {
	case sku != "":
		p = s.catalogue.withSKU(sku)
	case variation != 0:
		p = s.catalogue.byID[variation]
	default:
		p = s.catalogue.byID[product]
	}
	if p != nil {
		s.fillLine(&l, p)
	}
	s.applyLine(&l, o)
	return l, nil
}

// fillLine takes name, class and price from the product. Prices that include tax lose the tax of the shop's own
// country first, whoever buys (golden 642).
func (s *Server) fillLine(l *Line, p *Product) {
	l.Name, l.TaxClass, l.ProductID = p.Name, p.TaxClass, p.ID
	if p.Type == "variation" {
		l.ProductID, l.VariationID = p.ParentID, p.ID
		for _, a := range p.Attributes {
			if len(a.Options) > 0 {
				l.Meta = append(l.Meta, Meta{take(&s.next.meta), slugOf(a.Name), a.Options[0]})
			}
		}
	}
	price := times(amount(p.Price(s.now())), l.Quantity)
	if s.opts.PricesIncludeTax && p.TaxStatus == "taxable" {
		price = minus(price, sumTaxes(inclusiveTaxes(price, s.ratesFor(s.opts.Country, p.TaxClass))))
	}
	l.Subtotal = record.Round(price, inner)
	l.Total = l.Subtotal
}

// applyLine sets what an entry says of a line. A new quantity alone leaves the amounts as they are (golden 353).
func (s *Server) applyLine(l *Line, o object) {
	set(o, "name", &l.Name, stored)
	if v, ok := sent(o, "quantity"); ok {
		l.Quantity = amount(v)
	}
	if v, ok := sent(o, "tax_class"); ok {
		l.TaxClass = s.knownClass(text(v))
	}
	if v, ok := sent(o, "subtotal"); ok {
		l.Subtotal = amount(cleanPrice(text(v)))
	}
	if v, ok := sent(o, "total"); ok {
		l.setTotal(amount(cleanPrice(text(v))))
	}
	if v, ok := sent(o, "meta_data"); ok {
		l.Meta = s.setMeta(l.Meta, v)
	}
}

// changeLines applies an update's lines, charges included: an entry without an id is added at every PUT, one with a
// null reference is removed (NOTES §5, golden 353-356, 651, 652).
func (s *Server) changeLines(o *Order, body object) *failure {
	for _, x := range items(body["line_items"]) {
		e := bodyOf(x)
		id := whole(e["id"])
		at := slices.IndexFunc(o.Lines, func(l Line) bool { return l.ID == id })
		switch {
		case id == 0:
			l, f := s.newLine(e)
			if f != nil {
				return f
			}
			l.ID = take(&s.next.item)
			o.Lines = append(o.Lines, l)
		case at < 0:
			return unknownItem()
		case removes(e, "product_id"):
			o.Lines = slices.Delete(o.Lines, at, at+1)
		default:
			s.applyLine(&o.Lines[at], e)
		}
	}
	var f *failure
	if o.ShippingLines, f = s.changeCharges(o.ShippingLines, body["shipping_lines"], true); f != nil {
		return f
	}
	o.FeeLines, f = s.changeCharges(o.FeeLines, body["fee_lines"], false)
	return f
}

func unknownItem() *failure {
	return fail(http.StatusBadRequest, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.")
}

func (s *Server) readCharges(v any, shipping bool) []Charge {
	var out []Charge
	for _, x := range items(v) {
		out = append(out, s.newCharge(bodyOf(x), shipping))
	}
	return out
}

func (s *Server) newCharge(o object, shipping bool) Charge {
	c := Charge{ID: take(&s.next.item), TaxStatus: "taxable"}
	s.applyCharge(&c, o, shipping)
	return c
}

func (s *Server) applyCharge(c *Charge, o object, shipping bool) {
	if shipping {
		set(o, "method_title", &c.Title, stored)
		set(o, "method_id", &c.Method, cleanLine)
		set(o, "instance_id", &c.InstanceID, cleanLine)
	} else {
		set(o, "name", &c.Title, stored)
		set(o, "tax_status", &c.TaxStatus, asIs)
		if v, ok := sent(o, "tax_class"); ok {
			c.TaxClass = s.knownClass(text(v))
		}
	}
	if v, ok := sent(o, "total"); ok {
		c.Total = amount(cleanPrice(text(v)))
	}
	if v, ok := sent(o, "meta_data"); ok {
		c.Meta = s.setMeta(c.Meta, v)
	}
}

func (s *Server) changeCharges(have []Charge, v any, shipping bool) ([]Charge, *failure) {
	reference := "name"
	if shipping {
		reference = "method_id"
	}
	for _, x := range items(v) {
		e := bodyOf(x)
		id := whole(e["id"])
		at := slices.IndexFunc(have, func(c Charge) bool { return c.ID == id })
		switch {
		case id == 0:
			have = append(have, s.newCharge(e, shipping))
		case at < 0:
			return have, unknownItem()
		case removes(e, reference):
			have = slices.Delete(have, at, at+1)
		default:
			s.applyCharge(&have[at], e, shipping)
		}
	}
	return have, nil
}

// product is the product a line sells now: its variation, or the product; nil when it is gone.
func (s *Server) product(l *Line) *Product {
	if l.VariationID != 0 {
		return s.catalogue.byID[l.VariationID]
	}
	return s.catalogue.byID[l.ProductID]
}

// pieces is the quantity of a line as a whole number.
func (l *Line) pieces() decimal.Decimal { return l.Quantity.Trunc(0) }
