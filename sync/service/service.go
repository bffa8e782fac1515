// Package service keeps connections in step: one loop per connection, the status board, and everything a person can
// ask for (ipc.Backend). It owns the data folder; nobody else opens the files in it.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"stockbridge/store"
	"stockbridge/store/audit"
	"stockbridge/store/journal"
	"stockbridge/store/secret"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops"
)

// Options say where the service lives and what it stands on.
type Options struct {
	Dir      string          // the data folder
	Keychain secret.Keychain // nil: the keychain of this account
	Log      *slog.Logger    // nil: none
	Version  string
	Now      func() time.Time // nil: time.Now
	// Transport replaces the network of a side ("bc", "shop"); for tests under virtual time.
	Transport func(side string) http.RoundTripper
	// NoSync leaves out the wait for the disk at each commit; for tests under virtual time.
	NoSync bool
	// Hurry divides the waits between the tries of one call; 0 is 1. For simulated systems.
	Hurry int
	// Around, when set, is around every write to a connection's state; see store.Options.
	Around func(commit func() error) error
}

// Service runs all connections of one data folder.
type Service struct {
	opts         Options
	log          *slog.Logger
	now          func() time.Time
	keys         secret.Keychain
	folder       settings.Folder
	lock         *store.FolderLock
	journals     *journal.Folder
	people       *audit.Keys // of the audit trails
	installation string
	run          string    // this start of it
	began        time.Time // when that was

	ctx    context.Context // ends with Close; runs live in it, not in their callers
	cancel context.CancelFunc
	loops  sync.WaitGroup

	mu       sync.Mutex // guards the rest
	conns    map[string]*connection
	started  bool
	watchers map[chan struct{}]bool
	unread   map[string]error     // connections that can't be opened, and why
	healed   map[string]time.Time // when a connection's damaged state was last made again
}

// Open opens a data folder, making it where it is not there yet. Another Stockbridge on the same folder is refused
// with its process number (store.locked).
func Open(o Options) (*Service, error) {
	s := &Service{opts: o, log: o.Log, now: o.Now, keys: o.Keychain, conns: map[string]*connection{}, watchers: map[chan struct{}]bool{}, unread: map[string]error{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "state"), 0o750); err != nil {
		return nil, fault.Wrap(err, "store.disk", fault.Args{"path": o.Dir, "detail": err.Error()})
	}
	var err error
	if s.lock, err = store.LockFolder(o.Dir); err != nil {
		return nil, err
	}
	s.run, s.began = rand.Text()[:10], s.now()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Service) open() (err error) {
	if err := checkMoved(s.opts.Dir); err != nil {
		return err
	}
	if s.installation, err = store.InstallationID(s.opts.Dir); err != nil {
		return err
	}
	if s.keys == nil {
		s.keys = secret.Open(secret.Options{Dir: s.opts.Dir, Installation: s.installation})
	}
	if s.journals, err = journal.OpenFolder(filepath.Join(s.opts.Dir, "journal"), s.now); err != nil {
		return err
	}
	if s.people, err = audit.OpenKeys(filepath.Join(auditFolder(s.opts.Dir), auditKeys), s.opts.NoSync); err != nil {
		return err
	}
	s.folder = settings.NewFolder(s.opts.Dir)
	names, err := s.folder.List()
	if err != nil {
		return err
	}
	for _, name := range names {
		conf, err := s.folder.Load(name)
		if err == nil {
			err = s.add(conf, false)
		}
		if err != nil { // one connection's trouble is not another's
			s.log.Error("A connection can't be opened", "connection", name, "err", err)
			s.unread[name] = err
		}
	}
	return nil
}

// add opens a connection's state and, when the service runs, starts its loop. With sweep, its products are all looked
// at again first.
func (s *Service) add(conf settings.Connection, sweep bool) (err error) {
	defer func() {
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.unread[conf.Name] = err
		}
	}()
	conf.Defaults(s.now())
	platform, ok := shops.ByID(conf.Shop.Platform)
	if !ok {
		return fault.New("shop.platform", fault.Args{"value": conf.Shop.Platform, "allowed": platformNames()})
	}
	c, err := s.openConnection(conf, platform)
	if err != nil {
		return err
	}
	if sweep {
		if err := c.sweep(); err != nil {
			return c.fallen(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conf.Name] = c
	if s.started {
		s.loops.Go(func() { c.loop(c.ctx) })
	}
	return nil
}

// Run runs the connections' loops until ctx ends, then stops them gracefully: a batch under way is finished and
// remembered.
func (s *Service) Run(ctx context.Context) error {
	s.mu.Lock()
	s.started = true
	for _, c := range s.conns {
		s.loops.Go(func() { c.loop(c.ctx) })
	}
	connections := len(s.conns)
	s.mu.Unlock()
	s.loops.Go(func() { s.reopen(s.ctx) })
	s.log.Info("Service runs", "version", s.opts.Version, "folder", s.opts.Dir, "connections", connections)
	<-ctx.Done()
	s.cancel()
	s.loops.Wait()
	return nil
}

// Close ends all runs and closes every file. A second call does nothing.
func (s *Service) Close() error {
	s.cancel()
	s.loops.Wait()
	var errs []error
	for _, c := range s.all() {
		errs = append(errs, s.drop(c.conf.Name))
	}
	if s.journals != nil {
		errs = append(errs, s.journals.Close())
	}
	if s.people != nil {
		errs = append(errs, s.people.Close())
		s.people = nil
	}
	errs = append(errs, s.lock.Unlock())
	s.lock = nil
	return errors.Join(errs...)
}

// all returns the connections by name.
func (s *Service) all() []*connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*connection, 0, len(s.conns))
	for _, c := range s.conns {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *connection) int {
		if a.conf.Name < b.conf.Name {
			return -1
		}
		return 1
	})
	return out
}

// some returns the connection of a name, or all for "".
func (s *Service) some(name string) ([]*connection, error) {
	if name == "" {
		return s.all(), nil
	}
	c, err := s.one(name)
	return []*connection{c}, err
}

func (s *Service) one(name string) (*connection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.conns[name]; c != nil {
		return c, nil
	}
	if err := s.unread[name]; err != nil {
		return nil, err
	}
	return nil, fault.New("connection.unknown", fault.Args{"value": name, "allowed": s.names()})
}

// changed tells everybody who watches the board.
func (s *Service) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ch := range s.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

var _ ipc.Backend = (*Service)(nil)

func platformNames() string {
	var ids []string
	for _, p := range shops.All() {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, ", ")
}
