package service_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
	"stockbridge/sync/settings"
)

func texts(facts []ipc.Fact) string {
	var all []string
	for _, f := range facts {
		all = append(all, f.Text)
	}
	return strings.Join(all, "\n")
}

func (w *world) explain(kind record.Kind, key string, live bool) ipc.Explanation {
	w.t.Helper()
	e, err := w.api.Explain(w.ctx(), ipc.ExplainRequest{Connection: shopName, Kind: kind, Key: key, Live: live})
	w.must(err)
	return e
}

// has looks for parts in a text, in order.
func has(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Errorf("%s: no %q in\n%s", what, p, text)
			return
		}
		rest = after
	}
}

// A record is found under whatever name a person reads at either side, and explained whole, without a call to either.
func TestExplainByAnyName(t *testing.T) {
	w := started(t)
	w.sync()
	order := w.order("A-1", "A-2")
	number := strconv.Itoa(order)
	w.sync()
	doc := w.co.Orders()[0]
	customer := w.co.Customers()[0]
	w.must(w.co.Release(doc.Number))
	w.must(w.co.Ship(doc.Number, nil, false))
	w.sync()
	shipment := w.co.Shipments()[0]
	w.reopen() // nothing but what is on disk
	w.requests()
	for name, c := range map[string]struct {
		kind record.Kind
		key  string
		want string
	}{
		"the shop's number":     {record.KindOrder, number, number},
		"BC's number":           {record.KindOrder, doc.Number, number},
		"the External Document": {record.KindOrder, plan.External(shopName+"-", number), number},
		"in small letters":      {record.KindOrder, shopName + "-" + number, number},
		"BC's id":               {record.KindOrder, doc.ID, number},
		"the customer":          {record.KindShopper, "jan@example.com", number},
		"the customer's number": {record.KindShopper, customer.Number, number},
		"the mark":              {record.KindMark, number, number},
		"the product's id":      {record.KindStock, strconv.Itoa(w.product("A-2").ID), "A-2"},
		"the shipment":          {record.KindShipment, shipment.Number, shipment.Number},
		"the shipment by order": {record.KindShipment, doc.Number, shipment.Number},
		"the shipped order":     {record.KindShipment, doc.External, shipment.Number},
	} {
		e := w.explain(c.kind, c.key, false)
		if e.Key != c.want || e.Kind != report.Flow(c.kind) || e.State != "agreed" || len(e.Read) == 0 || len(e.Sent) == 0 || len(e.Answered) == 0 || len(e.Rules) == 0 || len(e.Missing) != 0 {
			t.Errorf("%s (%s): %+v", name, c.key, e)
		}
	}
	if got := w.requests(); len(got) != 0 {
		t.Errorf("explaining from stored facts called %v", got)
	}
	e := w.explain(record.KindOrder, doc.Number, false)
	has(t, "read", texts(e.Read), "processing, EUR 24.20, 2 lines", "items A-1")
	has(t, "sent", texts(e.Sent), "Create shoppers jan@example.com", "Create orders "+number+": sales order WEBSHOP-NL-"+number+", EUR 24.20")
	has(t, "answered", texts(e.Answered), "orders "+number+": written as "+doc.Number)
	if len(e.Read) == 0 || len(e.Exchanges) == 0 {
		t.Fatalf("read %v, exchanges %v", e.Read, e.Exchanges)
	}
	if city := e.Read[0].Fields["billing.city"]; city != "Utrecht" {
		t.Errorf("the city read is %q in %v", city, e.Read[0].Fields)
	}
}

// Both sides are asked only when that is wanted, and their trouble is part of the answer.
func TestExplainWhileSidesAreOff(t *testing.T) {
	w := started(t)
	w.sync()
	w.must(w.co.SetPrice("A-3", decimal.MustNew(1250, 2)))
	e := w.explain(record.KindPrice, "A-3", true)
	has(t, "live", strings.Join(e.Steps, "\n"), "Read from its owner: EUR 12.50", "Found at the other side: ", "EUR 10.00", "The next run decides:", "Compared anew")
	has(t, "wanted", texts(e.Wanted), "EUR 12.50, with the next run")
	w.must(w.bc.Change(denied("TableData 27 Item Read")))
	w.reopen()
	w.requests()
	if e = w.explain(record.KindPrice, "A-3", false); e.State != "agreed" || len(w.requests()) != 0 {
		t.Errorf("stored facts: %+v", e)
	}
	has(t, "agreed", texts(e.Agreed), "EUR 10.00")
	e = w.explain(record.KindPrice, "A-3", true)
	has(t, "a live look", strings.Join(e.Steps, "\n"), "It can't be read now: ")
}

// What nobody has heard of comes with what to check, in this connection's own terms.
func TestExplainUnknown(t *testing.T) {
	w := started(t, func(c *settings.Connection) { c.Flows.Items.LinkOnly = true; c.Flows.Prices.Off = true })
	w.sync()
	for kind, parts := range map[record.Kind][]string{
		record.KindItem:     {"Does Business Central have an item with No. X-1?", "link_only is true", "runs every 15m; it last finished at"},
		record.KindStock:    {"stockbridge explain webshop-nl items X-1"},
		record.KindPrice:    {"switched off: [flows.prices] off"},
		record.KindOrder:    {"--live", w.conf.Flows.Orders.From.Format("2006-01-02"), "take_unpaid", "WEBSHOP-NL-NUMBER"},
		record.KindShipment: {"posted", "webshop-nl-"},
		record.KindShopper:  {"by the e-mail address", "cut-over"},
	} {
		e := w.explain(kind, "X-1", false)
		has(t, string(kind), strings.Join(e.Missing, "\n"), parts...)
		if e.State != "unknown" || len(e.Steps) != 1 {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	for _, kind := range []record.Kind{record.KindItem, record.KindOrder, record.KindShopper} { // no name of a record at either side
		e := w.explain(kind, "nobody@example.nl", true)
		has(t, "live "+string(kind), strings.Join(e.Steps, "\n"), "has no record nobody@example.nl")
		if missing := strings.Join(e.Missing, "\n"); strings.Contains(missing, "--live") {
			t.Errorf("asked live, it says to ask live:\n%s", missing)
		}
	}
	e := w.explain(record.KindItem, "A-1", false) // left out on purpose
	has(t, "link only", strings.Join(e.Steps, "\n"), "Linked: ", "is nothing at the other side", "link_only is set")
	has(t, "link only", texts(e.Agreed), "Left out")
}

// An order that waits says what for, and what lets it go on.
func TestExplainHeld(t *testing.T) {
	w, number := held(t)
	e := w.explain(record.KindOrder, number, false)
	if e.State != "held" || e.Problem == nil || len(e.Sent) != 0 {
		t.Errorf("%+v", e)
	}
	has(t, "missing", strings.Join(e.Missing, "\n"), e.Problem.Fault.Text, "looked at again by itself")
	has(t, "steps", strings.Join(e.Steps, "\n"), "Read from its owner: ", "orders: held")
	if e = w.explain(record.KindShopper, "jan@example.com", false); e.Key != number || e.State != "held" {
		t.Errorf("by its customer, whom Business Central had: %+v", e)
	}
	found := false
	for _, r := range e.Rules {
		found = found || r.Setting == "[flows.orders] rounding_account" && r.Value == "8490"
	}
	if !found {
		t.Errorf("rules %+v", e.Rules)
	}
}
