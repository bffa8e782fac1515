package single

import (
	"os"

	"github.com/godbus/dbus/v5"
)

const (
	prefix = "app.stockbridge."
	path   = dbus.ObjectPath("/app/stockbridge")
	iface  = "app.stockbridge.Single"
)

// Take claims name for this process. Where another process of the session holds it, that one's onAgain is called and
// first is false. A session without a bus has nothing to claim it from: first is true, and a second start is a second
// program. release gives the name back.
func Take(name string, onAgain func()) (release func(), first bool, err error) {
	// godbus starts a stray bus daemon of its own where the session has none.
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return func() {}, true, nil
	}
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return func() {}, true, nil
	}
	if err := conn.ExportMethodTable(map[string]any{"Show": func() *dbus.Error { go onAgain(); return nil }}, path, iface); err != nil {
		conn.Close()
		return nil, false, err
	}
	reply, err := conn.RequestName(prefix+name, dbus.NameFlagDoNotQueue)
	if err != nil {
		conn.Close()
		return nil, false, err
	}
	if reply == dbus.RequestNameReplyPrimaryOwner {
		return func() { conn.Close() }, true, nil
	}
	defer conn.Close()
	return nil, false, conn.Object(prefix+name, path).Call(iface+".Show", 0).Err
}
