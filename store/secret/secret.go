// Package secret keeps passwords and keys in the operating system's keychain, in the service's own account
// (invariant 7).
//
// Windows Credential Manager, the macOS keychain and the Secret Service of a Linux desktop are reached through
// github.com/zalando/go-keyring. A Linux service has none of them; systemd hands it credentials, which it can only
// read. There is no plain file to fall back on.
//
// No keychain can list what it holds, so the names (never a value) are kept in a file of the data folder.
package secret

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
)

// Keychain holds secrets by name. It is safe for concurrent use; errors are classified (keychain.…). A call on a
// keychain that waits for somebody to unlock it ends after 10 seconds.
type Keychain interface {
	// Get returns a secret; the zero Secret when there is none of that name.
	Get(ctx context.Context, n Name) (settings.Secret, error)
	Set(ctx context.Context, n Name, s settings.Secret) error
	// Delete removes a secret; one that is not there is no error.
	Delete(ctx context.Context, n Name) error
	// Names lists what was set, sorted.
	Names(ctx context.Context) ([]Name, error)
	// Place says where the secrets are, for a person: "Windows Credential Manager".
	Place() string
}

// Name is a secret's name: "webshop-nl", "bc" or "shop", "password".
type Name struct{ Connection, Side, Field string }

func (n Name) String() string { return n.Connection + " " + n.Side + " " + n.Field }

// Compare orders names for lists.
func (n Name) Compare(o Name) int { return strings.Compare(n.String(), o.String()) }

// check refuses what can't be a name: it becomes part of a line and of a file name.
func (n Name) check() error {
	for _, part := range []struct{ field, value string }{{"connection", n.Connection}, {"side", n.Side}, {"field", n.Field}} {
		bad := strings.ContainsFunc(part.value, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\:`, r) }) ||
			part.field != "connection" && strings.Contains(part.value, ".") // it ends where the next part begins
		if part.value == "" || len(part.value) > 100 || bad {
			return fault.New("settings.invalid", fault.Args{"field": part.field, "value": quoted(part.value), "allowed": "1 to 100 characters without spaces, slashes and colons; no points in side and field"})
		}
	}
	return nil
}

func quoted(s string) string { return `"` + s[:min(len(s), 100)] + `"` }

// Options say whose secrets are meant.
type Options struct {
	Dir          string // the data folder: the list of names is kept there
	Installation string // keeps the secrets of two data folders of one account apart
}

// Open returns the keychain of this account. Where there is none it returns one whose every call fails with
// keychain.none, which says what to do.
func Open(o Options) Keychain { return open(o, runtime.GOOS, os.Getenv) }

func open(o Options, goos string, env func(string) string) Keychain {
	switch goos {
	case "windows":
		return newRing(o, "Windows Credential Manager")
	case "darwin":
		return newRing(o, "macOS keychain")
	}
	// Without an address the D-Bus library would start a bus of its own, and with it a keyring nobody unlocks.
	if bus := env("DBUS_SESSION_BUS_ADDRESS"); bus != "" && !strings.HasPrefix(bus, "autolaunch:") {
		return newRing(o, "Secret Service")
	}
	if dir := env("CREDENTIALS_DIRECTORY"); filepath.IsAbs(dir) {
		return credentials{dir}
	}
	return none{}
}

// Lookup returns what connectors look secrets of one connection up with.
func Lookup(ctx context.Context, k Keychain, connection string) settings.Secrets {
	return func(side, field string) (settings.Secret, error) {
		return k.Get(ctx, Name{connection, side, field})
	}
}

// DeleteAll removes every listed secret of a connection.
func DeleteAll(ctx context.Context, k Keychain, connection string) error {
	names, err := k.Names(ctx)
	if err != nil {
		return err
	}
	for _, n := range slices.DeleteFunc(names, func(n Name) bool { return n.Connection != connection }) {
		if err := k.Delete(ctx, n); err != nil {
			return err
		}
	}
	return nil
}
