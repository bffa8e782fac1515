package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	random "math/rand/v2"
	"path/filepath"
	"time"

	"stockbridge/store"
	"stockbridge/sync/engine"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Chaos is what a demo with chaos reports beside the rest.
type Chaos struct {
	Kills        int    `json:"kills"`
	OrdersInShop int    `json:"orders_in_shop"` // that belong in Business Central
	OrdersInBC   int    `json:"orders_in_bc"`
	OrdersLost   int    `json:"orders_lost"`
	OrdersTwice  int    `json:"orders_twice"`
	CentsApart   string `json:"cents_apart"`
	StockWrong   int    `json:"stock_wrong"`
	OpenIntents  int    `json:"open_intents"` // creates whose outcome the service doesn't know in the end

	OrdersMeanwhile int   `json:"orders_placed_meanwhile"`
	Runs            int   `json:"runs_ended"` // runs that came to an end before the next kill
	Requests        int64 `json:"requests"`   // that both sides had while the service was being killed
	Broken          int64 `json:"requests_broken"`

	// The same world without kills: requests of both sides, undisturbed and with three in ten broken.
	CallsClean  int64   `json:"calls_clean"`
	CallsStormy int64   `json:"calls_stormy"`
	CallsRatio  float64 `json:"calls_ratio"`
}

func (c *Chaos) write(w io.Writer) {
	fmt.Fprintf(w, "\nKilled %d times, with %d of %d requests broken and %d orders placed meanwhile:\n", c.Kills, c.Broken, c.Requests, c.OrdersMeanwhile)
	fmt.Fprintf(w, "  orders lost %d, twice %d, cents apart %s, stock wrong %d, creates with an unknown outcome %d\n",
		c.OrdersLost, c.OrdersTwice, c.CentsApart, c.StockWrong, c.OpenIntents)
	fmt.Fprintf(w, "  requests without kills  %d undisturbed, %d with three in ten broken: %.2f times as many\n", c.CallsClean, c.CallsStormy, c.CallsRatio)
}

// ChaosOptions are those of a demo with chaos.
type ChaosOptions struct {
	Options
	Kills int
}

// RunChaos runs the service as a process of its own, kills it over and over while three in ten requests break and
// people go on working, lets it finish in peace, and compares what both systems hold.
func RunChaos(ctx context.Context, o ChaosOptions) (rep Report, err error) {
	if err := o.check(); err != nil {
		return rep, err
	}
	self, err := executable()
	if err != nil {
		return rep, err
	}
	o.Say("Without kills first: the same world undisturbed, then with three in ten requests broken.")
	clean, stormy, err := measure(ctx, o.Options)
	if err != nil {
		return rep, err
	}
	o.storm = true
	d := &demo{o: o.Options}
	d.o.Orders = o.Orders - o.Orders/3 // the others are placed while the service is being killed
	done, err := d.folder()
	if err != nil {
		return rep, err
	}
	defer done()
	if err := d.open(ctx); err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, d.world.close()) }()
	if err := d.s.Close(); err != nil { // it has imported the connection; from here on the service is a child
		return rep, err
	}
	x := &chaos{demo: d, self: self, kills: o.Kills, rnd: random.New(random.NewPCG(o.Seed, 0xdead)),
		crowd: newCrowd(d.world, d.stock, o.Seed, o.Orders)}
	d.rep.Chaos = &Chaos{Kills: o.Kills, CallsClean: clean.calls, CallsStormy: stormy.calls, CallsRatio: ratio(stormy.calls, int(clean.calls))}
	d.rep.CallsPerChangedItem, d.rep.CallsPerFirstLink = clean.CallsPerChangedItem, clean.CallsPerFirstLink
	for _, w := range append(clean.Wrong, stormy.Wrong...) {
		d.rep.wrong("without kills: %s", w)
	}
	if err := x.run(ctx); err != nil {
		return d.rep, err
	}
	return d.rep, nil
}

// chaos is one RunChaos under way.
type chaos struct {
	*demo
	self  string
	kills int
	rnd   *random.Rand
	crowd *crowd
}

