package bc

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/sim"
)

// order is a wanted order of two lines, 3 x 9.99 less 1.00 and 1 x 5.
func order(customer, a, b string) *record.SalesOrder {
	return &record.SalesOrder{
		External: "WEB-1001", CustomerID: customer, Date: noon, Currency: "EUR",
		SellTo: record.Address{FirstName: "Jan", LastName: "de Vries", Line1: strings.Repeat("Lange straat ", 20), City: "Utrecht", PostCode: "3511 AB", Country: "NL"},
		Email:  "jan@example.nl", Phone: "tel 030-1234567",
		Lines: []record.SalesLine{
			{Type: record.LineItem, ItemID: a, Description: "Een fiets, blauw", Quantity: amount("3"), UnitPrice: amount("9.99"), Discount: amount("1")},
			{Type: record.LineItem, ItemID: b, Quantity: amount("1"), UnitPrice: amount("5")},
			{Type: record.LineComment, Description: "Graag bij de buren"},
		},
		Total: amount("33.97"),
	}
}

func (w *world) write(body record.Body, key string) endpoint.Result {
	w.t.Helper()
	rs := w.client.Write(w.t.Context(), []record.Change{{Key: record.Key{Kind: body.Kind(), ID: key}, Want: body}})
	if len(rs) != 1 {
		w.t.Fatalf("%d results", len(rs))
	}
	return rs[0]
}

func (w *world) orders(keys ...string) []record.Record {
	w.t.Helper()
	return w.read(record.Query{Kinds: []record.Kind{record.KindOrder}, Keys: keys}).Records
}

func TestOrderIsMadeAndFound(t *testing.T) {
	for _, pageOrder := range []bool{false, true} {
		w := newWorld(t)
		if err := w.sim.Change(func(o *bcsim.Options) { o.PageOrder = pageOrder; o.StrictPhone = true }); err != nil {
			t.Fatal(err)
		}
		a, b := w.item("A", "100", 50), w.item("B", "200", 50)
		c := w.customer("Jan de Vries", "jan@example.nl")
		res := w.write(order(c, a, b), "1001")
		if res.Err != nil || res.Ref == "" || res.Number == "" {
			t.Fatalf("page order %t: %+v", pageOrder, res)
		}
		found := w.orders("WEB-1001", "WEB-1002")
		if len(found) != 1 {
			t.Fatalf("%d found", len(found))
		}
		o := found[0].Body.(*record.SalesOrder)
		if found[0].Key.ID != "WEB-1001" || found[0].Ref != res.Ref || o.Number != res.Number || o.Total.Cmp(amount("33.97")) != 0 || o.Posted || o.Currency != "EUR" {
			t.Errorf("%+v %+v", found[0], o)
		}
	}
}

// BC that prices lines by its own list after our price came: price, discount and text are set once more.
func TestRecalculatedPricesAreSetAgain(t *testing.T) {
	w := newWorld(t)
	a, b := w.item("A", "100", 50), w.item("B", "200", 50)
	want := order(w.customer("Jan", "jan@example.nl"), a, b)
	w.faults.Add(sim.Rule{Method: "POST", Path: "/salesOrders", Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		for _, gone := range []string{`"unitPrice":9.99,`, `"discountAmount":1,`, `,"unitPrice":5`} {
			if !strings.Contains(string(body), gone) {
				t.Errorf("%s is not in %s", gone, body)
			}
			body = []byte(strings.Replace(string(body), gone, "", 1))
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		next.ServeHTTP(rw, r)
	}})
	if res := w.write(want, "1001"); res.Err != nil {
		t.Fatal(res.Err)
	}
	patches := 0
	for _, r := range w.requests() {
		if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "salesOrderLines") {
			patches++
			if !strings.HasPrefix(r.Header.Get("If-Match"), `W/"`) {
				t.Errorf("If-Match %q", r.Header.Get("If-Match"))
			}
		}
	}
	if patches != 2 {
		t.Errorf("%d lines set again", patches)
	}
}

func TestTotalThatDiffersIsHeld(t *testing.T) {
	w := newWorld(t)
	a, b := w.item("A", "100", 50), w.item("B", "200", 50)
	want := order(w.customer("Jan", "jan@example.nl"), a, b)
	want.Total = amount("33.98")
	res := w.write(want, "1001")
	f := wantCode(t, res.Err, "order.total_differs")
	if res.Ref == "" || res.Number == "" || f.Args["bc"] != "EUR 33.97" || f.Args["shop"] != "EUR 33.98" || f.Args["max"] != "EUR 0.05" {
		t.Errorf("%+v %v", res, f.Args)
	}
	want.External, want.Total, want.Tax, want.TaxSlack = "WEB-1002", amount("33.97"), amount("0.03"), amount("0.02")
	res = w.write(want, "1002")
	if wantCode(t, res.Err, "order.tax_differs"); res.Ref == "" {
		t.Error("no ref")
	}
}

