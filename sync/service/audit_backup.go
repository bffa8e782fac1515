package service

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"stockbridge/store/audit"
	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
)

// auditImport tells the trail of a connection which settings became others.
func (s *Service) auditImport(ctx context.Context, replaced bool, before, now settings.Connection) error {
	c, err := s.one(now.Name)
	if err != nil {
		return err
	}
	var was *settings.Connection
	if replaced {
		was = &before
	}
	return c.audited(ctx, audit.Command{What: "import", Fields: settingsChanged(was, now)})
}

// backupAudit adds all trails, those of removed connections among them, and the keys to a backup.
func (s *Service) backupAudit(z *zip.Writer) error {
	names, err := s.trails()
	if err != nil {
		return err
	}
	open := map[string]*connection{}
	for _, c := range s.all() {
		open[c.conf.Name] = c
	}
	for _, name := range names {
		create := func(file string) (io.Writer, error) { return z.Create("audit/" + name + "/" + file) }
		if c := open[name]; c != nil {
			err = c.trail.CopyTo(create)
		} else {
			err = audit.Copy(filepath.Join(auditFolder(s.opts.Dir), name), audit.Head{}, 0, create)
		}
		if err != nil {
			return err
		}
	}
	w, err := z.Create("audit/" + auditKeys)
	if err != nil {
		return err
	}
	return s.people.CopyTo(w)
}

// auditName reports whether a name in a backup is one that backupAudit writes.
func auditName(name string) bool {
	rest, ok := strings.CutPrefix(name, "audit/")
	if !ok || rest == auditKeys {
		return ok
	}
	conn, file, _ := strings.Cut(rest, "/")
	month, ok := strings.CutSuffix(file, ".jsonl")
	_, err := time.Parse("2006-01", month)
	return ok && err == nil && settings.CheckName(conn) == nil
}

// auditKept returns the files of trails in a backup that must not be put back: where a folder has a trail, or keys, they
// are newer than the backup's. An older trail would lose what was done since, older keys would bring the erased back. Keys
// of nobody, as a service makes them when it first starts, give way: without the backup's, nobody could read its trails.
func auditKept(dir string, files []*zip.File) map[string]bool {
	kept := map[string]bool{}
	for _, f := range files {
		rest, ok := strings.CutPrefix(f.Name, "audit/")
		if !ok {
			continue
		}
		top, _, _ := strings.Cut(rest, "/")
		here := filepath.Join(auditFolder(dir), top)
		if _, err := os.Stat(here); err == nil && !(top == auditKeys && audit.Unused(here)) {
			kept[f.Name] = true
		}
	}
	return kept
}

// restoreAudit unpacks a file of a trail, or the keys.
func restoreAudit(dir string, f *zip.File) (err error) {
	target := filepath.Join(dir, filepath.FromSlash(f.Name))
	failed := func(err error) error {
		return fault.Wrap(err, "store.disk", fault.Args{"path": target, "detail": err.Error()})
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return failed(err)
	}
	r, err := f.Open()
	if err != nil {
		return failed(err)
	}
	defer r.Close()
	w, err := os.OpenFile(target, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return failed(err)
	}
	_, err = io.Copy(w, io.LimitReader(r, maxBackupFile))
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return failed(err)
	}
	return nil
}

// auditRestored tells the trails of the restored connections who put which backup back.
func auditRestored(dir, path string, files []*zip.File, now time.Time) (err error) {
	people, err := audit.OpenKeys(filepath.Join(auditFolder(dir), auditKeys), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	cmd := audit.Command{Role: "administrator", What: "restore", Why: path}
	if u, err := user.Current(); err == nil {
		cmd.Account = u.Username
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(strings.TrimPrefix(f.Name, "connections/"), ".toml")
		if !ok || !strings.HasPrefix(f.Name, "connections/") {
			continue
		}
		t, err := audit.Open(filepath.Join(auditFolder(dir), name), people, audit.Options{Now: func() time.Time { return now }, Years: maxYears})
		if err != nil {
			return err
		}
		if err := errors.Join(t.Command(cmd), t.Close()); err != nil {
			return err
		}
	}
	return nil
}

// maxYears is the longest a trail can be kept: only the service, which knows the setting, removes what is too old.
const maxYears = 100
