package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"

	daemon "github.com/kardianos/service"
	"github.com/spf13/cobra"
)

// unit is the systemd unit that `service install` writes: the one that packages ship.
//
//go:embed stockbridge.service.tmpl
var unit string

func daemonConfig(dir string) *daemon.Config {
	return &daemon.Config{
		Name:        "stockbridge",
		DisplayName: "Stockbridge",
		Description: "Keeps Business Central and a webshop in step",
		Arguments:   []string{"--data-dir", dir, "run"},
		Option:      daemon.KeyValue{"SystemdScript": unit, "OnFailure": "restart"},
	}
}

func (a *app) serviceCmd() *cobra.Command {
	act := func(verb, short, done string) *cobra.Command {
		return &cobra.Command{Use: verb, Short: short, Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
			d, err := daemon.New(&program{app: a}, daemonConfig(a.dir))
			if err != nil {
				return err
			}
			if err := daemon.Control(d, verb); err != nil {
				return err
			}
			return a.print(map[string]string{"service": done}, func(w io.Writer) { fmt.Fprintln(w, "The service was "+done+".") })
		}}
	}
	status := &cobra.Command{Use: "status", Short: "Say whether the service runs", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
		d, err := daemon.New(&program{app: a}, daemonConfig(a.dir))
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
	}}
	return group("service", "Install, start and stop the background service",
		act("install", "Register the service with this machine", "installed"), act("uninstall", "Remove the service from this machine", "removed"),
		act("start", "Start the service", "started"), act("stop", "Stop the service", "stopped"), act("restart", "Stop and start the service", "restarted"), status)
}
