package schedule

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"stockbridge/sync/fault"
)

func mustDayTime(t interface{ Fatal(...any) }, s string) DayTime {
	d, err := ParseDayTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseDayTimeRefuses(t *testing.T) {
	for _, s := range []string{"3:30", "24:00", "03:60", "0330", "03:30:00", "noon", " 03:30"} {
		_, err := ParseDayTime(s)
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != "settings.invalid" || f.Args["field"] != "at" {
			t.Errorf("ParseDayTime(%q) = %v", s, err)
		}
	}
	if d, err := ParseDayTime(""); err != nil || d != (DayTime{}) {
		t.Errorf("none is %+v, %v", d, err)
	}
}

func TestDaily(t *testing.T) {
	failed := func(p Past) Past { p.Failed, p.Wait = true, 10*time.Minute; return p }
	for _, c := range []struct {
		name, at   string
		days       []string
		done, now  string
		past       Past
		last, want string
	}{
		{"later today", "03:30", nil, "2026-10-26T00:00:00+01:00", "2026-10-26T01:00:00+01:00", Past{}, "", "2026-10-26T03:30:00+01:00"},
		{"at its minute", "03:30", nil, "2026-10-26T00:00:00+01:00", "2026-10-26T03:30:00+01:00", Past{}, "", "2026-10-26T03:30:00+01:00"},
		{"done today", "03:30", nil, "2026-10-26T03:30:00+01:00", "2026-10-26T03:31:00+01:00", Past{}, "", "2026-10-27T03:30:00+01:00"},
		{"missed while off: at once", "03:30", nil, "2026-10-20T03:30:00+02:00", "2026-10-26T09:00:00+01:00", Past{}, "", "2026-10-26T09:00:00+01:00"},
		{"made up for by one", "03:30", nil, "2026-10-26T09:00:00+01:00", "2026-10-26T09:01:00+01:00", Past{}, "", "2026-10-27T03:30:00+01:00"},
		{"only on Mondays", "03:30", []string{"mon"}, "2026-10-26T03:30:00+01:00", "2026-10-26T03:31:00+01:00", Past{}, "", "2026-11-02T03:30:00+01:00"},
		{"a failed one waits", "03:30", nil, "2026-10-25T03:30:00+01:00", "2026-10-26T03:31:00+01:00", failed(Past{}), "2026-10-26T03:30:30+01:00", "2026-10-26T03:40:30+01:00"},
		{"and comes before the next day's", "03:30", nil, "2026-10-25T03:30:00+01:00", "2026-10-26T04:00:00+01:00", failed(Past{}), "2026-10-26T03:30:30+01:00", "2026-10-26T04:00:00+01:00"},
		{"done ahead of a clock that was set back", "03:30", nil, "2026-10-27T03:30:00+01:00", "2026-10-26T12:00:00+01:00", Past{}, "", "2026-10-27T03:30:00+01:00"},
		{"forward: a skipped time comes after the jump", "02:30", nil, "2026-03-28T02:30:00+01:00", "2026-03-29T01:00:00+01:00", Past{}, "", "2026-03-29T03:30:00+02:00"},
		{"forward: and only once", "02:30", nil, "2026-03-29T03:30:00+02:00", "2026-03-29T03:31:00+02:00", Past{}, "", "2026-03-30T02:30:00+02:00"},
		{"back: the first of two", "02:30", nil, "2026-10-24T02:30:00+02:00", "2026-10-25T01:00:00+02:00", Past{}, "", "2026-10-25T02:30:00+02:00"},
		{"back: and only once", "02:30", nil, "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", Past{}, "", "2026-10-26T02:30:00+01:00"},
	} {
		table := Timetable{At: mustDayTime(t, c.at), Window: mustWindow(t, "", c.days...)}
		c.past.Done = at(t, c.done)
		if c.last != "" {
			c.past.Last = at(t, c.last)
		}
		if got, ok := table.Next(at(t, c.now), c.past); !ok || !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestOnce(t *testing.T) {
	once := at(t, "2026-12-01T02:00:00+01:00")
	table := Timetable{Once: once}
	for _, c := range []struct {
		name string
		now  time.Time
		past Past
		want time.Time
		ok   bool
	}{
		{"yet to come", once.Add(-time.Hour), Past{}, once, true},
		{"now", once, Past{}, once, true},
		{"missed", once.Add(48 * time.Hour), Past{Done: once.Add(-time.Hour)}, once.Add(48 * time.Hour), true},
		{"done", once.Add(time.Second), Past{Done: once}, time.Time{}, false},
		{"done, and the clock was set back", once.Add(-24 * time.Hour), Past{Done: once}, time.Time{}, false},
		{"failed", once.Add(time.Minute), Past{Failed: true, Wait: time.Hour, Last: once}, once.Add(time.Hour), true},
	} {
		if got, ok := table.Next(c.now, c.past); ok != c.ok || !got.Equal(c.want) {
			t.Errorf("%s: %s, %v", c.name, got, ok)
		}
	}
}

// Followed for some weeks with any wake-ups, sleeps and restarts, a daily flow runs once for each of its days on which
// somebody was awake after its time, and never twice.
func TestDailyRunsOnceADay(t *testing.T) {
	loc := amsterdam(t)
	rapid.Check(t, func(t *rapid.T) {
		minute := rapid.IntRange(0, day-1).Draw(t, "minute")
		table := Timetable{At: mustDayTime(t, fmt.Sprintf("%02d:%02d", minute/60, minute%60))}
		now := drawTime(t, loc)
		p := Past{Done: now}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			next, ok := table.Next(now, p)
			if !ok || next.Before(now) || next.After(now.Add(26*time.Hour)) {
				t.Fatalf("at %s the next run is %s", now, next)
			}
			if sleeps := rapid.IntRange(0, 3).Draw(t, "sleeps"); sleeps == 0 {
				now = next.Add(time.Duration(rapid.IntRange(0, 4*day).Draw(t, "minutes")) * time.Minute)
				if again, _ := table.Next(now, p); !again.Equal(now) {
					t.Fatalf("missed at %s, it is due %s", next, again)
				}
			} else {
				now = next
			}
			if this := table.At.latest(now, Window{}); !this.After(table.At.latest(p.Done, Window{})) {
				t.Fatalf("a run at %s, after the one at %s for the same time", now, p.Done)
			}
			p = Past{Last: now, Done: now}
			if then, _ := table.Next(now, p); !then.After(now) {
				t.Fatalf("due again at once at %s", now)
			}
		}
	})
}

// After a clock went back by any span every timetable is due within one interval of what the clock then shows.
func TestSetBackClockDelaysNothing(t *testing.T) {
	loc := amsterdam(t)
	rapid.Check(t, func(t *rapid.T) {
		w, now := drawWindow(t), drawTime(t, loc)
		every := time.Duration(rapid.IntRange(1, day).Draw(t, "every")) * time.Minute
		last := now.Add(time.Duration(rapid.IntRange(1, 7*day).Draw(t, "ahead")) * time.Minute)
		failed := rapid.Bool().Draw(t, "failed")
		next, ok := Timetable{Every: every, Window: w}.Next(now, Past{Last: last, Failed: failed, Wait: time.Minute})
		if !ok || !next.Equal(w.Opens(now)) {
			t.Fatalf("at %s, last at %s: next %s", now, last, next)
		}
	})
}

func TestMidnight(t *testing.T) {
	for now, want := range map[string]string{
		"2026-10-26T12:00:00+01:00": "2026-10-27T00:00:00+01:00",
		"2026-10-26T00:00:00+01:00": "2026-10-27T00:00:00+01:00",
		"2026-10-24T23:59:00+02:00": "2026-10-25T00:00:00+02:00",
		"2026-10-25T01:00:00+02:00": "2026-10-26T00:00:00+01:00",
	} {
		if got := Midnight(at(t, now)); !got.Equal(at(t, want)) {
			t.Errorf("after %s the day begins %s", now, got)
		}
	}
	// In Cairo the clock jumps from 00:00 to 01:00 on 2026-04-24: that day begins at 01:00.
	cairo, err := time.LoadLocation("Africa/Cairo")
	if err != nil {
		t.Fatal(err)
	}
	if got := Midnight(time.Date(2026, 4, 23, 12, 0, 0, 0, cairo)); got.Format("2006-01-02 15:04") != "2026-04-24 01:00" {
		t.Errorf("the day begins %s", got)
	}
}
