package service

import (
	"context"
	"sync"
	"time"

	"stockbridge/store"
	"stockbridge/store/secret"
	"stockbridge/sync/bc"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops"
	"stockbridge/sync/web"
)

// connection is one connection while the service runs.
type connection struct {
	s        *Service
	conf     settings.Connection
	platform shops.Platform
	db       *store.DB
	engine   *engine.Engine
	ctx      context.Context // ends when the connection is removed or the service stops
	cancel   context.CancelFunc

	turn chan struct{} // holds one token: whoever has it may run
	wake chan struct{} // tells the loop that something changed

	mu      sync.Mutex // guards the rest
	sides   *sides
	flows   map[record.Kind]*flowState
	fault   *fault.Error // stops the whole connection
	paused  bool
	until   time.Time // zero while paused: until resumed
	running *ipc.Progress
	watch   map[chan ipc.SyncEvent]bool // who follows the run under way
}

// sides are both systems, signed in and checked.
type sides struct {
	bc, shop             endpoint.Endpoint
	bcClient, shopClient *web.Client
	bcLimits, shopLimits endpoint.Limits
	bcFacts, shopFacts   endpoint.Facts
	checked              bool
}

// calls is how many requests each side has had.
func (s *sides) calls() (bcCalls, shopCalls int64) { return s.bcClient.Calls(), s.shopClient.Calls() }

func (s *sides) close() {
	s.bcClient.Close()
	s.shopClient.Close()
}

// flowState is what the board and the schedule know of one flow.
type flowState struct {
	lastStart, lastOK time.Time
	failures          int           // in a row
	wait              time.Duration // the other side's wish
	fault             *fault.Error
	run               *ipc.Run
	waiting           int
}

// openSides makes both clients. It reaches nobody.
func (s *Service) openSides(conf settings.Connection, p shops.Platform) (*sides, error) {
	secrets := secret.Lookup(s.ctx, s.keys, conf.Name)
	bcOptions, err := bc.Options(conf, secrets)
	if err != nil {
		return nil, err
	}
	shopOptions, err := p.Options(conf, secrets)
	if err != nil {
		return nil, err
	}
	bcClient, err := s.client(bcOptions)
	if err != nil {
		return nil, err
	}
	shopClient, err := s.client(shopOptions)
	if err != nil {
		bcClient.Close()
		return nil, err
	}
	return &sides{
		bc: bc.New(conf, bcClient), bcClient: bcClient, bcLimits: bc.Limits(conf),
		shop: p.New(conf, shopClient), shopClient: shopClient, shopLimits: p.Limits(conf),
	}, nil
}

func (s *Service) client(o web.Options) (*web.Client, error) {
	o.Journal = s.journal
	if s.opts.Transport != nil {
		o.Transport = s.opts.Transport(o.Side)
	}
	return web.New(o)
}

// ready returns both sides, checked once: a flow needs to know currencies and how the shop means its prices.
func (c *connection) ready(ctx context.Context) (*sides, error) {
	c.mu.Lock()
	sd := c.sides
	c.mu.Unlock()
	if sd != nil && sd.checked {
		return sd, nil
	}
	if sd == nil {
		var err error
		if sd, err = c.s.openSides(c.conf, c.platform); err != nil {
			return nil, err
		}
	}
	var err error
	if sd.bcFacts, err = sd.bc.Check(ctx); err == nil {
		sd.shopFacts, err = sd.shop.Check(ctx)
	}
	sd.checked = err == nil
	c.mu.Lock()
	c.sides = sd
	c.mu.Unlock()
	return sd, err
}

// forget drops the clients, so that changed settings or secrets count from the next run on.
func (c *connection) forget() {
	c.mu.Lock()
	sd := c.sides
	c.sides, c.fault = nil, nil
	for _, f := range c.flows {
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
	r := settings.Rules(c.conf, c.s.installation, sd.bcFacts.Currency, sd.shopFacts.Currency, sd.shopFacts.PricesIncludeTax)
	return &r
}

// job is the run of some kinds with one owner.
func (c *connection) job(sd *sides, kinds []record.Kind) engine.Job {
	j := engine.Job{Kinds: kinds, Rules: c.rules(sd), Since: c.conf.Flows.Orders.From}
	if kinds[0] == record.KindOrder {
		j.From, j.To, j.Limits = sd.shop, sd.bc, sd.bcLimits
		return j
	}
	j.From, j.To, j.Limits = sd.bc, sd.shop, sd.shopLimits
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
