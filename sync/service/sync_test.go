package service_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
)

// gate holds a request until it is opened, and tells when the first has come.
type gate struct {
	come, open chan struct{}
	once       sync.Once
}

func newGate() *gate { return &gate{come: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) pass(rw http.ResponseWriter, r *http.Request, next http.Handler) {
	g.once.Do(func() { close(g.come) })
	<-g.open
	next.ServeHTTP(rw, r)
}

// reads counts the reads of Business Central's items and shipments since the last call.
func (w *world) reads() (items, shipments int) {
	for _, r := range w.requests() {
		switch {
		case r.method != http.MethodGet:
		case strings.HasSuffix(r.path, "/items"):
			items++
		case strings.HasSuffix(r.path, "/salesShipments"):
			shipments++
		}
	}
	return items, shipments
}

// Pressing Sync now during a run starts no second one: what began before the press runs once more after it, what
// begins after it doesn't.
func TestSyncJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		w.sync()
		w.reads()
		w.sync()
		oneItems, oneShipments := w.reads()
		if oneItems == 0 || oneShipments == 0 {
			t.Fatal("a run reads nothing")
		}
		g := newGate()
		w.bcFaults.Add(sim.Rule{Path: "/items", Do: g.pass})
		var wg sync.WaitGroup
		press := func(kinds ...record.Kind) {
			wg.Go(func() {
				last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: shopName, Kinds: kinds}, nil)
				want := max(len(kinds), 1)
				if err != nil || last.Fault != nil || !last.Done || len(last.Runs) < want {
					t.Errorf("Sync now %v: %+v, %v", kinds, last, err)
				}
			})
		}
		press()
		<-g.come
		if st := w.status(); st.State != ipc.StateWorking || st.Running == nil || st.Running.Kind != record.KindItem || st.Running.Step != 1 {
			t.Errorf("the board: %+v", st)
		}
		press()
		press(record.KindShipment)
		press(record.KindOrder, record.KindShipment)
		synctest.Wait()
		close(g.open)
		wg.Wait()
		if items, shipments := w.reads(); items != 2*oneItems || shipments != oneShipments {
			t.Errorf("%d reads of items and %d of shipments; a run has %d and %d", items, shipments, oneItems, oneShipments)
		}
		if w.status().Running != nil {
			t.Error("the board still shows a run")
		}
	})
}

// Sync now runs what stands still or rests, and names what went wrong.
func TestSyncRunsInSpiteOfAPause(t *testing.T) {
	w := started(t)
	w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Connection: shopName}))
	if r := w.sync()[record.KindItem]; r.Written != 3 {
		t.Errorf("items: %+v", r)
	}
	w.secret("shop consumer_secret", "cs_wrong")
	last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{}, nil)
	w.must(err)
	if last.Fault == nil || last.Fault.Code != "shop.sign_in" || len(last.Runs) != 5 {
		t.Errorf("%+v", last)
	}
	if _, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: "nobody"}, nil); err == nil || !strings.Contains(err.Error(), shopName) {
		t.Errorf("an unknown connection: %v", err)
	}
}

// A caller who leaves doesn't stop the run he asked for.
func TestSyncGoesOnWithoutItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		g := newGate()
		w.bcFaults.Add(sim.Rule{Path: "/items", Do: g.pass})
		ctx, leave := context.WithCancel(w.ctx())
		done := make(chan error, 1)
		go func() {
			_, err := w.api.Sync(ctx, ipc.SyncRequest{Connection: shopName}, nil)
			done <- err
		}()
		<-g.come
		leave()
		if err := <-done; err == nil {
			t.Error("the caller left and has an answer")
		}
		close(g.open)
		w.sync() // waits for its turn
		if n := len(w.shop.Products()); n != 3 {
			t.Errorf("%d products", n)
		}
	})
}

