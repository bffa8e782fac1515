package service_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
)

// clock is the clock on the wall of the service's machine, which somebody may set and which goes on while the machine
// sleeps and its timers stand still. The systems on the other side keep theirs.
type clock struct{ ahead atomic.Int64 }

func (c *clock) jump(d time.Duration) { c.ahead.Add(int64(d)) }

// in makes a world live by the clock, from a moment on.
func (c *clock) in(w *world, start string) {
	loc, err := time.LoadLocation("Europe/Amsterdam")
	w.must(err)
	at, err := time.ParseInLocation(time.DateTime, start, loc)
	w.must(err)
	c.jump(time.Until(at))
	w.opts.Now = func() time.Time { return time.Now().Round(0).Add(time.Duration(c.ahead.Load())).In(loc) }
}

// now is what the clock shows.
func (w *world) now() time.Time { return w.opts.Now() }

// starts collects when a flow began its runs, by the clock on the wall, while it runs for a span.
func (w *world) starts(k record.Kind, span time.Duration) (began []time.Time) {
	for end := time.Now().Add(span); time.Now().Before(end); time.Sleep(time.Minute) {
		if last := w.flow(k).Last; last != nil && (len(began) == 0 || !last.Started.Equal(began[len(began)-1])) {
			began = append(began, last.Started)
		}
	}
	return began
}

// Whatever the clock does, an order comes in within two of its intervals, no flow runs in a storm, and the flow that runs
// every two minutes leaves no hole.
func TestClockJumps(t *testing.T) {
	for _, c := range []struct {
		name, start string
		jumps       []time.Duration // one an hour
	}{
		{"the machine slept for ten hours", "2026-11-23 20:00:00", []time.Duration{10 * time.Hour}},
		{"a day ahead", "2026-11-23 20:00:00", []time.Duration{24 * time.Hour}},
		{"a day back", "2026-11-23 20:00:00", []time.Duration{-24 * time.Hour}},
		{"a day ahead and back again", "2026-11-23 20:00:00", []time.Duration{24 * time.Hour, -24 * time.Hour}},
		{"a leap second", "2026-12-31 23:30:00", []time.Duration{-time.Second, time.Second}},
		{"clocks go forward", "2026-03-29 00:30:00", []time.Duration{0}},
		{"clocks go back", "2026-10-25 00:30:00", []time.Duration{0}},
		{"it slept across the change", "2026-10-24 22:00:00", []time.Duration{9 * time.Hour}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				new(clock).in(w, c.start)
				jumping := &clock{}
				steady := w.opts.Now
				w.opts.Now = func() time.Time { return steady().Add(time.Duration(jumping.ahead.Load())) }
				w.open()
				w.connect()
				w.sync()
				stop := w.running()
				for n, jump := range append(c.jumps, 0, 0) {
					time.Sleep(29*time.Minute + 17*time.Second)
					jumping.jump(jump)
					w.requests()
					w.order("A-1")
					time.Sleep(4 * time.Minute)
					if got := len(w.co.Orders()); got != n+1 {
						t.Fatalf("%d orders of %d, four minutes after the clock went on by %s", got, n+1, jump)
					}
					// A run of everything and four minutes' usual work: no storm of what was missed.
					if calls := len(w.requests()); calls > 130 {
						t.Errorf("%d calls in the four minutes after a jump of %s", calls, jump)
					}
					time.Sleep(27 * time.Minute)
				}
				if began := w.starts(record.KindOrder, time.Hour); len(began) < 29 || len(began) > 31 {
					t.Errorf("%d runs in an hour", len(began))
				}
				if got := w.problems(); len(got) != 0 {
					t.Errorf("problems: %v", got)
				}
				stop()
			})
		})
	}
}

