package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"stockbridge/sync/demo"
	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
	"stockbridge/sync/shops"
)

func (a *app) demoCmd() *cobra.Command {
	o := demo.Options{Version: version}
	var shop, keep string
	c := &cobra.Command{Use: "demo", Short: "Both sides simulated over HTTPS: the whole road, then a report", Args: cobra.NoArgs}
	f := c.Flags()
	f.StringVar(&shop, "shop", "woocommerce", "which platform")
	f.IntVar(&o.Items, "items", 500, "how many items Business Central has")
	f.IntVar(&o.Orders, "orders", 60, "how many orders the shop has")
	f.Uint64Var(&o.Seed, "seed", 1, "what the contents are made from")
	f.StringVar(&keep, "keep", "", "keep this data folder, and everything running, for the tray to look at")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, ok := shops.ByID(shop); !ok {
			return usageError{fmt.Errorf("--shop is %q; allowed: woocommerce", shop)}
		}
		talk := a.out
		if a.asJSON {
			talk = a.errOut
		}
		bar := newBar(a.errOut)
		o.Dir = keep
		o.Progress = func(_ int, p ipc.Progress) { bar.show(p) }
		o.Say = func(s string) {
			bar.clear()
			fmt.Fprintln(talk, s)
		}
		report := func(r *demo.Report) error {
			bar.clear()
			return a.print(r, func(w io.Writer) { r.Write(w) })
		}
		if keep != "" {
			o.Keep = func(ctx context.Context, s *service.Service, dir string, r *demo.Report) error {
				if err := report(r); err != nil {
					return err
				}
				fmt.Fprintf(a.errOut, "Everything still runs. Look at it with: stockbridge-tray --data-dir %s (end with Ctrl+C)\n", dir)
				return serve(ctx, dir, s, slog.New(slog.DiscardHandler))
			}
		}
		r, err := demo.Run(c.Context(), o)
		bar.clear()
		if err != nil {
			return err
		}
		if keep == "" {
			if err := report(&r); err != nil {
				return err
			}
		}
		if !r.OK() {
			return errors.New("the two systems don't agree, see above")
		}
		return nil
	}
	return c
}
