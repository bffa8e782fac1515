package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
)

// Snapshot writes the whole file as it is at one moment, while runs go on. It returns the number of bytes.
func (d *DB) Snapshot(w io.Writer) (n int64, err error) {
	to := &sink{to: w}
	err = d.view(func(tx *bolt.Tx) error {
		n, err = tx.WriteTo(to)
		return firstOf(to.err, err)
	})
	return n, err
}

// sink remembers the error of a writer, of which bolt keeps only the text.
type sink struct {
	to  io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if s.err == nil {
		s.err = err
	}
	return n, err
}

// snapshotSuffix ends the name of the copy from which a damaged or lost file is made again: NAME.db.snapshot.
const snapshotSuffix = ".snapshot"

// KeepSnapshot writes the file to NAME.db.snapshot beside it, unless nothing was committed since it last did. A crash
// leaves the old copy or the new one.
func (d *DB) KeepSnapshot() error {
	d.snapshot.Lock()
	defer d.snapshot.Unlock()
	var now int
	if err := d.view(func(tx *bolt.Tx) error { now = tx.ID(); return nil }); err != nil {
		return err
	}
	if d.snapshot.made && d.snapshot.at == now {
		return nil
	}
	if err := d.writeWhole(d.path + snapshotSuffix); err != nil {
		return err
	}
	d.snapshot.made, d.snapshot.at = true, now
	return nil
}

// writeWhole writes the whole file to another path, which then holds it wholly or what it held before.
func (d *DB) writeWhole(target string) error {
	tmp, err := os.OpenFile(target+tmpSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return diskAt(target, err)
	}
	defer os.Remove(tmp.Name()) // gone already when it has been renamed
	if _, err := d.Snapshot(tmp); err != nil {
		_ = tmp.Close()
		return err
	}
	return d.opts.finish(tmp, target)
}

// finish brings a file that was written under another name to the disk and gives it its own.
func (o *Options) finish(tmp *os.File, target string) error {
	if err := errors.Join(o.sync(tmp), tmp.Close()); err != nil {
		return diskAt(target, err)
	}
	if err := os.Rename(tmp.Name(), target); err != nil {
		return diskAt(target, err)
	}
	if !o.NoSync {
		syncFolder(filepath.Dir(target))
	}
	return nil
}

// tmpSuffix ends the name of a file that is still being written.
const tmpSuffix = ".tmp"

func (o *Options) sync(f *os.File) error {
	if o.NoSync {
		return nil
	}
	return f.Sync()
}

func diskAt(path string, err error) error {
	return fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
}
