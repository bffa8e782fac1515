package store

import (
	"io"

	bolt "go.etcd.io/bbolt"
)

// Snapshot writes the whole file as it is at one moment, while runs go on. It returns the number of bytes.
func (d *DB) Snapshot(w io.Writer) (n int64, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		n, err = tx.WriteTo(w)
		return err
	})
	return n, err
}

// Verify reads the whole file and reports the first thing that is wrong with it as store.damaged: pages, and every
// link and problem. It takes about a second for a million records.
func (d *DB) Verify() error {
	return d.view(func(tx *bolt.Tx) error {
		var first error
		for err := range tx.Check() {
			if first == nil {
				first = err
			}
		}
		if first != nil {
			return d.damaged(first)
		}
		return d.verifyValues(tx)
	})
}

func (d *DB) verifyValues(tx *bolt.Tx) error {
	if _, err := d.allProblems(tx); err != nil {
		return err
	}
	return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		if len(name) < len(linksPrefix) || string(name[:len(linksPrefix)]) != linksPrefix {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			_, err := d.link(k, v)
			return err
		})
	})
}

// Verify checks a file that no service has open, such as a backup to be restored, and changes nothing in it.
func Verify(path string) error {
	d := &DB{path: path}
	err := d.open(&bolt.Options{Timeout: lockWait, ReadOnly: true, PreLoadFreelist: true, FreelistType: bolt.FreelistMapType, NoStatistics: true})
	if err != nil {
		return err
	}
	err = d.checkSize()
	if err == nil {
		err = d.view(func(tx *bolt.Tx) error {
			v, err := d.version(tx)
			if err == nil && v > schema {
				err = newer(path, writer(tx))
			}
			return err
		})
	}
	if err == nil {
		err = d.Verify()
	}
	return firstOf(err, d.release())
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
