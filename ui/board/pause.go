package board

import "time"

// Pause is for how long somebody pauses.
type Pause string

// The pauses; their names end the key of their label, ui.pause.
const (
	PauseHour     Pause = "hour"
	PauseHours    Pause = "hours"
	PauseTomorrow Pause = "tomorrow"
	PauseOpen     Pause = "open"
)

// Pauses lists the pauses in the order in which they are offered.
func Pauses() []Pause { return []Pause{PauseHour, PauseHours, PauseTomorrow, PauseOpen} }

// Until is when a pause that begins now ends; the zero time is "until resumed". Tomorrow is 07:00 in the zone of now,
// before the first colleague asks where the orders are.
func (p Pause) Until(now time.Time) time.Time {
	switch p {
	case PauseHour:
		return now.Add(time.Hour)
	case PauseHours:
		return now.Add(8 * time.Hour)
	case PauseTomorrow:
		return time.Date(now.Year(), now.Month(), now.Day()+1, 7, 0, 0, 0, now.Location())
	}
	return time.Time{}
}
