package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"

	daemon "github.com/kardianos/service"
	"github.com/spf13/cobra"
)

// unit is the systemd unit that `service install` writes: the one that packages ship, with this program's path.
//
//go:embed stockbridge.service.tmpl
var unit string

// serviceAccount is the account the packages make for the service on Linux, and unitFolder what systemd makes for it.
const (
	serviceAccount = "stockbridge"
	unitFolder     = "/var/lib/stockbridge"
)

// daemonConfig says how the service manager runs us. dir is absolute.
func daemonConfig(dir string) *daemon.Config {
	c := &daemon.Config{
		Name:             "stockbridge",
		DisplayName:      "Stockbridge",
		Description:      "Keeps Business Central and a webshop in step",
		Arguments:        []string{"--data-dir", dir, "run"},
		WorkingDirectory: dir,
		Option:           daemon.KeyValue{"SystemdScript": unit, "OnFailure": "restart"},
	}
	if _, err := user.Lookup(serviceAccount); err == nil && runtime.GOOS == "linux" {
		c.UserName = serviceAccount
	}
	return c
}

// manager returns the machine's service manager, if it is one the unit above is for.
func (a *app) manager() (daemon.Service, error) {
	if system := daemon.Platform(); system != "linux-systemd" && system != "windows-service" {
		return nil, refusal("This machine has no service manager that Stockbridge knows (systemd, or Windows' own). Run it in the foreground: stockbridge run.")
	}
	dir, err := filepath.Abs(a.dir)
	if err != nil {
		return nil, err
	}
	return daemon.New(&program{app: a}, daemonConfig(dir))
}

const serviceJSON = `{"service": installed|removed|started|stopped|restarted; of status: running|stopped|not installed}`

func (a *app) serviceCmd() *cobra.Command {
	status := &cobra.Command{Use: "status", Short: "Say whether the service runs", Args: cobra.NoArgs,
		Long: jsonDoc("Says whether the service runs, as the service manager sees it.", serviceJSON),
		RunE: func(*cobra.Command, []string) error { return a.serviceStatus() }}
	return group("service", "Install, start and stop the background service",
		a.controlCmd("install", "Register the service with this machine", "installed"),
		a.controlCmd("uninstall", "Remove the service from this machine", "removed"),
		a.controlCmd("start", "Start the service", "started"),
		a.controlCmd("stop", "Stop the service", "stopped"),
		a.controlCmd("restart", "Stop and start the service", "restarted"), status)
}

func (a *app) controlCmd(verb, short, done string) *cobra.Command {
	return &cobra.Command{Use: verb, Short: short, Args: cobra.NoArgs,
		Long: jsonDoc(short+" (systemd, or the Windows service manager).", serviceJSON),
		RunE: func(*cobra.Command, []string) error {
			d, err := a.manager()
			if err == nil && verb == "install" {
				err = a.readyToInstall()
			}
			if err != nil {
				return err
			}
			if err := daemon.Control(d, verb); err != nil {
				return err
			}
			return a.print(map[string]string{"service": done}, func(w io.Writer) { fmt.Fprintln(w, "The service was "+done+".") })
		}}
}

// readyToInstall refuses a folder systemd could not give the service, and says when it will run as root.
func (a *app) readyToInstall() error {
	if runtime.GOOS != "linux" {
		return nil
	}
	if _, err := os.Stat(a.dir); errors.Is(err, fs.ErrNotExist) && filepath.Clean(a.dir) != unitFolder {
		return refusal("There is no folder %s. Make it first, belonging to the account the service runs as.", a.dir)
	}
	if _, err := user.Lookup(serviceAccount); err != nil {
		fmt.Fprintf(a.errOut, "There is no account %s, so the service runs as root. packaging/linux/README.md says how to make one.\n", serviceAccount)
	}
	return nil
}

func (a *app) serviceStatus() error {
	d, err := a.manager()
	if err != nil {
		return err
	}
	state, err := d.Status()
	word := map[daemon.Status]string{daemon.StatusRunning: "running", daemon.StatusStopped: "stopped"}[state]
	if errors.Is(err, daemon.ErrNotInstalled) {
		word, err = "not installed", nil
	}
	if err != nil {
		return err
	}
	return a.print(map[string]string{"service": word}, func(w io.Writer) { fmt.Fprintln(w, "The service is "+word+".") })
}
