package report

import (
	"encoding/json"
	"testing"

	"stockbridge/store/journal"
	"stockbridge/sync/plan"
)

// FuzzReplay decides again on whatever a line of a journal says: it never panics, and every decision is either made
// again or left.
func FuzzReplay(f *testing.F) {
	for _, seed := range []string{
		`{"decided":{"source":"1","read":[{"kind":"stock","key":"A","ref":"1","type":"stock","body":{"Quantity":"-9999999999999999999","Managed":true}}],"agreed":{"to":"7","kinds":{"stock":{"set":true,"sum":"zz","level":-1}}},"found":[{"kind":"stock","key":"A","ref":"7"}]}}`,
		`{"decided":{"source":"1","read":[{"kind":"orders","key":"1001","ref":"77","type":"order","body":{"Number":"1001","Paid":true,"Status":"processing","Currency":"EUR","Email":"a@b.c","Total":"12.10","Lines":[{"SKU":"A","Quantity":"1","Total":"10","TotalTax":"2.10"}]}}],"found":[{"kind":"items","key":"A","ref":"g","type":"item","body":{}},{"kind":"shoppers","key":"a@b.c","ref":"c","type":"shopper","body":{}},{"kind":"orders","key":"1001","ref":"d","type":"sales_order","body":{"Total":"1"}}]}}`,
		`{"decided":{"source":"1","read":[{"kind":"shipments","key":"S-1","ref":"g","type":"shipment","body":{"External":"1001"}}],"found":[{"kind":"orders","key":"1001","ref":"77"}],"held":[{"kind":"shipments","code":"stock.mass_zero"}]}}`,
		`{"decided":{"read":[{"kind":"orders","key":"1","type":"order"},{"kind":"prices","type":"price","body":{}},{"kind":"items","code":"bc.refused"}],"approved":{"stock.mass_zero":"00"},"skipped":"ff","unsettled":["1"]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var e journal.Entry
		if json.Unmarshal(line, &e) != nil || e.Decided == nil {
			t.Skip()
		}
		e.Decided.Rules = "r"
		settings := journal.Entry{Rules: &journal.Rules{Digest: "r", Rules: plan.Rules{Installation: "inst-a", ShopCurrency: "EUR", Currency: "EUR"}}}
		r := Replay([]journal.Entry{e, settings})
		if r.Decisions+r.Left != 1 || len(r.Different) > r.Decisions {
			t.Errorf("%+v", r)
		}
	})
}
