package service

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/schedule"
)

// contact is what a connection knows of reaching one of its sides. Every flow reads one side and asks or writes the
// other, so a side that is out of reach holds all of its connection's flows, and no other connection's.
type contact struct {
	breaker schedule.Breaker
	fault   *fault.Error // why it is open
}

// authWait is how often a side that refused to let us in is asked again by itself. Setting the secret, a test and Sync
// now ask at once; this finds what was mended over there (a plug-in that was off during an update, a user who was
// locked) and, one call an hour, locks no account.
const authWait = time.Hour

// sideNames lists the sides as faults and the board name them.
func sideNames() []string { return []string{"bc", "shop"} }

// contact returns what is known of a side; the caller holds mu.
func (c *connection) contact(side string) *contact {
	k := c.contacts[side]
	if k == nil {
		k = &contact{}
		c.contacts[side] = k
	}
	return k
}

// shut returns the fault of a side that must not be called, nil where both may; the caller holds mu.
func (c *connection) shut() *fault.Error {
	for _, side := range sideNames() {
		if k := c.contact(side); k.breaker.Open() {
			return k.fault
		}
	}
	return nil
}

// silent reports whether a fault is one of a side that doesn't answer. Other passing faults (a record somebody else was
// changing) are their flow's alone.
func silent(e *fault.Error) bool {
	area, _, _ := strings.Cut(string(e.Code), ".")
	return e.Kind == fault.Retry && (area == "net" || area == "answer")
}

// refused reports whether a fault forbids to ask its side on: it let us not in, or wants to be left alone for a while.
func refused(e *fault.Error) bool {
	return e.Kind == fault.Auth || e.Kind == fault.Retry && e.After > 0
}

// note takes into account which sides answered anything in a run or a probe, and the fault it ended with, if any. A side
// that answers other questions is there: one it stumbles over is its flow's trouble and must not hold the others. What
// was asked with settings that have changed since says nothing.
func (c *connection) note(e *fault.Error, answered ...string) {
	now := c.wall()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard != c.generation {
		return
	}
	for _, side := range answered {
		if e == nil || e.Side != side || !refused(e) {
			c.reached(side)
		}
	}
	if e == nil || e.Side == "" || !refused(e) && slices.Contains(answered, e.Side) {
		return
	}
	k := c.contact(e.Side)
	was := k.breaker.Open()
	switch {
	case e.Kind == fault.Auth:
		k.breaker = k.breaker.Stop(now, authWait)
		c.fault = e
	case silent(e) || refused(e):
		k.breaker = k.breaker.Fault(now, e.After, rand.Float64())
	default:
		return
	}
	k.fault = e
	if k.breaker.Open() && !was {
		c.s.log.Warn("A side is out of reach", "connection", c.conf.Name, "side", e.Side, "next", k.breaker.Due(now), "code", e.Code, "err", e.Error())
	}
}

// reached notes that a side answers: what stood still because of it goes on at once, in the order of a run. The caller
// holds mu.
func (c *connection) reached(side string) {
	k := c.contact(side)
	if k.breaker.Open() {
		c.s.log.Log(context.Background(), slog.LevelInfo, "A side answers again", "connection", c.conf.Name, "side", side)
		for _, f := range c.flows {
			if f.fault != nil && f.fault.Side == side {
				f.wait = 0
			}
		}
		c.nudge()
	}
	if c.fault != nil && c.fault.Side == side {
		c.fault = nil
	}
	*k = contact{breaker: k.breaker.Answer()}
}

// probe asks a side whether it is there again: one check, with the secrets of this moment. The caller has the turn.
func (c *connection) probe(ctx context.Context, name string) {
	c.mu.Lock()
	c.heard = c.generation
	wasRefused := c.fault != nil
	c.mu.Unlock()
	open := func() (*side, error) { return c.s.openBC(c.conf) }
	if name == "shop" {
		open = func() (*side, error) { return c.s.openShop(c.conf, c.platform) }
	}
	s, err := open()
	var answered []string
	if err == nil {
		if _, err = s.Check(ctx); err == nil || s.client.Answers() > 0 {
			answered = []string{name}
		}
		s.client.Close()
	}
	if ctx.Err() != nil {
		return
	}
	e := fault.As(fault.At(err, name))
	if e != nil && !silent(e) && !refused(e) { // a flow meets it by itself, and waits as it asks
		answered = []string{name}
	}
	c.note(e, answered...)
	if wasRefused && e == nil { // the clients of before sign in with what was refused
		c.mu.Lock()
		sd := c.sides
		c.sides = nil
		c.mu.Unlock()
		if sd != nil {
			sd.close()
		}
	}
	c.s.changed()
}

// held returns until when a side keeps the flows back, and which sides may be probed now; the caller holds mu.
func (c *connection) held(now time.Time) (until time.Time, probes []string) {
	for _, side := range sideNames() {
		b := c.contact(side).breaker
		if !b.Open() {
			continue
		}
		at := b.Due(now)
		if !at.After(now) {
			probes = append(probes, side)
		}
		if at.After(until) {
			until = at
		}
	}
	return until, probes
}

// sideStatus is what the board says of sides that are out of reach; the caller holds mu.
func (c *connection) sideStatus(now time.Time) (out []ipc.SideStatus) {
	for _, side := range sideNames() {
		if k := c.contact(side); k.breaker.Open() {
			out = append(out, ipc.SideStatus{Side: side, Since: k.breaker.Since, Next: k.breaker.Due(now), Tries: k.breaker.Faults, Fault: ipc.FaultOf(k.fault)})
		}
	}
	return out
}

// cancelled reports whether a run was ended from outside.
func cancelled(ctx context.Context, err error) bool {
	return err != nil && errors.Is(ctx.Err(), context.Canceled)
}
