package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
)

// maxFile is the largest connection file that is read.
const maxFile = 1 << 20

func (a *app) connectionCmd() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "List connections", Args: cobra.NoArgs,
		Long: jsonDoc("Lists the connections.", `{"names"}`),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				names, err := s.Connections(c.Context())
				if err != nil {
					return err
				}
				return a.print(names, func(w io.Writer) {
					for _, n := range names.Names {
						fmt.Fprintln(w, n)
					}
					if len(names.Names) == 0 {
						fmt.Fprintln(w, noConnection)
					}
				})
			})
		}}
	remove := &cobra.Command{Use: "remove NAME", Short: "Remove a connection and its secrets", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Removes a connection and its secrets. Its state is set aside in the data folder, not deleted.", `{"removed": NAME}`),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Remove(c.Context(), args[0]); err != nil {
					return err
				}
				return a.print(map[string]string{"removed": args[0]}, func(w io.Writer) { fmt.Fprintln(w, args[0]+" was removed.") })
			})
		}}
	return group("connection", "Make, show, test and remove connections", list, a.exportCmd("show"), a.importCmd(), a.exportCmd("export"), a.testCmd(), remove)
}

const fileJSON = `{"name", "toml": the file's text}`

func (a *app) exportCmd(verb string) *cobra.Command {
	return &cobra.Command{Use: verb + " NAME", Short: "Print a connection as TOML, without secrets", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Prints a connection as TOML, as import reads it. No secret is in it.", fileJSON),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				f, err := s.Export(c.Context(), args[0])
				if err != nil {
					return err
				}
				return a.print(f, func(w io.Writer) { fmt.Fprint(w, f.TOML) })
			})
		}}
}

func (a *app) importCmd() *cobra.Command {
	return &cobra.Command{Use: "import FILE", Short: "Make or replace a connection from a TOML file (- is standard input)", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Makes a connection from a TOML file, or replaces the one of that name, which keeps its state and secrets.\nFILE may be -, standard input. Every mistake in the file is named at once.", fileJSON),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			return a.withNew(c.Context(), func(s *ipc.Client) error {
				f, err := s.Import(c.Context(), ipc.ConnectionFile{TOML: string(text)})
				if err != nil {
					return err
				}
				return a.print(f, func(w io.Writer) {
					fmt.Fprintf(w, "%s was imported. Set its secrets, then: stockbridge connection test %s\n", f.Name, f.Name)
				})
			})
		}}
}

func (a *app) readFile(path string) ([]byte, error) {
	r := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		defer f.Close()
		r = f
	}
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(text) > maxFile {
		return nil, refusal("%s is larger than a connection file can be (1 MiB).", path)
	}
	return text, nil
}

// unreadable says which file can't be read, and why in the system's words.
func unreadable(path string, err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		err = e.Err
	}
	return refusal("%s can't be read: %v.", path, err)
}

const testJSON = `{"connection", "sides": [{"side": bc|shop, "ok", "system", "version", "company", "notes": [sentences], "fault"}]}`

func (a *app) testCmd() *cobra.Command {
	return &cobra.Command{Use: "test NAME", Short: "Reach and sign in to both sides; writes nothing", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Reaches both sides, signs in and looks what we may do there. Writes nothing.", testJSON),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				t, err := s.Test(c.Context(), args[0])
				if err != nil {
					return err
				}
				var errs []error
				for i := range t.Sides {
					if side := &t.Sides[i]; !side.OK && side.Fault != nil {
						errs = append(errs, side.Fault.Err())
					}
				}
				err = a.print(t, func(w io.Writer) { writeTest(w, t) })
				return errors.Join(append(errs, err)...)
			})
		}}
}

func writeTest(w io.Writer, t ipc.TestAnswer) {
	for i := range t.Sides {
		side := &t.Sides[i]
		if !side.OK {
			fmt.Fprintf(w, "%-5s failed\n", side.Side)
			continue
		}
		fmt.Fprintf(w, "%-5s ok: %s %s, %s\n", side.Side, side.System, side.Version, side.Company)
		for _, n := range side.Notes {
			fmt.Fprintf(w, "      %s\n", n)
		}
	}
}
