package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
)

func (a *app) reconcileCmd() *cobra.Command {
	var repair bool
	c := &cobra.Command{Use: "reconcile CONNECTION", Short: "Read both sides and report every difference", Args: cobra.ExactArgs(1)}
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
			if len(r.Differences) > 0 && !repair {
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
		if d.BC != "" || d.Shop != "" {
			fmt.Fprintf(w, ": Business Central %q, shop %q", d.BC, d.Shop)
		}
		fmt.Fprintln(w)
		if d.Why != "" {
			fmt.Fprintf(w, "         %s\n", d.Why)
		}
	}
	for kind, n := range r.Checked {
		fmt.Fprintf(w, "%-8s %d checked, %d equal\n", kind, n, r.Equal[kind])
	}
	if r.Repaired > 0 {
		fmt.Fprintf(w, "%d written\n", r.Repaired)
	}
}

func (a *app) backupCmd() *cobra.Command {
	return &cobra.Command{Use: "backup FILE", Short: "Write settings and state to a file, without secrets", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
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
	return &cobra.Command{Use: "restore FILE", Short: "Put a backup back; the service must be stopped", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
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
	c := &cobra.Command{Use: "doctor", Short: "Check everything a support call would ask", Args: cobra.NoArgs}
	c.Flags().StringVar(&bundle, "bundle", "", "also write the answers, settings and board to this zip file")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(s *ipc.Client) error {
			d, err := s.Doctor(c.Context())
			if err != nil {
				return err
			}
			if bundle != "" {
				if err := writeBundle(c, s, bundle, d); err != nil {
					return err
				}
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
		mark := "ok  "
		if !check.OK {
			mark = "look"
		}
		fmt.Fprintf(w, "%s  %s: %s\n", mark, check.Area, check.Text)
	}
}

// writeBundle gathers what support needs by an allow-list: answers, board, settings, and the journal's lines without
// keys or bodies. Customers' data and secrets are in none of them.
func writeBundle(c *cobra.Command, s *ipc.Client, path string, d ipc.DoctorAnswer) (err error) {
	st, err := s.Status(c.Context())
	if err != nil {
		return err
	}
	entries, err := s.Journal(c.Context(), ipc.JournalRequest{Limit: 500})
	if err != nil {
		return err
	}
	for i := range entries {
		x := &entries[i]
		entries[i] = ipc.Exchange{ID: x.ID, At: x.At, Connection: x.Connection, Side: x.Side, Kind: x.Kind, Method: x.Method, Status: x.Status, Took: x.Took}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	add := func(name string, v any) error {
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	errs := []error{add("doctor.json", d), add("status.json", st), add("journal.json", entries)}
	names, err := s.Connections(c.Context())
	errs = append(errs, err)
	for _, name := range names.Names {
		file, err := s.Export(c.Context(), name)
		errs = append(errs, err, add("connections/"+name+".json", file))
	}
	return errors.Join(append(errs, z.Close(), f.Close())...)
}
