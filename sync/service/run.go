package service

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"stockbridge/store"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
	"stockbridge/sync/schedule"
)

// take waits for the connection's turn; the returned func gives it back.
func (c *connection) take(ctx context.Context) (func(), error) {
	select {
	case c.turn <- struct{}{}:
		return func() { <-c.turn }, nil
	case <-ctx.Done():
		return nil, fault.As(ctx.Err())
	case <-c.ctx.Done(): // the connection is gone
		return nil, fault.As(c.ctx.Err())
	}
}

// run runs kinds one after the other, those that can together. Every flow needs both sides: when one refuses us or is
// out of reach (see contact), the rest is not even tried. Any other trouble is its flow's alone.
func (c *connection) run(ctx context.Context, kinds []record.Kind) []ipc.Run {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	c.stop, c.heard, c.active = stop, c.generation, kinds
	c.mu.Unlock()
	sd, err := c.ready(ctx)
	if cancelled(ctx, err) {
		c.resume(kinds)
	}
	if err != nil {
		c.note(fault.As(err))
		return c.fail(kinds, err)
	}
	kinds, runs := c.priceless(sd, kinds)
	groups, err := c.groups(kinds)
	if err != nil {
		return append(runs, c.fail(kinds, err)...)
	}
	for i := 0; i < len(groups); i++ {
		g := groups[i]
		done, err := c.runGroup(ctx, sd, g, i+1, len(groups))
		runs = append(runs, done...)
		if err == nil {
			continue
		}
		if rest := slices.Concat(groups[i+1:]...); cancelled(ctx, err) {
			for _, k := range rest {
				c.hurry(k)
			}
			break
		} else if shut := c.outOfReach(); shut != nil {
			runs = append(runs, c.fail(rest, shut)...)
			break
		} else if stopsAll(err) {
			runs = append(runs, c.fail(rest, err)...)
			break
		}
		if fault.Of(err) == fault.Config && len(g) > 1 { // only what can't go on stops, not what was read along with it
			for n, k := range g {
				groups = slices.Insert(groups, i+1+n, []record.Kind{k})
			}
		}
	}
	c.compare(ctx, sd, runs)
	c.finish()
	if slices.ContainsFunc(runs, func(r ipc.Run) bool { return !idleRun(r) }) {
		c.flush()
	}
	return runs
}

// priceless takes the prices out of what runs, as failed, where both sides keep them in different currencies (invariant 6).
func (c *connection) priceless(sd *sides, kinds []record.Kind) ([]record.Kind, []ipc.Run) {
	i := slices.Index(kinds, record.KindPrice)
	if i < 0 || sd.bc.facts.Currency == sd.shop.facts.Currency {
		return kinds, nil
	}
	f := fault.New("shop.currency", fault.Args{"shop": sd.shop.facts.Currency, "bc": sd.bc.facts.Currency})
	return slices.Delete(slices.Clone(kinds), i, i+1), c.fail(kinds[i:i+1], f)
}

// idleRun reports whether a run found nothing to do.
func idleRun(r ipc.Run) bool { return r.Fault == nil && r.Written+r.Linked+r.Held+r.Rejected == 0 }

