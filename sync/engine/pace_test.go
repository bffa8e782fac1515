package engine_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// TestBatchesKeepToLimits checks every call: never more records than allowed, never more calls at once, never one
// record in two calls.
func TestBatchesKeepToLimits(t *testing.T) {
	for _, limits := range []endpoint.Limits{{}, {Batch: 1, Parallel: 1}, {Batch: 3, Parallel: 2}, {Batch: 100, Parallel: 4}} {
		t.Run(fmt.Sprintf("%d by %d", limits.Batch, limits.Parallel), func(t *testing.T) {
			w := newWorld(t)
			w.bc.size = 50
			w.limits = limits
			w.seedItems(120)
			var mu sync.Mutex
			seen, now := map[string]int{}, 0
			gate := make(chan struct{}, max(1, limits.Parallel))
			w.shop.before = func(changes []record.Change) error {
				select {
				case gate <- struct{}{}:
					defer func() { <-gate }()
				default:
					t.Errorf("more than %d calls at once", limits.Parallel)
				}
				mu.Lock()
				defer mu.Unlock()
				now++
				distinct := map[string]bool{}
				for _, c := range changes {
					distinct[c.Source] = true
					if before, ok := seen[c.Source]; ok && before != now {
						t.Errorf("%s is in two calls", c.Source)
					}
					seen[c.Source] = now
				}
				if len(distinct) > max(1, limits.Batch) {
					t.Errorf("%d records in a call", len(distinct))
				}
				return nil
			}
			w.run(products)
			if len(seen) != 120 {
				t.Errorf("%d records written", len(seen))
			}
		})
	}
}

// TestPaceFollowsTheSide makes every record take a second, on a virtual clock: calls shrink until they take less than
// eight, and grow again when the side is quick.
func TestPaceFollowsTheSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.bc.size, w.limits = 1000, endpoint.Limits{Batch: 100, Parallel: 1}
		w.engine = engine.New(w.db, time.Now)
		w.seedItems(400)
		each := time.Second
		var sizes []int
		w.shop.before = func(changes []record.Change) error {
			sizes = append(sizes, len(changes)/3)
			time.Sleep(time.Duration(len(changes)/3) * each)
			return nil
		}
		w.run(products)
		if sizes[0] != 25 || slices.Max(sizes[3:]) > 8 {
			t.Errorf("a side that takes a second a record got calls of %v", sizes)
		}
		each, sizes = time.Millisecond, nil
		for i := range 400 {
			w.seedItem(i, 1000+int64(i))
		}
		w.shop.before = func(changes []record.Change) error { sizes = append(sizes, len(changes)); return nil }
		w.run(products)
		if sizes[0] > 12 || slices.Max(sizes) != 100 {
			t.Errorf("a side that became quick got calls of %v", sizes)
		}
	})
}

// TestReadingOverlapsWriting holds the first page's write back until the next page was asked for.
func TestReadingOverlapsWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.seedItems(8)
		second := make(chan struct{})
		once := sync.OnceFunc(func() { close(second) })
		w.bc.onRead = func(q record.Query) {
			if q.After != "" {
				once()
			}
		}
		w.shop.before = func([]record.Change) error { <-second; return nil } // a bubble that waits forever fails
		w.run(products)
		if got := len(w.products()); got != 8 {
			t.Errorf("%d products", got)
		}
	})
}

// TestFailedReadLeavesTheWriteAlone fails the second page while the first is being written: that write ends well.
func TestFailedReadLeavesTheWriteAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.limits = endpoint.Limits{Batch: 4, Parallel: 1}
		w.seedItems(8)
		failed := make(chan struct{})
		job := w.job(products)
		job.From = failingReader{w.bc, failed}
		w.shop.before = func([]record.Change) error {
			<-failed
			synctest.Wait() // whatever the failed read does to the run is done by now
			return nil
		}
		_, err := w.engine.Run(t.Context(), job)
		if fault.As(err).Code != "net.server_error" {
			t.Fatalf("run: %v", err)
		}
		if got := len(w.products()); got != 4 || w.cursor(record.KindItem) == "" {
			t.Errorf("%d products of the first page, cursor %q", got, w.cursor(record.KindItem))
		}
	})
}

type failingReader struct {
	*side
	failed chan struct{}
}

func (f failingReader) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	if q.After == "" {
		return f.side.Read(ctx, q)
	}
	close(f.failed)
	return endpoint.Page{}, fault.New("net.server_error", nil)
}

// TestCancelEndsTheRun cancels in the middle of a page: the write under way is finished, what was written is remembered, and
// the rest comes next time.
func TestCancelEndsTheRun(t *testing.T) {
	w := newWorld(t)
	w.limits = endpoint.Limits{Batch: 1, Parallel: 1}
	w.seedItems(4)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	w.shop.before = func([]record.Change) error {
		if calls++; calls == 3 {
			cancel()
		}
		return nil
	}
	_, err := w.engine.Run(ctx, w.job(products))
	if fault.As(err).Code != "run.cancelled" {
		t.Fatalf("run: %v", err)
	}
	if n, err := w.db.CountLinks(record.KindItem); n != 3 || err != nil || w.cursor(record.KindItem) != "" {
		t.Errorf("%d links, cursor %q, %v", n, w.cursor(record.KindItem), err)
	}
	w.shop.before = nil
	w.reopen()
	w.run(products)
	if got := len(w.products()); got != 4 {
		t.Errorf("%d products", got)
	}
}

// TestStuckCursor ends a run whose owner says there is more and never moves on.
func TestStuckCursor(t *testing.T) {
	w := newWorld(t)
	w.bc.put("a", "A", &record.Stock{Quantity: decimal.One, Managed: true})
	job := w.job(products)
	job.From = stuckReader{w.bc}
	if _, err := w.engine.Run(t.Context(), job); err == nil {
		t.Error("the run ended well")
	}
}

type stuckReader struct{ *side }

func (s stuckReader) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	p, err := s.side.Read(ctx, q)
	p.More = true
	return p, err
}
