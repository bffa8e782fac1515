package secret

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/zalando/go-keyring"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
)

// longest is how many bytes a secret may have: what Windows Credential Manager takes (CRED_MAX_CREDENTIAL_BLOB_SIZE,
// 5 times 512). It holds everywhere, so that a connection can move between systems.
const longest = 2560

// patience is how long a call may take. A keychain that asks somebody for a password in a window nobody sees would
// otherwise stop the service.
const patience = 10 * time.Second

// ring is a keychain of the operating system.
type ring struct {
	service string // under which the keychain files our secrets
	place   string
	names   namesFile
	turn    chan struct{} // one call at a time: a keychain that hangs holds one goroutine, not one a call
}

func newRing(o Options, place string) *ring {
	service := "stockbridge"
	if o.Installation != "" {
		service += "/" + o.Installation
	}
	return &ring{service: service, place: place, names: namesFile{o.Dir}, turn: make(chan struct{}, 1)}
}

func (r *ring) Place() string { return r.place }

func (r *ring) Get(ctx context.Context, n Name) (settings.Secret, error) {
	if err := n.check(); err != nil {
		return settings.Secret{}, err
	}
	value, err := r.call(ctx, func() (string, error) { return keyring.Get(r.service, n.String()) })
	if errors.Is(err, keyring.ErrNotFound) {
		return settings.Secret{}, nil
	}
	if err != nil {
		return settings.Secret{}, err
	}
	return settings.NewSecret(value), nil
}

// Set notes the name first: a crash in between leaves a name without a secret, never a secret nobody knows of.
func (r *ring) Set(ctx context.Context, n Name, s settings.Secret) error {
	if err := checkSecret(n, s); err != nil {
		return err
	}
	added, err := r.names.add(n)
	if err != nil {
		return err
	}
	_, err = r.call(ctx, func() (string, error) { return "", keyring.Set(r.service, n.String(), s.Reveal()) })
	if err != nil && added {
		return errors.Join(err, r.names.remove(n))
	}
	return err
}

func checkSecret(n Name, s settings.Secret) error {
	if err := n.check(); err != nil {
		return err
	}
	if s.Empty() {
		return fault.New("settings.missing", fault.Args{"field": "The secret " + n.String(), "hint": "Give it on standard input."})
	}
	if size := len(s.Reveal()); size > longest {
		return fault.New("keychain.too_large", fault.Args{"name": n.String(), "size": strconv.Itoa(size), "limit": strconv.Itoa(longest)})
	}
	return nil
}

func (r *ring) Delete(ctx context.Context, n Name) error {
	if err := n.check(); err != nil {
		return err
	}
	_, err := r.call(ctx, func() (string, error) { return "", keyring.Delete(r.service, n.String()) })
	if err != nil && !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	return r.names.remove(n)
}

func (r *ring) Names(context.Context) ([]Name, error) { return r.names.list() }

// call runs one call of the keychain and gives up on it when ctx ends or patience runs out. keyring.ErrNotFound comes
// back as it is, everything else classified.
func (r *ring) call(ctx context.Context, fn func() (string, error)) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return "", gaveUp(ctx)
	}
	type answer struct {
		value string
		err   error
	}
	done := make(chan answer, 1) // has room, so that a late answer ends its goroutine
	go func() {
		value, err := fn()
		<-r.turn
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, classify(a.err)
	case <-ctx.Done():
		return "", gaveUp(ctx)
	}
}

var errPatience = errors.New("no answer within 10 seconds; it may be waiting for somebody to unlock it")

func gaveUp(ctx context.Context) error {
	cause := context.Cause(ctx)
	return fault.Wrap(cause, "keychain.failed", fault.Args{"detail": cause.Error()})
}

func classify(err error) error {
	switch {
	case err == nil, errors.Is(err, keyring.ErrNotFound):
		return err
	case absent(err):
		return fault.Wrap(err, "keychain.none", fault.Args{"hint": "The desktop session has no Secret Service. Install and unlock one (such as gnome-keyring), or let systemd hand over the secrets: see stockbridge secret set."})
	}
	return fault.Wrap(err, "keychain.failed", fault.Args{"detail": err.Error()})
}
