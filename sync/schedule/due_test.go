package schedule

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNext(t *testing.T) {
	now := "2026-10-26T12:00:00+01:00"
	failed := Outcome{Failed: true, Wait: 30 * time.Second}
	for _, c := range []struct {
		name, last, between string
		every               time.Duration
		outcome             Outcome
		want                string
	}{
		{"never ran", "", "", time.Hour, Outcome{}, now},
		{"never ran, closed", "", "22:00-05:00", time.Hour, Outcome{}, "2026-10-26T22:00:00+01:00"},
		{"one interval on", "2026-10-26T11:58:00+01:00", "", 5 * time.Minute, Outcome{}, "2026-10-26T12:03:00+01:00"},
		{"missed runs are made up for by one", "2026-10-20T11:58:00+02:00", "", 5 * time.Minute, Outcome{}, now},
		{"sooner after a failure", "2026-10-26T11:59:50+01:00", "", 5 * time.Minute, failed, "2026-10-26T12:00:20+01:00"},
		{"the clock was set back", "2026-10-27T12:00:00+01:00", "", 5 * time.Minute, Outcome{}, now},
		{"due while closed", "2026-10-26T11:58:00+01:00", "06:00-12:01", 5 * time.Minute, Outcome{}, "2026-10-27T06:00:00+01:00"},
		{"failed while closing", "2026-10-26T11:59:50+01:00", "06:00-12:00", 5 * time.Minute, failed, "2026-10-27T06:00:00+01:00"},
	} {
		var last time.Time
		if c.last != "" {
			last = at(t, c.last)
		}
		got := Next(at(t, now), last, c.every, mustWindow(t, c.between), c.outcome)
		if !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNextIsNeitherPastNorClosedNorFar(t *testing.T) {
	loc := amsterdam(t)
	rapid.Check(t, func(t *rapid.T) {
		w, now, last := drawWindow(t), drawTime(t, loc), drawTime(t, loc)
		every := time.Duration(rapid.IntRange(1, 7*day).Draw(t, "every")) * time.Minute
		next := Next(now, last, every, w, Outcome{})
		if next.Before(now) || !w.Contains(next) || next.After(w.Opens(now.Add(every))) {
			t.Fatalf("Next(%s, %s, %s) = %s", now, last, every, next)
		}
	})
}

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		tries  int
		random float64
		want   time.Duration
	}{
		{0, 0, 0}, {-1, 0, 0},
		{1, 0, 15 * time.Second}, {1, 1, 7500 * time.Millisecond}, {2, 0, 30 * time.Second},
		{8, 0, 32 * time.Minute}, {9, 0, time.Hour}, {1 << 40, 0, time.Hour}, {9, 0.5, 45 * time.Minute},
		{1, math.NaN(), 15 * time.Second}, {1, -3, 15 * time.Second}, {1, 7, 7500 * time.Millisecond},
	} {
		if got := Backoff(c.tries, c.random); got != c.want {
			t.Errorf("Backoff(%d, %v) = %s, want %s", c.tries, c.random, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		tries := rapid.IntRange(1, math.MaxInt-1).Draw(t, "tries")
		random := rapid.Float64Range(0, 1).Draw(t, "random")
		wait := Backoff(tries, random)
		if wait < firstWait/2 || wait > longestWait || Backoff(tries+1, random) < wait {
			t.Fatalf("Backoff(%d, %v) = %s", tries, random, wait)
		}
	})
}

func TestFreshness(t *testing.T) {
	for _, c := range []struct {
		name, lastOK, now, between string
		every                      time.Duration
		want                       Freshness
	}{
		{"just now", "2026-10-26T12:00:00+01:00", "2026-10-26T12:00:00+01:00", "", 20 * time.Minute, OnTime},
		{"a run takes time", "2026-10-26T12:00:00+01:00", "2026-10-26T12:22:00+01:00", "", 20 * time.Minute, OnTime},
		{"over one interval", "2026-10-26T12:00:00+01:00", "2026-10-26T12:22:01+01:00", "", 20 * time.Minute, Late},
		{"two intervals", "2026-10-26T12:00:00+01:00", "2026-10-26T12:42:00+01:00", "", 20 * time.Minute, Late},
		{"over two", "2026-10-26T12:00:00+01:00", "2026-10-26T12:42:01+01:00", "", 20 * time.Minute, Error},
		{"closed hours don't count", "2026-10-26T22:50:00+01:00", "2026-10-27T06:02:00+01:00", "06:00-23:00", 20 * time.Minute, OnTime},
		{"open hours do", "2026-10-26T22:50:00+01:00", "2026-10-27T06:30:00+01:00", "06:00-23:00", 20 * time.Minute, Error},
		{"daily, an hour long", "2026-10-26T02:10:00+01:00", "2026-10-27T02:15:00+01:00", "02:00-03:00", 24 * time.Hour, OnTime},
		{"daily, missed", "2026-10-26T02:10:00+01:00", "2026-10-27T02:45:00+01:00", "02:00-03:00", 24 * time.Hour, Late},
	} {
		if got := FreshnessOf(at(t, c.now), at(t, c.lastOK), c.every, mustWindow(t, c.between)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFreshnessOnlyWorsens(t *testing.T) {
	loc := amsterdam(t)
	rank := map[Freshness]int{OnTime: 0, Late: 1, Error: 2}
	rapid.Check(t, func(t *rapid.T) {
		w, now, lastOK := drawWindow(t), drawTime(t, loc), drawTime(t, loc)
		every := time.Duration(rapid.IntRange(1, day).Draw(t, "every")) * time.Minute
		later := now.Add(time.Duration(rapid.IntRange(0, 3*day).Draw(t, "later")) * time.Minute)
		a, b := FreshnessOf(now, lastOK, every, w), FreshnessOf(later, lastOK, every, w)
		if rank[b] < rank[a] {
			t.Fatalf("%s at %s, %s at %s", a, now, b, later)
		}
	})
}
