package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

const reconcileJSON = `{"connection", "checked": {KIND: how many}, "equal": {KIND: how many}, "repaired",
 "differences" (before any repair): [{"kind", "key", "what", "bc", "shop", "why"}]}`

func (a *app) reconcileCmd() *cobra.Command {
	var repair bool
	c := &cobra.Command{Use: "reconcile CONNECTION", Short: "Read both sides and report every difference", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Reads both sides whole and reports every difference, with the problem behind it. With --repair it then writes what\n"+
			"differs, under the usual rules. Exit code 3: differences are left.", reconcileJSON)}
	c.Flags().BoolVar(&repair, "repair", false, "also write what differs, under the usual rules")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			r, err := s.Reconcile(c.Context(), ipc.ReconcileRequest{Connection: args[0], Repair: repair})
			if err != nil {
				return err
			}
			if err := a.print(r, func(w io.Writer) { writeReconciliation(w, r) }); err != nil {
				return err
			}
			if len(r.Differences) > r.Repaired {
				return errProblems
			}
			return nil
		})
	}
	return c
}

func writeReconciliation(w io.Writer, r ipc.Reconciliation) {
	for _, d := range r.Differences {
		fmt.Fprintf(w, "%-8s %-24s %s", d.Kind, d.Key, d.What)
		switch {
		case d.BC != "" && d.Shop != "":
			fmt.Fprintf(w, ": Business Central %q, shop %q", d.BC, d.Shop)
		case d.BC != "" || d.Shop != "":
			fmt.Fprintf(w, ": %s", d.BC+d.Shop)
		}
		fmt.Fprintln(w)
		if d.Why != "" {
			fmt.Fprintf(w, "         %s\n", d.Why)
		}
	}
	for _, kind := range record.Kinds() {
		if n := r.Checked[kind]; n > 0 {
			fmt.Fprintf(w, "%-8s %d checked, %d equal\n", kind, n, r.Equal[kind])
		}
	}
	if r.Repaired > 0 {
		fmt.Fprintf(w, "%d written\n", r.Repaired)
	}
}
