package service

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"stockbridge/store"
	"stockbridge/store/audit"
	"stockbridge/sync/fault"
)

// movedFile stands in a data folder that was left for another server. Two servers on one shop would both take its
// orders, so a service refuses such a folder until a backup is restored into it.
const movedFile = "moved.json"

// farewell is what movedFile says.
type farewell struct {
	At   time.Time `json:"at"`
	File string    `json:"file"` // the backup that went to the other server
}

// checkMoved refuses a folder that was left for another server.
func checkMoved(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, movedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, "store.disk", fault.Args{"path": filepath.Join(dir, movedFile), "detail": err.Error()})
	}
	var f farewell
	if err := json.Unmarshal(b, &f); err != nil { // it is there, whatever became of its text
		f.File = "FILE"
	}
	return movedError(dir, f)
}

func movedError(dir string, f farewell) *fault.Error {
	return fault.New("store.moved", fault.Args{"path": dir, "date": f.At.Local().Format("2006-01-02 15:04"), "file": f.File})
}

// move writes a backup and leaves the folder for the server it is restored on. No run begins from before the states are
// read until the folder is marked, so that nothing is done here that the backup doesn't know.
func (s *Service) move(ctx context.Context, path string) error {
	conns := s.all()
	var free []func()
	give := func() {
		for _, f := range free {
			f()
		}
	}
	for _, c := range conns {
		f, err := c.take(ctx)
		if err != nil {
			give()
			return err
		}
		free = append(free, f)
	}
	f := farewell{At: s.now().Truncate(time.Second), File: path}
	err := auditedAll(ctx, conns, audit.Command{What: "backup --move", Why: path})
	if err == nil {
		err = s.backupTo(path)
	}
	if err == nil {
		err = s.leave(f)
	}
	if err != nil {
		give()
		return err
	}
	for _, c := range conns {
		// The mark says it all; a pause stays even if somebody takes the mark away by hand.
		if err := c.db.SetPause(store.Pause{On: true}); err != nil {
			s.log.Warn("A connection could not be paused", "connection", c.conf.Name, "err", err)
		}
		c.cancel()
	}
	give()
	for _, c := range conns {
		err = errors.Join(err, s.drop(c.conf.Name))
		s.mu.Lock()
		s.unread[c.conf.Name] = movedError(s.opts.Dir, f)
		s.mu.Unlock()
	}
	s.log.Info("The data folder was moved to another server", "path", path)
	s.changed()
	return err
}

// leave marks the folder, durably.
func (s *Service) leave(f farewell) error {
	path := filepath.Join(s.opts.Dir, movedFile)
	b, err := json.Marshal(f)
	if err != nil {
		return fault.Wrap(err, "bug.unclassified", nil)
	}
	return store.WriteFile(path, append(b, '\n'))
}

// comeBack takes the mark away: the folder holds a restored backup now.
func comeBack(dir string) error {
	err := os.Remove(filepath.Join(dir, movedFile))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault.Wrap(err, "store.disk", fault.Args{"path": filepath.Join(dir, movedFile), "detail": err.Error()})
}
