package service_test

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
)

// taken lists the shop's order numbers that are in Business Central, in the order in which they came there.
func (w *world) taken() (numbers []string) {
	for _, o := range w.co.Orders() {
		numbers = append(numbers, o.External[strings.LastIndexByte(o.External, '-')+1:])
	}
	return numbers
}

// down keeps everything from reaching some sides until the returned func is called.
func (w *world) down(do sim.Fault, sides ...*sim.Faults) (up func()) {
	for _, f := range sides {
		f.Add(sim.Rule{Times: -1, Do: do})
	}
	return func() {
		for _, f := range sides {
			f.Reset()
		}
	}
}

// Two days without a network: nothing is told for ten minutes, then one state for the whole connection and no problem at
// all; few calls; and when it is back everything goes through in order, for hardly more calls than it takes anyhow.
func TestTwoDaysWithoutNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t, func(c *settings.Connection) { c.BC.Parallel = 1 }) // of two calls at once either may be first
		w.sync()
		defer w.running()()
		time.Sleep(time.Minute)
		up := w.down(sim.RefuseBefore(), &w.bcFaults, &w.shopFaults)
		fell := time.Now()
		var want []string
		states := []ipc.State{ipc.StateFine}
		w.requests()
		for time.Since(fell) < 48*time.Hour {
			time.Sleep(time.Minute)
			if st := w.status(); st.State != ipc.StateWorking && st.State != states[len(states)-1] {
				states = append(states, st.State)
				if after := time.Since(fell); after < 10*time.Minute {
					t.Errorf("%s is told after %s", st.State, after)
				} else if st.Fault != nil || len(st.Sides) == 0 || len(st.Flows) != 5 {
					t.Errorf("the board: %+v", st)
				}
			}
			if n := len(w.problems()); n != 0 {
				t.Fatalf("%d problems after %s", n, time.Since(fell))
			}
			if len(want) < 12 && int(time.Since(fell).Minutes())%180 == 0 {
				want = append(want, strconv.Itoa(w.order("A-1")))
			}
		}
		if len(states) != 2 || states[1] != ipc.StateOffline {
			t.Errorf("told %v", states)
		}
		if n := len(w.requests()); n > 48*2*2*3+100 { // a probe each half hour at most, on each side, of three tries
			t.Errorf("%d calls in two days", n)
		}
		up()
		for began := time.Now(); len(w.co.Orders()) < len(want); time.Sleep(time.Second) {
			if time.Since(began) > time.Hour+time.Minute {
				t.Fatalf("%d orders of %d came an hour after it was back", len(w.co.Orders()), len(want))
			}
		}
		time.Sleep(time.Minute)
		caught := len(w.requests())
		if got := w.taken(); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("orders came as %v, want %v", got, want)
		}
		if st := w.status(); st.State != ipc.StateFine || len(w.problems()) != 0 || len(w.co.Customers()) != 1 {
			t.Errorf("afterwards: %+v, problems %v, %d customers", st, w.problems(), len(w.co.Customers()))
		}
		for range want {
			w.order("A-2")
		}
		w.sync()
		if usual := len(w.requests()); caught > 2*usual {
			t.Errorf("catching up took %d calls, as many orders usually %d", caught, usual)
		}
	})
}

// A server that takes a call and says nothing is given up in half a minute, and then only asked now and again.
func TestSilentSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		w.reopen()
		up := w.down(sim.Slow(time.Hour), &w.bcFaults)
		defer w.running()()
		time.Sleep(31 * time.Second)
		if f := w.flow(record.KindItem); f.Fault == nil || f.Fault.Code != "net.timeout" {
			t.Errorf("after half a minute: %+v", f)
		}
		time.Sleep(6 * time.Hour)
		if n := len(w.requests()); n > 60 {
			t.Errorf("%d calls in six hours of silence", n)
		}
		if st := w.status(); st.State != ipc.StateOffline || len(st.Sides) != 1 || st.Sides[0].Side != "bc" {
			t.Errorf("the board: %+v", st)
		}
		up()
		number := strconv.Itoa(w.order("A-1"))
		time.Sleep(time.Hour + time.Minute)
		if got := w.taken(); len(got) != 1 || got[0] != number || w.status().State != ipc.StateFine {
			t.Errorf("afterwards: orders %v, %+v", got, w.status())
		}
	})
}

// One question that a side can't answer is the trouble of the flow that asks it: the others go on at their own times.
func TestOneHeavyQuestionHoldsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		w.bcFaults.Add(sim.Rule{Path: "/itemLedgerEntries", Times: -1, Do: sim.Status(http.StatusServiceUnavailable, nil, "text/plain", "busy")})
		defer w.running()()
		for n := 1; n <= 24; n++ {
			w.order("A-1")
			time.Sleep(5 * time.Minute)
			if got := len(w.co.Orders()); got != n {
				t.Fatalf("%d orders of %d after %d minutes", got, n, 5*n)
			}
		}
		stock := w.flow(record.KindStock)
		if stock.Fault == nil || stock.Fault.Code != "net.server_error" || w.flow(record.KindOrder).Fault != nil || len(w.status().Sides) != 0 {
			t.Errorf("stock %+v, the board %+v", stock, w.status())
		}
		if n := w.calls("bc", "/itemLedgerEntries"); n > 80 {
			t.Errorf("the question was asked %d times in two hours", n)
		}
	})
}

