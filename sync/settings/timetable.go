package settings

import (
	"strconv"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/schedule"
)

// Timetable is when the flow runs by itself. Its errors are those of schedule.ParseWindow and schedule.ParseDayTime.
func (s *Schedule) Timetable() (schedule.Timetable, error) {
	window, err := schedule.ParseWindow(s.Between, s.Days)
	if err != nil {
		return schedule.Timetable{}, err
	}
	at, err := schedule.ParseDayTime(s.At)
	return schedule.Timetable{Every: time.Duration(s.Every), Window: window, At: at, Once: s.Once}, err
}

// schedule checks a flow's schedule; table is how its settings are named.
func (v *validator) schedule(table string, s Schedule) {
	v.duration(table+"every", s.Every, time.Second, 31*24*time.Hour)
	// One call each, so that a mistake in the hours does not hide one in the days.
	for _, parse := range []func() error{
		func() error { _, err := schedule.ParseWindow(s.Between, nil); return err },
		func() error { _, err := schedule.ParseWindow("", s.Days); return err },
		func() error { _, err := schedule.ParseDayTime(s.At); return err },
	} {
		if err := parse(); err != nil {
			f := fault.As(err)
			v.invalid(table+f.Args["field"], f.Args["value"], f.Args["allowed"])
		}
	}
	v.oneWay(table, s)
}

// oneWay refuses settings that another makes meaningless: each was given for a reason, and one would silently lose.
func (v *validator) oneWay(table string, s Schedule) {
	given := []struct {
		key, value string
		set        bool
	}{
		{"every", `"` + s.Every.String() + `"`, s.Every != 0},
		{"between", strconv.Quote(s.Between), s.Between != ""},
		{"days", show(s.Days), len(s.Days) > 0},
		{"at", strconv.Quote(s.At), s.At != ""},
	}
	winner, loses := "at", given[:2]
	switch {
	case !s.Once.IsZero():
		winner, loses = "once", given
	case s.At == "":
		return
	}
	for _, g := range loses {
		if g.set {
			v.invalid(table+g.key, g.value, "none beside "+winner+", which says when the flow runs")
		}
	}
}
