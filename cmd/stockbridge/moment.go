package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"stockbridge/sync/schedule"
)

// duration reads "90m", "8h" or "7d".
func duration(s string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n > 0 && n < 10000
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d > 0
}

// dated reads a date with or without a time, in local time unless it says otherwise.
func dated(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// future reads --until: a duration from now on, tomorrow (when the day begins), a time of day (today's or tomorrow's), or
// a date. Times of day are what the local clock shows, also on the days it changes.
func future(s string, now time.Time) (time.Time, error) {
	if d, ok := duration(s); ok {
		return now.Add(d), nil
	}
	if s == "tomorrow" {
		return schedule.Midnight(now), nil
	}
	if at, err := schedule.ParseDayTime(s); err == nil && s != "" {
		return at.After(now), nil
	}
	if t, ok := dated(s); ok && t.After(now) {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("--until is %q; allowed: 90m, 8h, 7d, tomorrow, 18:00, or a moment to come such as 2026-12-01 or \"2026-12-01 08:00\"", s)
}

// past reads --since: a duration back from now, or a date.
func past(s string, now time.Time) (time.Time, error) {
	if d, ok := duration(s); ok {
		return now.Add(-d), nil
	}
	if t, ok := dated(s); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("--since is %q; allowed: 90m, 24h, 7d, or a date such as 2026-11-23 or \"2026-11-23 14:00\"", s)
}

// clock is a moment as people say it: the time, and the day when it isn't today.
func clock(t time.Time) string {
	t = t.Local()
	if y, m, d := time.Now().Date(); t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}

// until says how long a pause lasts.
func until(t time.Time) string {
	if t.IsZero() {
		return "until resumed"
	}
	return "until " + clock(t)
}
