package plan

import (
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// A product whose link is known and nothing else, as after a restore: it is looked up by SKU and compared, written only
// where it differs, and never made again.
func TestKnownLinkIsComparedBeforeItIsBelieved(t *testing.T) {
	stock := func(n int64) *record.Stock { return &record.Stock{Managed: true, Quantity: decimal.MustNew(n, 0)} }
	wanted := []record.Record{{Key: record.Key{Kind: record.KindStock, ID: "A-1"}, Ref: "guid", Body: stock(5)}}
	agreed := Agreed{{Key: "A-1", To: "17"}}
	found := func(ref string, n int64) Found {
		key := record.Key{Kind: record.KindItem, ID: "A-1"}
		return Found{record.KindItem: {"A-1": {{Key: key, Ref: ref, Body: &record.Item{SKU: "A-1"}}}},
			record.KindStock: {"A-1": {{Key: wanted[0].Key, Ref: ref, Body: stock(n)}}}}
	}
	rules := &Rules{Items: ItemRules{Create: true}}
	if qs := Needs(wanted, agreed, rules); len(qs) != 1 || qs[0].Side != record.Other || qs[0].Keys[0] != "A-1" {
		t.Fatalf("asked for %+v", qs)
	}
	for name, c := range map[string]struct {
		found   Found
		settled int
		to      string
	}{
		"equal":                        {found("17", 5), 1, "17"},
		"different":                    {found("17", 4), 0, "17"},
		"the SKU is another's now":     {found("18", 5), 0, "17"},
		"nothing has the SKU any more": {Found{}, 0, "17"},
	} {
		p := Make(wanted, agreed, c.found, rules)
		to := ""
		if len(p.Settled) == 1 {
			to = p.Settled[0].To
		}
		if len(p.Changes) == 1 {
			to = p.Changes[0].Ref
		}
		if len(p.Settled) != c.settled || len(p.Changes) != 1-c.settled || to != c.to {
			t.Errorf("%s: %+v", name, p)
		}
	}
	agreed[0].Kinds[1] = Agreement{Set: true, Sum: Make(wanted, agreed, found("17", 5), rules).Settled[0].Sum}
	if qs := Needs(wanted, agreed, rules); len(qs) != 0 {
		t.Errorf("what is agreed is asked for again: %+v", qs)
	}
}

// An item that is left out on purpose stays out, also when another row of its key made the shop's product known.
func TestItemLeftOutIgnoresWhatAnotherRowAskedFor(t *testing.T) {
	key := record.Key{Kind: record.KindItem, ID: "A-1"}
	wanted := []record.Record{{Key: key, Ref: "left out", Body: &record.Item{Name: "Mok", Blocked: true}}}
	left := Last{Key: "A-1"}
	left.Kinds[0] = Agreement{Set: true}
	found := Found{record.KindItem: {"A-1": {{Key: key, Ref: "17", Body: &record.Item{SKU: "A-1"}}}}}
	p := Make(wanted, Agreed{left}, found, &Rules{})
	if len(p.Changes)+len(p.Held) != 0 || len(p.Settled) != 1 || p.Settled[0].To != "" {
		t.Errorf("%+v", p)
	}
}
