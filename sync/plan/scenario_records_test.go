package plan_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

func (n *node) amount(name string) decimal.Decimal {
	v := n.take(name)
	if v == "" {
		return decimal.Zero
	}
	d, err := record.ParseAmount(v)
	if err != nil {
		n.t.Fatalf("%q: %s: %v", n.line, name, err)
	}
	return d
}

func (n *node) date(name string) time.Time {
	v := n.take(name)
	if v == "" {
		return time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	}
	d, err := time.Parse(time.DateOnly, v)
	if err != nil {
		n.t.Fatalf("%q: %s: %v", n.line, name, err)
	}
	return d
}

func (n *node) or(name, fallback string) string {
	if v, ok := n.fields[name]; ok {
		delete(n.fields, name)
		return v
	}
	return fallback
}

// record reads one record of any kind.
func (n *node) record() record.Record {
	r := record.Record{Ref: n.take("ref")}
	if code := n.take("unreadable"); code != "" {
		r.Err = fault.Wrap(errors.New("as the connector found it"), fault.Code(code), fault.Args{"type": "variable product"})
	}
	body, kind := n.body()
	if r.Err == nil {
		r.Body = body
	}
	n.done(2)
	r.Key = record.Key{Kind: kind, ID: n.words[1]}
	return r
}

func (n *node) body() (record.Body, record.Kind) {
	switch n.words[0] {
	case "item":
		return &record.Item{Name: n.take("name"), GTIN: n.take("gtin"), Tax: n.take("tax"), TaxClass: n.take("class"), Unit: n.take("unit"),
			Status: record.ItemStatus(n.take("status")), Managed: !n.flag("service"), Blocked: n.flag("blocked")}, record.KindItem
	case "stock":
		return &record.Stock{Quantity: n.amount("quantity"), Managed: !n.flag("uncounted")}, record.KindStock
	case "price":
		return &record.Price{Regular: record.Money{Amount: n.amount("amount"), Currency: n.or("currency", "EUR")},
			IncludesTax: n.flag("incl"), Tax: n.take("tax")}, record.KindPrice
	case "order":
		return n.order(), record.KindOrder
	case "document":
		return &record.SalesOrder{External: n.words[1], Number: n.take("number"), Email: n.take("email"), Date: n.date("date"), Total: n.amount("total"), Tax: n.amount("tax"),
			Currency: n.or("currency", "EUR"), Posted: n.flag("posted"), Draft: n.flag("draft"), CustomerID: n.take("customer")}, record.KindOrder
	case "customer":
		return &record.Shopper{Number: n.take("number"), Email: n.words[1], Blocked: n.take("blocked")}, record.KindShopper
	case "shipment":
		s := &record.Shipment{Number: n.words[1], Order: n.take("order"), External: n.take("external"), Date: n.date("date"), Complete: n.flag("complete")}
		for _, p := range n.parts {
			s.Lines = append(s.Lines, record.ShippedLine{SKU: p.take("sku"), Quantity: p.amount("quantity")})
			p.done(1)
		}
		return s, record.KindShipment
	}
	n.t.Fatalf("%q: no such kind", n.line)
	return nil, ""
}

func (n *node) order() *record.Order {
	o := &record.Order{
		Number: n.words[1], Status: record.OrderStatus(n.or("status", string(record.OrderProcessing))), Paid: !n.flag("unpaid"),
		Created: n.date("created"), Currency: n.or("currency", "EUR"), Email: n.or("email", "jan@example.nl"),
		CustomerRef: n.take("customer"), Note: n.take("note"), Total: n.amount("total"), Tax: n.amount("tax"), Refunded: n.amount("refunded"),
		MarkedBy: n.take("marked_by"), MarkedAs: n.take("marked_as"),
		Billing: record.Address{FirstName: "Jan", LastName: "de Vries", Line1: "Dorpsstraat 1", PostCode: "1234 AB",
			City: n.or("city", "Utrecht"), Country: "NL", Phone: "+31 30 1234567"},
	}
	o.Raw = n.or("raw", string(o.Status))
	if c := n.take("coupons"); c != "" {
		o.Coupons = strings.Split(c, ",")
	}
	for _, p := range n.parts {
		n.part(o, p)
	}
	return o
}

