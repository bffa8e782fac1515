package bc

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"testing"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
	"stockbridge/sync/sim"
)

// unpriced makes BC price the lines of new orders by its own list, as if ours had come too early.
func (w *world) unpriced() {
	prices := regexp.MustCompile(`,"(unitPrice|discountAmount)":[0-9.]+`)
	w.faults.Add(sim.Rule{Method: "POST", Path: "/salesOrders", Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		body = prices.ReplaceAll(body, nil)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		next.ServeHTTP(rw, r)
	}})
}

// threeLines is an order of three items at the shop's own prices.
func (w *world) threeLines() *record.SalesOrder {
	o := order(w.customer("Jan", "jan@example.nl"), w.item("A", "100", 50), w.item("B", "200", 50))
	third := o.Lines[1]
	third.ItemID, third.UnitPrice = w.item("C", "300", 50), amount("7")
	o.Lines, o.Total = append(o.Lines, third), amount("40.97")
	return o
}

// Setting one line moves the ETags of the others, until the order is read again (NOTES section 3).
func TestLinesWhoseETagsMoveWithEachOther(t *testing.T) {
	for _, status := range []int{http.StatusConflict, http.StatusPreconditionFailed} {
		w := newWorld(t)
		want := w.threeLines()
		w.unpriced()
		moved := false
		w.faults.Add(sim.Rule{Method: "PATCH", Path: "/salesOrderLines(", Times: -1, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			if moved {
				sim.Status(status, nil, "application/json", `{"error":{"code":"Request_EntityChanged","message":"Another user has already changed the record."}}`)(rw, r, next)
				return
			}
			moved = true
			next.ServeHTTP(rw, r)
		}})
		w.faults.Add(sim.Rule{Method: "GET", Path: "/salesOrders(", Times: -1, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			moved = false
			next.ServeHTTP(rw, r)
		}})
		res := w.write(want, "1001")
		if res.Err != nil {
			t.Fatalf("%d: %v", status, res.Err)
		}
		if o := w.orders("WEB-1001")[0].Body.(*record.SalesOrder); o.Total.Cmp(want.Total) != 0 {
			t.Errorf("%d: total %s, want %s", status, o.Total, want.Total)
		}
	}
}

// Somebody who holds on to a line is not fought for ever.
func TestLineThatKeepsChanging(t *testing.T) {
	w := newWorld(t)
	want := w.threeLines()
	w.unpriced()
	patches := 0
	w.faults.Add(sim.Rule{Method: "PATCH", Path: "/salesOrderLines(", Times: -1, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		patches++
		sim.Status(http.StatusConflict, nil, "", "")(rw, r, next)
	}})
	res := w.write(want, "1001")
	if wantCode(t, res.Err, "bc.changed"); res.Ref == "" || patches != 2 {
		t.Errorf("%+v after %d tries", res, patches)
	}
}

// halfMade is an order whose create got no further than its first answer.
func (w *world) halfMade(want *record.SalesOrder) (ref string) {
	w.t.Helper()
	w.unpriced()
	w.faults.Add(sim.Rule{Method: "PATCH", Path: "/salesOrderLines(", Do: sim.RefuseBefore()})
	res := w.write(want, "1001")
	wantCode(w.t, res.Err, "bc.unknown_outcome")
	if o := w.orders("WEB-1001")[0].Body.(*record.SalesOrder); o.Total.Cmp(want.Total) == 0 || !o.Draft {
		w.t.Fatalf("nothing is left to finish: %+v", o)
	}
	return w.orders("WEB-1001")[0].Ref
}

func (w *world) finish(want *record.SalesOrder, ref string) endpoint.Result {
	w.t.Helper()
	return w.client.Write(w.t.Context(), []record.Change{{Key: record.Key{Kind: record.KindOrder, ID: "1001"}, Ref: ref, Want: want, Source: "1001"}})[0]
}

// What a create left half made is finished where it stands.
func TestHalfMadeOrderIsFinished(t *testing.T) {
	w := newWorld(t)
	want := w.threeLines()
	ref := w.halfMade(want)
	if res := w.finish(want, ref); res.Err != nil || res.Ref != ref || res.Number == "" {
		t.Fatalf("%+v", res)
	}
	if all := w.orders("WEB-1001"); len(all) != 1 || all[0].Body.(*record.SalesOrder).Total.Cmp(want.Total) != 0 {
		t.Errorf("%+v", all[0].Body)
	}
}

// An order that is no longer as our create left it is compared, never changed.
func TestHalfMadeOrderThatSomebodyTookUp(t *testing.T) {
	for name, change := range map[string]func(w *world, ref string){
		"a line more": func(w *world, ref string) {
			w.api("POST", "salesOrders("+ref+")/salesOrderLines", `{"lineType":"Item","lineObjectNumber":"A","quantity":1}`)
		},
		"released": func(w *world, _ string) {
			if err := w.co.Release(w.co.Orders()[0].Number); err != nil {
				w.t.Fatal(err)
			}
		},
		"another customer": func(w *world, ref string) {
			w.api("PATCH", "salesOrders("+ref+")", `{"customerId":"`+w.customer("Piet", "piet@example.nl")+`"}`)
		},
	} {
		w := newWorld(t)
		want := w.threeLines()
		ref := w.halfMade(want)
		change(w, ref)
		before := len(w.requests())
		res := w.finish(want, ref)
		if wantCode(t, res.Err, "order.total_differs"); res.Ref != ref || res.Number == "" {
			t.Errorf("%s: %+v", name, res)
		}
		for _, r := range w.requests()[before:] {
			if r.Method != "GET" {
				t.Errorf("%s: %s %s", name, r.Method, r.URL.Path)
			}
		}
	}
}
