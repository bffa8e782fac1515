package plan_test

import (
	"errors"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// few draws from a small set, so that keys, refs and amounts meet.
func few(t *rapid.T, label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(t, label)
}

func drawAmount(t *rapid.T, label string) decimal.Decimal {
	return decimal.MustParse(few(t, label, "0", "0", "1", "10", "24.20", "-3", "0.005", "3.33333", "1e-15", "999999999999999999", "-999999999999999999"))
}

// drawScenario draws anything: what a side could answer, however odd.
func drawScenario(t *rapid.T) *scenario {
	sc := &scenario{agreed: map[string]plan.Last{}, rules: plan.Rules{
		Installation: "inst-a", Currency: "EUR", ShopCurrency: few(t, "shop currency", "EUR", "EUR", "USD"), Trace: rapid.Bool().Draw(t, "trace"),
		Items:  plan.ItemRules{Create: rapid.Bool().Draw(t, "create"), Names: rapid.Bool().Draw(t, "names")},
		Stock:  plan.StockRules{Buffer: drawAmount(t, "buffer"), Cap: drawAmount(t, "cap")},
		Prices: plan.PriceRules{ShopIncludesTax: rapid.Bool().Draw(t, "incl"), VAT: map[string]decimal.Decimal{"VAT21": decimal.MustParse("21"), "ODD": decimal.MustParse("-100")}},
		Orders: plan.OrderRules{Prefix: few(t, "prefix", "", "WEB-"), CreateCustomers: rapid.Bool().Draw(t, "customers"), GuestCustomer: few(t, "guest", "", "19999"),
			ShippingAccount: few(t, "account", "", "8400"), FeeAccount: few(t, "fees", "", "8500"), RoundingAccount: few(t, "rounding", "", "8999"), RoundingMax: decimal.MustParse("0.05")},
		Safety: plan.SafetyRules{Min: 1, Share: decimal.MustParse("0.1"), PriceFactor: drawAmount(t, "factor")},
	}}
	rows := rapid.IntRange(0, 6).Draw(t, "rows")
	for i := range rows {
		drawRow(t, sc, string(rune('a'+i)))
	}
	for range rapid.IntRange(0, 5).Draw(t, "found") {
		sc.found = append(sc.found, drawFound(t))
	}
	return sc
}

// drawRow adds the records of one ref: a row of BC's items, or an order, or a shipment.
func drawRow(t *rapid.T, sc *scenario, ref string) {
	key := few(t, "key", "A1", "A2", "", "1001", "1002")
	add := func(b record.Body) {
		r := record.Record{Key: record.Key{Kind: b.Kind(), ID: key}, Ref: ref, Body: b}
		if few(t, "readable", "yes", "yes", "yes", "no") == "no" {
			r.Body, r.Err = nil, drawFault(t)
		}
		sc.wanted = append(sc.wanted, r)
		if rapid.Bool().Draw(t, "agreed") {
			last := sc.agreed[ref]
			last.Key, last.To = key, few(t, "to", "", "p1", "p2")
			*last.Of(b.Kind()) = plan.Agreement{Set: rapid.Bool().Draw(t, "set"), Sum: record.SumOf(b), Level: rapid.Int64().Draw(t, "level")}
			sc.agreed[ref] = last
		}
	}
	switch few(t, "kind", "item", "item", "order", "shipment", "mark") {
	case "item":
		if rapid.Bool().Draw(t, "with item") {
			add(drawItem(t))
		}
		if rapid.Bool().Draw(t, "with stock") {
			add(&record.Stock{Quantity: drawAmount(t, "quantity"), Managed: rapid.Bool().Draw(t, "managed")})
		}
		if rapid.Bool().Draw(t, "with price") {
			add(&record.Price{Regular: record.Money{Amount: drawAmount(t, "price"), Currency: few(t, "currency", "EUR", "USD")},
				IncludesTax: rapid.Bool().Draw(t, "price incl"), Tax: few(t, "group", "VAT21", "ODD", "")})
		}
	case "order":
		add(drawOrder(t, key))
	case "shipment":
		add(&record.Shipment{Number: key, External: few(t, "external", "WEB-1001", "1001", "", "WEB-")})
	default:
		add(&record.Mark{Document: "not a record of an owner"})
	}
}

func drawItem(t *rapid.T) *record.Item {
	return &record.Item{Name: few(t, "name", "", "Bicycle"), Tax: few(t, "tax", "", "VAT21"), Blocked: rapid.Bool().Draw(t, "blocked"), Status: record.ItemStatus(few(t, "status", "", "published", "draft"))}
}

func drawOrder(t *rapid.T, number string) *record.Order {
	o := &record.Order{
		Number: number, Paid: rapid.Bool().Draw(t, "paid"), Currency: few(t, "order currency", "EUR", "GBP", ""),
		Status: record.OrderStatus(few(t, "order status", "pending", "on hold", "processing", "processing", "cancelled", "unknown", "never heard of")),
		Email:  few(t, "email", "", "jan@example.nl", " JAN@example.nl"), Total: drawAmount(t, "total"), Tax: drawAmount(t, "order tax"), Refunded: drawAmount(t, "refunded"),
		MarkedBy: few(t, "marked", "", "", "inst-a", "inst-b"), Note: rapid.StringN(0, 300, -1).Draw(t, "note"), Created: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		o.Lines = append(o.Lines, record.OrderLine{SKU: few(t, "sku", "A1", "A2", ""), Name: rapid.StringN(0, 150, -1).Draw(t, "line name"), Quantity: drawAmount(t, "line quantity"),
			Subtotal: drawAmount(t, "subtotal"), SubtotalTax: drawAmount(t, "subtotal tax"), Total: drawAmount(t, "line total"), TotalTax: drawAmount(t, "line tax")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "charges") {
		o.Charges = append(o.Charges, record.Charge{Fee: rapid.Bool().Draw(t, "is fee"), Total: drawAmount(t, "charge total"), Tax: drawAmount(t, "charge tax")})
	}
	return o
}

func drawFound(t *rapid.T) record.Record {
	r := record.Record{Ref: few(t, "found ref", "p1", "p2", "p3")}
	switch few(t, "found kind", "item", "item", "document", "customer") {
	case "item":
		r.Body = drawItem(t)
		r.Key = record.Key{Kind: record.KindItem, ID: few(t, "found key", "A1", "A2")}
	case "document":
		r.Body = &record.SalesOrder{Total: drawAmount(t, "document total"), Currency: "EUR"}
		r.Key = record.Key{Kind: record.KindOrder, ID: few(t, "found number", "1001", "WEB-1001", "WEB-1002")}
	default:
		r.Body = &record.Shopper{Blocked: few(t, "customer blocked", "", "", "All")}
		r.Key = record.Key{Kind: record.KindShopper, ID: few(t, "found email", "jan@example.nl", "#19999")}
	}
	if few(t, "found readable", "yes", "yes", "yes", "no") == "no" {
		r.Body, r.Err = nil, drawFault(t)
	}
	return r
}

func drawFault(t *rapid.T) error {
	if rapid.Bool().Draw(t, "classified") {
		return fault.New("item.not_simple", fault.Args{"type": "bundle"})
	}
	return errors.New("unclassified")
}
