package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

func (a *app) problemsCmd() *cobra.Command {
	act := func(action ipc.Action, short string) *cobra.Command {
		return &cobra.Command{Use: string(action) + " ID", Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Act(c.Context(), action, args[0]); err != nil {
					return err
				}
				return a.print(map[string]string{string(action): args[0]}, func(w io.Writer) { fmt.Fprintln(w, "Done.") })
			})
		}}
	}
	c := &cobra.Command{Use: "problems", Short: "List what waits for a person", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			list, err := s.Problems(c.Context(), "", "")
			if err != nil {
				return err
			}
			if err := a.print(list, func(w io.Writer) { writeProblems(w, list) }); err != nil {
				return err
			}
			if len(list) > 0 {
				return errProblems
			}
			return nil
		})
	}}
	c.AddCommand(act(ipc.ActionRetry, "Look at the record again now"), act(ipc.ActionSkip, "Leave it until its owner changes it"),
		act(ipc.ActionApprove, "Go on in spite of a guard against mass changes"))
	return c
}

func writeProblems(w io.Writer, list []ipc.Problem) {
	for _, p := range list {
		fmt.Fprintf(w, "%s  %s %s %s (since %s)\n    %s\n    code %s\n", p.ID, p.Connection, p.Kind, p.Key, clock(p.First), p.Fault.Text, p.Fault.Code)
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "Nothing waits for a person.")
	}
}

func (a *app) explainCmd() *cobra.Command {
	var live bool
	c := &cobra.Command{Use: "explain CONNECTION KIND KEY", Short: "Why a record did or did not sync, rule by rule", Args: cobra.ExactArgs(3)}
	c.Flags().BoolVar(&live, "live", false, "compare with what both sides have now, as if nothing had been agreed")
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kinds(args[1:2])
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			e, err := s.Explain(c.Context(), ipc.ExplainRequest{Connection: args[0], Kind: ks[0], Key: args[2], Live: live})
			if err != nil {
				return err
			}
			return a.print(e, func(w io.Writer) { writeExplanation(w, e) })
		})
	}
	return c
}

func writeExplanation(w io.Writer, e ipc.Explanation) {
	fmt.Fprintf(w, "%s %s %s: %s\n", e.Connection, e.Kind, e.Key, e.State)
	for _, step := range e.Steps {
		fmt.Fprintln(w, "  "+step)
	}
	if e.Problem != nil {
		fmt.Fprintf(w, "  problem %s: %s\n", e.Problem.ID, e.Problem.Fault.Text)
	}
	for _, x := range e.Exchanges {
		fmt.Fprintf(w, "  journal %s %s %s %s %d\n", x.ID, clock(x.At), x.Method, x.Path, x.Status)
	}
}

func (a *app) journalCmd() *cobra.Command {
	var r ipc.JournalRequest
	var kind, since string
	list := func(c *cobra.Command, _ []string) error {
		r.Kind = record.Kind(kind)
		if since != "" {
			t, err := past(since, time.Now())
			if err != nil {
				return usageError{err}
			}
			r.Since = t
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			entries, err := s.Journal(c.Context(), r)
			if err != nil {
				return err
			}
			return a.print(entries, func(w io.Writer) { writeJournal(w, entries) })
		})
	}
	c := &cobra.Command{Use: "journal", Short: "Every exchange with both sides", Args: cobra.NoArgs, RunE: list}
	f := c.PersistentFlags()
	f.StringVar(&r.Connection, "connection", "", "only this connection")
	f.StringVar(&kind, "kind", "", "only this kind")
	f.StringVar(&r.Key, "key", "", "only exchanges about this SKU or order number")
	f.StringVar(&since, "since", "", `"24h", or a date such as 2026-11-23`)
	f.IntVar(&r.Limit, "limit", 0, "at most so many (100)")
	c.AddCommand(&cobra.Command{Use: "list", Short: "List exchanges, newest first", Args: cobra.NoArgs, RunE: list}, a.journalShowCmd(), a.journalSendCmd())
	return c
}

func (a *app) journalShowCmd() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show one exchange whole", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			entries, err := s.Journal(c.Context(), ipc.JournalRequest{ID: args[0], Limit: 1})
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				return fmt.Errorf("there is no journal entry %s", args[0])
			}
			x := entries[0]
			return a.print(x, func(w io.Writer) {
				writeJournal(w, entries)
				fmt.Fprintf(w, "keys: %s\n\n%s\n\n%s\n%s\n", strings.Join(x.Keys, ", "), x.Request, x.Response, x.Error)
			})
		})
	}}
}

func (a *app) journalSendCmd() *cobra.Command {
	return &cobra.Command{Use: "send ID", Short: "Send the records of an exchange again, through the whole road", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			if err := s.Send(c.Context(), args[0]); err != nil {
				return err
			}
			return a.print(map[string]string{"sent": args[0]}, func(w io.Writer) { fmt.Fprintln(w, "Done.") })
		})
	}}
}

func writeJournal(w io.Writer, entries []ipc.Exchange) {
	for _, x := range entries {
		fmt.Fprintf(w, "%s  %s  %-4s %-9s %-6s %3d %6d ms  %s\n", x.ID, x.At.Local().Format("2006-01-02 15:04:05"), x.Side, x.Kind, x.Method, x.Status, x.Took, x.Path)
	}
}

// past reads a duration back from now, or a date.
func past(s string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since is %q; allowed: a duration such as 24h, or a date such as 2026-11-23", s)
}
