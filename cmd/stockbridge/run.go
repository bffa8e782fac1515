package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"

	daemon "github.com/kardianos/service"
	"github.com/spf13/cobra"

	"stockbridge/sync/demo"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
)

func (a *app) runCmd() *cobra.Command {
	handed := false
	c := &cobra.Command{Use: "run", Short: "Run the service in the foreground", Args: cobra.NoArgs,
		Long: "Runs the service in the foreground, until it is interrupted or the service manager stops it. It listens on\n" +
			"nothing but a local socket in the data folder. It answers no --json document; it logs to standard error.",
		RunE: func(c *cobra.Command, _ []string) error {
			p := &program{app: a, parent: c.Context(), opts: service.Options{Dir: a.dir, Version: version}}
			if handed {
				return p.runHanded(c.Context())
			}
			d, err := daemon.New(p, daemonConfig(a.dir))
			if err != nil {
				return err
			}
			if daemon.Interactive() {
				return p.run(c.Context())
			}
			return errors.Join(d.Run(), p.err)
		}}
	c.Flags().BoolVar(&handed, "secrets-from-stdin", false, "secrets come over standard input, and its end ends the service")
	if err := c.Flags().MarkHidden("secrets-from-stdin"); err != nil { // it is the demo's way to its child, nobody else's
		panic(err)
	}
	return c
}

// runHanded runs as the child of a demo: nothing of it is in a keychain, and it ends with its parent.
func (p *program) runHanded(ctx context.Context) error {
	ctx, keys, h, err := demo.Receive(ctx, p.app.in)
	if err != nil {
		return err
	}
	p.opts.Keychain, p.opts.Hurry = keys, h.Hurry
	return p.run(ctx)
}

// program is the service as the service manager starts and stops it.
type program struct {
	app    *app
	parent context.Context
	opts   service.Options
	cancel context.CancelFunc
	done   sync.WaitGroup
	err    error
}

// Start implements daemon.Interface: it must not wait.
func (p *program) Start(daemon.Service) error {
	ctx, cancel := context.WithCancel(p.parent)
	p.cancel = cancel
	p.done.Go(func() {
		if p.err = p.run(ctx); p.err != nil {
			p.app.complain(p.err)
			os.Exit(exitFailed) // the service manager starts it again, after its own delay
		}
	})
	return nil
}

// Stop implements daemon.Interface.
func (p *program) Stop(daemon.Service) error {
	p.cancel()
	p.done.Wait()
	return p.err
}

// run opens the folder, listens on the local socket and keeps connections in step until ctx ends.
func (p *program) run(ctx context.Context) error {
	log, closeLog, err := openLog(p.app.dir, p.app.errOut)
	if err != nil {
		return err
	}
	defer closeLog()
	p.opts.Log = log
	s, err := service.Open(p.opts)
	if err != nil {
		return err
	}
	return errors.Join(serve(ctx, p.app.dir, s, log), s.Close())
}

// serve runs a service and answers on its socket until ctx ends.
func serve(ctx context.Context, dir string, s *service.Service, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := ipc.Listen(dir)
	if err != nil {
		return err
	}
	server := ipc.NewServer(s, log)
	var wg sync.WaitGroup
	var serveErr error
	wg.Go(func() {
		defer cancel()
		if err := server.Serve(ctx, l); !errors.Is(err, http.ErrServerClosed) {
			serveErr = err
		}
	})
	wg.Go(func() { giveBack(ctx, s) })
	err = s.Run(ctx)
	cancel()
	wg.Wait()
	return errors.Join(err, serveErr)
}

// giveBack returns memory to the system whenever the last run under way has ended: a first run of a large catalogue
// needs three times what the service needs for the rest of its life, and Go would keep it for minutes or for good.
func giveBack(ctx context.Context, s *service.Service) {
	busy := false
	_ = s.Watch(ctx, func(st ipc.Status) error { // ends with ctx, with nothing to tell
		was := busy
		busy = slices.ContainsFunc(st.Connections, func(c ipc.ConnectionStatus) bool { return c.Running != nil })
		if was && !busy {
			debug.FreeOSMemory()
		}
		return nil
	})
}

// maxLog is the size at which a log is set aside when the service starts; one old log is kept.
const maxLog = 5 << 20

// openLog writes to standard error and to log/stockbridge.log in the data folder.
func openLog(dir string, also io.Writer) (*slog.Logger, func(), error) {
	path := filepath.Join(dir, "log", "stockbridge.log")
	f, err := openLogFile(path)
	if err != nil {
		return nil, nil, fault.New("store.disk", fault.Args{"path": path, "detail": err.Error()})
	}
	log := slog.New(slog.NewTextHandler(io.MultiWriter(also, f), nil))
	return log, func() { _ = f.Close() }, nil
}

func openLogFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}
