package settings

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

func TestDefaultsKeepWhatIsSet(t *testing.T) {
	c := mustParse(t, sample)
	c.Flows.Orders.ExternalPrefix = "W"
	c.BC.Parallel, c.Safety.Min = 4, 5
	from := c.Flows.Orders.From
	c.Defaults(time.Unix(1e9, 0))
	again := c
	again.Defaults(time.Unix(2e9, 0))
	if c.Flows.Orders.From != from || c.Flows.Orders.ExternalPrefix != "W" || c.BC.Parallel != 4 || c.Safety.Min != 5 {
		t.Errorf("defaults overwrote: %+v", c)
	}
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("defaults twice: %s", diff)
	}
}

func TestRules(t *testing.T) {
	c := mustParse(t, sample)
	c.Flows.Items.LinkOnly = true
	c.Flows.Orders.TakeUnpaid = []string{"on hold"}
	c.Flows.Orders.MatchOnly = true
	now := time.Unix(1e9, 0)
	c.Defaults(now)
	want := plan.Rules{
		Installation: "inst", Currency: "EUR", ShopCurrency: "USD",
		Items:  plan.ItemRules{Names: true},
		Stock:  plan.StockRules{Buffer: decimal.MustParse("2.5"), Cap: decimal.MustParse("100")},
		Prices: plan.PriceRules{ShopIncludesTax: true, VAT: map[string]decimal.Decimal{"VAT21": decimal.MustParse("21"), "VAT9": decimal.MustParse("9")}},
		Orders: plan.OrderRules{
			From: c.Flows.Orders.From, Prefix: "webshop-nl-", UnpaidStatuses: []record.OrderStatus{record.OrderOnHold},
			RoundingMax: decimal.MustParse("0.05"), Note: true,
		},
		Safety: plan.SafetyRules{Share: decimal.MustParse("0.1"), Min: 20, PriceFactor: decimal.MustParse("3"), PriceDrop: decimal.MustParse("0.5")},
	}
	if diff := cmp.Diff(want, Rules(c, "inst", "EUR", "USD", true)); diff != "" {
		t.Error(diff)
	}
}

func TestSecretFields(t *testing.T) {
	c := mustParse(t, sample)
	c.Proxy = Proxy{URL: "http://proxy:3128", User: "jan"}
	want := []SecretField{{"bc", "password"}, {"shop", "consumer_key"}, {"shop", "consumer_secret"}, {"proxy", "password"}}
	if diff := cmp.Diff(want, SecretFields(c)); diff != "" {
		t.Error(diff)
	}
	for _, f := range want {
		if !secretName(f.Field) {
			t.Errorf("%s would pass in a file", f.Field)
		}
	}
}
