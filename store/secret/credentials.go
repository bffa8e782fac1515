package secret

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
)

// credentials are the files systemd lays out for a service ($CREDENTIALS_DIRECTORY), one a secret, readable by that
// service alone and held in memory. They can't be changed from here.
type credentials struct{ dir string }

const credentialPrefix = "stockbridge."

// credential is the file name of a secret.
func (n Name) credential() string {
	return credentialPrefix + n.Connection + "." + n.Side + "." + n.Field
}

func (credentials) Place() string { return "systemd credentials (read-only)" }

func (c credentials) Get(_ context.Context, n Name) (settings.Secret, error) {
	if err := n.check(); err != nil {
		return settings.Secret{}, err
	}
	root, err := os.OpenRoot(c.dir) // a name can't lead out of it
	if err != nil {
		return settings.Secret{}, c.fault(err)
	}
	defer root.Close()
	f, err := root.Open(n.credential())
	if errors.Is(err, fs.ErrNotExist) {
		return settings.Secret{}, nil
	}
	if err != nil {
		return settings.Secret{}, c.fault(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, longest+3))
	if err != nil {
		return settings.Secret{}, c.fault(err)
	}
	// An editor or echo ends the line; no password or key has one.
	value := settings.NewSecret(string(bytes.TrimRight(b, "\r\n")))
	if value.Empty() {
		return value, nil
	}
	return value, checkSecret(n, value)
}

func (c credentials) Set(_ context.Context, n Name, s settings.Secret) error {
	if err := checkSecret(n, s); err != nil {
		return err
	}
	return fault.New("keychain.read_only", fault.Args{"hint": encrypt(n) + " " + load(n)})
}

func (c credentials) Delete(_ context.Context, n Name) error {
	if err := n.check(); err != nil {
		return err
	}
	return fault.New("keychain.read_only", fault.Args{"hint": "Remove the line LoadCredentialEncrypted=" + loaded(n) +
		" from stockbridge.service and the file it names, then run: systemctl daemon-reload && systemctl restart stockbridge"})
}

// encrypt and load are what an administrator does to hand a secret to a service.
func encrypt(n Name) string {
	return "As root, run: systemd-ask-password -n | systemd-creds encrypt --name=" + n.credential() + " - " + stored(n) + "."
}

func load(n Name) string {
	return "Then add this line to [Service] with systemctl edit stockbridge: LoadCredentialEncrypted=" + loaded(n) +
		" and run: systemctl restart stockbridge"
}

func loaded(n Name) string { return n.credential() + ":" + stored(n) }

func stored(n Name) string { return "/etc/credstore.encrypted/" + n.credential() }

func (c credentials) Names(context.Context) ([]Name, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, c.fault(err)
	}
	var names []Name
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), credentialPrefix)
		part := strings.Split(rest, ".")
		if last := len(part) - 1; ours && last >= 2 {
			// A connection's name may hold points; side and field hold none.
			names = append(names, Name{strings.Join(part[:last-1], "."), part[last-1], part[last]})
		}
	}
	slices.SortFunc(names, Name.Compare)
	return names, nil
}

func (c credentials) fault(err error) error {
	return fault.Wrap(err, "keychain.failed", fault.Args{"detail": err.Error()})
}

// none stands where this account has no keychain at all.
type none struct{}

func (none) Place() string { return "none" }

func (none) Get(_ context.Context, n Name) (settings.Secret, error) {
	return settings.Secret{}, noKeychain(n)
}
func (none) Set(_ context.Context, n Name, _ settings.Secret) error { return noKeychain(n) }
func (none) Delete(_ context.Context, n Name) error                 { return noKeychain(n) }
func (none) Names(context.Context) ([]Name, error)                  { return nil, nil }

func noKeychain(n Name) error {
	if err := n.check(); err != nil {
		return err
	}
	return fault.New("keychain.none", fault.Args{"hint": "Let systemd hand the secret to the service. " + encrypt(n) + " " + load(n)})
}
