package service_test

import (
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

// A flow that is paused by itself rests while the others run, across a restart and across a pause of its connection, and
// until its own pause ends.
func TestPauseOfOneFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.sync()
		until := time.Now().Add(8 * time.Hour)
		orders := []record.Kind{record.KindOrder}
		w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Connection: shopName, Kinds: orders, Until: until}))
		stop := w.running()
		w.order("A-1")
		w.must(w.co.SetBlocked("A-2", true))
		time.Sleep(time.Hour + 7*time.Second)
		f, st := w.flow(record.KindOrder), w.status()
		if f.Paused == nil || !f.Paused.Equal(until) || !f.Next.Equal(until) || st.Paused != nil || st.State != ipc.StateFine {
			t.Errorf("orders %+v, the board %+v", f, st)
		}
		if len(w.co.Orders()) != 0 || w.flow(record.KindStock).Last.Started.Before(time.Now().Add(-6*time.Minute)) {
			t.Errorf("%d orders, stock last ran %s", len(w.co.Orders()), w.flow(record.KindStock).Last.Started)
		}
		w.sync() // everything that is not singled out
		if n := len(w.co.Orders()); n != 0 {
			t.Errorf("Sync now brought %d orders of a flow that is paused by itself", n)
		}
		w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Connection: shopName}))
		w.must(w.api.Resume(w.ctx(), ipc.PauseRequest{}))
		stop()
		w.reopen()
		stop = w.running()
		time.Sleep(6*time.Hour + 50*time.Minute)
		if f := w.flow(record.KindOrder); f.Paused == nil || len(w.co.Orders()) != 0 {
			t.Errorf("after a restart: %+v, %d orders", f, len(w.co.Orders()))
		}
		time.Sleep(15 * time.Minute)
		if f := w.flow(record.KindOrder); f.Paused != nil || len(w.co.Orders()) != 1 {
			t.Errorf("after its pause: %+v, %d orders", f, len(w.co.Orders()))
		}
		w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Kinds: orders}))
		w.order("A-1")
		time.Sleep(48 * time.Hour)
		if f := w.flow(record.KindOrder); f.Paused == nil || !f.Paused.IsZero() || !f.Next.IsZero() || len(w.co.Orders()) != 1 {
			t.Errorf("until resumed: %+v, %d orders", f, len(w.co.Orders()))
		}
		w.sync(record.KindOrder) // by its name it runs all the same
		w.order("A-1")
		w.must(w.api.Resume(w.ctx(), ipc.PauseRequest{Kinds: orders}))
		time.Sleep(3 * time.Minute)
		if n := len(w.co.Orders()); n != 3 {
			t.Errorf("%d orders after it was resumed", n)
		}
		stop()
	})
}

// Pausing one flow in the middle of its run ends that run; those that were to run after it go on at once.
func TestPauseOfARunningFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		g := newGate()
		w.bcFaults.Add(sim.Rule{Method: "GET", Path: "/items", Do: g.pass})
		defer w.running()()
		<-g.come
		var wg sync.WaitGroup
		wg.Go(func() {
			w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Kinds: []record.Kind{record.KindItem}}))
		})
		synctest.Wait()
		close(g.open)
		wg.Wait()
		number := w.order("A-1")
		time.Sleep(time.Minute)
		if f := w.flow(record.KindItem); f.Paused == nil || f.Fault != nil {
			t.Errorf("items: %+v", f)
		}
		if n := len(w.shop.Products()); n != 0 {
			t.Errorf("%d products, which the paused flow makes", n)
		}
		for _, k := range []record.Kind{record.KindOrder, record.KindShipment} {
			if f := w.flow(k); f.Last == nil || f.Last.Fault != nil || f.Fault != nil {
				t.Errorf("%s, order %d: %+v", k, number, f)
			}
		}
	})
}

// A flow that is switched off doesn't run by its name, and the answer names the setting.
func TestSyncRefusesAFlowThatIsOff(t *testing.T) {
	w := started(t, func(c *settings.Connection) { c.Flows.Stock.Off = true })
	w.requests()
	for _, r := range []ipc.SyncRequest{{Connection: shopName, Kinds: []record.Kind{record.KindStock}},
		{Kinds: []record.Kind{record.KindItem, record.KindStock}}} {
		_, err := w.api.Sync(w.ctx(), r, nil)
		if e := fault.As(err); e == nil || e.Code != "flow.off" || !strings.Contains(e.Error(), "[flows.stock] off") || !strings.Contains(e.Error(), shopName) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if n := len(w.requests()); n != 0 {
		t.Errorf("%d calls", n)
	}
	other := w.conf
	other.Name, other.Flows.Stock.Off = "other", false
	first := w.conf
	w.conf = other
	w.connect()
	last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Kinds: []record.Kind{record.KindStock}}, nil)
	if err != nil || len(last.Runs) != 1 || last.Runs[0].Connection != "other" {
		t.Errorf("where one connection has it on: %+v, %v", last, err)
	}
	w.conf = first
}
