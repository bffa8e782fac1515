package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// flowFlag adds --flow to a command.
func flowFlag(c *cobra.Command, into *[]string) {
	c.Flags().StringSliceVar(into, "flow", nil, "only these kinds: "+kindWords(record.Kinds()))
}

// kindsOf reads words as kinds; what names where they were given.
func kindsOf(c *cobra.Command, what string, allowed []record.Kind, words []string) ([]record.Kind, error) {
	var out []record.Kind
	for _, w := range words {
		k := record.Kind(w)
		if !slices.Contains(allowed, k) {
			return nil, misused(c, "%s is %q; allowed: %s.", what, w, kindWords(allowed))
		}
		out = append(out, k)
	}
	return out, nil
}

func kindWords(kinds []record.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}

// synced is the answer of sync.
type synced struct {
	Runs     []ipc.Run  `json:"runs"`
	Problems int        `json:"problems"`
	Fault    *ipc.Fault `json:"fault,omitempty"`
}

const syncJSON = `{"runs": [{"connection", "kind", "started", "ended", "read", "written", "linked", "unchanged", "held", "rejected",
  "calls_bc", "calls_shop" (of kinds that run together, at the first), "fault"}],
 "problems": how many wait for a person, "fault": the first that stopped a flow}`

func (a *app) syncCmd() *cobra.Command {
	var flows []string
	c := &cobra.Command{Use: "sync [CONNECTION]", Short: "Run now and wait, with progress", Args: cobra.MaximumNArgs(1),
		Long: jsonDoc("Runs now and waits. A run already under way is joined. A flow that is switched off does not run, not even by its name. Exit code 3: done, and problems wait for a person.", syncJSON)}
	flowFlag(c, &flows)
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kindsOf(c, "--flow", record.Kinds(), flows)
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
			return a.ran(synced{append([]ipc.Run{}, last.Runs...), last.Problems, last.Fault})
		})
	}
	return c
}

// ran answers for a run.
func (a *app) ran(r synced) error {
	if err := a.print(r, func(w io.Writer) { writeRuns(w, r.Runs) }); err != nil {
		return err
	}
	if r.Fault != nil {
		return r.Fault.Err()
	}
	if r.Problems > 0 {
		fmt.Fprintf(a.errOut, "%d wait for a person: stockbridge problems\n", r.Problems)
		return errProblems
	}
	return nil
}

func writeRuns(w io.Writer, runs []ipc.Run) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "Nothing ran: "+nothingOn)
		return
	}
	fmt.Fprintf(w, "%-14s %-10s %7s %7s %7s %9s %6s %8s\n", "connection", "flow", "read", "written", "linked", "unchanged", "held", "rejected")
	for _, r := range runs {
		fmt.Fprintf(w, "%-14s %-10s %7d %7d %7d %9d %6d %8d\n", r.Connection, r.Kind, r.Read, r.Written, r.Linked, r.Unchanged, r.Held, r.Rejected)
	}
}

const nothingOn = "there is no connection yet, or all its flows are off or paused."

const planJSON = `{"planned": [{"connection", "kind", "key", "action": create|update|link|hold, "before", "after", "fault"}],
 "unchanged": how many stay as they are}`

func (a *app) planCmd() *cobra.Command {
	var flows []string
	c := &cobra.Command{Use: "plan [CONNECTION]", Short: "Dry run: what the next run would do; writes nothing", Args: cobra.MaximumNArgs(1),
		Long: jsonDoc("Reads both sides and says what the next run would do. Writes nothing anywhere.", planJSON)}
	flowFlag(c, &flows)
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kindsOf(c, "--flow", record.Kinds(), flows)
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
