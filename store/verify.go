package store

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/record"
)

// verify reads the whole file and reports the first thing that is wrong with it as store.damaged: its pages, and
// everything that is ever read from it. Nobody may write meanwhile. It takes a second or two for a million records.
func (d *DB) verify() error {
	return d.view(func(tx *bolt.Tx) error {
		info, err := d.file.Stat()
		if err != nil {
			return err
		}
		if err := checkPages(d.file, d.bolt.Info().PageSize, info.Size()); err != nil {
			return d.damaged(err)
		}
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

// verifyValues reads what the buckets hold. An empty file has none.
func (d *DB) verifyValues(tx *bolt.Tx) error {
	if k, _ := tx.Cursor().First(); k == nil {
		return nil
	}
	if v, err := d.version(tx); err != nil || v > schema {
		return err // what a newer program wrote is not ours to judge; it is refused elsewhere
	}
	return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
		read := d.reader(tx, string(name))
		return b.ForEach(func(k, v []byte) error {
			if err := read(k, v); err != nil {
				return d.damaged(err)
			}
			return nil
		})
	})
}

// reader returns how the entries of a bucket are read.
func (d *DB) reader(tx *bolt.Tx, bucket string) func(k, v []byte) error {
	if strings.HasPrefix(bucket, linksPrefix) {
		return func(k, v []byte) error { _, err := d.link(k, v); return err }
	}
	if family, ok := strings.CutPrefix(bucket, keysPrefix); ok {
		return func(_, v []byte) error { return leadsTo(tx, linksName(record.Kind(family)), v) }
	}
	switch bucket {
	case string(bucketMeta):
		return func(k, v []byte) error {
			if string(k) == string(keyPause) {
				_, err := d.readPause(v)
				return err
			}
			return nil
		}
	case string(bucketIntents):
		return func(k, v []byte) error { _, err := readIntent(k, v); return err }
	case string(bucketMarks):
		return func(k, v []byte) error { _, _, err := readMark(k, v); return err }
	case string(bucketProblems):
		return func(_, v []byte) error { _, err := readProblem(v); return err }
	case string(bucketIDs):
		return func(_, v []byte) error { return leadsTo(tx, bucketProblems, v) }
	case string(bucketRuns):
		return func(_, v []byte) error { return json.Unmarshal(v, &Run{}) }
	case string(bucketGood):
		return func(_, v []byte) error { _, err := readGood(v); return err }
	case string(bucketPauses):
		return func(_, v []byte) error { _, err := d.readPause(v); return err }
	}
	return func([]byte, []byte) error { return nil } // texts: anything goes
}

func leadsTo(tx *bolt.Tx, bucket, key []byte) error {
	if b := tx.Bucket(bucket); b == nil || b.Get(key) == nil {
		return errors.New("an entry of " + strconv.Quote(string(bucket)) + " is missing")
	}
	return nil
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
		err = d.verify()
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
