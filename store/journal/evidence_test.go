package journal

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// What was decided on is found again by every name of the record, as it was.
func TestDecisionIsFoundAsItWas(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	d := ordered("jan@example.nl")
	call := put(t, j, d)
	x := exchange(morning, "nl", "1001")
	x.Call = call
	j.Exchange(x)
	for _, key := range []string{"1001", "77", "WEB-1001", "jan@example.nl"} {
		found := search(t, j, Query{Key: key, Parts: Decisions})
		if len(found) != 1 || found[0].Call != call || found[0].Kind != record.KindOrder || found[0].Connection != "nl" {
			t.Fatalf("by %s: %+v", key, found)
		}
	}
	row := search(t, j, Query{Call: call, Parts: Decisions})[0].Decided
	equal := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Cmp(b) == 0 })
	if diff := cmp.Diff(d.Wanted[0], row.Read[0].Record(), equal); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(d.Plan.Changes[1].Want, row.Changes[1].Body, equal); diff != "" || row.Changes[1].After != "shoppers jan@example.nl" || !row.Changes[0].Helper {
		t.Error(diff, row.Changes)
	}
	if got := search(t, j, Query{Call: call}); len(got) != 1 || got[0].Method != "POST" {
		t.Errorf("the call's exchanges: %+v", got)
	}
	if s := search(t, j, Query{Parts: Settings}); len(s) != 1 || s[0].Rules.Digest != row.Rules || s[0].Rules.Rules.Installation != "inst-a" {
		t.Errorf("the settings: %+v", s)
	}
}

// Every type of body comes back as it went in, with every field set.
func TestBodiesComeBack(t *testing.T) {
	for _, b := range []record.Body{&record.Item{}, &record.Stock{}, &record.Price{}, &record.Order{Lines: make([]record.OrderLine, 1), Charges: make([]record.Charge, 1), Coupons: []string{""}},
		&record.SalesOrder{Lines: make([]record.SalesLine, 1)}, &record.Shopper{}, &record.Shipment{Lines: make([]record.ShippedLine, 1)}, &record.Invoice{}, &record.Mark{}} {
		fill(reflect.ValueOf(b).Elem())
		in := record.Record{Key: record.Key{Kind: b.Kind(), ID: "K"}, Ref: "R", Body: b}
		j := openTest(t, t.TempDir(), Options{})
		put(t, j, &engine.Decision{Wanted: []record.Record{in}, Agreed: make(plan.Agreed, 1),
			Plan: plan.Plan{Held: []plan.Held{{Kind: b.Kind(), Key: "K", Source: "R", Code: "order.empty"}}}})
		found := search(t, j, Query{Parts: Decisions})
		if len(found) != 1 || len(found[0].Decided.Read) != 1 {
			t.Fatalf("%T: %+v", b, found)
		}
		if diff := cmp.Diff(in, found[0].Decided.Read[0].Record(), cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b })); diff != "" {
			t.Errorf("%T: %s", b, diff)
		}
	}
}

// fill sets every field below v.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case decimal.Decimal:
		v.Set(reflect.ValueOf(decimal.MustParse("12.50")))
		return
	case time.Time:
		v.Set(reflect.ValueOf(morning))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		fill(v.Index(0))
	case reflect.String:
		v.SetString("<x> & \"ü\"")
	case reflect.Bool:
		v.SetBool(true)
	}
}

// What did not change leaves no line; what is held is written once a day, however often it is looked at.
func TestOnlyNewsIsWritten(t *testing.T) {
	now := morning
	j := openTest(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	quiet := decision(50)
	quiet.Plan = plan.Plan{Unchanged: []int{0, 1, 2}}
	put(t, j, quiet)
	if got := search(t, j, Query{Parts: Decisions | Settings}); len(got) != 0 {
		t.Errorf("nothing happened, and %d lines", len(got))
	}
	held := decision(50)
	held.Plan.Changes = nil
	for range 5 {
		put(t, j, held)
	}
	if got := search(t, j, Query{Parts: Decisions}); len(got) != 5 {
		t.Errorf("5 held records left %d lines", len(got))
	}
	held.Plan.Held[0].Args = fault.Args{"key": "other"}
	put(t, j, held)
	if got := search(t, j, Query{Parts: Decisions}); len(got) != 6 {
		t.Errorf("another reason left %d lines", len(got))
	}
	now = now.AddDate(0, 0, 1)
	put(t, j, held)
	if got := search(t, j, Query{Parts: Decisions | Settings, Since: now}); len(got) != 6 {
		t.Errorf("the next day has %d lines, not 5 and the settings", len(got))
	}
}

// Answers name what the other side called the record.
func TestAnswersAreFoundByTheirNumber(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	v := j.Evidence("nl", nil)
	changes := ordered("jan@example.nl").Plan.Changes
	v.Answered("c", changes, []endpoint.Result{{Ref: "guid-1", Number: "C-10"}, {Err: fault.Wrap(errors.New("no such account"), "bc.refused", fault.Args{"key": "1001"})}})
	for _, key := range []string{"C-10", "guid-1", "1001", "77"} {
		found := search(t, j, Query{Key: key, Parts: Answers})
		if len(found) != 1 || len(found[0].Answered) != 2 {
			t.Fatalf("by %s: %+v", key, found)
		}
		if a := found[0].Answered[1]; a.Code != "bc.refused" || a.Detail != "no such account" || a.Source != "77" {
			t.Errorf("answer %+v", a)
		}
	}
}

// A record too large is kept without its body, a full day takes no more, and secrets are taken out.
func TestDecisionsHaveASize(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{Day: 40_000})
	large := ordered("jan@example.nl")
	large.Wanted[0].Body.(*record.Order).Note = strings.Repeat("x", largest)
	put(t, j, large)
	found := search(t, j, Query{Parts: Decisions})
	if len(found) != 1 || !found[0].Short || found[0].Decided.Read != nil || len(found[0].Decided.Changes) != 2 {
		t.Fatalf("%+v", found)
	}
	put(t, j, decision(1000))
	if n := len(search(t, j, Query{Parts: Decisions, Limit: 5000})); n < 20 || n > 500 {
		t.Errorf("a full day holds %d decisions", n)
	}
	put(t, j, ordered("piet@example.nl")) // an order still has room
	if n := len(search(t, j, Query{Key: "piet@example.nl", Parts: Decisions})); n != 1 {
		t.Errorf("products left no room for %d of one order", n)
	}
	v := openTest(t, t.TempDir(), Options{})
	v.Evidence("nl", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("hunter2"), []byte("•••")) }).Decided("c", ordered("hunter2@example.nl"), &plan.Rules{})
	if got := fmt.Sprint(search(t, v, Query{Parts: Decisions})[0].Keys); strings.Contains(got, "hunter2") {
		t.Errorf("a secret was kept: %s", got)
	}
}

// BenchmarkDecided is what a page of 5,000 changed records costs: without evidence, with, and where nothing changed.
func BenchmarkDecided(b *testing.B) {
	j, err := Open(b.TempDir(), Options{Day: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	rules := &plan.Rules{Installation: "inst-a"}
	changed, quiet := decision(5000), decision(5000)
	quiet.Plan = plan.Plan{Unchanged: make([]int, 5000)}
	for name, d := range map[string]*engine.Decision{"changed": changed, "quiet": quiet} {
		b.Run(name, func(b *testing.B) {
			v := j.Evidence("nl", nil)
			b.ReportAllocs()
			for b.Loop() {
				v.Decided("c", d, rules)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/5000, "µs/record")
		})
	}
}
