package schedule

import (
	"slices"
	"strings"
	"time"

	"stockbridge/sync/fault"
)

// day is the minutes of a day as clocks count it.
const day = 24 * 60

// AllowedHours and AllowedDays are the forms ParseWindow accepts, for sentences.
const (
	AllowedHours = `hours such as "06:00-23:00" or, past midnight, "22:00-05:00"`
	AllowedDays  = `"mon", "tue", "wed", "thu", "fri", "sat", "sun"`
)

// Window is when a flow may start: between two hours, on some days, by the local clock. A window that ends before
// it begins goes on past midnight and belongs to the day it opens. The zero Window is always open.
//
// Clocks that change are followed as a person would: hours that happen twice are both inside, and a window whose
// opening the clock skips opens when the clock has jumped, at its usual length.
type Window struct {
	hours    bool // from and to mean something
	from, to int  // minutes of the day; to may be day, for 24:00
	days     [7]bool
	someDays bool // days means something
}

// ParseWindow reads a schedule's hours ("06:00-23:00", "" is the whole day) and days ("mon" to "sun", none is every
// day). Its errors are faults settings.invalid whose field is "between" or "days".
func ParseWindow(between string, days []string) (Window, error) {
	var w Window
	if between != "" {
		open, end, ok := strings.Cut(between, "-")
		from, okFrom := minutes(open)
		to, okTo := minutes(end)
		if !ok || !okFrom || !okTo || from == day || from == to {
			return Window{}, invalid("between", between, AllowedHours)
		}
		w.hours, w.from, w.to = true, from, to
	}
	for _, name := range days {
		i := slices.Index(dayNames(), strings.ToLower(name))
		if i < 0 {
			return Window{}, invalid("days", name, AllowedDays)
		}
		w.days[i], w.someDays = true, true
	}
	return w, nil
}

func invalid(field, value, allowed string) error {
	return fault.New("settings.invalid", fault.Args{"field": field, "value": `"` + value + `"`, "allowed": allowed})
}

// dayNames are the days as settings write them, in the order of time.Weekday.
func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// minutes reads "HH:MM" or "24:00".
func minutes(s string) (int, bool) {
	if s == "24:00" {
		return day, true
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// Always reports whether the window never closes.
func (w Window) Always() bool { return !w.someDays && !w.hours }

// Contains reports whether the window is open at t, by the clock of t's location.
func (w Window) Contains(t time.Time) bool { return w.Opens(t).Equal(t) }

// Opens returns t when the window is open at t, else the moment it opens next.
func (w Window) Opens(t time.Time) time.Time {
	if w.Always() {
		return t
	}
	y, m, d := t.Date()
	// Yesterday's window may reach into today. A week ahead finds every window, even one of a single day.
	for i := -1; i <= 8; i++ {
		open, end := w.span(y, m, d+i, t.Location())
		switch {
		case open.IsZero() || !end.After(t):
			continue
		case open.After(t):
			return open
		}
		return t
	}
	return t
}

// span is the window that opens on a date; zero where none does.
func (w Window) span(y int, m time.Month, d int, loc *time.Location) (open, end time.Time) {
	if !w.hasDay(y, m, d) {
		return time.Time{}, time.Time{}
	}
	from, to := w.from, w.to
	if !w.hours {
		from, to = 0, day
	}
	if to <= from {
		to += day
	}
	open, end = clock(y, m, d, from, loc), clock(y, m, d, to, loc)
	if !end.After(open) {
		end = open.Add(time.Duration(to-from) * time.Minute)
	}
	return open, end
}

// hasDay reports whether a date is one of the window's days.
func (w Window) hasDay(y int, m time.Month, d int) bool {
	return !w.someDays || w.days[time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Weekday()]
}

// clock is the moment a local clock shows a minute of a day: the first of two where the clock is put back, and as
// much after the jump as the minute lies behind it where the clock skips it. (time.Date leaves both open.)
func clock(y int, m time.Month, d, minute int, loc *time.Location) time.Time {
	u := time.Date(y, m, d, 0, minute, 0, 0, time.UTC)
	before, after := withOffsetOf(u, u.AddDate(0, 0, -1), loc), withOffsetOf(u, u.AddDate(0, 0, 1), loc)
	if !shows(before, u) && shows(after, u) {
		return after
	}
	return before
}

func withOffsetOf(u, at time.Time, loc *time.Location) time.Time {
	_, offset := at.In(loc).Zone()
	return u.Add(-time.Duration(offset) * time.Second).In(loc)
}

func shows(t, u time.Time) bool {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).Equal(u)
}
