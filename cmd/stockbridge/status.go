package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
)

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Show what the tray shows", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			st, err := s.Status(c.Context())
			if err != nil {
				return err
			}
			if err := a.print(st, func(w io.Writer) { writeStatus(w, st) }); err != nil {
				return err
			}
			if st.State == ipc.StateAttention {
				return errProblems
			}
			return nil
		})
	}}
}

func writeStatus(w io.Writer, st ipc.Status) {
	fmt.Fprintf(w, "Stockbridge %s: %s\n", st.Version, st.State)
	for _, c := range st.Connections {
		fmt.Fprintf(w, "\n%s: %s (%s and %s)\n", c.Name, c.State, c.Company, c.ShopHost)
		if c.Paused != nil {
			fmt.Fprintf(w, "  paused %s\n", until(*c.Paused))
		}
		if c.Fault != nil {
			fmt.Fprintf(w, "  %s\n", c.Fault.Text)
		}
		for _, f := range c.Flows {
			writeFlow(w, f)
		}
		if c.Problems > 0 {
			fmt.Fprintf(w, "  %d wait for a person: stockbridge problems\n", c.Problems)
		}
	}
	if len(st.Connections) == 0 {
		fmt.Fprintln(w, "No connection yet. Make one: stockbridge connection import FILE")
	}
}

func writeFlow(w io.Writer, f ipc.FlowStatus) {
	if f.Off {
		fmt.Fprintf(w, "  %-10s off\n", f.Kind)
		return
	}
	last := "never ran"
	if !f.LastOK.IsZero() {
		last = "last " + clock(f.LastOK)
	}
	next := ""
	if !f.Next.IsZero() {
		next = ", next " + clock(f.Next)
	}
	fmt.Fprintf(w, "  %-10s %s%s\n", f.Kind, last, next)
}

// clock is a moment as people say it: the time, and the day when it isn't today.
func clock(t time.Time) string {
	t = t.Local()
	if y, m, d := time.Now().Date(); t.Year() == y && t.Month() == m && t.Day() == d {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}

func until(t time.Time) string {
	if t.IsZero() {
		return "until resumed"
	}
	return "until " + clock(t)
}

func (a *app) pauseCmd() *cobra.Command {
	var untilText string
	c := &cobra.Command{Use: "pause [CONNECTION]", Short: "Pause one connection, or all", Args: cobra.MaximumNArgs(1)}
	c.Flags().StringVar(&untilText, "until", "", `when to go on: "8h", "2026-12-01T08:00:00+01:00"; until resumed by default`)
	c.RunE = func(c *cobra.Command, args []string) error {
		r := ipc.PauseRequest{Connection: first(args)}
		if untilText != "" {
			t, err := moment(untilText, time.Now())
			if err != nil {
				return usageError{err}
			}
			r.Until = t
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			if err := s.Pause(c.Context(), r); err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { fmt.Fprintln(w, "Paused "+until(r.Until)+".") })
		})
	}
	return c
}

func (a *app) resumeCmd() *cobra.Command {
	return &cobra.Command{Use: "resume [CONNECTION]", Short: "End a pause", Args: cobra.MaximumNArgs(1), RunE: func(c *cobra.Command, args []string) error {
		r := ipc.PauseRequest{Connection: first(args)}
		return a.with(c.Context(), func(s *ipc.Client) error {
			if err := s.Resume(c.Context(), r); err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { fmt.Fprintln(w, "Running again.") })
		})
	}}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// moment reads a duration from now on, or a date and time.
func moment(s string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(d), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !t.After(now) {
		return t, fmt.Errorf("--until is %q; allowed: a duration such as 8h, or a moment to come such as 2026-12-01T08:00:00+01:00", s)
	}
	return t, nil
}