// A pause holds flows back until it ends by itself or a person ends it, also across a restart.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		until := time.Now().Add(3 * time.Hour)
		w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Connection: shopName, Until: until}))
		w.requests()
		stop := w.running()
		time.Sleep(time.Hour)
		if st := w.status(); st.State != ipc.StatePaused || st.Paused == nil || !st.Paused.Equal(until) {
			t.Errorf("the board: %+v", st)
		}
		if next := w.flow(record.KindOrder).Next; !next.Equal(until) {
			t.Errorf("orders run next at %s", next)
		}
		stop()
		w.reopen()
		stop = w.running()
		time.Sleep(119 * time.Minute)
		if n := len(w.requests()); n != 0 {
			t.Errorf("%d calls in the pause", n)
		}
		time.Sleep(2 * time.Minute)
		if n := len(w.shop.Products()); n != 3 || w.status().Paused != nil {
			t.Errorf("%d products after the pause, %+v", n, w.status())
		}
		w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{}))
		w.requests()
		time.Sleep(48 * time.Hour)
		if n := len(w.requests()); n != 0 || w.status().State != ipc.StatePaused {
			t.Errorf("%d calls while paused without an end", n)
		}
		w.must(w.api.Resume(w.ctx(), ipc.PauseRequest{}))
		time.Sleep(time.Minute)
		if n := len(w.requests()); n == 0 {
			t.Error("no calls after it was resumed")
		}
		stop()
	})
}

// A stop in the middle of a run loses nothing and makes nothing twice: a write under way is finished and remembered.
func TestStopInTheMiddle(t *testing.T) {
	for _, at := range []struct {
		side, method, path string
		kind               record.Kind
		written            int // by the run that was stopped
	}{
		{"shop", "POST", "/products/batch", record.KindItem, 1},
		{"bc", "POST", "/salesOrders", record.KindOrder, 1},
		{"bc", "POST", "/customers", record.KindOrder, 0},
		{"shop", "POST", "/orders/batch", record.KindOrder, 1},
	} {
		t.Run(at.side+at.path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := started(t)
				w.sync()
				w.item("A-4", 1)
				number := strconv.Itoa(w.order("A-2"))
				g := newGate()
				faults := map[string]*sim.Faults{"bc": &w.bcFaults, "shop": &w.shopFaults}[at.side]
				faults.Add(sim.Rule{Method: at.method, Path: at.path, Do: func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
					if r.ContentLength == 2 { // the check's empty batch
						next.ServeHTTP(rw, r)
						return
					}
					g.pass(rw, r, next)
				}})
				stop := w.running()
				<-g.come
				stopped := make(chan struct{})
				go func() { stop(); close(stopped) }()
				synctest.Wait()
				close(g.open)
				<-stopped
				w.reopen()
				if r := w.flow(at.kind).Last; r == nil || r.Written != at.written {
					t.Errorf("the stopped run is remembered as %+v", r)
				}
				w.sync()
				if o := w.co.Orders(); len(o) != 1 || !strings.HasSuffix(o[0].External, number) || len(w.co.Customers()) != 1 {
					t.Errorf("%d orders, %d customers", len(o), len(w.co.Customers()))
				}
				if n := len(w.shop.Products()); n != 4 || len(w.problems()) != 0 {
					t.Errorf("%d products, problems %v", n, w.problems())
				}
				w.requests()
				w.sync()
				if got := w.written(); len(got) != 0 {
					t.Errorf("the run after it wrote %v", got)
				}
			})
		})
	}
}

// A person's retry makes its flow due at once, also when it is given while that flow runs.
func TestRetryHurries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t, func(c *settings.Connection) { c.Flows.Orders.Every = settings.Duration(24 * time.Hour) })
		w.item("B-9", 1)
		w.sync()
		w.must(w.co.SetBlocked("B-9", true))
		w.order("B-9")
		w.sync()
		stop := w.running()
		defer stop()
		time.Sleep(time.Minute)
		id := w.problem().ID
		g := newGate()
		w.shopFaults.Add(sim.Rule{Method: http.MethodGet, Path: "/orders", Do: g.pass})
		w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: id}))
		<-g.come // its flow runs, and is still held
		w.must(w.co.SetBlocked("B-9", false))
		w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: id}))
		close(g.open)
		time.Sleep(time.Minute)
		if got := w.problems(); slices.Contains(got, "order.item_blocked") || len(w.co.Orders()) != 1 {
			t.Errorf("problems %v, %d orders", got, len(w.co.Orders()))
		}
	})
}
