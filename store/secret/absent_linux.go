package secret

import (
	"errors"

	"github.com/godbus/dbus/v5"
)

// absent reports whether the session bus says that nobody there keeps secrets. godbus is what go-keyring speaks to
// the bus with; only its error type is used here.
func absent(err error) bool {
	e, ok := errors.AsType[dbus.Error](err)
	return ok && (e.Name == "org.freedesktop.DBus.Error.ServiceUnknown" || e.Name == "org.freedesktop.DBus.Error.NameHasNoOwner")
}