func (n *node) part(o *record.Order, p *node) {
	switch p.words[0] {
	case "line":
		l := record.OrderLine{ID: p.take("id"), SKU: p.take("sku"), Name: p.take("name"), Quantity: p.amount("quantity"), Total: p.amount("total"), TotalTax: p.amount("tax")}
		l.Subtotal, l.SubtotalTax = l.Total, l.TotalTax
		if _, ok := p.fields["before"]; ok {
			l.Subtotal, l.SubtotalTax = p.amount("before"), p.amount("before_tax")
		}
		o.Lines = append(o.Lines, l)
	case "shipping", "fee":
		o.Charges = append(o.Charges, record.Charge{Fee: p.words[0] == "fee", ID: p.take("id"), Title: p.take("title"), Total: p.amount("total"), Tax: p.amount("tax")})
	case "payment":
		o.Payment = record.Payment{Method: p.take("method"), Title: p.take("title"), Transaction: p.take("reference"), Amount: p.amount("amount")}
	default:
		p.t.Fatalf("%q: no such part", p.line)
	}
	p.done(1)
}

// parseRules reads "name value" lines; a later line replaces an earlier one.
func parseRules(t testing.TB, text string) plan.Rules {
	t.Helper()
	r := plan.Rules{Trace: true, Approved: map[plan.Suspect]record.Sum{}}
	r.Prices.VAT = map[string]decimal.Decimal{}
	r.Items.TaxClasses = map[string]string{}
	for _, n := range parse(t, text) {
		if len(n.words) < 2 {
			n.words = append(n.words, "")
		}
		n.fields[n.words[0]] = n.words[1]
		value := n.words[1]
		switch name := n.words[0]; name {
		case "installation":
			r.Installation = value
		case "create_items":
			r.Items.Create = value == "yes"
		case "our_names":
			r.Items.Names = value == "yes"
		case "tax_class":
			r.Items.TaxClasses[value] = n.words[2]
		case "buffer":
			r.Stock.Buffer = n.amount(name)
		case "cap":
			r.Stock.Cap = n.amount(name)
		case "shop_currency":
			r.ShopCurrency = value
		case "shop_prices":
			r.Prices.ShopIncludesTax = value == "incl"
		case "vat":
			r.Prices.VAT[value] = decimal.MustParse(n.words[2])
		case "approved":
			r.Approved[plan.Suspect{Ref: n.words[2], Code: fault.Code(value)}] = record.SumOf(parseShown(n))
		case "begun":
			r.Begun = map[string]bool{value: true}
		case "unsettled":
			r.Unsettled = map[string]bool{value: true}
		case "mass_min":
			r.Safety.Min, _ = strconv.Atoi(value)
		case "mass_share":
			r.Safety.Share = n.amount(name)
		case "price_drop":
			r.Safety.PriceDrop = n.amount(name)
		case "price_factor":
			r.Safety.PriceFactor = n.amount(name)
		default:
			orderRule(n, &r.Orders, name, value)
		}
	}
	r.Currency = "EUR"
	return r
}

// parseShown reads what a person was shown when approving: "approved CODE REF NUMBER".
func parseShown(n *node) record.Body {
	shown := decimal.MustParse(n.words[3])
	if n.words[1] == "stock.mass_zero" {
		return &record.Stock{Quantity: shown, Managed: true}
	}
	return &record.Price{Regular: record.Money{Amount: shown, Currency: "EUR"}}
}

func orderRule(n *node, r *plan.OrderRules, name, value string) {
	switch name {
	case "adopted":
		r.Adopted = append(r.Adopted, value)
	case "restored":
		r.Restored = n.date(name)
	case "from":
		r.From = n.date(name)
	case "prefix":
		r.Prefix = value
	case "shipping_account":
		r.ShippingAccount = value
	case "fee_account":
		r.FeeAccount = value
	case "rounding_account":
		r.RoundingAccount = value
	case "rounding_max":
		r.RoundingMax = n.amount(name)
	case "guest_customer":
		r.GuestCustomer = value
	case "create_customers":
		r.CreateCustomers = value == "yes"
	case "take_unpaid":
		r.UnpaidStatuses = append(r.UnpaidStatuses, record.OrderStatus(value))
	default:
		n.t.Fatalf("%q: no such rule", n.line)
	}
}
