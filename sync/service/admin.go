package service

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"stockbridge/store"
	"stockbridge/store/audit"
	"stockbridge/store/journal"
	"stockbridge/store/secret"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops"
)

// openConnection opens a connection's state file and what the board remembers of it.
func (s *Service) openConnection(conf settings.Connection, platform shops.Platform) (*connection, error) {
	db, err := s.openState(conf)
	if err != nil {
		return nil, err
	}
	lines, err := s.journals.Open(conf.Name, journal.Limits(conf.Journal))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	ctx, cancel := context.WithCancel(s.ctx)
	c := &connection{s: s, conf: conf, platform: platform, db: db, journal: lines, engine: engine.New(db, s.now), ctx: ctx, cancel: cancel,
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), flows: map[record.Kind]*flowState{}, contacts: map[string]*contact{}, watch: map[chan ipc.SyncEvent]bool{}}
	if err := c.openTrail(); err != nil {
		return nil, c.fallen(err)
	}
	pause, err := db.Pause()
	if err != nil {
		return nil, c.fallen(err)
	}
	c.paused, c.until = pause.On, pause.Until
	for _, k := range record.Kinds() {
		runs, err := db.Runs(k)
		if err != nil {
			return nil, c.fallen(err)
		}
		if len(runs) > 0 {
			c.flow(k).run = c.wireRun(&runs[0])
		}
		if c.flow(k).lastOK, err = db.LastGood(k); err != nil {
			return nil, c.fallen(err)
		}
	}
	if err := c.recall(); err != nil {
		return nil, c.fallen(err)
	}
	c.recount()
	return c, nil
}

func (c *connection) fallen(err error) error {
	_ = c.close()
	return err
}

// close ends a connection's runs and closes its file.
func (c *connection) close() error {
	c.cancel()
	c.turn <- struct{}{} // whoever runs has finished and remembered
	c.mu.Lock()
	sd := c.sides
	c.sides = nil
	c.mu.Unlock()
	if sd != nil {
		sd.close()
	}
	return errors.Join(c.closeTrail(), c.db.Close(), c.s.journals.Drop(c.conf.Name))
}

func (s *Service) statePath(name string) string {
	return filepath.Join(s.opts.Dir, "state", name+".db")
}

// Connections implements ipc.ConnectionAdmin.
func (s *Service) Connections(context.Context) (ipc.Connections, error) {
	names, err := s.folder.List()
	if names == nil {
		names = []string{}
	}
	return ipc.Connections{Names: names}, err
}

// Export implements ipc.ConnectionAdmin.
func (s *Service) Export(_ context.Context, name string) (ipc.ConnectionFile, error) {
	conf, err := s.folder.Load(name)
	if err != nil {
		return ipc.ConnectionFile{}, err
	}
	text, err := settings.Marshal(conf)
	return ipc.ConnectionFile{Name: name, TOML: string(text)}, err
}

// Import implements ipc.ConnectionAdmin. A connection of the same name is replaced and keeps its state. Where it now
// leads to another company or shop, the ids it remembers mean other records: it then waits for a person (recognise).
func (s *Service) Import(ctx context.Context, f ipc.ConnectionFile) (ipc.ConnectionFile, error) {
	conf, err := settings.Parse([]byte(f.TOML))
	if err != nil {
		return f, err
	}
	before, noneBefore := s.folder.Load(conf.Name)
	inherits := noneBefore == nil && conf.Flows.Orders.From.IsZero()
	if inherits {
		conf.Flows.Orders.From = before.Flows.Orders.From // else every order that waits would be from before the cut-over
	}
	if conf, err = s.folder.Save(conf, s.now()); err != nil {
		return f, err
	}
	if err := s.drop(conf.Name); err != nil {
		return f, err
	}
	if err := s.add(conf, true); err != nil {
		return f, err
	}
	if noneBefore == nil && elsewhere(before, conf) {
		if err := s.inherit(conf.Name, inherits); err != nil {
			return f, err
		}
	}
	if err := s.auditImport(ctx, noneBefore == nil, before, conf); err != nil {
		return f, err
	}
	s.log.Info("A connection was imported", "connection", conf.Name)
	s.changed()
	return s.Export(ctx, conf.Name)
}

