package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
)

func (a *app) backupCmd() *cobra.Command {
	var move bool
	c := &cobra.Command{Use: "backup FILE", Short: "Write settings and state to a file, without secrets", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Writes settings and state to a zip file, without secrets and without the journal. A running service writes the\n"+
			"file itself, so its account must be allowed to.\n\n"+
			"With --move the work goes on elsewhere: once the file is written, no run begins here any more, and the service\n"+
			"refuses this data folder. On the other server: stockbridge restore FILE.", `{"backup": PATH, "moved": BOOL}`),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Backup(c.Context(), ipc.FileRequest{Path: path, Move: move}); err != nil {
					return err
				}
				return a.print(map[string]any{"backup": path, "moved": move}, func(w io.Writer) {
					fmt.Fprintln(w, "Written to "+path+".")
					if move {
						fmt.Fprintln(w, "Nothing runs here any more. On the other server: stockbridge restore FILE.")
					}
				})
			})
		}}
	c.Flags().BoolVar(&move, "move", false, "stop here for good: the work goes on where the file is restored")
	return c
}

func (a *app) restoreCmd() *cobra.Command {
	return &cobra.Command{Use: "restore FILE", Short: "Put a backup back; the service must be stopped", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Puts a backup back. The service must be stopped. What was there is set aside, not overwritten. Everything is then read\n"+
			"again, and what happened since the backup is found by looking before anything is created.",
			`{"restored": FILE, "connections": [{"name", "secrets": [{"side", "field"}]}]}`),
		RunE: func(_ *cobra.Command, args []string) error {
			if f, err := os.Open(args[0]); err != nil {
				return unreadable(args[0], err)
			} else if err := f.Close(); err != nil {
				return unreadable(args[0], err)
			}
			if !ownsFolder(a.dir) {
				return refusal("%s belongs to another account. Run this as that account.", a.dir)
			}
			connections, err := service.Restore(a.dir, args[0], time.Now())
			if err != nil {
				return err
			}
			if connections == nil {
				connections = []service.Restored{}
			}
			return a.print(map[string]any{"restored": args[0], "connections": connections}, func(w io.Writer) { writeRestored(w, connections) })
		}}
}

func writeRestored(w io.Writer, connections []service.Restored) {
	fmt.Fprintln(w, "Restored. On another machine, start the service and set the secrets again, which no backup holds:")
	for _, c := range connections {
		for _, f := range c.Secrets {
			fmt.Fprintf(w, "  stockbridge secret set %s %s %s\n", c.Name, f.Side, f.Field)
		}
	}
}

func (a *app) doctorCmd() *cobra.Command {
	var bundle string
	c := &cobra.Command{Use: "doctor", Short: "Check everything a support call would ask", Args: cobra.NoArgs,
		Long: jsonDoc("Checks everything a support call would ask. Writes nothing to either side. Exit code 3: something needs a look.",
			`{"checks": [{"area", "ok", "text"}]}`)}
	c.Flags().StringVar(&bundle, "bundle", "", "also write a zip file for support: no secret and no customer's data is in it")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			d, err := s.Doctor(c.Context())
			if err != nil {
				return err
			}
			if bundle != "" {
				if err := writeBundle(c.Context(), s, bundle, d); err != nil {
					return err
				}
				fmt.Fprintf(a.errOut, "Written for support: %s\n", bundle)
			}
			if err := a.print(d, func(w io.Writer) { writeDoctor(w, d) }); err != nil {
				return err
			}
			for _, check := range d.Checks {
				if !check.OK {
					return errProblems
				}
			}
			return nil
		})
	}
	return c
}

func writeDoctor(w io.Writer, d ipc.DoctorAnswer) {
	for _, check := range d.Checks {
		mark := "ok"
		if !check.OK {
			mark = "look"
		}
		fmt.Fprintf(w, "%-4s  %s: %s\n", mark, check.Area, check.Text)
	}
}
