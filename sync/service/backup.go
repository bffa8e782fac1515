package service

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stockbridge/store"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/settings"
)

// Backup implements ipc.Upkeep: connection files, states and the installation's id in one zip, without secrets and
// without the journal. It is written beside the target and renamed, so that a file is whole or not there.
func (s *Service) Backup(_ context.Context, r ipc.FileRequest) (err error) {
	if !filepath.IsAbs(r.Path) {
		return fault.New("ipc.bad_request", fault.Args{"detail": "The backup's path must be absolute, not " + r.Path + "."})
	}
	wrap := func(err error) error {
		return fault.Wrap(err, "store.disk", fault.Args{"path": r.Path, "detail": err.Error()})
	}
	tmp, err := os.CreateTemp(filepath.Dir(r.Path), ".stockbridge-backup-*")
	if err != nil {
		return wrap(err)
	}
	defer os.Remove(tmp.Name())
	z := zip.NewWriter(tmp)
	if err := errors.Join(s.backup(z), z.Close(), tmp.Sync(), tmp.Close()); err != nil {
		return wrap(err)
	}
	if err := os.Rename(tmp.Name(), r.Path); err != nil {
		return wrap(err)
	}
	s.log.Info("A backup was written", "path", r.Path)
	return nil
}

func (s *Service) backup(z *zip.Writer) error {
	id, err := z.Create("installation")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(id, s.installation+"\n"); err != nil {
		return err
	}
	for _, c := range s.all() {
		text, err := settings.Marshal(c.conf)
		if err != nil {
			return err
		}
		w, err := z.Create("connections/" + c.conf.Name + ".toml")
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		if w, err = z.Create("state/" + c.conf.Name + ".db"); err != nil {
			return err
		}
		if _, err := c.db.Snapshot(w); err != nil {
			return err
		}
	}
	return nil
}

// maxBackupFile bounds one unpacked file of a backup.
const maxBackupFile = 8 << 30

// Restore puts a backup into a data folder that no service uses. What was there is set aside, not overwritten. The
// cursors of the restored state are older than both sides, so the next run reads everything since, and looks before
// it creates.
func Restore(dir, path string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fault.Wrap(err, "store.disk", fault.Args{"path": dir, "detail": err.Error()})
	}
	lock, err := store.LockFolder(dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	z, err := zip.OpenReader(path)
	if err != nil {
		return fault.New("ipc.bad_request", fault.Args{"detail": path + " is no Stockbridge backup: " + err.Error()})
	}
	defer z.Close()
	for _, f := range z.File {
		if !backupName(f.Name) {
			return fault.New("ipc.bad_request", fault.Args{"detail": path + " is no Stockbridge backup: it holds " + f.Name + "."})
		}
	}
	for _, f := range z.File {
		if err := restoreFile(dir, f, now); err != nil {
			return fault.Wrap(err, "store.disk", fault.Args{"path": filepath.Join(dir, f.Name), "detail": err.Error()})
		}
	}
	return nil
}

// backupName reports whether a name in a backup is one that Backup writes: nothing may land elsewhere.
func backupName(name string) bool {
	if name == "installation" {
		return true
	}
	for dir, ext := range map[string]string{"connections/": ".toml", "state/": ".db"} {
		if base, ok := strings.CutPrefix(name, dir); ok {
			conn, ok := strings.CutSuffix(base, ext)
			return ok && settings.CheckName(conn) == nil
		}
	}
	return false
}

func restoreFile(dir string, f *zip.File, now time.Time) error {
	target := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	if f.Name != "installation" {
		if err := store.SetAside(target, now); err != nil {
			return err
		}
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(target, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.LimitReader(r, maxBackupFile))
	return errors.Join(err, w.Sync(), w.Close())
}
