package service

import (
	"context"
	"time"

	"stockbridge/sync/record"
)

// loop runs what is due until ctx ends. One connection's trouble never delays another: each has its own loop.
func (c *connection) loop(ctx context.Context) {
	for {
		now := c.wall()
		c.setBack(now)
		todo, next := c.due(now)
		if !todo.none() {
			c.do(ctx)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		c.retell(now)
		timer := time.NewTimer(max(next.Sub(c.wall()), 10*time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-c.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// do takes the connection's turn and does what is due then: a person's run may just have done it.
func (c *connection) do(ctx context.Context) {
	free, err := c.take(ctx)
	if err != nil {
		return
	}
	defer free()
	todo, _ := c.due(c.wall())
	for _, side := range todo.probes {
		c.probe(ctx, side)
	}
	if len(todo.kinds) > 0 {
		c.nightly()
		c.run(ctx, todo.kinds)
	}
}

// retell tells whoever watches the board when a connection's state has changed by the passing of time alone.
func (c *connection) retell(now time.Time) {
	if state := c.status(now).State; state != c.told {
		c.told = state
		c.s.changed()
	}
}

// night is the hour after which the first run of a day reads all items, stock and prices again: what a change cursor
// can't show (a posting that was read and then rolled back) is put right by comparing everything once.
const night = 2 * time.Hour

// nightly starts the day's full reading, when it is due. A service that starts has one too. The caller has the turn.
func (c *connection) nightly() {
	day := c.s.now().Local().Add(-night).Format(time.DateOnly)
	if c.swept == day {
		return
	}
	if err := c.sweep(); err != nil {
		c.s.log.Error("The nightly full reading can't start", "connection", c.conf.Name, "err", err)
		return
	}
	c.swept = day
}

// idle is how long a loop sleeps at most. It wakes on its own when something changes here; but nothing tells it that the
// machine has slept, or that somebody put the clock right, and timers count neither. A look a minute costs nothing, calls
// nobody and writes nothing.
const idle = time.Minute

// work is what is due: sides to ask whether they are there again, then flows to run.
type work struct {
	probes []string
	kinds  []record.Kind
}

func (w work) none() bool { return len(w.probes)+len(w.kinds) == 0 }

// due returns what to do now, and when to look again. While a side is out of reach, only it is asked, and no flow runs.
func (c *connection) due(now time.Time) (w work, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next = now.Add(idle)
	sooner := func(at time.Time) {
		if at.After(now) && at.Before(next) {
			next = at
		}
	}
	if c.pausedAt(now) {
		sooner(c.until)
		return w, next
	}
	until, probes := c.held(now)
	sooner(until)
	if w.probes = probes; !until.IsZero() {
		return w, next
	}
	for _, k := range c.kinds() {
		switch at, ok := c.nextRun(k, now); {
		case !ok:
		case !at.After(now):
			w.kinds = append(w.kinds, k)
		default:
			sooner(at)
		}
	}
	return w, next
}
