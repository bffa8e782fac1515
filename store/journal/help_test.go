package journal

import (
	"fmt"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// decision is a page of items, each with another stock than was agreed, and every tenth held.
func decision(items int) *engine.Decision {
	d := &engine.Decision{Found: plan.Found{}}
	for i := range items {
		sku, ref := fmt.Sprintf("A%06d", i), fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i*7919)
		stock := &record.Stock{Quantity: decimal.MustNew(int64(i), 0), Managed: true}
		d.Wanted = append(d.Wanted, record.Record{Key: record.Key{Kind: record.KindStock, ID: sku}, Ref: ref, Body: stock})
		d.Agreed = append(d.Agreed, plan.Last{Key: sku, To: fmt.Sprint(i + 10), Kinds: [3]plan.Agreement{{}, {Set: true, Level: 50_000, Sum: record.SumOf(stock)}}})
		if i%10 == 9 {
			d.Plan.Held = append(d.Plan.Held, plan.Held{Kind: record.KindStock, Key: sku, Source: ref, Code: "item.not_in_shop", Args: fault.Args{"key": sku}})
			continue
		}
		d.Plan.Changes = append(d.Plan.Changes, plan.Change{Sum: record.SumOf(stock), Level: stock.Level(),
			Change: record.Change{Key: record.Key{Kind: record.KindStock, ID: sku}, Ref: fmt.Sprint(i + 10), Want: stock, Source: ref}})
	}
	return d
}

// ordered is a page with one order of a new customer.
func ordered(email string) *engine.Decision {
	who := record.Address{FirstName: "Jan", LastName: "de Vries", City: "Utrecht", Country: "NL"}
	order := &record.Order{Number: "1001", Email: email, Billing: who, Currency: "EUR", Total: decimal.MustParse("12.50")}
	customer := record.Key{Kind: record.KindShopper, ID: email}
	d := &engine.Decision{Wanted: []record.Record{{Key: record.Key{Kind: record.KindOrder, ID: "1001"}, Ref: "77", Body: order}}, Agreed: make(plan.Agreed, 1), Found: plan.Found{}}
	d.Plan.Changes = []plan.Change{
		{Change: record.Change{Key: customer, Source: email, Want: &record.Shopper{Email: email, Billing: who}}, Helper: true},
		{Change: record.Change{Key: record.Key{Kind: record.KindOrder, ID: "1001"}, Source: "77", Want: &record.SalesOrder{External: "WEB-1001", Customer: customer, SellTo: who}, After: &customer}, Mark: true},
	}
	return d
}

func put(t *testing.T, j *Journal, d *engine.Decision) string {
	t.Helper()
	v := j.Evidence("nl", nil)
	call := v.Call()
	v.Decided(call, d, &plan.Rules{Installation: "inst-a"})
	if err := j.Flush(); err != nil {
		t.Fatal(err)
	}
	return call
}
