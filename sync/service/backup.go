package service

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"stockbridge/store"
	"stockbridge/store/audit"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
)

// Backup implements ipc.Upkeep: connection files as they were written, states, audit trails and the installation's id in
// one zip, without secrets and without the journal. It is written beside the target and renamed, so that a file is whole or not
// there. With Move, no run begins once the states are read, and the folder is then left for the other server's.
func (s *Service) Backup(ctx context.Context, r ipc.FileRequest) error {
	if !filepath.IsAbs(r.Path) {
		return fault.New("ipc.bad_request", fault.Args{"detail": "The backup's path must be absolute, not " + r.Path + "."})
	}
	if !r.Move {
		if err := s.backupTo(r.Path); err != nil {
			return err
		}
		return auditedAll(ctx, s.all(), audit.Command{What: "backup", Why: r.Path})
	}
	return s.move(ctx, r.Path)
}

func (s *Service) backupTo(path string) error {
	wrap := func(err error) error {
		if err == nil || errors.As(err, new(*fault.Error)) {
			return err
		}
		return fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".stockbridge-backup-*")
	if err != nil {
		return wrap(err)
	}
	defer os.Remove(tmp.Name())
	z := zip.NewWriter(tmp)
	err = s.backup(z)
	if e := errors.Join(z.Close(), tmp.Sync(), tmp.Close()); err == nil {
		err = e
	}
	if err != nil {
		return wrap(err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return wrap(err)
	}
	s.log.Info("A backup was written", "path", path)
	return nil
}

// backup writes every connection, also one that can't be opened at the moment.
func (s *Service) backup(z *zip.Writer) error {
	id, err := z.Create(installationName)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(id, s.installation+"\n"); err != nil {
		return err
	}
	names, err := s.folder.List()
	if err != nil {
		return err
	}
	open := s.all()
	for _, name := range names {
		if err := pack(z, "connections/"+name+".toml", filepath.Join(s.opts.Dir, "connections", name+".toml")); err != nil {
			return err
		}
		entry := "state/" + name + ".db"
		i := slices.IndexFunc(open, func(c *connection) bool { return c.conf.Name == name })
		if i < 0 {
			if err := packState(z, entry, s.statePath(name)); err != nil {
				return err
			}
			continue
		}
		w, err := z.Create(entry)
		if err != nil {
			return err
		}
		if _, err := open[i].db.Snapshot(w); err != nil {
			return err
		}
	}
	return s.backupAudit(z)
}

// pack copies a file into the zip.
func pack(z *zip.Writer, entry, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := z.Create(entry)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// packState copies the state of a connection that is not open, where it can be trusted: one that can't is made again
// wherever the backup is restored.
func packState(z *zip.Writer, entry, path string) error {
	switch err := store.Verify(path); {
	case err == nil:
		return pack(z, entry, path)
	case errors.Is(err, fs.ErrNotExist), fault.As(err).Code == "store.damaged":
		return nil
	default:
		return err
	}
}
