package sim

import (
	"regexp"
	"strings"
	"time"
)

const wall = "2006-01-02T15:04:05"

// stampPattern is the only form a date filter takes: "yesterday" and "2020-01-01" are refused (golden 096, 097).
var stampPattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}(:?\d{2})?)?$`)

// bound is one date filter: a wall-clock time compared as text with one of a record's two date columns.
type bound struct{ wall string }

// readBound turns a date filter into the wall clock of the site. A time with Z or an offset is first moved to the
// site's zone, with or without dates_are_gmt; that flag only chooses the column. So "…Z" with the flag misses in a
// shop east of Greenwich (NOTES §3, modified_after-matrix.json).
func readBound(s string, zone *time.Location) (bound, bool) {
	if !stampPattern.MatchString(s) {
		return bound{}, false
	}
	s = strings.ToUpper(strings.Replace(s, " ", "T", 1))
	if len(s) == len(wall) {
		_, err := time.Parse(wall, s)
		return bound{s}, err == nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return bound{t.In(zone).Format(wall)}, true
		}
	}
	return bound{}, false
}

// before and after compare strictly, in whole seconds. gmt chooses the UTC column.
func (b bound) after(t time.Time, gmt bool, zone *time.Location) bool {
	return column(t, gmt, zone) > b.wall
}

func (b bound) before(t time.Time, gmt bool, zone *time.Location) bool {
	return column(t, gmt, zone) < b.wall
}

func column(t time.Time, gmt bool, zone *time.Location) string {
	if gmt {
		return t.UTC().Format(wall)
	}
	return t.In(zone).Format(wall)
}

// putDate adds a date and its _gmt twin to a record; no date is null.
func (s *Server) putDate(o object, name string, t time.Time) {
	if t.IsZero() {
		o[name], o[name+"_gmt"] = nil, nil
		return
	}
	o[name], o[name+"_gmt"] = t.In(s.opts.Zone).Format(wall), t.UTC().Format(wall)
}

// readDate reads a date of a body in the given zone, in the forms PHP knows that were tried (golden 047, 049).
func readDate(v any, zone *time.Location) (time.Time, bool) {
	s := strings.TrimSpace(text(v))
	for _, layout := range []string{time.RFC3339, wall, "2006-01-02 15:04:05", "2006-01-02", "02-01-2006"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.UTC().Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}
