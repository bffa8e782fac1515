package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

const statusJSON = `{"state": fine|working|paused|offline|attention|stopped, "now", "version", "pid", "role", "connections": [
  {"name", "state", "company", "platform", "shop_host", "paused_until" (0001-01-01T00:00:00Z: until resumed), "last_ok",
   "sides": [{"side", "since", "next", "tries", "fault"}] out of reach, "problems": how many wait, "fault": {"kind", "code", "args", "text"}, "running": {"kind", "step", "steps", "done", "total"},
   "flows": [{"kind", "off", "last": a run as of sync, "last_ok", "next", "paused_until", "waiting", "fault"}]}]}
Fields without a value are left out. Exit code 3: something waits for a person; 1: the service is stopped.`

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Show what the tray shows", Args: cobra.NoArgs,
		Long: jsonDoc("Shows what the tray shows: each connection's state, its flows, and what keeps them from running.", statusJSON),
		RunE: func(c *cobra.Command, _ []string) error {
			client := ipc.NewClient(a.dir)
			defer client.Close()
			st, err := client.Status(c.Context())
			if err != nil {
				return a.stopped(err)
			}
			if err := a.print(st, func(w io.Writer) { writeStatus(w, st) }); err != nil {
				return err
			}
			if st.State == ipc.StateAttention {
				return errProblems
			}
			return nil
		}}
}

// stopped answers for a service that doesn't.
func (a *app) stopped(err error) error {
	if fault.As(err).Code != "ipc.no_service" {
		return err
	}
	st := ipc.Status{State: ipc.StateStopped, Now: time.Now(), Version: version, Connections: []ipc.ConnectionStatus{}}
	return errors.Join(a.print(st, func(w io.Writer) { fmt.Fprintf(w, "Stockbridge %s: %s\n", st.Version, st.State) }), err)
}

func writeStatus(w io.Writer, st ipc.Status) {
	fmt.Fprintf(w, "Stockbridge %s: %s\n", st.Version, st.State)
	for i := range st.Connections {
		c := &st.Connections[i]
		fmt.Fprintf(w, "\n%s: %s (%s and %s)\n", c.Name, c.State, c.Company, c.ShopHost)
		if c.Paused != nil {
			fmt.Fprintf(w, "  paused %s\n", until(*c.Paused))
		}
		if c.Fault != nil {
			fmt.Fprintf(w, "  %s\n", c.Fault.Text)
		}
		for _, s := range c.Sides {
			writeSide(w, s)
		}
		for _, f := range c.Flows {
			writeFlow(w, f, c.Fault)
		}
		if c.Problems > 0 {
			fmt.Fprintf(w, "  %d wait for a person: stockbridge problems\n", c.Problems)
		}
	}
	if len(st.Connections) == 0 {
		fmt.Fprintln(w, noConnection)
	}
}

const noConnection = "No connection yet. Make one: stockbridge connection import FILE"

// writeFlow prints a flow's line, and why it stands still where its connection doesn't say the same already.
func writeFlow(w io.Writer, f ipc.FlowStatus, said *ipc.Fault) {
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
	if f.Paused != nil {
		next = ", paused " + until(*f.Paused)
	}
	fmt.Fprintf(w, "  %-10s %s%s\n", f.Kind, last, next)
	if f.Fault != nil && (said == nil || said.Text != f.Fault.Text) {
		fmt.Fprintf(w, "             %s\n", f.Fault.Text)
	}
}

// writeSide says that a side is out of reach, and that nobody need do anything to have it asked again.
func writeSide(w io.Writer, s ipc.SideStatus) {
	name := "the shop"
	if s.Side == "bc" {
		name = "Business Central"
	}
	fmt.Fprintf(w, "  no contact with %s since %s; asked again by itself, next %s\n", name, clock(s.Since), clock(s.Next))
}

const pauseAbout = `Pauses one connection, or all; with --flow only these flows. What runs now is finished.
sync still runs a paused connection, and a paused flow when it names it.
A flow goes on when its pause is over and its own hours are open.`

func (a *app) pauseCmd() *cobra.Command {
	var untilText string
	var flows []string
	c := &cobra.Command{Use: "pause [CONNECTION]", Short: "Pause one connection or all, or some of their flows", Args: cobra.MaximumNArgs(1),
		Long: jsonDoc(pauseAbout, `{"connection", "kinds", "until"}; without until: until resumed`)}
	flowFlag(c, &flows)
	c.Flags().StringVar(&untilText, "until", "", `when to go on: 1h, 7d, tomorrow, 18:00, 2026-12-01, "2026-12-01 08:00"; until resumed by default`)
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kindsOf(c, "--flow", record.Kinds(), flows)
		if err != nil {
			return err
		}
		r := ipc.PauseRequest{Connection: first(args), Kinds: ks}
		if c.Flags().Changed("until") {
			t, err := future(untilText, time.Now())
			if err != nil {
				return misused(c, "%v.", err)
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
	var flows []string
	c := &cobra.Command{Use: "resume [CONNECTION]", Short: "End a pause", Args: cobra.MaximumNArgs(1),
		Long: jsonDoc("Ends the pause of one connection, or of all. A flow that was paused with --flow goes on only when it is named so here too.",
			`{"connection", "kinds"}`)}
	flowFlag(c, &flows)
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kindsOf(c, "--flow", record.Kinds(), flows)
		if err != nil {
			return err
		}
		r := ipc.PauseRequest{Connection: first(args), Kinds: ks}
		return a.with(c.Context(), func(s *ipc.Client) error {
			if err := s.Resume(c.Context(), r); err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { fmt.Fprintln(w, "Running again.") })
		})
	}
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
