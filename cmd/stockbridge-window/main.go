// Command stockbridge-window is Stockbridge's window in a person's session. It holds no secret, talks to nothing but
// the service, and ends when it is closed.
//
// It is the only program that imports fyne.io/fyne/v2/app, which draws through OpenGL and cgo; with the tag ci Fyne
// puts its software painter in the place of that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"

	"stockbridge/assets"
	"stockbridge/sync/ipc"
	"stockbridge/sync/settings"
	"stockbridge/ui/single"
	"stockbridge/ui/text"
	"stockbridge/ui/window"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "0.1.0-dev"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit status: 0 done, 1 failed, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("stockbridge-window", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dataDir := flags.String("data-dir", settings.DefaultDir(), "data folder of the service, with its socket")
	showVersion := flags.Bool("version", false, "print the version")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil || flags.NArg() > 0:
		return 2
	}
	if *showVersion {
		fmt.Fprintln(stdout, "stockbridge-window", version)
		return 0
	}
	if err := open(*dataDir); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// open shows the window until it is closed. A window of this session and data folder that is open already is raised
// instead.
func open(dataDir string) error {
	t, err := text.New(text.Detect(os.Getenv))
	if err != nil {
		return err
	}
	raise := make(chan struct{}, 1)
	release, first, err := single.Take(single.Name("Window", dataDir), func() {
		select {
		case raise <- struct{}{}:
		default:
		}
	})
	if err != nil || !first {
		return err
	}
	defer release()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	app.SetMetadata(fyne.AppMetadata{ID: "app.stockbridge.window", Name: "Stockbridge", Version: version,
		Icon: fyne.NewStaticResource("app.png", assets.AppIcon()), Migrations: map[string]bool{"fyneDo": true}})
	a := app.NewWithID("app.stockbridge.window")
	a.Settings().SetTheme(window.NewTheme())
	if err := lang.AddTranslationsFS(assets.FyneWords()); err != nil {
		return err
	}
	client := ipc.NewClient(dataDir)
	defer client.Close()
	w := a.NewWindow(t.Get("ui.app", nil))
	shell := window.New(ctx, w, window.Options{Service: client, Text: t, Start: startCommand(dataDir)})
	a.Lifecycle().SetOnStarted(func() {
		go shell.Run()
		go serve(ctx, a, w, raise)
	})
	w.SetMaster()
	w.ShowAndRun()
	stop()
	shell.Wait()
	return nil
}

// serve raises the window when a second start asks for it, and ends the program with ctx.
func serve(ctx context.Context, a fyne.App, w fyne.Window, raise <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			fyne.Do(a.Quit)
			return
		case <-raise:
			fyne.Do(func() { w.Show(); w.RequestFocus() })
		}
	}
}

// startCommand is what starts the service of a data folder: the installed one, or one in the foreground where the
// folder is another.
func startCommand(dataDir string) string {
	if dataDir == settings.DefaultDir() {
		return "stockbridge service start"
	}
	if strings.ContainsAny(dataDir, " \t&()") {
		dataDir = `"` + dataDir + `"`
	}
	return "stockbridge run --data-dir " + dataDir
}
