package service

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"stockbridge/store"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/schedule"
	"stockbridge/sync/settings"
)

// keyState is the key of the problem (of record.KindConnection) that a connection's memory had to be made again. It
// stops nothing.
const keyState = "state"

func (s *Service) stateOptions(conf *settings.Connection) store.Options {
	return store.Options{
		Now: s.now, NoSync: s.opts.NoSync, Around: s.opts.Around, Program: s.opts.Version, Installation: s.installation,
		Note:    !conf.Flows.Orders.NoNotes,
		Backoff: func(tries int) time.Duration { return schedule.Backoff(tries+2, 0) },
	}
}

// openState opens a connection's state file. Where it was damaged or lost it is made again, and a problem tells so.
func (s *Service) openState(conf settings.Connection) (*store.DB, error) {
	path := s.statePath(conf.Name)
	db, was, err := store.OpenOrRebuild(path, s.stateOptions(&conf))
	if err != nil || was.Cause == nil {
		return db, err
	}
	code, args := fault.Code("store.begun_again"), fault.Args{}
	if !was.From.IsZero() {
		code, args = "store.rebuilt", fault.Args{"from": was.From.Local().Format("2006-01-02 15:04")}
	}
	s.log.Error("The state file was damaged or lost and has been made again", "connection", conf.Name, "path", path, "from", args["from"],
		"lost", errors.Is(was.Cause, fs.ErrNotExist), "err", was.Cause)
	held := plan.Held{Kind: record.KindConnection, Key: keyState, Code: code, Args: args, Stays: true}
	if err := db.Commit(engine.Outcome{Held: []plan.Held{held}, At: s.now()}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// snapshotEvery is how old the copy of a state file may become from which a damaged one is made again.
const snapshotEvery = 6 * time.Hour

// keepSnapshot writes that copy when its time has come and something was committed since. The caller has the turn.
func (c *connection) keepSnapshot() {
	now := c.s.now()
	if age := now.Sub(c.snapped); age >= 0 && age < snapshotEvery {
		return
	}
	c.snapped = now
	if err := c.db.KeepSnapshot(); err != nil {
		c.s.log.Warn("The copy of the state file could not be written", "connection", c.conf.Name, "err", err)
	}
}

// reopenEvery is how often a connection that can't be opened is tried again: a disk that is full or read-only, or a
// file that a virus scanner holds, passes.
const reopenEvery = time.Minute

// reopen tries connections again that could not be opened for a reason that passes, until ctx ends.
func (s *Service) reopen(ctx context.Context) {
	tick := time.NewTicker(reopenEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, name := range s.passing() {
			conf, err := s.folder.Load(name)
			if err == nil {
				err = s.add(conf, false)
			}
			if err == nil {
				s.log.Info("A connection could be opened again", "connection", name)
				s.changed()
			}
		}
	}
}

// passing lists the connections that could not be opened for a reason that passes.
func (s *Service) passing() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, err := range s.unread {
		if e := fault.As(err); s.conns[name] == nil && (e.Kind == fault.Retry || e.Code == "store.locked") {
			names = append(names, name)
		}
	}
	return names
}

// heal closes and opens a connection whose file turned out to be damaged while it was in use: opening makes it again.
// Once an hour at most, so that a disk that fails for good is left alone.
func (c *connection) heal(e *fault.Error) {
	if e == nil || e.Code != "store.damaged" || c.ctx.Err() != nil {
		return
	}
	s, name, now := c.s, c.conf.Name, c.s.now()
	s.mu.Lock()
	last, before := s.healed[name]
	if before && now.Sub(last).Abs() < time.Hour {
		s.mu.Unlock()
		return
	}
	if s.healed == nil {
		s.healed = map[string]time.Time{}
	}
	s.healed[name] = now
	s.mu.Unlock()
	s.loops.Go(func() {
		if err := s.renew(name); err != nil {
			s.log.Error("A connection can't be opened again", "connection", name, "err", err)
		}
	})
}

// renew closes a connection and opens it again: a run under way is ended and remembered. One whose folder was meanwhile
// left for another server stays closed.
func (s *Service) renew(name string) error {
	if err := s.drop(name); err != nil {
		s.log.Error("A state file could not be closed", "connection", name, "err", err)
	}
	defer s.changed()
	if err := checkMoved(s.opts.Dir); err != nil {
		return err
	}
	conf, err := s.folder.Load(name)
	if err != nil {
		return err
	}
	return s.add(conf, false)
}