// runGroup runs kinds that read together and records what they did. Their calls are counted at the first of them.
func (c *connection) runGroup(ctx context.Context, sd *sides, kinds []record.Kind, step, steps int) ([]ipc.Run, error) {
	c.begin(kinds, step, steps)
	bcBefore, shopBefore := sd.calls()
	_, before := sd.answered([2]int64{})
	job := c.job(sd, kinds)
	job.Progress = func(p engine.Progress) {
		c.tell(ipc.Progress{Connection: c.conf.Name, Kind: p.Kind, Step: step, Steps: steps, Read: p.Read, Done: p.Done, Total: p.Total})
	}
	tallies, err := c.guarded(ctx, job)
	bcAfter, shopAfter := sd.calls()
	runs := make([]ipc.Run, len(tallies))
	for i, t := range tallies {
		runs[i] = ipc.Run{Connection: c.conf.Name, Kind: t.Kind, Started: t.Started, Ended: t.Ended, Read: t.Read, Written: t.Written,
			Linked: t.Linked, Unchanged: t.Unchanged, Held: t.Held, Rejected: t.Rejected, Fault: ipc.FaultOf(err)}
		if i == 0 {
			runs[i].CallsBC, runs[i].CallsShop = bcAfter-bcBefore, shopAfter-shopBefore
		}
	}
	if cancelled(ctx, err) {
		c.resume(kinds)
	} else {
		answered, _ := sd.answered(before)
		c.note(fault.As(err), answered...)
	}
	c.ended(runs, err)
	return runs, err
}

// outOfReach is the fault of a side that must not be called now, nil where there is none.
func (c *connection) outOfReach() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.shut(); f != nil {
		return f
	}
	return nil
}

// resume makes flows that were stopped go on as soon as they may.
func (c *connection) resume(kinds []record.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range kinds {
		c.flow(k).stopped = true
	}
}

// guarded runs a job and turns a panic into a problem of this flow, not of the service.
func (c *connection) guarded(ctx context.Context, job engine.Job) (tallies []engine.Tally, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.s.log.Error("A run panicked", "connection", c.conf.Name, "kind", job.Kinds[0], "panic", p, "stack", string(debug.Stack()))
			err = fault.New("bug.panic", nil)
			for _, k := range job.Kinds {
				tallies = append(tallies, engine.Tally{Kind: k, Started: c.s.now(), Ended: c.s.now()})
			}
		}
	}()
	return c.engine.Run(ctx, job)
}

// fail records that kinds could not run at all.
func (c *connection) fail(kinds []record.Kind, err error) []ipc.Run {
	if len(kinds) == 0 {
		return nil
	}
	now := c.s.now()
	c.mu.Lock()
	c.mark(kinds)
	c.mu.Unlock()
	runs := make([]ipc.Run, len(kinds))
	for i, k := range kinds {
		runs[i] = ipc.Run{Connection: c.conf.Name, Kind: k, Started: now, Ended: now, Fault: ipc.FaultOf(err)}
	}
	c.ended(runs, err)
	c.finish()
	return runs
}

func (c *connection) begin(kinds []record.Kind, step, steps int) {
	c.mu.Lock()
	c.mark(kinds)
	c.running = &ipc.Progress{Connection: c.conf.Name, Kind: kinds[0], Step: step, Steps: steps}
	c.mu.Unlock()
	c.s.changed()
}

// mark numbers a beginning: who asked for a run before it gets a new one, who asked during it joins (see syncNow). The
// caller holds mu.
func (c *connection) mark(kinds []record.Kind) {
	c.begun++
	for _, k := range kinds {
		c.flow(k).begun, c.flow(k).asap = c.begun, false
	}
}

// ended takes a group's runs into the board, the schedule and the history.
func (c *connection) ended(runs []ipc.Run, err error) {
	e := fault.As(err)
	c.mu.Lock()
	for i := range runs {
		r := runs[i]
		f := c.flow(r.Kind)
		f.lastStart, f.lastEnd, f.run = r.Started.Round(0), r.Ended.Round(0), &r
		switch {
		case e == nil:
			f.lastOK, f.failures, f.fault, f.since = r.Ended, 0, nil, time.Time{}
			continue
		case f.stopped || c.heard != c.generation:
			f.asap, f.stopped = true, false // it was stopped, or what it met is over: it goes on as soon as it may
			continue
		}
		f.fault = e
		if f.failures++; f.since.IsZero() {
			f.since = f.lastStart
		}
		f.wait = max(e.After, schedule.Backoff(f.failures, rand.Float64()))
		if e.Kind == fault.Config {
			f.wait = max(f.wait, configWait)
		}
	}
	switch {
	case e == nil:
		c.fault = nil
	case c.heard != c.generation:
	case e.Kind == fault.Auth:
		c.fault = e
	}
	c.mu.Unlock()
	for i := range runs {
		if e == nil {
			if err := c.done(runs[i].Kind, runs[i].Started.Round(0)); err != nil {
				c.s.log.Error("What a flow has done can't be remembered", "connection", c.conf.Name, "flow", runs[i].Kind, "err", err)
			}
		}
		c.remember(&runs[i], e)
	}
	c.heal(e)
}

