package schedule

import "time"

// AllowedAt is the form ParseDayTime accepts, for sentences.
const AllowedAt = `a time of day such as "03:30"`

// DayTime is a time of day by the local clock. The zero DayTime is none.
type DayTime struct {
	set    bool
	minute int
}

// ParseDayTime reads "HH:MM"; "" is none. Its error is a fault settings.invalid whose field is "at".
func ParseDayTime(s string) (DayTime, error) {
	if s == "" {
		return DayTime{}, nil
	}
	m, ok := minutes(s)
	if !ok || m == day {
		return DayTime{}, invalid("at", s, AllowedAt)
	}
	return DayTime{true, m}, nil
}

// After is the first moment after t at which the clock of t's location shows the time of day. Where clocks change it is
// as a person would have it: once a day, also on the day whose clock skips it (then as much later) or shows it twice
// (then the first time).
func (d DayTime) After(t time.Time) time.Time { return d.next(t, Window{}) }

// next is the first slot after t on a day of the window.
func (d DayTime) next(t time.Time, w Window) time.Time {
	y, m, date := t.Date()
	for i := -1; i <= 8; i++ {
		if slot := clock(y, m, date+i, d.minute, t.Location()); w.hasDay(y, m, date+i) && slot.After(t) {
			return slot
		}
	}
	return t.AddDate(0, 0, 7)
}

// latest is the last slot up to and with t on a day of the window.
func (d DayTime) latest(t time.Time, w Window) time.Time {
	y, m, date := t.Date()
	for i := 1; i >= -8; i-- {
		if slot := clock(y, m, date+i, d.minute, t.Location()); w.hasDay(y, m, date+i) && !slot.After(t) {
			return slot
		}
	}
	return time.Time{}
}

// Midnight is when the day after t's begins by the clock of t's location.
func Midnight(t time.Time) time.Time {
	return DayTime{true, 0}.After(t)
}

// Timetable says when a flow runs by itself: every so often while a window is open, daily at a time, or once.
type Timetable struct {
	Every  time.Duration
	Window Window    // with At, its days count
	At     DayTime   // daily then, instead of Every
	Once   time.Time // once then, instead of both
}

// Durable reports whether the next run hangs on what was done before a restart: a daily or single run that is done is
// not repeated because the program starts again.
func (t Timetable) Durable() bool { return t.At.set || !t.Once.IsZero() }

// Past is what a flow's next run hangs on.
type Past struct {
	Last   time.Time // when it last began; after a failure, when that ended. Zero: never
	Done   time.Time // Durable timetables: what was due up to then has been done
	Failed bool      // its last run
	Wait   time.Duration
}

// Next is when a flow runs next, not before now; false: never by itself. What was missed, however often, is made up for
// by one run: at once, or after a failure when its wait is over.
func (t Timetable) Next(now time.Time, p Past) (time.Time, bool) {
	due := t.Once
	switch {
	case !t.Durable():
		return Next(now, p.Last, t.Every, t.Window, Outcome{p.Failed, p.Wait}), true
	case !t.Once.IsZero() && !p.Done.Before(t.Once):
		return time.Time{}, false
	case t.Once.IsZero():
		// A moment done that is yet to come is left from a clock that was ahead.
		if due = t.At.latest(now, t.Window); !p.Done.Before(due) {
			return t.At.next(now, t.Window), true
		}
	}
	if p.Failed && !due.After(now) {
		due = Next(now, p.Last, p.Wait, Window{}, Outcome{p.Failed, p.Wait})
	}
	if due.Before(now) {
		due = now
	}
	return due, true
}
