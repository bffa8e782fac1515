//go:build desktop

package desktoptest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stockbridge/sync/ipc"
)

// patience is how long anything may take before a test gives up on it.
const patience = 30 * time.Second

// programs are the two programs, built once for all tests.
type programs struct{ dir string }

var build = sync.OnceValues(func() (programs, error) {
	dir, err := os.MkdirTemp("", "stockbridge-desktop-")
	if err != nil {
		return programs{}, err
	}
	for name, cgo := range map[string]string{"stockbridge-tray": "0", "stockbridge-window": "1"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(dir, name), "stockbridge/cmd/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		// gcc takes minutes for go-gl where clang takes seconds.
		if _, err := exec.LookPath("clang"); err == nil && os.Getenv("CC") == "" {
			cmd.Env = append(cmd.Env, "CC=clang")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return programs{}, fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	return programs{dir}, nil
})

func TestMain(m *testing.M) {
	status := m.Run()
	if p, err := build(); err == nil {
		os.RemoveAll(p.dir)
	}
	os.Exit(status)
}

// desktop is a session of its own: a bus, and where asked for a display with a window manager.
type desktop struct {
	t       *testing.T
	bus     string
	display string
	data    string // the service's data folder
	backend *backend
}

// newDesktop starts a session and a service in it that answers with status.
func newDesktop(t *testing.T, status ipc.Status, screen bool) *desktop {
	t.Helper()
	d := &desktop{t: t, data: t.TempDir(), backend: newBackend(status)}
	d.bus = d.background("dbus-daemon", "--session", "--nofork", "--print-address=1")
	if screen {
		d.display = ":" + d.background("Xvfb", "-displayfd", "1", "-screen", "0", "1280x1000x24", "-nolisten", "tcp")
		d.start("openbox", "--sm-disable")
		d.eventually("a window manager", func() bool { _, err := d.try("get_num_desktops"); return err == nil })
	}
	d.serve()
	return d
}

// serve answers on the data folder's socket until the test ends.
func (d *desktop) serve() {
	d.t.Helper()
	l, err := ipc.Listen(d.data)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ipc.NewServer(d.backend, slog.New(slog.DiscardHandler)).Serve(ctx, l) }()
	d.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			d.t.Error(err)
		}
	})
}

// env is the environment of the session's programs, in English whatever the machine speaks.
func (d *desktop) env() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "LC_ALL", "LC_MESSAGES", "LANG", "STOCKBRIDGE_DATA":
		default:
			env = append(env, v)
		}
	}
	return append(env, "DISPLAY="+d.display, "DBUS_SESSION_BUS_ADDRESS="+d.bus, "LANG=C.UTF-8", "FYNE_THEME=light", "XDG_RUNTIME_DIR="+d.data)
}

// background starts a program that prints one line when it is ready and returns the line.
func (d *desktop) background(name string, args ...string) string {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	d.run(cmd)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// run starts cmd and kills it when the test ends.
func (d *desktop) run(cmd *exec.Cmd) {
	d.t.Helper()
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
}

// start starts a program of the session.
func (d *desktop) start(path string, args ...string) *exec.Cmd {
	d.t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = d.env()
	d.run(cmd)
	return cmd
}

// ours starts one of our programs; said is the file with what it says on standard error.
func (d *desktop) ours(name string, args ...string) (cmd *exec.Cmd, said string) {
	d.t.Helper()
	p, err := build()
	if err != nil {
		d.t.Fatal(err)
	}
	cmd = exec.Command(filepath.Join(p.dir, name), append([]string{"--data-dir", d.data}, args...)...)
	cmd.Env = d.env()
	file, err := os.CreateTemp(d.t.TempDir(), name)
	if err != nil {
		d.t.Fatal(err)
	}
	defer file.Close()
	cmd.Stderr = file
	d.run(cmd)
	return cmd, file.Name()
}

// tool runs xdotool and returns what it prints.
func (d *desktop) tool(args ...string) string {
	d.t.Helper()
	out, err := d.try(args...)
	if err != nil {
		d.t.Fatalf("xdotool %v: %v\n%s", args, err, out)
	}
	return out
}

func (d *desktop) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Env = d.env()
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// eventually asks again until ok holds: for what a screen shows, of which no event tells.
func (d *desktop) eventually(what string, ok func() bool) {
	d.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			d.t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// receive takes the next value from c.
func receive[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
	}
	panic("unreachable")
}
