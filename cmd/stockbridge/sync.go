package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// kindsFlag adds --flow to a command.
func kindsFlag(c *cobra.Command, into *[]string) {
	c.Flags().StringSliceVar(into, "flow", nil, "only these kinds: items, stock, prices, orders, shipments")
}

func kinds(words []string) ([]record.Kind, error) {
	var out []record.Kind
	for _, w := range words {
		k := record.Kind(w)
		if !slices.Contains(record.Kinds(), k) {
			return nil, usageError{fmt.Errorf("--flow is %q; allowed: %v", w, record.Kinds())}
		}
		out = append(out, k)
	}
	return out, nil
}

func (a *app) syncCmd() *cobra.Command {
	var flows []string
	c := &cobra.Command{Use: "sync [CONNECTION]", Short: "Run now and wait, with progress", Args: cobra.MaximumNArgs(1)}
	kindsFlag(c, &flows)
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kinds(flows)
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			bar := newBar(a.errOut)
			last, err := s.Sync(c.Context(), ipc.SyncRequest{Connection: first(args), Kinds: ks}, func(e ipc.SyncEvent) error {
				if e.Progress != nil {
					bar.show(*e.Progress)
				}
				return nil
			})
			bar.clear()
			if err != nil {
				return err
			}
			if err := a.print(last, func(w io.Writer) { writeRuns(w, last.Runs) }); err != nil {
				return err
			}
			if last.Fault != nil {
				return last.Fault.Err()
			}
			if last.Problems > 0 {
				fmt.Fprintf(a.errOut, "%d wait for a person: stockbridge problems\n", last.Problems)
				return errProblems
			}
			return nil
		})
	}
	return c
}

func writeRuns(w io.Writer, runs []ipc.Run) {
	fmt.Fprintf(w, "%-14s %-10s %7s %7s %7s %9s %6s %8s\n", "connection", "flow", "read", "written", "linked", "unchanged", "held", "rejected")
	for _, r := range runs {
		fmt.Fprintf(w, "%-14s %-10s %7d %7d %7d %9d %6d %8d\n", r.Connection, r.Kind, r.Read, r.Written, r.Linked, r.Unchanged, r.Held, r.Rejected)
	}
}

func (a *app) planCmd() *cobra.Command {
	var flows []string
	c := &cobra.Command{Use: "plan [CONNECTION]", Short: "Dry run: what the next run would do; writes nothing", Args: cobra.MaximumNArgs(1)}
	kindsFlag(c, &flows)
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kinds(flows)
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			p, err := s.Plan(c.Context(), ipc.PlanRequest{Connection: first(args), Kinds: ks})
			if err != nil {
				return err
			}
			return a.print(p, func(w io.Writer) { writePlan(w, p) })
		})
	}
	return c
}

func writePlan(w io.Writer, p ipc.PlanAnswer) {
	for _, l := range p.Planned {
		fmt.Fprintf(w, "%-6s %-9s %-24s ", l.Action, l.Kind, l.Key)
		switch {
		case l.Fault != nil:
			fmt.Fprintln(w, l.Fault.Text)
		case l.Before != "":
			fmt.Fprintf(w, "%s -> %s\n", l.Before, l.After)
		default:
			fmt.Fprintln(w, l.After)
		}
	}
	fmt.Fprintf(w, "%d planned, %d stay as they are\n", len(p.Planned), p.Unchanged)
}
