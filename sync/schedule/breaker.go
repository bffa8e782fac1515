package schedule

import "time"

// faultsToOpen is how many faults of a side in a row keep it from being called: one or two may be a single query's
// trouble, or a server that is being restarted.
const faultsToOpen = 3

// Breaker keeps a side that does not answer from being called. While it is closed, calls go through. After three
// faults in a row, or when the side asks to be left alone, it is open: nothing is sent but one cheap probe after each
// wait (Backoff: 15 s doubling to an hour, or longer where the side asked for it), and the first answer closes it. The
// zero Breaker is closed.
type Breaker struct {
	Faults int           // in a row
	Since  time.Time     // the first of them
	Last   time.Time     // the latest
	Wait   time.Duration // from Last to the next probe; 0 while closed
}

// Open reports whether calls are kept back.
func (b Breaker) Open() bool { return b.Wait > 0 }

// Fault is the breaker after the side did not answer, or failed. after is how long it asked to be left alone, 0 where it
// said nothing; random (0 to 1) spreads the wait, as in Backoff.
func (b Breaker) Fault(now time.Time, after time.Duration, random float64) Breaker {
	b = b.met(now)
	if b.Open() || b.Faults >= faultsToOpen || after > 0 {
		b.Wait = max(after, Backoff(max(1, b.Faults-faultsToOpen+1), random))
	}
	return b
}

// Stop is the breaker after the side refused us: open at once, with a wait of its own.
func (b Breaker) Stop(now time.Time, wait time.Duration) Breaker {
	b = b.met(now)
	b.Wait = wait
	return b
}

func (b Breaker) met(now time.Time) Breaker {
	b.Faults++
	if b.Since.IsZero() || b.Since.After(now) {
		b.Since = now
	}
	b.Last = now
	return b
}

// Answer is the breaker after the side answered.
func (b Breaker) Answer() Breaker { return Breaker{} }

// Due is when the side may be called: now while closed, else the moment of the next probe, never before now. After a
// clock was set back that is now: how much of the wait is over can't be known any more.
func (b Breaker) Due(now time.Time) time.Time {
	due := b.Last.Add(b.Wait)
	if !b.Open() || now.Before(b.Last) || due.Before(now) {
		return now
	}
	return due
}
