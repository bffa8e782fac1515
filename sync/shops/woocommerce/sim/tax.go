package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// TaxRate is one row of the shop's tax table.
type TaxRate struct {
	ID       int
	Country  string          // ISO 3166-1; "" is anywhere
	Percent  decimal.Decimal // 21 is 21 %
	Name     string
	Class    string // "" is the standard class
	Priority int    // one rate per priority applies; 0 is 1
	NoShip   bool   // doesn't count for shipping
}

// recordedRates are the rates of the recorded shops (NOTES §1).
func recordedRates() []TaxRate {
	return []TaxRate{
		{Country: "NL", Percent: number(21), Name: "BTW 21%"},
		{Country: "NL", Percent: number(9), Name: "BTW 9%", Class: "reduced-rate"},
		{Country: "NL", Percent: number(0), Name: "BTW 0%", Class: "zero-rate"},
		{Country: "BE", Percent: number(21), Name: "BTW BE 21%"},
		{Country: "DE", Percent: number(19), Name: "MwSt 19%"},
	}
}

// taxClass is a class besides the standard one.
type taxClass struct{ slug, name string }

// taxClasses are the classes of an untouched shop.
func taxClasses() []taxClass {
	return []taxClass{{"reduced-rate", "Reduced rate"}, {"zero-rate", "Zero rate"}}
}

func (s *Server) addRate(r TaxRate) TaxRate {
	r.ID = take(&s.next.rate)
	r.Priority = cmp.Or(r.Priority, 1)
	s.rates = append(s.rates, r)
	return r
}

// knownClass is a tax class by slug; an unknown one falls to the standard class without a word (golden 619).
func (s *Server) knownClass(slug string) string {
	if slices.ContainsFunc(s.classes, func(k taxClass) bool { return k.slug == slug }) {
		return slug
	}
	return ""
}

// ratesFor are the rates of a class in a country: the first of each priority, by priority.
func (s *Server) ratesFor(country, class string) []TaxRate {
	var out []TaxRate
	for _, r := range s.rates {
		if r.Class != class || r.Country != "" && r.Country != country {
			continue
		}
		if !slices.ContainsFunc(out, func(o TaxRate) bool { return o.Priority == r.Priority }) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b TaxRate) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}

// tax is what one rate takes.
type tax struct {
	rate   int
	amount decimal.Decimal
}

// addedTaxes are the taxes on a price without tax, to six decimals.
func addedTaxes(net decimal.Decimal, rates []TaxRate) []tax {
	out := make([]tax, 0, len(rates))
	for _, r := range rates {
		out = append(out, tax{r.ID, record.Round(dividedBy(times(net, r.Percent), number(100)), inner)})
	}
	return out
}

// inclusiveTaxes are the taxes inside a price with tax, to six decimals.
func inclusiveTaxes(gross decimal.Decimal, rates []TaxRate) []tax {
	together := number(100)
	for _, r := range rates {
		together = plus(together, r.Percent)
	}
	out := make([]tax, 0, len(rates))
	for _, r := range rates {
		out = append(out, tax{r.ID, record.Round(dividedBy(times(gross, r.Percent), together), inner)})
	}
	return out
}

func sumTaxes(taxes []tax) decimal.Decimal {
	var sum decimal.Decimal
	for _, t := range taxes {
		sum = plus(sum, t.amount)
	}
	return sum
}

// roundTax rounds a tax to cents. A shop whose prices include tax rounds exact halves down, so that the price stays;
// that is WooCommerce's WC_TAX_ROUNDING_MODE "auto" and is not in the recordings.
func roundTax(t decimal.Decimal, includesTax bool) decimal.Decimal {
	if includesTax {
		half := decimal.MustNew(5, cents+1)
		if rest := minus(t.Abs(), t.Abs().Trunc(cents)); rest.Cmp(half) == 0 {
			return t.Trunc(cents)
		}
	}
	return record.Round(t, cents)
}

func (s *Server) rate(id int) (TaxRate, bool) {
	at := slices.IndexFunc(s.rates, func(r TaxRate) bool { return r.ID == id })
	if at < 0 {
		return TaxRate{}, false
	}
	return s.rates[at], true
}

// code is the rate's name in an order: "NL-BTW 21%-1".
func (r TaxRate) code() string {
	return strings.ToUpper(r.Country + "-" + r.Name + "-" + strconv.Itoa(r.Priority))
}

func (c *call) listTaxes() (any, int, *failure) {
	rows := make([]object, 0, len(c.s.rates))
	for _, r := range c.s.rates {
		if class := c.query.Get("class"); class == "" || class == cmp.Or(r.Class, "standard") {
			rows = append(rows, c.taxJSON(r))
		}
	}
	return c.paged(rows)
}

func (c *call) getTax() (any, int, *failure) {
	r, ok := c.s.rate(c.ids[0])
	if !ok {
		return nil, 0, fail(http.StatusNotFound, "woocommerce_rest_invalid_id", "Invalid resource ID.")
	}
	return c.taxJSON(r), http.StatusOK, nil
}

func (c *call) createTax() (any, int, *failure) {
	if f := c.validate(map[string]rule{"country": isText, "rate": isText, "name": isText, "class": isText, "priority": isInteger}); f != nil {
		return nil, 0, f
	}
	r := c.s.addRate(TaxRate{Country: strings.ToUpper(text(c.body["country"])), Percent: amount(c.body["rate"]),
		Name: text(c.body["name"]), Class: c.s.knownClass(text(c.body["class"])), Priority: whole(c.body["priority"])})
	c.header.Set("Location", c.url("taxes", r.ID))
	return c.taxJSON(r), http.StatusCreated, nil
}

func (c *call) taxJSON(r TaxRate) object {
	return object{"id": r.ID, "country": r.Country, "state": "", "postcode": "", "city": "", "rate": money(r.Percent, 4),
		"name": r.Name, "priority": r.Priority, "compound": false, "shipping": !r.NoShip, "order": 0,
		"class": cmp.Or(r.Class, "standard"), "postcodes": []any{}, "cities": []any{},
		"_links": c.links(c.url("taxes", r.ID), c.url("taxes"), all()...)}
}

func (c *call) listTaxClasses() (any, int, *failure) {
	rows := []object{c.classJSON(taxClass{"standard", "Standard rate"})}
	for _, k := range c.s.classes {
		rows = append(rows, c.classJSON(k))
	}
	return c.counted(rows)
}

func (c *call) classJSON(k taxClass) object {
	return object{"slug": k.slug, "name": k.name, "_links": object{"collection": []object{{"href": c.url("taxes/classes")}}}}
}

func (c *call) createTaxClass() (any, int, *failure) {
	k := taxClass{slugOf(text(c.body["name"])), cleanLine(text(c.body["name"]))}
	if k.name == "" {
		return nil, 0, missing("name")
	}
	if k.slug == "standard" || slices.Contains(c.s.classes, k) {
		return nil, 0, fail(http.StatusBadRequest, "woocommerce_rest_tax_class_exists", "Tax class already exists")
	}
	c.s.classes = append(c.s.classes, k)
	return c.classJSON(k), http.StatusCreated, nil
}