func (x *chaos) run(ctx context.Context) error {
	client := ipc.NewClient(x.dir)
	defer client.Close()
	x.api = client
	if err := x.storms(ctx); err != nil {
		return err
	}
	x.world.calm()
	x.o.Say("Nothing breaks any more. The service finishes what is left.")
	if err := x.crowd.end(); err != nil {
		return err
	}
	problems, err := x.finish(ctx)
	if err != nil {
		return err
	}
	intents, err := x.intents()
	if err != nil {
		return err
	}
	x.o.Orders = len(x.stock.baskets)
	x.verify(problems)
	c, v := x.rep.Chaos, &x.rep.Verified
	c.OrdersInShop, c.OrdersInBC, c.OrdersLost, c.OrdersTwice, c.CentsApart = v.OrdersShop, v.OrdersBC, v.OrdersLost, v.OrdersTwice, v.CentsApart
	c.StockWrong, c.OpenIntents, c.OrdersMeanwhile = v.StockWrong, intents, x.crowd.placed
	if intents > 0 {
		x.rep.wrong("the service doesn't know what became of %d creates", intents)
	}
	return nil
}

// storms kills the service again and again, while the crowd works.
func (x *chaos) storms(ctx context.Context) (err error) {
	before := x.world.calls()
	crowd, stop := context.WithCancel(ctx)
	worked := make(chan error, 1)
	go func() { worked <- x.crowd.work(crowd) }()
	defer func() {
		stop()
		err = errors.Join(err, <-worked)
		x.rep.Requests = x.world.calls() - before
		for _, m := range x.mixes {
			_, broken := m.Counts()
			x.rep.Broken += broken
		}
	}()
	for n := range x.kills {
		if err := x.life(ctx); err != nil {
			return fmt.Errorf("life %d: %w", n+1, err)
		}
		if err := store.Verify(x.state()); err != nil {
			return fmt.Errorf("the state file after kill %d: %w", n+1, err)
		}
		x.crowd.share.Store(int64(1000 * (n + 1) / x.kills))
		if (n+1)%max(1, x.kills/10) == 0 {
			x.o.Say(fmt.Sprintf("%d of %d kills; Business Central has %d open orders.", n+1, x.kills, len(x.world.Company.Orders())))
		}
	}
	return nil
}

// life starts the service, asks it for runs as an impatient person would, and kills it at a moment nobody chose.
func (x *chaos) life(ctx context.Context) error {
	c, err := x.start(x.self)
	if err != nil {
		return err
	}
	defer c.kill()
	impatient, stop := context.WithCancel(ctx)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		x.ask(impatient)
	}()
	defer func() {
		c.kill()
		stop()
		<-asked
	}()
	t := time.NewTimer(x.lifetime())
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ended:
		return c.died()
	case <-t.C:
		return nil
	}
}

// lifetime is how long the service lives this time: now and then it doesn't even get through its start.
func (x *chaos) lifetime() time.Duration {
	if x.rnd.IntN(4) == 0 {
		return time.Duration(x.rnd.IntN(100)) * time.Millisecond
	}
	return time.Duration(100+x.rnd.IntN(1300)) * time.Millisecond
}

// ask asks for runs, one after the other, until ctx ends.
func (x *chaos) ask(ctx context.Context) {
	for ctx.Err() == nil {
		runs, _, err := x.sync(ctx, 1)
		if err == nil {
			x.rep.count(runs)
			x.rep.Runs += len(runs)
			continue
		}
		select { // it isn't up yet, or has just been killed
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// finish lets the service do what is left, until a run has nothing to do, and one more. It returns what waits then.
func (x *chaos) finish(ctx context.Context) ([]ipc.Problem, error) {
	c, err := x.start(x.self)
	if err != nil {
		return nil, err
	}
	defer c.kill()
	if err := x.awake(ctx, c); err != nil {
		return nil, err
	}
	runs, err := x.settled(ctx, 2)
	if err != nil {
		return nil, err
	}
	x.rep.count(runs)
	last, f, err := x.sync(ctx, 3)
	if err != nil {
		return nil, err
	}
	if f != nil {
		x.rep.wrong("the last run was stopped: %s", f.Text)
	}
	for _, r := range last {
		x.rep.ThirdRunWritten += r.Written
	}
	problems, err := x.api.Problems(ctx, "", "")
	if err != nil {
		return nil, err
	}
	return problems, c.stop()
}

// awake waits until the service answers.
func (x *chaos) awake(ctx context.Context, c *child) error {
	for {
		if _, err := x.api.Status(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return c.died()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (x *chaos) state() string { return filepath.Join(x.dir, "state", connectionName+".db") }

// intents counts the creates whose outcome the service never learned.
func (x *chaos) intents() (n int, err error) {
	db, err := store.Open(x.state(), store.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, k := range record.Kinds() {
		var o engine.Open
		if o, err = db.Open(k); err != nil {
			return n, err
		}
		n += len(o.Intents)
	}
	return n, nil
}
