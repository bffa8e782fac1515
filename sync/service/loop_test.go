package service_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
)

// running runs the service's loops until the returned func stops them.
func (w *world) running() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	}
}

// only leaves one flow on.
func only(k record.Kind) func(*settings.Connection) {
	return func(c *settings.Connection) {
		for _, other := range record.Kinds() {
			c.Flows.Schedule(other).Off = other != k
		}
	}
}

// calls counts the requests to a side whose path holds a text, since the last call.
func (w *world) calls(side, part string) (n int) {
	for _, r := range w.requests() {
		if r.side == side && strings.Contains(r.path, part) {
			n++
		}
	}
	return n
}

// Flows run at their own intervals; a virtual day of an idle connection is a bounded number of calls.
func TestLoopKeepsTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t, func(c *settings.Connection) {
			only(record.KindOrder)(c)
			c.Flows.Orders.Every = settings.Duration(10 * time.Minute)
			c.Flows.Orders.Between = "06:00-22:00"
		})
		stop := w.running()
		time.Sleep(24 * time.Hour)
		stop()
		hours := map[int]int{}
		for _, r := range w.requests() {
			if r.side == "shop" && r.method == http.MethodGet && strings.HasSuffix(r.path, "/orders") {
				hours[r.at.Local().Hour()]++
			}
		}
		for h := range 24 {
			switch n := hours[h]; {
			case (h < 6 || h >= 22) && n > 0:
				t.Errorf("%d calls at %d o'clock, outside the hours", n, h)
			case h >= 7 && h < 21 && (n < 5 || n > 14): // a look for what is paid and one for what changed, each 10 minutes
				t.Errorf("%d calls at %d o'clock", n, h)
			}
		}
	})
}

// The whole connection, idle for a day with the default schedule: what it asks stays within what the intervals allow.
func TestLoopIsQuietWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		w.requests()
		stop := w.running()
		time.Sleep(24 * time.Hour)
		stop()
		seen := w.requests()
		// 15, 5, 15, 2 and 10 minutes: 96 + 288 + 96 + 720 + 144 runs; none needs more than six calls.
		if runs := 96 + 288 + 96 + 720 + 144; len(seen) < runs || len(seen) > 6*runs {
			t.Errorf("%d calls in a day for %d runs", len(seen), runs)
		}
		for _, r := range seen {
			if r.writes() {
				t.Errorf("an idle connection wrote: %+v", r)
			}
		}
	})
}

// A side that is out of reach is tried again after waits that grow to an hour, and everything flows once it is back.
func TestLoopBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		w.shopFaults.Add(sim.Rule{Times: -1, Do: sim.RefuseBefore()})
		w.must(w.co.Receive("A-1", decimal.One))
		w.requests()
		stop := w.running()
		time.Sleep(30*time.Minute + 7*time.Second)
		if st := w.status(); st.State != ipc.StateOffline || w.flow(record.KindOrder).Fault == nil {
			t.Errorf("the board: %+v", st)
		}
		time.Sleep(12 * time.Hour)
		if n := w.calls("shop", ""); n < 20 || n > 400 { // 5 flows, 7 waits up to the hour, one an hour then, 3 tries each
			t.Errorf("%d calls in 12 hours of trouble", n)
		}
		w.shopFaults.Reset()
		w.order("A-2")
		time.Sleep(time.Hour + time.Minute)
		if len(w.co.Orders()) != 1 || w.product("A-1").Stock.Cmp(decimal.MustNew(11, 0)) != 0 || w.status().State != ipc.StateFine {
			t.Errorf("after it: %d orders, %+v", len(w.co.Orders()), w.status())
		}
		stop()
	})
}

// A side's wish to be left alone counts for every flow of the connection, not only for the one that heard it.
func TestLoopRespectsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		stop := w.running()
		time.Sleep(time.Minute)
		w.shopFaults.Add(sim.Rule{Do: sim.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"2400"}}, "application/json", "{}")})
		time.Sleep(3 * time.Minute) // the orders ran, and heard it
		if w.shopFaults.Pending() != 0 {
			t.Fatal("nobody heard it")
		}
		w.requests()
		time.Sleep(36 * time.Minute)
		if n := len(w.requests()); n != 0 {
			t.Errorf("%d calls while it wants to be left alone", n)
		}
		time.Sleep(5 * time.Minute)
		if n := w.calls("shop", ""); n == 0 || w.status().State != ipc.StateFine {
			t.Errorf("%d calls afterwards, %+v", n, w.status())
		}
		stop()
	})
}

