package schedule

import (
	"errors"
	"fmt"
	"testing"
	"time"
	_ "time/tzdata" // the tests name Europe/Amsterdam on every system

	"pgregory.net/rapid"

	"stockbridge/sync/fault"
)

func amsterdam(t interface{ Fatal(...any) }) *time.Location {
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func mustWindow(t interface{ Fatal(...any) }, between string, days ...string) Window {
	w, err := ParseWindow(between, days)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v.In(amsterdam(t))
}

func TestParseWindowRefuses(t *testing.T) {
	for _, c := range []struct {
		between string
		days    []string
		field   string
		value   string
	}{
		{between: "6-23", field: "between", value: `"6-23"`},
		{between: "06:00", field: "between", value: `"06:00"`},
		{between: "06:00-06:00", field: "between", value: `"06:00-06:00"`},
		{between: "24:00-06:00", field: "between", value: `"24:00-06:00"`},
		{between: "06:00-25:00", field: "between", value: `"06:00-25:00"`},
		{between: "06:00-23:60", field: "between", value: `"06:00-23:60"`},
		{between: "6:00-23:00", field: "between", value: `"6:00-23:00"`},
		{days: []string{"mon", "maandag"}, field: "days", value: `"maandag"`},
	} {
		_, err := ParseWindow(c.between, c.days)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != "settings.invalid" || f.Args["field"] != c.field || f.Args["value"] != c.value {
			t.Errorf("ParseWindow(%q, %q) = %v", c.between, c.days, err)
		}
	}
}

func TestOpens(t *testing.T) {
	// 2026-10-26 is a Monday; clocks go back on Sunday 2026-10-25 at 03:00 and forward on Sunday 2026-03-29 at 02:00.
	for _, c := range []struct {
		name, between string
		days          []string
		now, want     string
	}{
		{"always", "", nil, "2026-10-26T03:00:00+01:00", "2026-10-26T03:00:00+01:00"},
		{"inside", "06:00-23:00", nil, "2026-10-26T06:00:00+01:00", "2026-10-26T06:00:00+01:00"},
		{"before", "06:00-23:00", nil, "2026-10-26T05:59:59+01:00", "2026-10-26T06:00:00+01:00"},
		{"the end is outside", "06:00-23:00", nil, "2026-10-26T23:00:00+01:00", "2026-10-27T06:00:00+01:00"},
		{"whole day by name", "00:00-24:00", nil, "2026-10-26T23:59:59+01:00", "2026-10-26T23:59:59+01:00"},
		{"past midnight, evening", "22:00-05:00", nil, "2026-10-26T22:00:00+01:00", "2026-10-26T22:00:00+01:00"},
		{"past midnight, morning", "22:00-05:00", nil, "2026-10-27T04:59:00+01:00", "2026-10-27T04:59:00+01:00"},
		{"past midnight, closed", "22:00-05:00", nil, "2026-10-27T05:00:00+01:00", "2026-10-27T22:00:00+01:00"},
		{"days", "", []string{"mon", "Wed"}, "2026-10-27T00:00:00+01:00", "2026-10-28T00:00:00+01:00"},
		{"one day, a week ahead", "06:00-07:00", []string{"mon"}, "2026-10-26T07:00:00+01:00", "2026-11-02T06:00:00+01:00"},
		{"Friday's night is Saturday morning", "22:00-05:00", []string{"fri"}, "2026-10-24T04:00:00+02:00", "2026-10-24T04:00:00+02:00"},
		{"Friday's own morning is not", "22:00-05:00", []string{"fri"}, "2026-10-23T04:00:00+02:00", "2026-10-23T22:00:00+02:00"},

		{"forward: opens before the jump", "01:30-04:00", nil, "2026-03-29T03:10:00+02:00", "2026-03-29T03:10:00+02:00"},
		{"forward: the skipped hour opens after the jump", "02:00-03:00", nil, "2026-03-29T01:59:59+01:00", "2026-03-29T03:00:00+02:00"},
		{"forward: and lasts its hour", "02:00-03:00", nil, "2026-03-29T03:59:00+02:00", "2026-03-29T03:59:00+02:00"},
		{"forward: but no longer", "02:00-03:00", nil, "2026-03-29T04:00:00+02:00", "2026-03-30T02:00:00+02:00"},
		{"forward: half an hour in the gap", "02:15-02:45", nil, "2026-03-29T01:00:00+01:00", "2026-03-29T03:15:00+02:00"},
		{"forward: a night across it", "22:00-05:00", nil, "2026-03-29T04:59:00+02:00", "2026-03-29T04:59:00+02:00"},
		{"forward: that night ends by the clock", "22:00-05:00", nil, "2026-03-29T05:00:00+02:00", "2026-03-29T22:00:00+02:00"},

		{"back: the first of two hours", "02:00-03:00", nil, "2026-10-25T01:30:00+02:00", "2026-10-25T02:00:00+02:00"},
		{"back: the second is inside too", "02:00-03:00", nil, "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"},
		{"back: until the clock says so", "02:00-03:00", nil, "2026-10-25T03:00:00+01:00", "2026-10-26T02:00:00+01:00"},
		{"back: half an hour happens once", "02:15-02:45", nil, "2026-10-25T02:20:00+01:00", "2026-10-26T02:15:00+01:00"},
		{"back: a day of 25 hours", "", []string{"sun"}, "2026-10-25T23:59:00+01:00", "2026-10-25T23:59:00+01:00"},
	} {
		w := mustWindow(t, c.between, c.days...)
		now, want := at(t, c.now), at(t, c.want)
		if got := w.Opens(now); !got.Equal(want) {
			t.Errorf("%s: Opens(%s) = %s, want %s", c.name, c.now, got, want)
		}
		if got := w.Contains(now); got != now.Equal(want) {
			t.Errorf("%s: Contains(%s) = %v", c.name, c.now, got)
		}
	}
}

// drawWindow draws a valid window; all kinds of hours and days occur.
func drawWindow(t *rapid.T) Window {
	between := ""
	if rapid.Bool().Draw(t, "hours") {
		from := rapid.IntRange(0, day-1).Draw(t, "from")
		to := rapid.IntRange(0, day).Filter(func(v int) bool { return v != from }).Draw(t, "to")
		between = fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
	}
	days := rapid.SliceOfDistinct(rapid.SampledFrom(dayNames()), rapid.ID).Draw(t, "days")
	return mustWindow(t, between, days...)
}

// drawTime draws a moment of the two weeks around a change of clocks, or of any time of the year.
func drawTime(t *rapid.T, loc *time.Location) time.Time {
	start := rapid.SampledFrom([]string{"2026-03-22", "2026-10-18", "2026-06-01"}).Draw(t, "start")
	base, err := time.ParseInLocation(time.DateOnly, start, loc)
	if err != nil {
		t.Fatal(err)
	}
	return base.Add(time.Duration(rapid.IntRange(0, 14*day*60).Draw(t, "seconds")) * time.Second)
}

func TestOpensIsTheNextOpenMoment(t *testing.T) {
	loc := amsterdam(t)
	rapid.Check(t, func(t *rapid.T) {
		w, now := drawWindow(t), drawTime(t, loc)
		opens := w.Opens(now)
		if opens.Before(now) || opens.After(now.Add(9*24*time.Hour)) {
			t.Fatalf("Opens(%s) = %s", now, opens)
		}
		if !w.Contains(opens) {
			t.Fatalf("closed at its own opening %s", opens)
		}
		// Nowhere between now and the opening is it open.
		if gap := opens.Sub(now); gap > 0 {
			between := now.Add(time.Duration(rapid.Int64Range(0, int64(gap)-1).Draw(t, "between")))
			if w.Contains(between) {
				t.Fatalf("open at %s, before %s", between, opens)
			}
		}
	})
}

func TestWindowFollowsTheClockOnTheWall(t *testing.T) {
	loc := amsterdam(t)
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, day-1).Draw(t, "from")
		to := rapid.IntRange(from+1, day).Draw(t, "to")
		w := mustWindow(t, fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60))
		now := drawTime(t, loc)
		_, noonBefore := now.AddDate(0, 0, -1).Zone()
		_, noonAfter := now.AddDate(0, 0, 1).Zone()
		if noonBefore != noonAfter {
			return // the days of a change are in the table above
		}
		minute := now.Hour()*60 + now.Minute()
		if got, want := w.Contains(now), from <= minute && minute < to; got != want {
			t.Fatalf("Contains(%s) = %v in %02d:%02d-%02d:%02d", now, got, from/60, from%60, to/60, to%60)
		}
	})
}
