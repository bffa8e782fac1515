package service_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/sim"
)

// unpriced makes Business Central price the lines of new orders by its own list, as where it calculates prices after
// ours: they must be put right by calls of their own (bc/document.go).
func (w *world) unpriced() {
	prices := regexp.MustCompile(`,"(unitPrice|discountAmount)":[0-9.]+`)
	w.bcFaults.Add(sim.Rule{Method: "POST", Path: "/salesOrders", Times: -1, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		body = prices.ReplaceAll(body, nil)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		next.ServeHTTP(rw, r)
	}})
}

// halfMadeWorld is a merchant with one order of two products, whose document takes several calls.
func halfMadeWorld(t *testing.T, g *guillotine) *world {
	t.Helper()
	w := newWorld(t)
	w.opts.Transport = func(side string) http.RoundTripper { return mortal{g, side, w.transport(side)} }
	w.opts.Around = func(commit func() error) error { return g.pass("commit", commit) }
	w.unpriced()
	w.open()
	w.connect()
	w.shopHas("A-1", "9.50", 3)
	w.shopHas("A-2", "10.25", 3)
	w.orderOf("Zoë", "zoe@example.com", "A-1", "A-2")
	return w
}

// TestEndWhileLinesAreCorrected ends the service before and after every request and commit of a run that makes an order
// and then corrects its lines: the draft must be finished without a person.
func TestEndWhileLinesAreCorrected(t *testing.T) {
	var want []string
	var corrected, total int
	synctest.Test(t, func(t *testing.T) {
		g := &guillotine{at: 1 << 30}
		w := halfMadeWorld(t, g)
		g.n = 0
		w.try()
		total, corrected = g.n, w.calls("bc", "/salesOrderLines(")
		want = w.contents()
		if got := w.problems(); len(got) > 0 {
			t.Fatal(got)
		}
		w.must(w.s.Close())
	})
	if corrected < 2 {
		t.Fatalf("%d lines were corrected, want 2", corrected)
	}
	step := 1
	if testing.Short() {
		step = 10
	}
	for at := 1; at <= total && !t.Failed(); at += step {
		for _, lost := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				g := &guillotine{at: 1 << 30}
				w := halfMadeWorld(t, g)
				g.n, g.at, g.lost = 0, at, lost
				w.try()
				name := fmt.Sprintf("%d of %d (%s), after it %v", at, total, g.what, lost)
				_ = w.s.Close() // a dead process can't save anything any more
				g.at = 1 << 30
				w.open()
				for range 2 {
					w.try()
					time.Sleep(3 * time.Hour)
				}
				if got := w.problems(); len(got) > 0 {
					t.Errorf("%s: problems %q", name, got)
				}
				same := func(l string) bool { return !strings.HasPrefix(l, "product") }
				if diff := cmp.Diff(slices.DeleteFunc(slices.Clone(want), func(l string) bool { return !same(l) }),
					slices.DeleteFunc(w.contents(), func(l string) bool { return !same(l) })); diff != "" {
					t.Errorf("%s (-undisturbed +after the end):\n%s", name, diff)
				}
				w.must(w.s.Close())
				w.remembered(t, name)
			})
		}
	}
}
