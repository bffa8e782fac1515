package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"stockbridge/sync/demo"
	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
	"stockbridge/sync/shops"
)

const demoJSON = `{"items", "orders", "seed", "flows": [{"kind", "read", "written", "unchanged", "held", "rejected", "calls_bc", "calls_shop"}],
 "third_run_written", "verified": {"stock_equal", "prices_equal", "orders_in_shop", "orders_in_bc", "orders_twice", "cents_apart",
 "orders_lost", "stock_wrong", "orders_completed_in_shop"}, "calls_per_changed_item", "calls_per_first_link", "problems": [{"kind", "key", "code"}],
 "wrong": [sentences; none is success]}; with --chaos also {"kills", "orders_in_shop", "orders_in_bc", "orders_lost", "orders_twice",
 "cents_apart", "stock_wrong", "open_intents", "orders_placed_meanwhile", "runs_ended", "requests", "requests_broken", "calls_clean",
 "calls_stormy", "calls_ratio"}, and "flows" counts the runs that ended before the next kill`

func (a *app) demoCmd() *cobra.Command {
	o := demo.Options{Version: version}
	var shop string
	chaos, kills := false, 20
	c := &cobra.Command{Use: "demo", Short: "Both sides simulated over HTTPS: the whole road, then a report", Args: cobra.NoArgs,
		Long: jsonDoc("Simulates Business Central and a shop in this process, behind HTTPS, runs three rounds, compares what both\n"+
			"systems themselves hold, and reports. Exit code 0: all agrees, and exactly the planted problems wait.\n"+
			"With --chaos the service is a process of its own that is killed over and over, while three in ten requests\n"+
			"break and people go on working in both systems.", demoJSON)}
	f := c.Flags()
	f.StringVar(&shop, "shop", "woocommerce", "which platform")
	f.IntVar(&o.Items, "items", 500, "how many items Business Central has")
	f.IntVar(&o.Orders, "orders", 60, "how many orders the shop has")
	f.Uint64Var(&o.Seed, "seed", 1, "what the contents are made from")
	f.BoolVar(&chaos, "chaos", false, "kill the service over and over while requests break")
	f.IntVar(&kills, "kills", kills, "how often, with --chaos")
	f.StringVar(&o.Dir, "keep", "", "keep this new data folder, and (without --chaos) everything running, for the tray to look at")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, ok := shops.ByID(shop); !ok {
			return misused(c, "--shop is %q; allowed: woocommerce.", shop)
		}
		if o.Items < demo.MinItems || o.Orders < demo.MinOrders {
			return misused(c, "The demo needs at least --items %d and --orders %d.", demo.MinItems, demo.MinOrders)
		}
		switch {
		case !chaos && c.Flags().Changed("kills"):
			return misused(c, "--kills needs --chaos.")
		case kills < 1:
			return misused(c, "--kills is %d; allowed: 1 and more.", kills)
		}
		if err := empty(o.Dir); err != nil {
			return err
		}
		if chaos {
			return a.chaos(c.Context(), demo.ChaosOptions{Options: o, Kills: kills})
		}
		return a.demo(c.Context(), o)
	}
	return c
}

// chaos runs the demo with chaos. What it says on the way goes to standard error.
func (a *app) chaos(ctx context.Context, o demo.ChaosOptions) error {
	o.Say = func(s string) { fmt.Fprintln(a.errOut, s) }
	r, err := demo.RunChaos(ctx, o)
	if err != nil {
		return err
	}
	if err := a.print(&r, func(w io.Writer) { r.Write(w) }); err != nil {
		return err
	}
	return agreed(&r)
}

func agreed(r *demo.Report) error {
	if !r.OK() {
		return refusal("The two systems don't agree, see above.")
	}
	return nil
}

// empty refuses a folder with something in it: each demo makes two new systems, which the memory of others would not
// fit, and a real installation must not be mixed with them.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case dir == "" || errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unreadable(dir, err)
	case len(entries) > 0:
		return refusal("%s is not empty. Each demo makes new systems; give --keep a new folder.", dir)
	}
	return nil
}

func (a *app) demo(ctx context.Context, o demo.Options) error {
	talk := a.out
	if a.asJSON {
		talk = a.errOut
	}
	bar := newBar(a.errOut)
	o.Progress = func(_ int, p ipc.Progress) { bar.show(p) }
	o.Say = func(s string) {
		bar.clear()
		fmt.Fprintln(talk, s)
	}
	report := func(r *demo.Report) error {
		bar.clear()
		return a.print(r, func(w io.Writer) { r.Write(w) })
	}
	if o.Dir != "" {
		o.Keep = func(ctx context.Context, s *service.Service, dir string, r *demo.Report) error {
			if err := report(r); err != nil {
				return err
			}
			fmt.Fprintf(a.errOut, "Everything still runs. Look at it with: stockbridge status --data-dir %s, or stockbridge-tray --data-dir %s (end with Ctrl+C)\n", dir, dir)
			return serve(ctx, dir, s, slog.New(slog.DiscardHandler))
		}
	}
	r, err := demo.Run(ctx, o)
	bar.clear()
	if err != nil {
		return err
	}
	if o.Dir == "" {
		if err := report(&r); err != nil {
			return err
		}
	}
	return agreed(&r)
}
