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
	return &cobra.Command{Use: "backup FILE", Short: "Write settings and state to a file, without secrets", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Writes settings and state to a zip file, without secrets and without the journal. A running service writes the\n"+
			"file itself, so its account must be allowed to.", `{"backup": PATH}`),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Backup(c.Context(), ipc.FileRequest{Path: path}); err != nil {
					return err
				}
				return a.print(map[string]string{"backup": path}, func(w io.Writer) { fmt.Fprintln(w, "Written to "+path+".") })
			})
		}}
}

func (a *app) restoreCmd() *cobra.Command {
	return &cobra.Command{Use: "restore FILE", Short: "Put a backup back; the service must be stopped", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Puts a backup back. The service must be stopped. What was there is set aside, not overwritten; what happened since\n"+
			"the backup is found again by looking before anything is created.", `{"restored": FILE}`),
		RunE: func(_ *cobra.Command, args []string) error {
			if f, err := os.Open(args[0]); err != nil {
				return unreadable(args[0], err)
			} else if err := f.Close(); err != nil {
				return unreadable(args[0], err)
			}
			if !ownsFolder(a.dir) {
				return refusal("%s belongs to another account. Run this as that account.", a.dir)
			}
			if err := service.Restore(a.dir, args[0], time.Now()); err != nil {
				return err
			}
			return a.print(map[string]string{"restored": args[0]}, func(w io.Writer) {
				fmt.Fprintln(w, "Restored. Set the secrets again where this is another machine, then start the service.")
			})
		}}
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
