package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// The facts of a connection's state that hold what is known of both systems, as JSON, and what a person is asked about.
const (
	factIdentity = "identity"
	factPending  = "identity.pending"
)

// identity is what is remembered of both systems, so that another one in the place of either is noticed, and an older
// copy of either, before anything is written to it.
type identity struct {
	BC, Shop known
	// Adopted are installations that are gone: a person said so, and their marks count as ours.
	Adopted []string `json:",omitempty"`
	// Runs are the latest starts of this installation on this connection; a mark of ours that names another one was
	// left by a copy of us. Marks from before Alone are not looked at: until then a person has answered for them.
	Runs  []string  `json:",omitempty"`
	Alone time.Time `json:",omitzero"`
	// Restored is when the copy of BC's database was made that is in use since a restore (plan.OrderRules).
	Restored time.Time `json:",omitzero"`
}

// known is what is remembered of one system.
type known struct {
	Place string               // where the settings lead
	ID    string               `json:",omitempty"` // endpoint.Identity
	Name  string               `json:",omitempty"`
	Trail []endpoint.Footprint `json:",omitempty"`
}

// pending is what a person is asked to approve: the problem, and what is remembered after a yes. What has changed
// again by then is asked again.
type pending struct {
	Code fault.Code
	Key  string
	Then identity
}

// The keys of the problems of a connection.
const (
	keyBC       = "bc"
	keyShop     = "shop"
	keySettings = "settings"
	keyMarks    = plan.OtherInstallation
)

// stops reports whether a code is one of a whole connection that waits for a person: no flow may run.
func stops(code fault.Code) bool {
	switch code {
	case "bc.other_company", "bc.restored", "bc.copied", "bc.emptied", "shop.other_site", "shop.restored", "shop.emptied",
		"connection.swapped", "connection.other_installation", "connection.cloned":
		return true
	}
	return false
}

func stopsAll(err error) bool { return stops(fault.As(err).Code) }

func bcPlace(c *settings.Connection) string {
	return strings.TrimSpace(strings.Join([]string{c.BC.URL, c.BC.Tenant, "\"" + c.BC.Company + "\""}, " "))
}

func shopPlace(c *settings.Connection) string { return c.Shop.Platform + " " + c.Shop.URL }

// memory is what this connection remembers of both systems.
func (c *connection) memory() (m identity, err error) {
	text, err := c.db.Fact(factIdentity)
	if err != nil || text == "" {
		return m, err
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fault.Wrap(err, "store.damaged", fault.Args{"path": c.db.Path()})
	}
	return m, nil
}

func marshal(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fault.Wrap(err, "bug.unclassified", nil)
	}
	return string(b), nil
}

// recognise compares two systems that were just checked with those this connection has worked with. An error is a
// problem of the connection, stored, or a passing trouble; what is remembered is then as it was.
func (c *connection) recognise(ctx context.Context, sd *sides) error {
	if err := c.waits(keyMarks); err != nil {
		return err
	}
	m, err := c.memory()
	if err != nil {
		return err
	}
	next, p, err := c.sameSystems(ctx, sd, m)
	if err != nil {
		return err
	}
	if p != nil {
		return c.raise(p, p.only(m, next))
	}
	sd.watch.trust(&next)
	sd.identity = next
	for _, key := range []string{keyBC, keyShop, keySettings} {
		if err := c.settle(key); err != nil {
			return err
		}
	}
	text, err := marshal(next)
	if err != nil {
		return err
	}
	if err := c.db.SetFact(factIdentity, text); err != nil {
		return err
	}
	return c.missing(sd)
}

// trouble is a finding that stops the connection.
type trouble struct {
	key string
	err *fault.Error
}

// only is what a yes to this trouble makes the new memory: of the other side nothing was asked.
func (t *trouble) only(was, next identity) identity {
	switch t.key {
	case keyBC:
		next.Shop = was.Shop
	case keyShop:
		next.BC, next.Restored = was.BC, was.Restored
	case keyMarks:
		next.BC, next.Shop, next.Restored = was.BC, was.Shop, was.Restored
	}
	return next
}

