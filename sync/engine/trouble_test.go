package engine_test

import (
	"testing"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// A lost answer says nothing of the next record: the rest of the page is written, and the lost one is looked up first.
func TestLostAnswerStopsNoOther(t *testing.T) {
	w := newWorld(t)
	w.limits = endpoint.Limits{Batch: 1, Parallel: 1}
	w.seedItems(4)
	calls := 0
	w.shop.before = func([]record.Change) error {
		if calls++; calls == 2 {
			return fault.New("net.cut", nil)
		}
		return nil
	}
	if _, err := w.engine.Run(t.Context(), w.job(products)); err == nil || fault.As(err).Code != "net.cut" {
		t.Fatalf("the run ended with %v", err)
	}
	if n := len(w.products()); n != 3 || calls != 4 {
		t.Errorf("%d products after %d calls, want 3 of 4", n, calls)
	}
	if o, err := w.db.Open(record.KindItem); err != nil || len(o.Intents) != 1 || o.Cursor != "" {
		t.Errorf("intents %v, cursor %q, %v", o.Intents, o.Cursor, err)
	}
	w.later()
	if tally := w.run(products); tally.Written != 1 || len(w.products()) != 4 {
		t.Errorf("the next run: %+v, %d products", tally, len(w.products()))
	}
}

// A side that is down is left alone after three calls; one that asks for patience, at once.
func TestDownIsNotTriedForEveryRecord(t *testing.T) {
	busy := fault.New("net.busy", nil)
	busy.After = 7e9
	for name, c := range map[string]struct {
		err   error
		calls int
	}{"down": {fault.New("net.cut", nil), 3}, "asks for patience": {busy, 1}, "refuses us": {fault.New("shop.sign_in", nil), 1}} {
		w := newWorld(t)
		w.limits = endpoint.Limits{Batch: 1, Parallel: 1}
		w.seedItems(4)
		calls := 0
		w.shop.before = func([]record.Change) error { calls++; return c.err }
		if _, err := w.engine.Run(t.Context(), w.job(products)); fault.As(err).Code != fault.As(c.err).Code || calls != c.calls {
			t.Errorf("%s: %v after %d calls, want %d", name, err, calls, c.calls)
		}
	}
}

// Only a create that surely left nothing is forgotten: TLS can fail in the middle of an answer, too.
func TestCreatesThatMayHaveArrivedStayOpen(t *testing.T) {
	for code, open := range map[fault.Code]int{"tls.failed": 1, "tls.expired": 0, "net.cut": 1, "net.unreachable": 0, "shop.sign_in": 0} {
		w := newWorld(t)
		w.seedItems(1)
		w.shop.before = func([]record.Change) error { return fault.New(code, nil) }
		if _, err := w.engine.Run(t.Context(), w.job(products)); err == nil || fault.As(err).Code != code {
			t.Fatalf("%s: the run ended with %v", code, err)
		}
		if o, err := w.db.Open(record.KindItem); err != nil || len(o.Intents) != open {
			t.Errorf("%s: intents %v, %v, want %d", code, o.Intents, err, open)
		}
	}
}