// A daily flow runs once a day, whatever the clock does, also for what it missed; a restart repeats nothing.
func TestDailyFlow(t *testing.T) {
	for _, c := range []struct {
		name, start string
		do          func(w *world, c *clock)
		want        []string
	}{
		{"three days", "2026-11-23 20:00:00", func(w *world, _ *clock) { time.Sleep(72 * time.Hour) },
			[]string{"24 03:30", "25 03:30", "26 03:30"}},
		{"clocks go forward", "2026-03-28 20:00:00", func(w *world, _ *clock) { time.Sleep(48 * time.Hour) },
			[]string{"29 03:30", "30 03:30"}},
		{"clocks go back", "2026-10-24 20:00:00", func(w *world, _ *clock) { time.Sleep(48 * time.Hour) },
			[]string{"25 03:30", "26 03:30"}},
		{"it slept through", "2026-11-23 20:00:00", func(w *world, c *clock) {
			time.Sleep(time.Hour)
			c.jump(36 * time.Hour)
			time.Sleep(24 * time.Hour)
		}, []string{"25 09:00", "26 03:30"}},
		{"a day ahead and back again", "2026-11-23 20:00:00", func(w *world, c *clock) {
			c.jump(24 * time.Hour)
			time.Sleep(8 * time.Hour)
			c.jump(-24 * time.Hour)
			time.Sleep(23*time.Hour + 30*time.Second) // between two looks at the clock
			c.jump(time.Hour)
			time.Sleep(time.Hour)
		}, []string{"24 20:00", "25 03:30", "25 04:01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.conf.Flows.Shipments.At = "03:30"
				wall := &clock{}
				wall.in(w, c.start)
				w.open()
				w.connect()
				stop := w.running()
				var got []string
				done := make(chan struct{})
				go func() {
					defer close(done)
					for _, at := range w.starts(record.KindShipment, 73*time.Hour) {
						got = append(got, at.In(w.now().Location()).Format("02 15:04"))
					}
				}()
				c.do(w, wall)
				stop()
				<-done
				if len(got) > len(c.want) { // the last is of the time after the story
					got = got[:len(c.want)]
				}
				if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
					t.Errorf("ran at %v, want %v", got, c.want)
				}
			})
		})
	}
}

// A restart neither repeats a daily or single run nor forgets one; a single run that failed is tried again until it is
// done, and then rests for good.
func TestTimetablesAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		wall := &clock{}
		wall.in(w, "2026-11-23 20:00:00")
		w.conf.Flows.Items.Once = w.now().Add(6 * time.Hour)
		w.conf.Flows.Shipments.At = "03:40" // when it is off
		w.open()
		w.connect()
		runs := map[record.Kind][]time.Time{}
		for hour := range 72 {
			stop := w.running()
			time.Sleep(30 * time.Minute)
			if hour == 5 { // at its moment the shop is out of reach, for hours
				w.down(sim.RefuseBefore(), &w.shopFaults)
			}
			if hour == 9 {
				w.shopFaults.Reset()
			}
			for _, k := range []record.Kind{record.KindItem, record.KindShipment} {
				if f := w.flow(k); f.Last != nil && f.Last.Fault == nil && (len(runs[k]) == 0 || !runs[k][len(runs[k])-1].Equal(f.LastOK)) {
					runs[k] = append(runs[k], f.LastOK)
				}
			}
			stop()
			wall.jump(30 * time.Minute) // off for a while
			w.reopen()
		}
		if got := fmt.Sprint(len(runs[record.KindItem]), len(runs[record.KindShipment])); got != "1 3" {
			t.Errorf("runs: %v", runs)
		}
		if n := len(w.shop.Products()); n != 3 {
			t.Errorf("%d products", n)
		}
		if f := w.flow(record.KindItem); !f.Next.IsZero() {
			t.Errorf("a single run that is done runs next at %s", f.Next)
		}
	})
}

// files is the data folder's content: each file's name and a sum of what is in it.
func (w *world) files() string {
	w.t.Helper()
	var out strings.Builder
	w.must(filepath.WalkDir(w.opts.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		fmt.Fprintf(&out, "%s %x\n", filepath.Base(name), sha256.Sum256(text))
		return err
	}))
	return out.String()
}

// An idle service that looks at the clock each minute calls nobody and writes nothing.
func TestLookingAtTheClockIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t, func(c *settings.Connection) {
			for _, k := range record.Kinds() {
				c.Flows.Schedule(k).At = "12:00"
			}
		})
		w.sync()
		w.requests()
		stop := w.running()
		time.Sleep(time.Minute)
		before := w.files()
		time.Sleep(11 * time.Hour)
		if after := w.files(); after != before {
			t.Errorf("the data folder changed:\n%s\n%s", before, after)
		}
		if n := len(w.requests()); n != 0 {
			t.Errorf("%d calls", n)
		}
		stop()
	})
}
