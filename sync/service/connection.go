package service

import (
	"context"
	"sync"
	"time"

	"stockbridge/store"
	"stockbridge/store/audit"
	"stockbridge/store/journal"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops"
)

// connection is one connection while the service runs.
type connection struct {
	s        *Service
	conf     settings.Connection
	platform shops.Platform
	db       *store.DB
	trail    *audit.Trail
	engine   *engine.Engine
	journal  *journal.Journal
	ctx      context.Context // ends when the connection is removed or the service stops
	cancel   context.CancelFunc

	swept   string    // the day of the last full reading; whoever has the turn owns it
	snapped time.Time // when the copy of its state was last written; whoever has the turn owns it
	told    ipc.State // what its loop last told of it; the loop owns it

	turn chan struct{} // holds one token: whoever has it may run
	wake chan struct{} // tells the loop that something changed

	mu         sync.Mutex         // guards the rest
	sides      *sides             // signed in and checked; nil until needed
	generation uint64             // how often settings or secrets changed
	heard      uint64             // the generation the run under way began with
	stop       context.CancelFunc // ends the run under way
	flows      map[record.Kind]*flowState
	contacts   map[string]*contact // by side
	fault      *fault.Error        // stops the whole connection
	paused     bool
	until      time.Time // zero while paused: until resumed
	running    *ipc.Progress
	active     []record.Kind               // what the run under way is to run, in all
	begun      uint64                      // how many groups of flows began to run
	kept       string                      // the end of the audit trail that the state remembers
	watch      map[chan ipc.SyncEvent]bool // who follows the run under way
}

// flowState is what the board and the schedule know of one flow.
type flowState struct {
	lastStart, lastEnd, lastOK time.Time

	done     time.Time     // what was due up to then has been done; of daily and single runs
	pause    store.Pause   // its own
	since    time.Time     // its first failure in a row
	begun    uint64        // connection.begun when it last began
	asap     bool          // a person waits for it
	stopped  bool          // its run was ended from outside, not by trouble
	failures int           // in a row
	wait     time.Duration // after the last failure
	fault    *fault.Error
	run      *ipc.Run
	waiting  int
}

// ready returns both sides, checked once: a flow needs to know currencies and how the shop means its prices. Sides that
// were opened before a setting or a secret changed are not used any more.
func (c *connection) ready(ctx context.Context) (*sides, error) {
	for {
		c.mu.Lock()
		sd, generation := c.sides, c.generation
		c.mu.Unlock()
		if sd != nil && !sd.stale(c.s.now()) {
			return sd, nil
		}
		var err error
		if sd == nil {
			sd, err = c.check(ctx)
		} else if err = c.identifyAgain(ctx, sd); err != nil {
			sd = nil
		}
		c.mu.Lock()
		current := c.generation == generation
		if current && err == nil {
			c.sides = sd
		}
		c.mu.Unlock()
		if current || ctx.Err() != nil {
			return sd, err
		}
		if sd != nil {
			sd.close()
		}
	}
}

// check opens both sides and finds out what they are.
func (c *connection) check(ctx context.Context) (*sides, error) {
	sd, err := c.s.openSides(c.conf, c.platform)
	if err != nil {
		return nil, err
	}
	c.attend(sd)
	if sd.bc.facts, err = sd.bc.Check(ctx); err == nil {
		sd.shop.facts, err = sd.shop.Check(ctx)
	}
	if err == nil {
		err = c.recognise(ctx, sd)
	}
	if err != nil {
		sd.close()
		return nil, err
	}
	return sd, nil
}

// forget drops the clients and what stood still, so that changed settings or secrets count at once. What a run under
// way says of the old ones is not heard any more.
func (c *connection) forget() {
	c.mu.Lock()
	sd := c.sides
	c.generation++
	c.sides, c.fault, c.contacts = nil, nil, map[string]*contact{}
	for _, f := range c.flows {
		f.asap = f.asap || f.fault != nil || len(c.turn) > 0
		f.fault, f.failures = nil, 0
	}
	c.mu.Unlock()
	if sd != nil {
		sd.close()
	}
	c.nudge()
}

func (c *connection) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// rules are the connection's settings with what both sides said of themselves.
func (c *connection) rules(sd *sides) *plan.Rules {
	r := settings.Rules(c.conf, c.s.installation, sd.bc.facts.Currency, sd.shop.facts.Currency, sd.shop.facts.PricesIncludeTax)
	r.Orders.Adopted, r.Orders.Restored = sd.identity.Adopted, sd.identity.Restored
	return &r
}

// job is the run of some kinds with one owner.
func (c *connection) job(sd *sides, kinds []record.Kind) engine.Job {
	j := engine.Job{Kinds: kinds, Rules: c.rules(sd), Since: c.conf.Flows.Orders.From, Evidence: c.journal.Evidence(c.conf.Name, sd.redactor())}
	if kinds[0] == record.KindOrder {
		j.From, j.To, j.Limits = sd.shop, sd.bc, sd.bc.limits
		return j
	}
	j.From, j.To, j.Limits = sd.bc, sd.shop, sd.shop.limits
	return j
}

// kinds lists the flows that are switched on.
func (c *connection) kinds() []record.Kind {
	var on []record.Kind
	for _, k := range record.Kinds() {
		if !c.conf.Flows.Schedule(k).Off {
			on = append(on, k)
		}
	}
	return on
}

// groups splits kinds into runs: those that live in one row in BC and stand at the same cursor read together.
func (c *connection) groups(kinds []record.Kind) ([][]record.Kind, error) {
	var groups [][]record.Kind
	byCursor := map[record.Cursor]int{}
	for _, k := range kinds {
		if k.Family() != record.KindItem {
			groups = append(groups, []record.Kind{k})
			continue
		}
		open, err := c.db.Open(k)
		if err != nil {
			return nil, err
		}
		if i, ok := byCursor[open.Cursor]; ok {
			groups[i] = append(groups[i], k)
			continue
		}
		byCursor[open.Cursor] = len(groups)
		groups = append(groups, []record.Kind{k})
	}
	return groups, nil
}
