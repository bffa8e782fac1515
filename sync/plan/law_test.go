package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// TestEveryRecordEndsInOneList makes plans of odd records, odd memories and odd findings (invariant 4).
func TestEveryRecordEndsInOneList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := drawScenario(t)
		p := sc.make()
		inOneList(t, sc.wanted, p)
		for _, h := range p.Held {
			if _, ok := fault.Codes[h.Code]; !ok {
				t.Errorf("held with code %q, which nobody knows", h.Code)
			}
		}
		for _, c := range p.Changes {
			if (c.Ref == "") != (c.Intent != "") {
				t.Errorf("%s: ref %q with intent %q", c.Key, c.Ref, c.Intent)
			}
			if o, ok := c.Want.(*record.SalesOrder); ok {
				addsUp(t, o)
			}
		}
	})
}

// TestSecondTimeNothingChanges decides, lets every write succeed and decides again.
func TestSecondTimeNothingChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := drawScenario(t)
		sc.apply(sc.make())
		again := sc.make()
		if len(again.Changes)+len(again.Settled) > 0 {
			t.Fatalf("decided again:\n%s", describe(again))
		}
		inOneList(t, sc.wanted, again)
	})
}

func addsUp(t interface{ Errorf(string, ...any) }, o *record.SalesOrder) {
	sum, err := plan.LinesTotal(o.Lines)
	if err == nil && !o.IncludesTax {
		sum, err = sum.Add(o.Tax)
	}
	if err != nil || sum.Cmp(o.Total) != 0 {
		t.Errorf("the lines of %s make %s (%v), the total is %s: %+v", o.External, sum, err, o.Total, o.Lines)
	}
	for _, l := range o.Lines {
		if l.UnitPrice.IsNeg() || l.UnitPrice.Scale() > 5 || l.Discount.IsNeg() {
			t.Errorf("a line Business Central refuses: %+v", l)
		}
		if units := len(utf16.Encode([]rune(l.Description))); units > 100 {
			t.Errorf("a description of %d characters", units)
		}
	}
}

// TestDocumentEqualsOrder draws orders whose total is the sum of their lines, as a shop that rounds per line keeps
// them, and expects a document to the cent, without a rounding line.
func TestDocumentEqualsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawSoundOrder(t)
		sc := &scenario{agreed: map[string]plan.Last{}, rules: plan.Rules{Installation: "inst-a", Orders: plan.OrderRules{
			CreateCustomers: true, ShippingAccount: "8400", FeeAccount: "8500"}}}
		sc.wanted = []record.Record{{Key: record.Key{Kind: record.KindOrder, ID: o.Number}, Ref: "o1", Body: o}}
		for _, l := range o.Lines {
			sc.found = append(sc.found, record.Record{Key: record.Key{Kind: record.KindItem, ID: l.SKU}, Ref: "i-" + l.SKU, Body: &record.Item{Name: l.SKU}})
		}
		p := sc.make()
		if len(p.Changes) != 2 {
			t.Fatalf("no document:\n%s", describe(p))
		}
		addsUp(t, p.Changes[1].Want.(*record.SalesOrder))
	})
}

func drawSoundOrder(t *rapid.T) *record.Order {
	o := &record.Order{Number: "1", Status: record.OrderProcessing, Paid: true, Currency: "EUR", Email: "jan@example.nl"}
	taxed := rapid.Bool().Draw(t, "taxed")
	cents := func(label string, most int64) decimal.Decimal {
		return decimal.MustNew(rapid.Int64Range(0, most).Draw(t, label), 2)
	}
	total, tax := decimal.Zero, decimal.Zero
	add := func(net, vat decimal.Decimal) {
		total, _ = record.Add(total, net, vat)
		tax, _ = tax.Add(vat)
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
		l := record.OrderLine{SKU: fmt.Sprintf("A%d", i), Name: "Bicycle", Quantity: decimal.MustNew(rapid.Int64Range(1, 5000).Draw(t, "quantity"), rapid.IntRange(0, 3).Draw(t, "scale"))}
		l.Total = cents("paid", 1_000_000)
		l.Subtotal, _ = l.Total.Add(cents("discount", 5000))
		if taxed {
			l.TotalTax = cents("tax", 200_000)
			l.SubtotalTax, _ = l.TotalTax.Add(cents("tax of discount", 1000))
		}
		add(l.Total, l.TotalTax)
		o.Lines = append(o.Lines, l)
	}
	for range rapid.IntRange(0, 3).Draw(t, "charges") {
		c := record.Charge{Fee: rapid.Bool().Draw(t, "fee"), Title: "Charge", Total: cents("charge", 10_000)}
		if taxed {
			c.Tax = cents("tax of charge", 2_100)
		}
		if c.Fee && rapid.Bool().Draw(t, "negative") {
			c.Total, c.Tax = c.Total.Neg(), c.Tax.Neg()
		}
		add(c.Total, c.Tax)
		o.Charges = append(o.Charges, c)
	}
	o.Total, o.Tax = total, tax
	return o
}

// TestIntentIsStable pins an id: it must be the same after a crash, and in the next release.
func TestIntentIsStable(t *testing.T) {
	const want = "zjzqtvomnhh7r6kyjoftzstq"
	if got := plan.Intent("inst-a", record.KindOrder, "o1"); got != want {
		t.Errorf("the intent of o1 is %s, it was %s", got, want)
	}
	seen := map[string]bool{}
	for _, installation := range []string{"inst-a", "inst-b"} {
		for _, family := range []record.Kind{record.KindItem, record.KindOrder, record.KindShopper} {
			for _, source := range []string{"", "o1", "o2", strings.Repeat("o", 500)} {
				id := plan.Intent(installation, family, source)
				if seen[id] || len(id) > 35 {
					t.Errorf("%s %s %s: intent %q is used twice or too long", installation, family, source, id)
				}
				seen[id] = true
			}
		}
	}
}
