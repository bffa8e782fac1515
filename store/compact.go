package store

import (
	"errors"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// Bolt never gives space back: a file stays as large as it once was. One of more than compactFrom bytes of which more
// than half is free is written anew when it is opened; so is one from which a person was erased.
const (
	compactFrom   = 8 << 20
	compactSuffix = ".compact"
)

// compactStep is how much is copied in one transaction, in bytes.
const compactStep = 4 << 20

// compact writes the file anew where that is worth it. The new file is whole and on the disk before it takes the
// name, so that a crash leaves the one or the other.
func (d *DB) compact() error {
	worth, erased, err := d.worthCompacting()
	if err != nil || !worth {
		return err
	}
	tmp := d.path + compactSuffix
	_ = os.Remove(tmp) // what a crash left behind
	if err := d.copyTo(tmp); err != nil {
		_ = os.Remove(tmp)
		if d.suspect.Load() {
			return err
		}
		return nil // the old file is as good as before; a full disk, say, is no reason not to use it
	}
	if err := d.exchange(tmp); err != nil || !erased {
		return err
	}
	return d.SetFact(factErased, "")
}

func (d *DB) worthCompacting() (worth, erased bool, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		facts := tx.Bucket(bucketFacts) // not in a file of the first schema
		erased = facts != nil && facts.Get([]byte(factErased)) != nil
		if worth = erased; worth {
			return nil
		}
		if tx.Size() < compactFrom {
			return nil
		}
		p, err := openPages(d.file, d.bolt.Info().PageSize, tx.Size())
		if err != nil {
			return d.damaged(err)
		}
		worth = p.free > p.limit/2
		return nil
	})
	return worth, erased, err
}

func (d *DB) copyTo(path string) (err error) {
	defer d.rescue(&err)()
	options := d.boltOptions()
	options.NoSync, options.OpenFile = true, nil // it is brought to the disk once, at its end
	to, err := bolt.Open(path, 0o600, options)
	if err != nil {
		return d.classify(err)
	}
	err = bolt.Compact(to, d.bolt, compactStep)
	if err == nil && !d.opts.NoSync {
		err = to.Sync()
	}
	return d.classify(errors.Join(err, to.Close()))
}

// exchange puts another file in the place of the open one and opens that. Where the system keeps the name of an open
// file, that one is closed first; the folder's lock keeps others away meanwhile.
func (d *DB) exchange(tmp string) error {
	moved := os.Rename(tmp, d.path) == nil
	if err := d.bolt.Close(); err != nil {
		return d.classify(err)
	}
	d.bolt, d.file = nil, nil
	if !moved {
		moved = os.Rename(tmp, d.path) == nil
	}
	if !moved {
		_ = os.Remove(tmp) // the old file is as good as before; the next opening tries again
	} else if !d.opts.NoSync {
		syncFolder(filepath.Dir(d.path))
	}
	return d.open(d.boltOptions())
}
