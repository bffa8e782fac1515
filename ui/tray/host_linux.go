package tray

import (
	"context"
	"os"

	"github.com/godbus/dbus/v5"
)

// watcher is the name under which a desktop's tray answers.
const watcher = "org.kde.StatusNotifierWatcher"

// HasHost reports whether this desktop has a tray. One that is still starting, as at sign-in, is waited for until
// ctx ends.
func HasHost(ctx context.Context) bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return false
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return false
	}
	defer conn.Close()
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals)
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcher)); err != nil {
		return false
	}
	var has bool
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&has); err != nil {
		return false
	}
	for !has {
		select {
		case <-ctx.Done():
			return false
		case s, ok := <-signals:
			if !ok {
				return false
			}
			has = len(s.Body) == 3 && s.Body[0] == watcher && s.Body[2] != ""
		}
	}
	return true
}
