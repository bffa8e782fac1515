package store

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
)

// schema is the version of the file's layout. A file with a higher one is refused, never guessed at.
//
//	1: links, keys, cursors, intents, marks, problems, runs, the connection's pause
//	2: facts, and a pause for each flow
const schema = 2

// The buckets of each layout that are there from the start; those of a family come with its first link.
var (
	firstBuckets  = [][]byte{bucketMeta, bucketCursors, bucketIntents, bucketMarks, bucketProblems, bucketIDs, bucketCauses, bucketRuns, bucketGood}
	secondBuckets = [][]byte{bucketFacts, bucketPauses}
)

// migrations lead from one layout to the next: migrations[i] makes layout i+2 of layout i+1. All that a file needs run
// in one transaction, so that a crash leaves the old layout or the new one.
var migrations = [schema - 1]func(*bolt.Tx) error{
	func(tx *bolt.Tx) error { return makeBuckets(tx, secondBuckets...) },
}

// prepare makes the buckets of a new file, brings an old one to today's layout, and refuses one of tomorrow's.
func (d *DB) prepare() error {
	var version uint64
	var program string
	err := d.view(func(tx *bolt.Tx) (err error) {
		if k, _ := tx.Cursor().First(); k == nil {
			return nil
		}
		version, err = d.version(tx)
		program = writer(tx)
		return firstOf(err, d.complete(tx, version))
	})
	switch {
	case err != nil:
		return err
	case version > schema:
		return newer(d.path, program)
	case version > 0 && version < schema && !d.opts.noCopy:
		if err := d.keepCopy(version); err != nil {
			return err
		}
	case version == schema && (program == d.opts.Program || d.opts.Program == ""):
		return nil
	}
	return d.update(func(tx *bolt.Tx) error { return d.bring(tx, version) })
}

// bring brings a file from a layout (0: it is empty) to today's and notes who did.
func (d *DB) bring(tx *bolt.Tx, version uint64) error {
	if version == 0 {
		if err := create(tx); err != nil {
			return err
		}
		version = 1
	}
	for ; version < schema; version++ {
		if err := migrations[version-1](tx); err != nil {
			return err
		}
	}
	meta := tx.Bucket(bucketMeta)
	if d.opts.Program != "" {
		if err := meta.Put(keyProgram, []byte(d.opts.Program)); err != nil {
			return err
		}
	}
	return meta.Put(keySchema, binary.AppendUvarint(nil, schema))
}

// complete refuses a file of today's layout in which a bucket is missing: its name was damaged.
func (d *DB) complete(tx *bolt.Tx, version uint64) error {
	if version != schema {
		return nil
	}
	for _, name := range slices.Concat(firstBuckets, secondBuckets) {
		if tx.Bucket(name) == nil {
			return d.damaged(errors.New("no " + string(name) + " in it"))
		}
	}
	return nil
}

// create makes layout 1 of an empty file.
func create(tx *bolt.Tx) error {
	if err := makeBuckets(tx, firstBuckets...); err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keySalt, salt())
}

func makeBuckets(tx *bolt.Tx, names ...[]byte) error {
	for _, name := range names {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// version reads the layout's version of a file that holds something.
func (d *DB) version(tx *bolt.Tx) (uint64, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, d.damaged(errors.New("no version in it"))
	}
	v, n := binary.Uvarint(meta.Get(keySchema))
	if n <= 0 || v == 0 {
		return 0, d.damaged(errors.New("no version in it"))
	}
	return v, nil
}

// writer is the version of the program that last opened a file; "" in one that doesn't say.
func writer(tx *bolt.Tx) string {
	if meta := tx.Bucket(bucketMeta); meta != nil {
		return string(meta.Get(keyProgram))
	}
	return ""
}

func newer(path, program string) error {
	if program == "" {
		program = "?"
	}
	return fault.New("store.newer", fault.Args{"path": path, "program": program})
}

// keepCopy leaves the file as it is beside it, as NAME.db.v1, before its layout changes: the program of that layout can
// still be put back with it. The copies of earlier layouts go, so that there is one.
func (d *DB) keepCopy(version uint64) error {
	target := d.path + ".v" + strconv.FormatUint(version, 10)
	if err := d.writeWhole(target); err != nil {
		return err
	}
	for v := range version {
		_ = os.Remove(d.path + ".v" + strconv.FormatUint(v, 10)) // one too many does no harm
	}
	return nil
}