// elsewhere reports whether two settings of a connection may lead to different systems. Taking the same system for
// another costs a comparison with everything it has; the other mistake would lose orders.
func elsewhere(a, b settings.Connection) bool {
	return a.BC.URL != b.BC.URL || a.BC.Company != b.BC.Company || a.BC.Tenant != b.BC.Tenant ||
		a.Shop.Platform != b.Shop.Platform || a.Shop.URL != b.Shop.URL
}

// sweep makes a connection's product flows read everything again: changed rules concern records that have not changed.
func (c *connection) sweep() error {
	for _, k := range []record.Kind{record.KindItem, record.KindStock, record.KindPrice} {
		if err := c.db.ResetCursor(k); err != nil {
			return err
		}
	}
	return nil
}

// drop stops and closes a connection, if it is open.
func (s *Service) drop(name string) error {
	s.mu.Lock()
	c := s.conns[name]
	delete(s.conns, name)
	delete(s.unread, name)
	s.mu.Unlock()
	if c == nil {
		return nil
	}
	return c.close()
}

// Remove implements ipc.ConnectionAdmin. Its secrets go; its state file stays, renamed, so that a connection made
// again by mistake can be given its memory back.
func (s *Service) Remove(ctx context.Context, name string) error {
	c, err := s.one(name)
	if err != nil && fault.As(err).Code == "connection.unknown" {
		return err
	}
	if err == nil {
		if err := c.audited(ctx, audit.Command{What: "remove"}); err != nil {
			return err
		}
	}
	if err := secret.DeleteAll(ctx, s.keys, name); err != nil && fault.As(err).Code != "keychain.read_only" {
		return err
	}
	if err := s.drop(name); err != nil {
		return err
	}
	if err := store.Retire(s.statePath(name), s.now()); err != nil {
		return err
	}
	if err := s.folder.Remove(name); err != nil {
		return err
	}
	s.log.Info("A connection was removed", "connection", name)
	s.changed()
	return nil
}

// SetSecret implements ipc.SecretAdmin.
func (s *Service) SetSecret(ctx context.Context, r ipc.SecretRequest) error {
	c, err := s.one(r.Connection)
	if err != nil {
		return err
	}
	if err := knownSecret(c.conf, r); err != nil {
		return err
	}
	if r.Value == "" {
		return fault.New("ipc.bad_request", fault.Args{"detail": "The secret is empty."})
	}
	if err := s.keys.Set(ctx, secretName(r), settings.NewSecret(r.Value)); err != nil {
		return err
	}
	s.log.Info("A secret was set", "connection", r.Connection, "side", r.Side, "field", r.Field)
	c.forget()
	return c.audited(ctx, audit.Command{What: "set secret", Key: r.Side + " " + r.Field})
}

// RemoveSecret implements ipc.SecretAdmin.
func (s *Service) RemoveSecret(ctx context.Context, r ipc.SecretRequest) error {
	c, err := s.one(r.Connection)
	if err != nil {
		return err
	}
	if err := knownSecret(c.conf, r); err != nil {
		return err
	}
	if err := s.keys.Delete(ctx, secretName(r)); err != nil {
		return err
	}
	c.forget()
	return c.audited(ctx, audit.Command{What: "remove secret", Key: r.Side + " " + r.Field})
}

func secretName(r ipc.SecretRequest) secret.Name {
	return secret.Name{Connection: r.Connection, Side: r.Side, Field: r.Field}
}

func knownSecret(conf settings.Connection, r ipc.SecretRequest) error {
	var have []string
	for _, f := range settings.SecretFields(conf) {
		if f.Side == r.Side && f.Field == r.Field {
			return nil
		}
		have = append(have, f.Side+" "+f.Field)
	}
	return fault.New("ipc.bad_request", fault.Args{"detail": "There is no secret \"" + r.Side + " " + r.Field + "\"; this connection has: " + strings.Join(have, ", ") + "."})
}

// Secrets implements ipc.SecretAdmin: which are set, never what they are.
func (s *Service) Secrets(ctx context.Context) (ipc.SecretNames, error) {
	out := ipc.SecretNames{Names: []string{}}
	names, err := s.keys.Names(ctx)
	for _, n := range names {
		out.Names = append(out.Names, n.String())
	}
	return out, err
}