// A refused key stops the connection until a secret is set; then it runs at once.
func TestLoopStopsForAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.secret("bc password", "wrong")
		stop := w.running()
		time.Sleep(time.Minute)
		if st := w.status(); st.State != ipc.StateAttention || st.Fault == nil || st.Fault.Code != "bc.sign_in" {
			t.Errorf("the board: %+v", st)
		}
		w.requests()
		time.Sleep(24 * time.Hour)
		if n := len(w.requests()); n > 24 {
			t.Errorf("%d calls in a day with a key that is refused: BC locks accounts", n)
		}
		w.secret("bc password", bcKey)
		time.Sleep(time.Minute)
		if st := w.status(); st.State != ipc.StateFine || len(w.shop.Products()) != 3 {
			t.Errorf("after the right key: %+v, %d products", st, len(w.shop.Products()))
		}
		stop()
	})
}

// What is wrong for one flow stops that flow alone; it is tried once an hour, in case somebody mended it, and asked for once when
// both systems are looked at.
func TestLoopStopsOneFlowForConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.must(w.bc.Change(denied("TableData 32 Item Ledger Entry Read")))
		defer w.running()()
		time.Sleep(time.Hour)
		if f := w.flow(record.KindItem); f.Fault == nil || f.Fault.Code != "bc.right_missing" {
			t.Errorf("a right that is missing at the check: %+v", f)
		}
		w.must(w.bc.Change(denied()))
		if _, err := w.api.Test(w.ctx(), shopName); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if st := w.status(); st.State != ipc.StateFine {
			t.Fatalf("after the right was given: %+v", st)
		}
		w.must(w.bc.Change(denied("TableData 32 Item Ledger Entry Read")))
		time.Sleep(time.Hour)
		f := w.flow(record.KindStock)
		if f.Fault == nil || f.Fault.Code != "bc.right_missing" || f.Next.Sub(f.Last.Ended) < 59*time.Minute {
			t.Errorf("stock: %+v", f)
		}
		w.order("A-1")
		w.must(w.co.SetPrice("A-2", decimal.MustNew(1250, 2)))
		w.requests()
		time.Sleep(time.Hour)
		if n := w.calls("bc", "/itemLedgerEntries"); n > 2 || len(w.co.Orders()) != 1 || w.product("A-2").Regular != "12.50" {
			t.Errorf("%d calls for stock, %d orders, price %s", n, len(w.co.Orders()), w.product("A-2").Regular)
		}
		w.must(w.bc.Change(denied()))
		w.sync(record.KindStock) // a person tries it
		if f := w.flow(record.KindStock); f.Fault != nil || f.Next.IsZero() {
			t.Errorf("after the right was given: %+v", f)
		}
	})
}

// One connection's trouble doesn't delay another.
func TestLoopsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		slow := w.conf
		slow.Name, slow.BC.Company = "slow", "CRONUS International Ltd."
		w.bcFaults.Add(sim.Rule{Path: "/companies(", Times: -1, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			if !strings.Contains(r.URL.Path, w.co.ID) {
				sim.Slow(time.Hour)(rw, r, next)
				return
			}
			next.ServeHTTP(rw, r)
		}})
		fast := w.conf
		w.conf = slow
		w.connect()
		w.conf = fast
		stop := w.running()
		time.Sleep(30 * time.Second)
		if n := len(w.shop.Products()); n != 3 {
			t.Errorf("%d products after half a minute", n)
		}
		number := strconv.Itoa(w.order("A-1"))
		time.Sleep(3 * time.Minute)
		if o := w.co.Orders(); len(o) != 1 || !strings.HasSuffix(o[0].External, number) {
			t.Errorf("%d orders after three minutes", len(o))
		}
		stop()
	})
}
