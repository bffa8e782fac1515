package service

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// recognition is what was found out about both systems of a connection when they were checked.
type recognition struct {
	watch    *watch
	identity identity
	lost     *lost
	at       time.Time
	unsure   atomic.Bool // one of them was out of reach since, and somebody else may answer now
	shaken   atomic.Bool // one of them had trouble since, or could not be seen whole
}

// recheck is how long two systems are taken for the same without looking again.
const recheck = time.Hour

// stale reports whether both systems must be looked at again before anything is written: it has been long, or one was
// out of reach and somebody else may answer now.
func (r *recognition) stale(now time.Time) bool {
	age := now.Sub(r.at).Abs()
	return r.unsure.Load() || age >= recheck || age >= soon && r.shaken.Load()
}

// identifyAgain looks at both systems a second time. One question that a system can't answer now (a right that was
// taken away, a table that is busy) is the trouble of the flow that asks it, as long as it is known who answers; the
// look is then repeated soon.
func (c *connection) identifyAgain(ctx context.Context, sd *sides) error {
	sd.unsure.Store(true) // until it has come to a good end
	at, whole := c.s.now(), true
	for _, s := range []*side{sd.bc, sd.shop} {
		f, err := s.Check(ctx)
		switch {
		case err == nil:
			s.facts = f
		case f.Identity.ID != "" && ctx.Err() == nil && fault.Of(err) != fault.Auth:
			s.facts.Identity, s.facts.Now = f.Identity, f.Now
			whole = whole && fault.Of(err) != fault.Retry
		default:
			return err
		}
	}
	if err := c.recognise(ctx, sd); err != nil {
		return err
	}
	sd.at = at
	sd.unsure.Store(false)
	sd.shaken.Store(!whole)
	return nil
}

// soon is when both systems are looked at again after trouble.
const soon = 10 * time.Minute

// doubt makes the next run look at both systems again.
func (c *connection) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sides != nil {
		c.sides.unsure.Store(true)
	}
}

// attend puts watched connectors in front of both sides.
func (c *connection) attend(sd *sides) {
	sd.at = c.s.now()
	sd.watch = &watch{installation: c.s.installation, run: c.s.run, began: c.s.began, from: c.conf.Flows.Orders.From, now: c.s.now, raise: c.noticed}
	sd.bc.connector = &watched{Endpoint: sd.bc.connector, sides: &sd.recognition}
	sd.shop.connector = &watched{Endpoint: sd.shop.connector, sides: &sd.recognition, watch: sd.watch}
}

// watched is a connector that notices when its system was out of reach, and, at the shop, whose marks come by.
type watched struct {
	endpoint.Endpoint
	sides *recognition
	watch *watch // nil for BC
}

// Read implements endpoint.Endpoint.
func (w *watched) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	page, err := w.Endpoint.Read(ctx, q)
	w.heard(err)
	if err == nil && w.watch != nil {
		if err := w.watch.look(page.Records); err != nil {
			return endpoint.Page{}, err
		}
	}
	return page, err
}

// Write implements endpoint.Endpoint.
func (w *watched) Write(ctx context.Context, changes []record.Change) []endpoint.Result {
	if w.watch != nil {
		changes = slices.Clone(changes)
		for i := range changes {
			if m, ok := changes[i].Want.(*record.Mark); ok {
				changes[i].Want = w.watch.sign(*m)
			}
		}
	}
	results := w.Endpoint.Write(ctx, changes)
	for i := range results {
		w.heard(results[i].Err)
	}
	if w.watch != nil {
		w.watch.refused(changes, results)
	}
	return results
}

func (w *watched) heard(err error) {
	e := fault.As(err)
	if e == nil || !strings.HasPrefix(string(e.Code), "net.") {
		return
	}
	switch e.Code {
	case "net.unreachable", "net.unknown_host":
		w.sides.unsure.Store(true)
	case "net.busy":
	default:
		w.sides.shaken.Store(true)
	}
}
