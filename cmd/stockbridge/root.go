package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	dir      string
	asJSON   bool
	in       io.Reader
	out      io.Writer
	errOut   io.Writer
	answered bool // the one JSON document has been printed
}

func newRoot(a *app) *cobra.Command {
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
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpCommand(helpCmd())
	root.AddCommand(a.demoCmd(), a.runCmd(), a.serviceCmd(), a.connectionCmd(), a.secretCmd(), a.statusCmd(), a.syncCmd(),
		a.pauseCmd(), a.resumeCmd(), a.planCmd(), a.problemsCmd(), a.explainCmd(), a.journalCmd(), a.auditCmd(), a.reconcileCmd(),
		a.backupCmd(), a.restoreCmd(), a.doctorCmd(), a.versionCmd())
	checkUsage(root)
	return root
}

// with gives fn the running service; where none runs, it opens the data folder itself, which only the account that
// owns the folder may. A folder that isn't there is no mistake of the service's but of --data-dir.
func (a *app) with(ctx context.Context, fn func(*ipc.Client) error) error {
	if _, err := os.Stat(a.dir); errors.Is(err, fs.ErrNotExist) {
		return refusal("There is no data folder %s yet. Check --data-dir, or make a connection: stockbridge connection import FILE.", a.dir)
	}
	return a.withNew(ctx, fn)
}

// withNew is with for a command that may make the data folder.
func (a *app) withNew(ctx context.Context, fn func(*ipc.Client) error) error {
	client := ipc.NewClient(a.dir)
	defer client.Close()
	_, err := client.Status(ctx)
	if err == nil {
		return fn(client)
	}
	if fault.As(err).Code != "ipc.no_service" {
		return err
	}
	if !ownsFolder(a.dir) {
		return refusal("No Stockbridge service is running on %s, which belongs to another account. Start the service, or run this as that account.", a.dir)
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
	a.answered = true
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Say which version this is", Args: cobra.NoArgs,
		Long: jsonDoc("Says which version this is.", `{"version"}`),
		RunE: func(*cobra.Command, []string) error {
			return a.print(map[string]string{"version": version}, func(w io.Writer) { fmt.Fprintln(w, "stockbridge "+version) })
		}}
}
