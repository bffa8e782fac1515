package schedule

import "time"

// Outcome is how the last run of a flow ended. The zero Outcome is success, or no run yet.
type Outcome struct {
	Failed bool
	Wait   time.Duration // after a failure: Backoff, or longer where the other side asked for it
}

// Next returns when a flow is due: at once where it never ran, one interval after the last start, or the outcome's
// wait after a failure; never before now and only while the window is open. Runs missed while the machine slept are
// made up for by one. A last run that lies ahead is left from a clock that was set back: the flow is due at once, for how
// long ago it was can't be known (and an interval from now would move along with now).
func Next(now, last time.Time, every time.Duration, w Window, o Outcome) time.Time {
	if last.IsZero() || last.After(now) {
		return w.Opens(now)
	}
	if o.Failed {
		every = o.Wait
	}
	due := last.Add(every).In(now.Location())
	if due.Before(now) {
		due = now
	}
	return w.Opens(due)
}

// firstWait and longestWait bound Backoff.
const (
	firstWait   = 15 * time.Second
	longestWait = time.Hour
)

// Backoff returns how long to wait after a number of failures in a row: 15 s doubling up to an hour, of which random
// (0 to 1) takes off up to half, so that many connections do not come back at one moment. No failures, no wait.
func Backoff(tries int, random float64) time.Duration {
	if tries <= 0 {
		return 0
	}
	wait := longestWait
	if shift := tries - 1; shift < 8 {
		wait = min(firstWait<<shift, longestWait)
	}
	if !(random >= 0) { // also NaN
		random = 0
	}
	return wait - time.Duration(float64(wait/2)*min(random, 1))
}

// Freshness says how old what a flow last brought over is, measured by its own interval.
type Freshness string

// The words of freshness.
const (
	OnTime Freshness = "on time"
	Late   Freshness = "late"  // more than one interval old
	Error  Freshness = "error" // more than two
)

// FreshnessOf judges the last success of a flow (where it never had one, the moment it was switched on). Hours in
// which the window is closed do not count against it, nor does a tenth of the interval (1 to 10 minutes) that a run
// itself may take.
func FreshnessOf(now, lastOK time.Time, every time.Duration, w Window) Freshness {
	slack := min(max(every/10, time.Minute), 10*time.Minute)
	due := w.Opens(lastOK.In(now.Location()).Add(every))
	second := w.Opens(due.Add(every))
	switch {
	case now.After(second.Add(slack)):
		return Error
	case now.After(due.Add(slack)):
		return Late
	}
	return OnTime
}
