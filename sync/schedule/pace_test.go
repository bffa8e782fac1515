package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPace(t *testing.T) {
	for _, c := range []struct {
		name   string
		from   Pace
		took   time.Duration
		failed bool
		want   int
	}{
		{"begins with 25", NewPace(100), 5 * time.Second, false, 25},
		{"or the side's limit", NewPace(10), 5 * time.Second, false, 10},
		{"quick doubles", NewPace(100), 3999 * time.Millisecond, false, 50},
		{"up to the limit", Pace{Size: 80, Max: 100}, time.Second, false, 100},
		{"between it stays", NewPace(100), 8 * time.Second, false, 25},
		{"slow halves", NewPace(100), 8001 * time.Millisecond, false, 12},
		{"a failure halves", NewPace(100), time.Second, true, 12},
		{"never below one", Pace{Size: 1, Max: 100}, time.Hour, true, 1},
		{"the zero Pace heals", Pace{}, time.Second, false, 1},
	} {
		if got := c.from.Next(c.took, c.failed); got.Size != c.want {
			t.Errorf("%s: %d, want %d", c.name, got.Size, c.want)
		}
	}
}

// A side that needs a fixed time for each change ends at a size that is neither quick nor slow, or at a bound.
func TestPaceSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		each := time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms each")) * time.Millisecond
		p := NewPace(rapid.IntRange(-5, 500).Draw(t, "limit"))
		for range 20 {
			p = p.Next(time.Duration(p.Size)*each, false)
			if p.Size < 1 || p.Size > p.Max {
				t.Fatalf("size %d of %d", p.Size, p.Max)
			}
		}
		took := time.Duration(p.Size) * each
		if (took < quick && p.Size < p.Max) || (took > slow && p.Size > 1) {
			t.Fatalf("settled at %d, %s a call", p.Size, took)
		}
	})
}