// sameSystems returns what is to be remembered from now on, and what stops the connection, if anything does. The memory
// that comes with a trouble is the one a person's yes makes the new one.
func (c *connection) sameSystems(ctx context.Context, sd *sides, m identity) (identity, *trouble, error) {
	next := m
	next.BC, next.Shop = seen(&m.BC, bcPlace(&c.conf), &sd.bc.facts), seen(&m.Shop, shopPlace(&c.conf), &sd.shop.facts)
	if !slices.Contains(next.Runs, c.s.run) {
		next.Runs = append(slices.Clone(next.Runs), c.s.run)
		next.Runs = next.Runs[max(0, len(next.Runs)-keptStarts):]
	}
	products, orders, err := c.linked()
	if err != nil {
		return next, nil, err
	}
	if products+orders > 0 {
		for _, look := range []func(context.Context, *sides, *identity, *identity) (*trouble, error){c.otherPlace, c.otherSystem, c.emptied, c.olderCopy} {
			if p, err := look(ctx, sd, &m, &next); p != nil || err != nil {
				return next, p, err
			}
		}
	}
	if p := c.otherMarks(sd, &next); p != nil {
		return next, p, nil
	}
	return next, nil, nil
}

// keptStarts is how many starts of its own an installation remembers.
const keptStarts = 50

// linked counts what both systems have in common.
func (c *connection) linked() (products, orders int, err error) {
	if products, err = c.db.CountLinks(record.KindItem); err == nil {
		orders, err = c.db.CountLinks(record.KindOrder)
	}
	return products, orders, err
}

// freshFor is how long a row counts as new: reads see what is not committed yet, and a transaction that is rolled back
// takes its rows with it. BC ends one after eight minutes (limits.json, ODataServicesOperationTimeout).
const freshFor = 15 * time.Minute

// keptTrail is how much of a trail is remembered.
const keptTrail = 20

// seen is a system as it is remembered after a check. Of a shop's orders the newest may be removed; their numbers stay
// remembered until they are given again.
func seen(was *known, place string, f *endpoint.Facts) known {
	now := known{Place: place, ID: f.Identity.ID, Name: f.Identity.Name}
	if now.ID == "" && was.Name == now.Name {
		now.ID = was.ID // a right that was taken away makes it no other system
	}
	if f.Identity.Trail == nil {
		now.Trail = was.Trail
		return now
	}
	top := int64(0)
	if len(f.Identity.Trail) > 0 {
		top = f.Identity.Trail[0].Number
	}
	for _, r := range was.Trail {
		if r.Number > top && !another(was, &now) {
			now.Trail = append(now.Trail, r)
		}
	}
	for _, r := range f.Identity.Trail {
		if !f.Now.IsZero() && f.Now.Sub(r.At) < freshFor {
			continue
		}
		r.At = r.At.UTC()
		now.Trail = append(now.Trail, r)
	}
	now.Trail = now.Trail[:min(len(now.Trail), keptTrail)]
	return now
}

// waits returns the stored problem of a key as the error it stands for; nil when there is none.
func (c *connection) waits(key string) error {
	p, ok, err := c.ownProblem(key)
	if err != nil || !ok {
		return err
	}
	return fault.New(p.Code, p.Args)
}

// raise stores what stops the connection, and what a yes to it would mean.
func (c *connection) raise(p *trouble, next identity) error {
	text, err := marshal(pending{Code: p.err.Code, Key: p.key, Then: next})
	if err != nil {
		return err
	}
	if err := c.db.SetFact(factPending+"."+p.key, text); err != nil {
		return err
	}
	held := plan.Held{Kind: record.KindConnection, Key: p.key, Code: p.err.Code, Args: p.err.Args, Stays: true}
	if err := c.db.Commit(engine.Outcome{Held: []plan.Held{held}, At: c.s.now()}); err != nil {
		return err
	}
	c.recount()
	c.s.log.Warn("The connection waits for a person", "connection", c.conf.Name, "code", p.err.Code, "err", p.err.Sentence())
	return p.err
}

// settle ends the problem of a key, if there is one: what it told of is over.
func (c *connection) settle(key string) error {
	if _, ok, err := c.ownProblem(key); err != nil || !ok {
		return err
	}
	err := c.db.Commit(engine.Outcome{Settled: []plan.Settled{{Kind: record.KindConnection, Key: key}}, At: c.s.now()})
	c.recount()
	return err
}
