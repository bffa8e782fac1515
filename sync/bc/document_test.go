package bc

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"testing"

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
