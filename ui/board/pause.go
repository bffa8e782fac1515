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

// Until is when a pause that begins now ends; the zero time is "until resumed". Tomorrow begins at midnight in the
// zone of now, as it does on the command line; a flow with hours of its own goes on when they open.
func (p Pause) Until(now time.Time) time.Time {
	switch p {
	case PauseHour:
		return now.Add(time.Hour)
	case PauseHours:
		return now.Add(8 * time.Hour)
	case PauseTomorrow:
		midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
		if midnight.Day() == now.Day() { // the clock skips midnight that night, and the day begins an hour later
			return midnight.Add(time.Hour)
		}
		return midnight
	}
	return time.Time{}
}
