package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
)

const problemsJSON = `[{"id", "connection", "kind", "key", "ref": the owner's id, "fault": {"kind", "code", "args", "text"}, "first", "last", "tries",
  "next": when it is looked at again by itself, "approvable"}]`

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
		a.actCmd(ipc.ActionApprove, "Go on in spite of a guard against mass changes", "Approved; it goes on with the next run."))
	return c
}

func (a *app) actCmd(action ipc.Action, short, done string) *cobra.Command {
	return &cobra.Command{Use: string(action) + " ID", Short: short, Args: cobra.ExactArgs(1),
		Long: jsonDoc(short+".", `{"`+string(action)+`": ID}`),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Act(c.Context(), action, args[0]); err != nil {
					return err
				}
				return a.print(map[string]string{string(action): args[0]}, func(w io.Writer) { fmt.Fprintln(w, done) })
			})
		}}
}

func writeProblems(w io.Writer, list []ipc.Problem) {
	for i := range list {
		p := &list[i]
		fmt.Fprintf(w, "%s  %s %s %s (since %s)\n    %s\n    code %s\n", p.ID, p.Connection, p.Kind, p.Key, clock(p.First), p.Fault.Text, p.Fault.Code)
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "Nothing waits for a person.")
	}
}
