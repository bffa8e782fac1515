// Command stockbridge-tray shows Stockbridge's state as an icon with a menu in a person's session. It holds no secret
// and talks to nothing but the service.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"stockbridge/sync/ipc"
	"stockbridge/sync/settings"
	"stockbridge/ui/single"
	"stockbridge/ui/text"
	"stockbridge/ui/tray"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "0.1.0-dev"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0 done, 1 failed, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("stockbridge-tray", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dataDir := flags.String("data-dir", settings.DefaultDir(), "data folder of the service, with its socket")
	wait := flags.Duration("wait", 10*time.Second, "how long to wait for the desktop's tray at sign-in")
	showVersion := flags.Bool("version", false, "print the version")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		return 2
	}
	if *showVersion {
		fmt.Fprintln(stdout, "stockbridge-tray", version)
		return 0
	}
	t, err := text.New(text.Detect(os.Getenv))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	open := func() error { return tray.OpenWindow(*dataDir) }
	release, first, err := single.Take(single.Name("Tray", *dataDir), func() {})
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if !first {
		return instead("ui.running", open, t, stderr)
	}
	defer release()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if !hasTray(ctx, *wait) {
		return instead("ui.no_tray", open, t, stderr)
	}
	client := ipc.NewClient(*dataDir)
	defer client.Close()
	log := slog.New(slog.NewTextHandler(stderr, nil))
	(&tray.Tray{Service: client, Text: t, Open: open, Log: log}).Run(ctx)
	return 0
}

func hasTray(ctx context.Context, wait time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return tray.HasHost(ctx)
}

// instead says why there is no icon and opens the window.
func instead(why string, open func() error, t *text.Text, stderr io.Writer) int {
	fmt.Fprintln(stderr, t.Get(why, nil))
	if err := open(); err != nil {
		fmt.Fprintln(stderr, t.Get("ui.no_window", text.Args{"detail": err.Error()}))
		return 1
	}
	return 0
}
