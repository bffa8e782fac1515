package service

import (
	"strings"
	"time"

	"stockbridge/store"
	"stockbridge/sync/record"
	"stockbridge/sync/schedule"
)

// wall is the time as clocks on the wall show it, without Go's monotonic part: that stands still while a machine
// sleeps (on Linux) and knows nothing of a clock that somebody put right. Schedules mean the wall's.
func (c *connection) wall() time.Time { return c.s.now().Round(0) }

// nextRun is when a flow runs next by itself; false when it waits for a person. The caller holds mu.
func (c *connection) nextRun(k record.Kind, now time.Time) (time.Time, bool) {
	f := c.flow(k)
	table, err := c.conf.Flows.Schedule(k).Timetable()
	if err != nil || c.fault != nil {
		return time.Time{}, false
	}
	start, _ := c.held(now)
	for _, p := range []store.Pause{{On: c.paused, Until: c.until}, f.pause} {
		switch {
		case !resting(p, now):
		case p.Until.IsZero():
			return time.Time{}, false
		case p.Until.After(start):
			start = p.Until
		}
	}
	if start.Before(now) {
		start = now
	}
	if f.asap {
		return start, true
	}
	return table.Next(start, schedule.Past{Last: f.last(), Done: f.done, Failed: f.failures > 0, Wait: f.wait})
}

// last is what the flow's next run counts from: the beginning of its last, or the end of one that failed.
func (f *flowState) last() time.Time {
	if f.failures > 0 {
		return f.lastEnd
	}
	return f.lastStart
}

// resting reports whether a pause lasts.
func resting(p store.Pause, now time.Time) bool {
	return p.On && (p.Until.IsZero() || now.Before(p.Until))
}

// pausedAt reports whether the connection rests; the caller holds mu.
func (c *connection) pausedAt(now time.Time) bool {
	return resting(store.Pause{On: c.paused, Until: c.until}, now)
}

// recall reads what timetables and pauses hang on across a restart.
func (c *connection) recall() error {
	pauses, err := c.db.FlowPauses()
	if err != nil {
		return err
	}
	for _, k := range record.Kinds() {
		f := c.flow(k)
		f.pause = pauses[k]
		name, plan := c.doneFact(k)
		if name == "" {
			continue
		}
		text, err := c.db.Fact(name)
		if err != nil {
			return err
		}
		before, moment, _ := strings.Cut(text, "|")
		if f.done, err = time.Parse(time.RFC3339Nano, moment); err == nil && before == plan {
			continue
		}
		// A daily run begins with its next time, not with the one before it was asked for. A single one that was missed
		// is made up for.
		f.done = time.Time{}
		if c.conf.Flows.Schedule(k).Once.IsZero() {
			if err := c.done(k, c.wall()); err != nil {
				return err
			}
		}
	}
	return nil
}

// doneFact names the fact that remembers when a daily or single run was last done, and the timetable it was done for;
// "" for flows that run at intervals.
func (c *connection) doneFact(k record.Kind) (name, plan string) {
	s := c.conf.Flows.Schedule(k)
	switch {
	case !s.Once.IsZero():
		plan = "once " + s.Once.UTC().Format(time.RFC3339Nano)
	case s.At != "":
		plan = "at " + s.At + " " + strings.Join(s.Days, ",")
	default:
		return "", ""
	}
	return "schedule." + string(k), plan
}

// done remembers that what was due of a flow up to a moment has been done.
func (c *connection) done(k record.Kind, at time.Time) error {
	name, plan := c.doneFact(k)
	if name == "" {
		return nil
	}
	c.mu.Lock()
	c.flow(k).done = at
	c.mu.Unlock()
	return c.db.SetFact(name, plan+"|"+at.UTC().Format(time.RFC3339Nano))
}

// setBack puts right what a clock that was ahead has left: a daily run done on a day yet to come would be left out when
// that day comes.
func (c *connection) setBack(now time.Time) {
	for _, k := range record.Kinds() {
		c.mu.Lock()
		ahead := c.conf.Flows.Schedule(k).Once.IsZero() && c.flow(k).done.After(now)
		c.mu.Unlock()
		if !ahead {
			continue
		}
		if err := c.done(k, now); err != nil {
			c.s.log.Error("What a flow has done can't be remembered", "connection", c.conf.Name, "flow", k, "err", err)
		}
	}
}
