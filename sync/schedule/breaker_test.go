package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBreaker(t *testing.T) {
	now := time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC)
	var b Breaker
	for i := range 2 {
		if b = b.Fault(now, 0, 0); b.Open() || !b.Due(now).Equal(now) {
			t.Fatalf("open after %d faults: %+v", i+1, b)
		}
	}
	for i, want := range []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute,
		16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour} {
		b = b.Fault(now, 0, 0)
		if got := b.Due(now).Sub(now); got != want || !b.Open() {
			t.Errorf("probe %d after %s, want %s", i+1, got, want)
		}
	}
	if due := b.Due(now.Add(2 * time.Hour)); !due.Equal(now.Add(2 * time.Hour)) {
		t.Errorf("an overdue probe is due %s", due)
	}
	if due := b.Due(now.Add(-24 * time.Hour)); !due.Equal(now.Add(-24 * time.Hour)) {
		t.Errorf("after the clock was set back a probe is due %s", due)
	}
	if b = b.Answer(); b.Open() || b.Faults != 0 {
		t.Errorf("after an answer: %+v", b)
	}
	if b = b.Fault(now, 40*time.Minute, 1); !b.Due(now).Equal(now.Add(40 * time.Minute)) {
		t.Errorf("a side that asks for 40 minutes is asked at %s", b.Due(now))
	}
	if b = b.Fault(now, 0, 0); !b.Open() || b.Due(now).After(now.Add(time.Minute)) {
		t.Errorf("a probe that failed leaves %+v", b)
	}
	if b = (Breaker{}).Stop(now, time.Hour); !b.Due(now).Equal(now.Add(time.Hour)) {
		t.Errorf("a refusal leaves %+v", b)
	}
}

// However a side fails, whatever it asks for and however its clock jumps: it is called at most 13 times in any
// hour since its last answer, and twice once the waits have grown; an answer always closes it.
func TestBreakerBoundsCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, b := time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC), Breaker{}
		var calls []time.Time
		for range rapid.IntRange(1, 80).Draw(t, "calls") {
			calls = append(calls, now)
			if rapid.IntRange(0, 19).Draw(t, "answer") == 0 {
				if b = b.Answer(); b.Open() || !b.Due(now).Equal(now) {
					t.Fatalf("an answer leaves %+v", b)
				}
				calls = nil
			} else {
				after := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 60, 7200}).Draw(t, "after")) * time.Second
				was := b
				b = b.Fault(now, after, rapid.Float64Range(0, 1).Draw(t, "random"))
				if b.Open() && b.Due(now).Before(now.Add(max(after, firstWait/2))) || was.Open() && !b.Open() {
					t.Fatalf("a fault of %+v, asked for %s, leaves %+v", was, after, b)
				}
			}
			due := b.Due(now)
			if due.Before(now) || due.After(now.Add(2*time.Hour)) {
				t.Fatalf("at %s the next call is due %s", now, due)
			}
			// Whoever uses it wakes late, never early, and while it is closed runs at the flows' own back-off.
			late := time.Duration(rapid.IntRange(0, 60).Draw(t, "late")) * time.Second
			if !b.Open() {
				late += firstWait / 2
			}
			now = due.Add(late)
			for first := range calls {
				if n := within(calls[first:], time.Hour); n > 13 || n > 2 && first > faultsToOpen+8 {
					t.Fatalf("%d calls within an hour of %s: %v", n, calls[first], calls)
				}
			}
		}
	})
}

// within counts the moments less than d after the first.
func within(moments []time.Time, d time.Duration) (n int) {
	for _, m := range moments {
		if m.Sub(moments[0]) < d {
			n++
		}
	}
	return n
}