// A person doesn't wait for the next probe, and learns at once that it is of no use.
func TestSyncNowAsksASideThatIsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		up := w.down(sim.RefuseBefore(), &w.shopFaults)
		stop := w.running()
		time.Sleep(5 * time.Hour)
		w.requests()
		last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{}, nil)
		if err != nil || last.Fault == nil || last.Fault.Code != "net.cut" || len(last.Runs) != 5 {
			t.Errorf("Sync now: %+v, %v", last, err)
		}
		if n := w.calls("shop", ""); n == 0 || n > 12 {
			t.Errorf("%d calls to the shop", n)
		}
		up()
		w.order("A-1")
		w.sync(record.KindOrder)
		if st := w.status(); len(w.co.Orders()) != 1 || len(st.Sides) != 0 {
			t.Errorf("%d orders, %+v", len(w.co.Orders()), st)
		}
		time.Sleep(5 * time.Second) // the flows it stood still for are not asked for, and go on all the same
		if st := w.status(); st.State != ipc.StateFine || w.flow(record.KindItem).Fault != nil {
			t.Errorf("the board: %+v", st)
		}
		stop()
	})
}

// What was refused is asked again once an hour; mended over there it goes on at the same record, without anybody here.
func TestRefusalIsMendedOverThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		defer w.running()()
		time.Sleep(time.Minute)
		w.shopFaults.Add(sim.Rule{Times: -1, Do: sim.Status(http.StatusUnauthorized, nil, "application/json",
			`{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":401}}`)})
		number := strconv.Itoa(w.order("A-1"))
		time.Sleep(10 * time.Minute)
		st := w.status()
		if st.State != ipc.StateAttention || st.Fault == nil || st.Fault.Kind != fault.Auth || len(st.Sides) != 1 {
			t.Fatalf("the board: %+v", st)
		}
		w.requests()
		time.Sleep(24 * time.Hour)
		if seen := w.requests(); len(seen) < 20 || len(seen) > 30 || seen[len(seen)-1].side != "shop" {
			t.Errorf("%d calls in a day", len(seen))
		}
		w.shopFaults.Reset()
		w.requests()
		time.Sleep(time.Hour)
		if got := w.taken(); len(got) != 1 || got[0] != number || w.status().State != ipc.StateFine || w.status().Fault != nil {
			t.Errorf("an hour later: orders %v, %+v", got, w.status())
		}
	})
}

// Whatever fails, and whenever: the calls of an hour stay bounded, and when nothing fails any more all is in step.
func TestRandomTroubleIsNoBusyLoop(t *testing.T) {
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) {
			w := started(t, func(c *settings.Connection) { c.Flows.Orders.Every = settings.Duration(time.Minute) })
			w.sync()
			w.requests()
			stop := w.running()
			for hour := range 12 {
				rate := []int{100, 40, 0, 100, 10, 70}[(uint64(hour)+seed)%6]
				troubled(&w.shopFaults, rate, seed+uint64(hour))
				troubled(&w.bcFaults, 100-rate, 77*seed+uint64(hour))
				w.order("A-1")
				time.Sleep(time.Hour)
				// 60 runs of the orders, 12 of the stock, 4 + 4 + 6 more, of ten calls with two repeats each, and the
				// retries of what fails.
				if n := len(w.requests()); n > 4000 {
					t.Errorf("seed %d, hour %d: %d calls", seed, hour, n)
				}
			}
			w.shopFaults.Reset()
			w.bcFaults.Reset()
			time.Sleep(2 * time.Hour)
			if got := w.taken(); len(got) != 12 || w.status().State != ipc.StateFine {
				t.Errorf("seed %d: %d orders of 12, %+v, problems %v", seed, len(got), w.status(), w.problems())
			}
			stop()
		})
	}
}

// troubled breaks a share of a side's requests, in percent, each in one of the ways servers have.
func troubled(f *sim.Faults, percent int, seed uint64) {
	f.Reset()
	ways := []sim.Fault{sim.RefuseBefore(), sim.LoseAnswer(), sim.Slow(time.Hour), sim.HTMLPage(),
		sim.Status(http.StatusBadGateway, nil, "text/html", "<html>"),
		sim.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"90"}}, "application/json", "{}")}
	random := rand.New(rand.NewPCG(seed, 1))
	var mu sync.Mutex
	f.Add(sim.Rule{Times: -1, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		breaks, way := random.IntN(100) < percent, ways[random.IntN(len(ways))]
		mu.Unlock()
		if breaks {
			way(rw, r, next)
			return
		}
		next.ServeHTTP(rw, r)
	}})
}
