package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// breaker ends the world at its n-th call: before it takes effect, or after.
type breaker struct {
	mu    sync.Mutex
	at    int
	lost  bool // the call takes effect, its answer is lost
	calls int
}

var errDead = errors.New("the process is dead")

// call runs do, unless this is the call at which everything ends, or that was before.
func (b *breaker) call(do func()) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	switch {
	case b.calls < b.at:
		do()
		return nil
	case b.calls == b.at && b.lost:
		do()
	}
	return fault.Wrap(errDead, "net.cut", nil)
}

// frail is a side behind a breaker.
type frail struct {
	*side
	b *breaker
}

func (f frail) Read(ctx context.Context, q record.Query) (p endpoint.Page, err error) {
	dead := f.b.call(func() { p, err = f.side.Read(ctx, q) })
	if dead != nil {
		return endpoint.Page{}, dead
	}
	return p, err
}

func (f frail) Write(ctx context.Context, changes []record.Change) (out []endpoint.Result) {
	if dead := f.b.call(func() { out = f.side.Write(ctx, changes) }); dead != nil {
		return failAll(len(changes), dead)
	}
	return out
}

// frailState is a state behind a breaker.
type frailState struct {
	engine.State
	b *breaker
}

func (f frailState) Intend(intents []engine.Intent, updates []record.Key) (err error) {
	return errors.Join(f.b.call(func() { err = f.State.Intend(intents, updates) }), err)
}

func (f frailState) Commit(o engine.Outcome) (err error) {
	return errors.Join(f.b.call(func() { err = f.State.Commit(o) }), err)
}

func (f frailState) Agreed(family record.Kind, refs []string) (a plan.Agreed, err error) {
	return a, errors.Join(f.b.call(func() { a, err = f.State.Agreed(family, refs) }), err)
}

// merchant fills a world with something of everything.
func merchant(t *testing.T) *world {
	w := newWorld(t)
	w.seedItems(6)
	w.shop.put("old", "A002", &record.Item{Name: "Something else", Status: record.Published})
	for i := range 6 {
		w.seedOrder(fmt.Sprint(1001+i), []string{"jan@example.nl", "piet@example.nl", "els@example.nl"}[i%3])
	}
	bad := w.seedOrder("1007", "jan@example.nl")
	bad.Lines[0].SKU = "UNKNOWN"
	return w
}

// road runs every flow once and stops at the first error.
func (w *world) road(ctx context.Context, b *breaker) error {
	e := engine.New(frailState{w.db, b}, w.clock)
	for _, kinds := range [][]record.Kind{products, orders, shipped} {
		job := w.job(kinds)
		job.From, job.To = frail{job.From.(*side), b}, frail{job.To.(*side), b}
		if _, err := e.Run(ctx, job); err != nil {
			return err
		}
		w.now = w.now.Add(1)
		if kinds[0] == record.KindOrder && w.bc.rows["shipmentSHIP1"] == nil {
			w.seedShipment("SHIP1", "WEB-1003")
		}
	}
	return nil
}

// TestEndAnywhere ends the process before and after every call, starts it again on the same file and expects what an
// undisturbed world holds: nothing lost, nothing twice; and a third run that writes nothing (invariants 2 and 3).
func TestEndAnywhere(t *testing.T) {
	whole := merchant(t)
	never := &breaker{at: 1 << 30}
	for range 2 {
		if err := whole.road(t.Context(), never); err != nil {
			t.Fatal(err)
		}
	}
	wantBC, wantShop, wantCodes := whole.bc.content(), whole.shop.content(), whole.codes()
	ends := 0
	for _, lost := range []bool{false, true} {
		for at := 1; ; at++ {
			w := merchant(t)
			b := &breaker{at: at, lost: lost}
			if err := w.road(t.Context(), b); err == nil {
				break
			} else if !errors.Is(err, errDead) {
				t.Fatalf("call %d, lost %v: %v", at, lost, err)
			}
			name := fmt.Sprintf("call %d of the first run, answer lost: %v", at, lost)
			w.reopen()
			w.later()
			w.again(t, name)
			if diff := cmp.Diff(wantBC, w.bc.content()); diff != "" {
				t.Fatalf("%s: Business Central (-want +got):\n%s", name, diff)
			}
			if diff := cmp.Diff(wantShop, w.shop.content()); diff != "" {
				t.Fatalf("%s: shop (-want +got):\n%s", name, diff)
			}
			if diff := cmp.Diff(wantCodes, w.codes()); diff != "" {
				t.Fatalf("%s: problems (-want +got):\n%s", name, diff)
			}
			if err := w.db.Close(); err != nil {
				t.Fatal(err)
			}
			ends++
		}
	}
	t.Logf("ended and started again %d times", ends)
	if ends < 50 {
		t.Errorf("only %d calls: the merchant has too little", ends)
	}
}

// again runs the road twice more: once to get everything done, once to see that nothing is left.
func (w *world) again(t *testing.T, name string) {
	t.Helper()
	for range 2 {
		if err := w.road(t.Context(), &breaker{at: 1 << 30}); err != nil {
			t.Fatalf("%s: started again: %v", name, err)
		}
		w.later()
	}
	before := w.bc.writes() + w.shop.writes()
	if err := w.road(t.Context(), &breaker{at: 1 << 30}); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if n := w.bc.writes() + w.shop.writes() - before; n != 0 {
		t.Fatalf("%s: the last run wrote %d changes", name, n)
	}
	for _, k := range []record.Kind{record.KindItem, record.KindOrder} {
		if o, err := w.db.Open(k); err != nil || len(o.Intents)+len(o.Marks) != 0 {
			t.Fatalf("%s: %s: intents %v, marks %v, %v", name, k, o.Intents, o.Marks, err)
		}
	}
}