func TestPostedOrderIsFound(t *testing.T) {
	w := newWorld(t)
	a, b := w.item("A", "100", 50), w.item("B", "200", 50)
	res := w.write(order(w.customer("Jan", "jan@example.nl"), a, b), "1001")
	w.api("POST", "salesOrders("+res.Ref+")/Microsoft.NAV.shipAndInvoice", "")
	found := w.orders("WEB-1001")
	if len(found) != 1 {
		t.Fatalf("%d found", len(found))
	}
	o := found[0].Body.(*record.SalesOrder)
	if !o.Posted || o.Number != res.Number || found[0].Ref != res.Ref || o.Total.Cmp(amount("33.97")) != 0 {
		t.Errorf("%+v %+v", found[0], o)
	}
	inv := w.read(record.Query{Kinds: []record.Kind{record.KindInvoice}, Keys: []string{res.Number}}).Records
	if len(inv) != 1 || inv[0].Body.(*record.Invoice).Total.String() != "EUR 33.97" {
		t.Errorf("%v", inv)
	}
	ship := w.read(record.Query{Kinds: []record.Kind{record.KindShipment}, From: noon}).Records
	if len(ship) != 1 {
		t.Fatalf("%d shipments", len(ship))
	}
	s := ship[0].Body.(*record.Shipment)
	if !s.Complete || s.External != "WEB-1001" || s.Order != res.Number || len(s.Lines) != 2 || s.Lines[0].SKU != "A" || s.Lines[0].Quantity.Cmp(amount("3")) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestShipmentsSinceAndFrom(t *testing.T) {
	w := newWorld(t)
	a, b := w.item("A", "100", 50), w.item("B", "200", 50)
	c := w.customer("Jan", "jan@example.nl")
	post := func(external string) {
		o := order(c, a, b)
		o.External = external
		w.api("POST", "salesOrders("+w.write(o, external).Ref+")/Microsoft.NAV.shipAndInvoice", "")
	}
	post("WEB-1")
	w.pass(72 * time.Hour)
	post("WEB-2")
	q := record.Query{Kinds: []record.Kind{record.KindShipment}, From: w.now()}
	all, next := w.drain(q)
	if len(all) != 1 || all[0].Body.(*record.Shipment).External != "WEB-2" {
		t.Fatalf("%v", all)
	}
	w.pass(time.Hour)
	q.After = next
	if all, next = w.drain(q); len(all) != 1 { // within the overlap of the read before
		t.Errorf("%d again", len(all))
	}
	w.pass(time.Hour)
	post("WEB-3")
	q.After = next
	if all, _ = w.drain(q); len(all) != 1 || all[0].Body.(*record.Shipment).External != "WEB-3" {
		t.Errorf("%v", keysOf(all))
	}
}

func TestLostAnswerOfACreate(t *testing.T) {
	w := newWorld(t)
	a, b := w.item("A", "100", 50), w.item("B", "200", 50)
	c := w.customer("Jan", "jan@example.nl")
	w.orders("WEB-0") // the company is known from here on
	for name, do := range map[string]sim.Fault{
		"lost":    sim.LoseAnswer(),
		"cut":     sim.CutAnswer(20),
		"500":     sim.Status(500, nil, "text/html", "<h1>Runtime Error</h1>"),
		"503":     sim.Status(503, http.Header{"Retry-After": {"7"}}, "", ""),
		"408":     sim.Status(408, nil, "", ""),
		"webpage": sim.HTMLPage(),
	} {
		before := w.faults.Calls()
		w.faults.Add(sim.Rule{Method: "POST", Path: "/salesOrders", Do: do})
		o := order(c, a, b)
		o.External = "WEB-" + name
		res := w.write(o, name)
		f := wantCode(t, res.Err, "bc.unknown_outcome")
		if f.Kind != fault.Retry || name == "503" && f.After != 7*time.Second {
			t.Errorf("%s: %+v", name, f)
		}
		if n := w.faults.Calls() - before; n != 1 || w.faults.Pending() != 0 {
			t.Errorf("%s: %d calls", name, n)
		}
		if found := w.orders(o.External); len(found) != map[string]int{"lost": 1, "cut": 1}[name] {
			t.Errorf("%s: %d orders found afterwards", name, len(found))
		}
	}
}

func TestRefusedOrders(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *record.SalesOrder)
		code   fault.Code
		has    string
	}{
		"long number": {func(_ *world, o *record.SalesOrder) { o.External = strings.Repeat("9", 36) }, "order.key_too_long", ""},
		"currency":    {func(_ *world, o *record.SalesOrder) { o.Currency = "XTS" }, "order.currency", "XTS"},
		"blocked": {func(w *world, o *record.SalesOrder) {
			w.api("PATCH", "customers("+o.CustomerID+")", `{"blocked":"All"}`)
		}, "order.customer_blocked", "All"},
		"no such item": {func(_ *world, o *record.SalesOrder) { o.Lines[0].ItemID = "12345678-1234-1234-1234-123456789012" }, "bc.refused", ""},
		"no right": {func(w *world, _ *record.SalesOrder) {
			_ = w.sim.Change(func(o *bcsim.Options) { o.Denied = []string{"TableData 36 Sales Header Insert"} })
		}, "bc.right_missing", "TableData 36 Sales Header Insert"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.item("A", "100", 50), w.item("B", "200", 50)
			o := order(w.customer("Jan", "jan@example.nl"), a, b)
			c.change(w, o)
			res := w.write(o, "1001")
			f := wantCode(t, res.Err, c.code)
			if s := f.Error(); !strings.Contains(s, c.has) || strings.Contains(s, "CorrelationId") || strings.Contains(s, "{") {
				t.Error(s)
			}
			if res.Ref != "" {
				t.Error("a ref of nothing")
			}
		})
	}
}

func TestWritesThatAreNotOurs(t *testing.T) {
	w := newWorld(t)
	for _, b := range []record.Body{&record.Item{}, &record.Stock{}, &record.Price{}, &record.Shipment{}, &record.Mark{}} {
		before := w.web.Calls()
		if f := wantCode(t, w.write(b, "x").Err, "bug.unclassified"); f.Kind != fault.Bug || w.web.Calls()-before > 2 {
			t.Error(f)
		}
	}
}
