package service

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"stockbridge/store"
	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
)

const installationName = "installation"

// maxBackupFile bounds one unpacked file of a backup, maxSettings one of settings, both in bytes.
const (
	maxBackupFile = 8 << 30
	maxSettings   = 1 << 20
)

// Restored is a connection that a backup brought.
type Restored struct {
	Name    string                 `json:"name"`
	Secrets []settings.SecretField `json:"secrets"` // a backup holds none; on another machine they must be set again
}

// Restore puts a backup into a data folder that no service uses, and returns the connections in it. What was there is set
// aside, not overwritten. Both systems have moved on since the backup was written, so nothing in it that they may
// contradict is believed (store.Replace): every flow reads everything again, orders from the cut-over moment, and every
// create looks first. The whole file is read before anything is changed.
func Restore(dir, path string, now time.Time) ([]Restored, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fault.Wrap(err, "store.disk", fault.Args{"path": dir, "detail": err.Error()})
	}
	lock, err := store.LockFolder(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Unlock() }()
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, noBackup(path, err.Error())
	}
	defer z.Close()
	connections, err := examine(path, &z.Reader)
	if err != nil {
		return nil, err
	}
	kept := auditKept(dir, z.File)
	for _, f := range z.File {
		if kept[f.Name] {
			continue
		}
		if err := restoreFile(dir, f, now); err != nil {
			return nil, err
		}
	}
	if err := auditRestored(dir, path, z.File, now); err != nil {
		return nil, err
	}
	return connections, comeBack(dir)
}

func noBackup(path, why string) error {
	return fault.New("ipc.bad_request", fault.Args{"detail": path + " is no Stockbridge backup: " + why})
}

// examine reads a whole backup, checks it, and returns its connections.
func examine(path string, z *zip.Reader) ([]Restored, error) {
	var out []Restored
	for _, f := range z.File {
		if !backupName(f.Name) {
			return nil, noBackup(path, "it holds "+f.Name+".")
		}
		if !strings.HasPrefix(f.Name, "connections/") {
			if err := readAll(f, io.Discard, maxBackupFile); err != nil {
				return nil, noBackup(path, f.Name+": "+err.Error())
			}
			continue
		}
		var text strings.Builder
		if err := readAll(f, &text, maxSettings); err != nil {
			return nil, noBackup(path, f.Name+": "+err.Error())
		}
		conf, err := settings.Parse([]byte(text.String()))
		if err != nil {
			return nil, noBackup(path, f.Name+": "+err.Error())
		}
		out = append(out, Restored{conf.Name, settings.SecretFields(conf)})
	}
	return out, nil
}

// backupName reports whether a name in a backup is one that Backup writes: nothing may land elsewhere.
func backupName(name string) bool {
	if name == installationName || auditName(name) {
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

// readAll unpacks a file; its checksum is compared at its end.
func readAll(f *zip.File, w io.Writer, limit int64) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = errors.New("it is too large")
	}
	return err
}

func restoreFile(dir string, f *zip.File, now time.Time) error {
	if strings.HasPrefix(f.Name, "audit/") {
		return restoreAudit(dir, f)
	}
	target := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return fault.Wrap(err, "store.disk", fault.Args{"path": target, "detail": err.Error()})
	}
	if strings.HasPrefix(f.Name, "state/") {
		r, err := f.Open()
		if err != nil {
			return fault.Wrap(err, "store.disk", fault.Args{"path": target, "detail": err.Error()})
		}
		defer r.Close()
		return store.Replace(target, io.LimitReader(r, maxBackupFile), store.Options{Now: func() time.Time { return now }})
	}
	var text strings.Builder
	if err := readAll(f, &text, maxSettings); err != nil {
		return fault.Wrap(err, "store.disk", fault.Args{"path": target, "detail": err.Error()})
	}
	if f.Name != installationName {
		if err := store.SetAside(target, now); err != nil {
			return err
		}
	}
	return store.WriteFile(target, []byte(text.String()))
}
