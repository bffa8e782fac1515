package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
	"stockbridge/sync/settings"
)

// app is what all commands share.
type app struct {
	dir    string
	asJSON bool
	out    io.Writer
	errOut io.Writer
}

func newRoot() *cobra.Command {
	a := &app{out: os.Stdout, errOut: os.Stderr}
	root := &cobra.Command{
		Use:           "stockbridge",
		Short:         "Keeps Business Central and a webshop in step",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.PersistentFlags().StringVar(&a.dir, "data-dir", settings.DefaultDir(), "state and socket")
	root.PersistentFlags().BoolVar(&a.asJSON, "json", false, "one JSON document on standard output, messages on standard error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.demoCmd(), a.runCmd(), a.serviceCmd(), a.connectionCmd(), a.secretCmd(), a.statusCmd(), a.syncCmd(),
		a.pauseCmd(), a.resumeCmd(), a.planCmd(), a.problemsCmd(), a.explainCmd(), a.journalCmd(), a.reconcileCmd(),
		a.backupCmd(), a.restoreCmd(), a.doctorCmd(), a.versionCmd())
	usageArgs(root)
	return root
}

// usageArgs makes wrong arguments of every command usage errors (exit code 2).
func usageArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageArgs(sub)
	}
}

// group is a command that only holds others; without one of them it is wrong usage.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("%s has no command %q", c.CommandPath(), args[0])}
		}
		return usageError{fmt.Errorf("%s needs a command", c.CommandPath())}
	}}
	c.AddCommand(subs...)
	return c
}

// with gives fn the running service; where none runs, it opens the data folder itself, which only the account that
// owns the folder may.
func (a *app) with(ctx context.Context, fn func(*ipc.Client) error) error {
	client := ipc.NewClient(a.dir)
	_, err := client.Status(ctx)
	if err == nil {
		return fn(client)
	}
	if fault.As(err).Code != "ipc.no_service" {
		return err
	}
	if !ownsFolder(a.dir) {
		return err
	}
	s, err := a.open()
	if err != nil {
		return err
	}
	err = fn(ipc.Direct(ipc.NewServer(s, slog.New(slog.DiscardHandler)), ipc.RoleAdministrator))
	if e := s.Close(); err == nil {
		err = e
	}
	return err
}

// open opens the data folder as the service would.
func (a *app) open() (*service.Service, error) {
	return service.Open(service.Options{Dir: a.dir, Version: version})
}

// print writes v as JSON, or calls text.
func (a *app) print(v any, text func(io.Writer)) error {
	if !a.asJSON {
		text(a.out)
		return nil
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Say which version this is", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		return a.print(map[string]string{"version": version}, func(w io.Writer) { fmt.Fprintln(w, "stockbridge "+version) })
	}}
}
