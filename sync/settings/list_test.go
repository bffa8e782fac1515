package settings

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

// Every key of every table under [flows] is listed with its value, whatever is added later.
func TestListNamesEverySetting(t *testing.T) {
	var c Connection
	c.Name = "webshop-nl"
	c.Defaults(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	for _, table := range []string{"items", "stock", "prices", "orders", "shipments"} {
		want := map[string]bool{}
		leaves(member(reflect.ValueOf(c.Flows), table), []string{"flows", table}, func(field string, _ reflect.Value) { want[field] = true })
		for _, s := range List(c, "flows."+table) {
			if !want[s.Name] || s.Value == "" {
				t.Errorf("%q = %q", s.Name, s.Value)
			}
			delete(want, s.Name)
		}
		if len(want) > 0 {
			t.Errorf("[flows.%s] lacks %v", table, want)
		}
	}
	if got := List(c, "flows.nothing"); got != nil {
		t.Errorf("an unknown table has %v", got)
	}
}

func TestListShowsValues(t *testing.T) {
	c := Connection{Journal: Journal{Days: 7}}
	if all := List(c, ""); len(all) < 60 || all[0].Name != "name" || !slices.Contains(all, Setting{"[journal] days", "7"}) {
		t.Errorf("the whole file: %+v", all)
	}
	c.Flows.Stock = StockFlow{Buffer: Decimal{decimal.MustParse("2.5")}, Schedule: Schedule{Every: minutes(5), Days: []string{"mon", "tue"}}}
	c.Flows.Prices.VAT = map[string]Decimal{"VAT9": {decimal.MustNew(9, 0)}, "VAT21": {decimal.MustNew(21, 0)}}
	c.Flows.Orders.From = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	got := map[string]string{}
	for _, table := range []string{"flows.stock", "flows.prices", "flows.orders", "journal"} {
		for _, s := range List(c, table) {
			got[s.Name] = s.Value
		}
	}
	for name, want := range map[string]string{
		"[flows.stock] buffer": "2.5", "[flows.stock] every": "5m", "[flows.stock] days": "mon, tue", "[flows.stock] off": "false",
		"[flows.stock] cap": "none", "[flows.prices] vat": "VAT21 = 21, VAT9 = 9", "[flows.orders] from": "2026-12-01T00:00:00Z", "[journal] days": "7",
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
