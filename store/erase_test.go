package store

import (
	"strings"
	"testing"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// A person is taken out of what problems and runs say; all else stays as it was.
func TestErasedTextIsGone(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	named, other := order("7", "order.customer_many"), order("8", "order.unknown_sku")
	named.Args["email"] = "jan@example.nl"
	holdAll(t, d, named, other)
	check(t, d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindOrder, Ended: c.now}, Code: "bc.read_refused", Args: fault.Args{"what": "jan@example.nl"}, Detail: "no jan@example.nl"}))
	check(t, d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindOrder, Ended: c.now}, Code: "net.timeout", Args: fault.Args{"host": "h"}}))
	jan := func(text string) bool { return strings.Contains(text, "jan@") }
	if n := must[int](t)(d.EraseText(jan)); n != 2 {
		t.Errorf("%d erased, want a problem and a run", n)
	}
	for _, p := range must[[]Problem](t)(d.Problems(Everything())) {
		if p.Key == "17" && (p.Args["email"] != erased || p.Args["key"] != "17" || p.Code != "order.customer_many" || p.Tries != 1) {
			t.Errorf("the problem is %+v", p)
		}
		if p.Key == "18" && p.Args["key"] != "18" {
			t.Errorf("another's problem is %+v", p)
		}
	}
	runs := must[[]Run](t)(d.Runs(record.KindOrder))
	if runs[1].Args["what"] != erased || runs[1].Detail != erased || runs[0].Args["host"] != "h" {
		t.Errorf("the runs are %+v", runs)
	}
	if n := must[int](t)(d.EraseText(jan)); n != 0 {
		t.Errorf("%d erased again", n)
	}
}

func TestLinkIsFoundByTheOtherSidesID(t *testing.T) {
	d := openTest(t, newClock())
	const guid = "f2a5738a-44e3-ea11-bb43-000d3a2feca1"
	check(t, d.Commit(engine.Outcome{Settled: []plan.Settled{
		{Kind: record.KindItem, Key: "A-1", Source: guid, To: "15"}, {Kind: record.KindItem, Key: "A-2", Source: "g2"}, {Kind: record.KindOrder, Key: "1001", Source: "15", To: guid},
	}}))
	for _, tt := range []struct {
		family   record.Kind
		to, want string
	}{{record.KindItem, "15", "A-1"}, {record.KindOrder, guid, "1001"}, {record.KindOrder, "15", ""}, {record.KindItem, "", ""}, {record.KindShipment, "15", ""}} {
		link, ok, err := d.LinkByTo(tt.family, tt.to)
		if err != nil || link.Key != tt.want || ok != (tt.want != "") {
			t.Errorf("%s to %q: %+v, %v, %v", tt.family, tt.to, link, ok, err)
		}
	}
}
