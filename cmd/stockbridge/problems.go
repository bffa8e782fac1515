package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

const problemsJSON = `[{"id", "connection", "kind", "key", "ref": the owner's id, "fault": {"kind", "code", "args", "text", "detail": the side's own words},
  "first", "last": when it was seen, "tries": how often it was looked at, "next": when it is looked at again by itself, "approvable",
  "together": a guard stopped it with all others of its connection, kind and code; approving one approves them all,
  "list": names exactly that list; approve ID --list it, and nothing goes on when the list has changed since,
  "actions": [{"action": approve|setting|open|retry|skip, "side": bc|shop, "url": the record's page, "field": the setting}]}]`

func (a *app) problemsCmd() *cobra.Command {
	c := &cobra.Command{Use: "problems", Short: "List what waits for a person", Args: cobra.NoArgs,
		Long: jsonDoc("Lists what waits for a person. Exit code 3: something does.", problemsJSON),
		RunE: func(c *cobra.Command, _ []string) error {
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
	c.AddCommand(
		a.actCmd(ipc.ActionRetry, "Look at the record again now", "It is looked at again with the next run."),
		a.actCmd(ipc.ActionSkip, "Leave it until its owner changes it", "It is left until its owner changes it."),
		a.actCmd(ipc.ActionApprove, "Go on in spite of what holds it (what a guard stopped together goes on together)", "Approved; it goes on with the next run."))
	return c
}

func (a *app) actCmd(action ipc.Action, short, done string) *cobra.Command {
	r := ipc.ProblemRequest{}
	c := &cobra.Command{Use: string(action) + " ID", Short: short, Args: cobra.ExactArgs(1),
		Long: jsonDoc(short+".", `{"`+string(action)+`": ID}`),
		RunE: func(c *cobra.Command, args []string) error {
			r.ID = args[0]
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Act(c.Context(), action, r); err != nil {
					return err
				}
				return a.print(map[string]string{string(action): args[0]}, func(w io.Writer) { fmt.Fprintln(w, done) })
			})
		}}
	if action == ipc.ActionApprove {
		c.Flags().StringVar(&r.List, "list", "", "only when what a guard stopped together is still this list, as problems shows it")
	}
	return c
}

func writeProblems(w io.Writer, list []ipc.Problem) {
	listed := map[heading]bool{}
	for i := range list {
		p := &list[i]
		if !p.Together {
			fmt.Fprintf(w, "%s  %s %s %s (%s)\n    %s\n", p.ID, p.Connection, p.Kind, p.Key, seen(p), p.Fault.Text)
			writeDetail(w, p)
			fmt.Fprintf(w, "    code %s\n", p.Fault.Code)
			writeActions(w, p)
			continue
		}
		if h := headingOf(p); !listed[h] {
			listed[h] = true
			writeTogether(w, h, list[i:])
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "Nothing waits for a person.")
	}
}

// heading is what a guard's problems have in common.
type heading struct {
	connection string
	kind       record.Kind
	code       fault.Code
}

func headingOf(p *ipc.Problem) heading { return heading{p.Connection, p.Kind, p.Fault.Code} }

// writeTogether lists what a guard stopped together: approving one approves exactly this list.
func writeTogether(w io.Writer, h heading, list []ipc.Problem) {
	var same []*ipc.Problem
	for i := range list {
		if list[i].Together && headingOf(&list[i]) == h {
			same = append(same, &list[i])
		}
	}
	first := same[0]
	fmt.Fprintf(w, "%s %s: %d held together (%s)\n    %s\n    code %s\n", h.connection, h.kind, len(same), seen(first), first.Fault.Text, h.code)
	writeActions(w, first)
	for _, p := range same {
		line := "    " + p.ID + "  " + p.Key
		if from, to := p.Fault.Args["from"], p.Fault.Args["to"]; from != "" && to != "" {
			line += "  " + from + " -> " + to
		}
		fmt.Fprintln(w, line)
	}
}

// seen says since when a problem waits, and how often it was looked at.
func seen(p *ipc.Problem) string {
	s := "since " + clock(p.First)
	if p.Tries > 1 {
		s += fmt.Sprintf(", looked at %d times, last %s", p.Tries, clock(p.Last))
	}
	return s
}

func writeDetail(w io.Writer, p *ipc.Problem) {
	if p.Fault.Detail != "" {
		fmt.Fprintf(w, "    it said: %s\n", p.Fault.Detail)
	}
}

// writeActions says what can be done.
func writeActions(w io.Writer, p *ipc.Problem) {
	for _, a := range p.Actions {
		switch a.Action {
		case ipc.ActionOpen:
			where := "the shop"
			if a.Side == "bc" {
				where = "Business Central"
			}
			fmt.Fprintf(w, "    open in %s: %s\n", where, a.URL)
		case ipc.ActionSetting:
			fmt.Fprintf(w, "    setting: %s\n", a.Field)
		default:
			list := ""
			if a.Action == ipc.ActionApprove && p.List != "" {
				list = " --list " + p.List
			}
			fmt.Fprintf(w, "    %s: stockbridge problems %s %s%s\n", a.Action, a.Action, p.ID, list)
		}
	}
}
