package service

import (
	"context"
	"time"

	"stockbridge/sync/record"
	"stockbridge/sync/schedule"
)

// loop runs what is due until ctx ends. One connection's trouble never delays another: each has its own loop.
func (c *connection) loop(ctx context.Context) {
	for {
		due, next := c.due(c.s.now())
		if len(due) > 0 {
			if free, err := c.take(ctx); err == nil {
				if due, _ = c.due(c.s.now()); len(due) > 0 { // a person's run may just have done it
					c.nightly()
					c.run(ctx, due)
				}
				free()
			}
			if ctx.Err() != nil {
				return
			}
			continue
		}
		timer := time.NewTimer(max(next.Sub(c.s.now()), 10*time.Millisecond))
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

// idle is how long a loop sleeps at most; it wakes on its own when something changes.
const idle = time.Hour

// due returns the flows to run now, and when the next one is due.
func (c *connection) due(now time.Time) (kinds []record.Kind, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next = now.Add(idle)
	if c.pausedAt(now) {
		if !c.until.IsZero() && c.until.Before(next) {
			next = c.until
		}
		return nil, next
	}
	if c.fault != nil {
		return nil, next
	}
	for _, k := range c.kinds() {
		at, ok := c.nextRun(k, now)
		switch {
		case !ok:
		case !at.After(now):
			kinds = append(kinds, k)
		case at.Before(next):
			next = at
		}
	}
	return kinds, next
}

// nextRun is when a flow runs next by itself; false when it waits for a person.
func (c *connection) nextRun(k record.Kind, now time.Time) (time.Time, bool) {
	f, s := c.flow(k), c.conf.Flows.Schedule(k)
	window, err := schedule.ParseWindow(s.Between, s.Days)
	if err != nil || c.fault != nil {
		return time.Time{}, false
	}
	if f.asap {
		return now, true
	}
	at := schedule.Next(now, f.lastStart, time.Duration(s.Every), window, schedule.Outcome{Failed: f.failures > 0, Wait: f.wait})
	if at.Before(c.quiet) {
		at = c.quiet
	}
	return at, true
}

// pausedAt reports whether the connection rests; the caller holds mu.
func (c *connection) pausedAt(now time.Time) bool {
	return c.paused && (c.until.IsZero() || now.Before(c.until))
}
