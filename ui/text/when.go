package text

import "time"

// Clock is the time of day, "14:32", in t's own zone.
func (t *Text) Clock(at time.Time) string { return at.Format("15:04") }

// When says a moment as briefly as now allows: "14:32" today, "yesterday 14:32", else with its date; "never" for the
// zero time. Both are read in the zone of now.
func (t *Text) When(at, now time.Time) string {
	if at.IsZero() {
		return t.Get("ui.never", nil)
	}
	at = at.In(now.Location())
	clock := Args{"time": t.Clock(at)}
	switch day := dayOf(at); {
	case day.Equal(dayOf(now)):
		return t.Clock(at)
	case day.Equal(dayOf(now.AddDate(0, 0, -1))):
		return t.Get("ui.yesterday", clock)
	case day.Equal(dayOf(now.AddDate(0, 0, 1))):
		return t.Get("ui.tomorrow", clock)
	}
	return t.Get("ui.at", Args{"date": at.Format(t.Get("ui.date", nil)), "time": t.Clock(at)})
}

func dayOf(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
}