// configWait is how long a flow rests that needs a person: it is tried again by itself in case somebody has mended the
// other side (a certificate, a right, a plug-in) without telling us.
const configWait = time.Hour

// remember keeps a run in the history, when it did something or went wrong: an idle service writes nothing to disk.
func (c *connection) remember(r *ipc.Run, e *fault.Error) {
	if idleRun(*r) {
		return
	}
	run := store.Run{Tally: engine.Tally{Kind: r.Kind, Read: r.Read, Written: r.Written, Linked: r.Linked, Unchanged: r.Unchanged,
		Held: r.Held, Rejected: r.Rejected, Started: r.Started, Ended: r.Ended}, CallsBC: r.CallsBC, CallsShop: r.CallsShop}
	if e != nil {
		run.Code, run.Args = e.Code, e.Args
		if e.Err != nil {
			run.Detail = e.Err.Error()
		}
	}
	if err := c.db.SaveRun(run); err != nil {
		c.s.log.Error("A run could not be recorded", "connection", c.conf.Name, "err", err)
	}
	level, args := slog.LevelInfo, []any{"connection", c.conf.Name, "flow", r.Kind, "read", r.Read, "written", r.Written,
		"held", r.Held, "rejected", r.Rejected, "took", r.Ended.Sub(r.Started).Round(time.Millisecond)}
	if e != nil {
		level, args = slog.LevelWarn, append(args, "code", e.Code, "err", e.Error())
	}
	c.s.log.Log(context.Background(), level, "Flow ran", args...)
}

// wireRun is a remembered run as the board shows it.
func (c *connection) wireRun(r *store.Run) *ipc.Run {
	out := &ipc.Run{Connection: c.conf.Name, Kind: r.Kind, Started: r.Started, Ended: r.Ended, Read: r.Read, Written: r.Written,
		Linked: r.Linked, Unchanged: r.Unchanged, Held: r.Held, Rejected: r.Rejected, CallsBC: r.CallsBC, CallsShop: r.CallsShop}
	if r.Code != "" {
		out.Fault = report.CodeFault(r.Code, r.Args)
		out.Fault.Detail = r.Detail
	}
	return out
}

func (c *connection) flow(k record.Kind) *flowState {
	f := c.flows[k]
	if f == nil {
		f = &flowState{}
		c.flows[k] = f
	}
	return f
}

// tell passes progress on to the board and to everybody who follows the run.
func (c *connection) tell(p ipc.Progress) {
	c.mu.Lock()
	c.running = &p
	for ch := range c.watch {
		select {
		case ch <- ipc.SyncEvent{Progress: &p}:
		default: // a slow reader misses steps, never the end
		}
	}
	c.mu.Unlock()
	c.s.changed()
}

// finish ends a run for the board: nothing runs, problems are counted again.
func (c *connection) finish() {
	c.recount()
	c.keepTrail()
	c.mu.Lock()
	c.running, c.active = nil, nil
	c.mu.Unlock()
	c.keepSnapshot()
	c.s.changed()
}

// flush writes the journal's last lines. After a run that found nothing to do they can wait: an idle service writes
// nothing to disk, and a search flushes by itself.
func (c *connection) flush() {
	if err := c.journal.Flush(); err != nil {
		c.s.log.Error("The journal could not be written", "err", err)
	}
}
