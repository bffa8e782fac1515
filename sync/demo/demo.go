// Package demo shows the whole road on two simulated systems behind real HTTPS: it seeds them, runs the service,
// posts shipments, runs again, and then compares what both systems themselves hold, not what our store says.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"stockbridge/store/secret"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/service"
	"stockbridge/sync/sim"
)

// Options say how large the demo is.
type Options struct {
	Items, Orders int
	Seed          uint64
	Dir           string // data folder; "" is one that is removed at the end
	Version       string
	Progress      func(round int, p ipc.Progress)
	Say           func(text string)
	// Keep is called after the report, while everything still runs: the tray can look at it.
	Keep func(ctx context.Context, s *service.Service, dir string, r *Report) error

	storm bool // three in ten requests of either side break
}

func (o *Options) check() error {
	if o.Items < MinItems || o.Orders < MinOrders {
		return fmt.Errorf("the demo needs at least %d items and %d orders", MinItems, MinOrders)
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	return nil
}

// demo is one demo under way.
type demo struct {
	o     Options
	dir   string
	mixes [2]*sim.Mix // what breaks requests to Business Central and the shop; nil: nothing
	world *World
	stock *stock
	s     *service.Service
	api   *ipc.Client
	rep   Report
}

// Run runs the demo and reports. The error is a failure to run; what doesn't agree is in the report.
func Run(ctx context.Context, o Options) (rep Report, err error) {
	if err := o.check(); err != nil {
		return rep, err
	}
	d := &demo{o: o}
	done, err := d.folder()
	if err != nil {
		return rep, err
	}
	defer done()
	if err := d.open(ctx); err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, d.s.Close(), d.world.close()) }()
	if err := d.rounds(ctx); err != nil {
		return d.rep, err
	}
	d.rep.calls = d.world.calls()
	if o.Keep != nil {
		return d.rep, o.Keep(ctx, d.s, d.dir, &d.rep)
	}
	return d.rep, nil
}

// folder makes the data folder; the returned func removes it, unless somebody wants to keep it.
func (d *demo) folder() (func(), error) {
	if d.dir = d.o.Dir; d.dir != "" {
		return func() {}, os.MkdirAll(d.dir, 0o750)
	}
	var err error
	if d.dir, err = os.MkdirTemp("", "stockbridge-demo-"); err != nil {
		return nil, err
	}
	return func() { _ = os.RemoveAll(d.dir) }, nil
}

// open makes the world and a service that is connected to it, the way an installer would: a connection file, then
// the secrets.
func (d *demo) open(ctx context.Context) error {
	now := time.Now()
	var err error
	if d.world, err = newWorld(d.dir, d.o.Seed, now); err != nil {
		return err
	}
	d.o.Say(fmt.Sprintf("Business Central at %s and a WooCommerce shop at %s, both simulated.", d.world.bcServer.URL, d.world.shopServer.URL))
	if d.stock, err = d.world.seed(d.o); err != nil {
		return errors.Join(err, d.world.close())
	}
	o := service.Options{Dir: d.dir, Keychain: secret.Memory(), Version: d.o.Version}
	if d.o.storm {
		o.Hurry = hurry
	}
	if d.s, err = service.Open(o); err != nil {
		return errors.Join(err, d.world.close())
	}
	d.api = ipc.Direct(ipc.NewServer(d.s, slog.New(slog.DiscardHandler)), ipc.RoleAdministrator)
	text, err := d.world.connection(now.Add(-time.Hour), d.o.storm)
	if err == nil {
		_, err = d.api.Import(ctx, ipc.ConnectionFile{TOML: text})
	}
	for n, v := range d.world.secrets {
		if err == nil {
			err = d.api.SetSecret(ctx, ipc.SecretRequest{Connection: n.Connection, Side: n.Side, Field: n.Field, Value: v})
		}
	}
	if err != nil {
		return errors.Join(err, d.s.Close(), d.world.close())
	}
	if d.o.storm {
		d.mixes = d.world.storm(d.o.Seed)
	}
	return nil
}

// rounds runs the service three times and compares.
func (d *demo) rounds(ctx context.Context) error {
	d.o.Say("Round 1: everything for the first time.")
	first, err := d.round(ctx, 1)
	if err != nil {
		return err
	}
	d.rep.count(first)
	d.rep.CallsPerFirstLink = ratio(catalogueCalls(first), d.stock.inShop())
	shipped, changed, err := d.world.work(d.stock)
	if err != nil {
		return err
	}
	d.o.Say(fmt.Sprintf("In Business Central: %d orders shipped, stock received on %d items, prices changed.", shipped, changed))
	d.o.Say("Round 2: what changed.")
	second, err := d.round(ctx, 2)
	if err != nil {
		return err
	}
	d.rep.count(second)
	d.rep.CallsPerChangedItem = ratio(catalogueCalls(second), changed)
	d.o.Say("Round 3: nothing changed.")
	third, err := d.round(ctx, 3)
	if err != nil {
		return err
	}
	for _, r := range third {
		d.rep.ThirdRunWritten += r.Written
	}
	problems, err := d.api.Problems(ctx, "", "")
	if err != nil {
		return err
	}
	d.verify(problems)
	return nil
}

func (d *demo) round(ctx context.Context, n int) ([]ipc.Run, error) {
	if d.o.storm {
		return d.stormyRound(ctx, n)
	}
	runs, f, err := d.sync(ctx, n)
	if err == nil && f != nil {
		err = f.Err()
	}
	return runs, err
}

// sync asks for one run, of some kinds or all, and returns what it did, and what stopped it.
func (d *demo) sync(ctx context.Context, n int, kinds ...record.Kind) ([]ipc.Run, *ipc.Fault, error) {
	last, err := d.api.Sync(ctx, ipc.SyncRequest{Connection: connectionName, Kinds: kinds}, func(e ipc.SyncEvent) error {
		if e.Progress != nil && d.o.Progress != nil {
			d.o.Progress(n, *e.Progress)
		}
		return nil
	})
	return last.Runs, last.Fault, err
}

// catalogueCalls are all calls made for items, stock and prices.
func catalogueCalls(runs []ipc.Run) (n int64) {
	for _, r := range runs {
		if r.Kind.Family() == record.KindItem {
			n += r.CallsBC + r.CallsShop
		}
	}
	return n
}
