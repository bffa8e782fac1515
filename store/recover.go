package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Rebuilt says what OpenOrRebuild had to do.
type Rebuilt struct {
	// Cause is what was wrong with the file: store.damaged, or fs.ErrNotExist where it was lost; nil when it was opened
	// as it is.
	Cause error
	// From is when the copy was written from which it was made again; zero when there was none, and it begins empty.
	From time.Time
}

// OpenOrRebuild opens the file of a connection as Open does. A damaged file is set aside; its place, or that of a file
// that was lost, is taken by the last snapshot with nothing in it believed (see Reread), or by an empty file. Either
// way everything is read and compared again, and every create looks first, so nothing is made twice.
func OpenOrRebuild(path string, opts Options) (*DB, Rebuilt, error) {
	var was Rebuilt
	_, err := os.Stat(path)
	lost := errors.Is(err, fs.ErrNotExist) && (exists(path+snapshotSuffix) || leftOpen(path))
	if lost {
		was.Cause = fs.ErrNotExist
	} else {
		d, err := Open(path, opts)
		if err == nil || fault.As(err).Code != "store.damaged" {
			return d, was, err
		}
		was.Cause = err
		now := opts.Now
		if now == nil {
			now = time.Now
		}
		if err := SetAside(path, now()); err != nil {
			return nil, was, err
		}
	}
	if was.From, err = fromSnapshot(path, opts); err != nil {
		return nil, was, err
	}
	d, err := Open(path, opts)
	if err != nil {
		return nil, was, err
	}
	if err := d.SetFact(factRemade, d.opts.Now().UTC().Format(time.RFC3339)); err != nil {
		return nil, was, firstOf(err, d.release())
	}
	return d, was, nil
}

// factRemade is when the file was made again from a copy or from nothing: creates sent shortly before are not in it.
const factRemade = "remade"

// remade is the moment of factRemade; zero when the file was never made again.
func remade(tx *bolt.Tx) (time.Time, error) {
	text := tx.Bucket(bucketFacts).Get([]byte(factRemade))
	if text == nil {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, string(text))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// fromSnapshot puts the last snapshot in the place of a file, where there is one that can be trusted. It returns when it
// was written. The snapshot stays where it is until the next one replaces it.
func fromSnapshot(path string, opts Options) (time.Time, error) {
	info, err := os.Stat(path + snapshotSuffix)
	if err != nil || Verify(path+snapshotSuffix) != nil {
		return time.Time{}, nil
	}
	f, err := os.Open(path + snapshotSuffix)
	if err != nil {
		return time.Time{}, diskAt(path+snapshotSuffix, err)
	}
	defer f.Close()
	w, err := unbelieved(path+tmpSuffix, f, opts)
	if err != nil {
		return time.Time{}, err
	}
	defer os.Remove(w.Name()) // gone already when it has been renamed
	return info.ModTime(), opts.finish(w, path)
}

// Replace puts a copy of a state file in the place of another one, which must not be open and is set aside. Nothing in
// the copy is believed any more (see Reread), because both systems have moved on since it was written. It is checked
// and whole before it takes the name.
func Replace(path string, from io.Reader, opts Options) error {
	w, err := unbelieved(path+tmpSuffix, from, opts)
	if err != nil {
		return err
	}
	defer os.Remove(w.Name())
	now := time.Now
	if opts.Now != nil {
		now = opts.Now
	}
	if err := Retire(path, now()); err != nil {
		_ = w.Close()
		return err
	}
	return opts.finish(w, path)
}

// unbelieved writes a copy of a state file to path and makes it begin again. It returns that file, to be brought to the
// disk.
func unbelieved(path string, from io.Reader, opts Options) (*os.File, error) {
	w, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, diskAt(path, err)
	}
	_, err = io.Copy(w, from)
	if err = errors.Join(err, w.Close()); err != nil {
		err = diskAt(path, err)
	}
	if err == nil {
		err = Verify(path)
	}
	if err == nil {
		err = begunAgain(path, opts)
	}
	if err == nil {
		if w, err = os.OpenFile(path, os.O_RDWR, 0); err == nil {
			return w, nil
		}
		err = diskAt(path, err)
	}
	_ = os.Remove(path) // the first error says more
	return nil, err
}

func begunAgain(path string, opts Options) error {
	opts.NoSync, opts.noCopy = true, true // it is brought to the disk once, as a whole
	d, err := Open(path, opts)
	if err != nil {
		return err
	}
	return firstOf(d.Reread(), d.Close())
}

// rereadStep is how many links are changed in one transaction.
const rereadStep = 20_000

// Reread makes every flow begin again without believing what this file remembers of the other side: cursors go, and
// what was agreed on products, so that each is compared with what the other side has now. Which product belongs to
// which item stays known, and so do the orders and shipments that were brought over, which are never written again;
// what people decided; and the creates and marks under way, which are looked up.
func (d *DB) Reread() error {
	name := linksName(record.KindItem)
	var after []byte
	for more := true; more; {
		err := d.update(func(tx *bolt.Tx) (err error) {
			more = false
			if b := tx.Bucket(name); b != nil {
				after, more, err = d.forgetAgreed(b, after)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return d.update(func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket(bucketCursors); err != nil {
			return err
		}
		if _, err := tx.CreateBucket(bucketCursors); err != nil {
			return err
		}
		return putFact(tx, factRemade, d.opts.Now().UTC().Format(time.RFC3339))
	})
}

// forgetAgreed takes what was agreed out of the links behind a key. It returns the last key it came to, and whether more
// follow.
func (d *DB) forgetAgreed(b *bolt.Bucket, after []byte) (last []byte, more bool, err error) {
	type change struct{ key, value []byte }
	var changes []change
	c := b.Cursor()
	k, v := c.Seek(after)
	if after != nil && string(k) == string(after) {
		k, v = c.Next()
	}
	for n := 0; k != nil && n < rereadStep; k, v = c.Next() {
		n++
		last = append(last[:0], k...)
		var raw rawLink
		if err := raw.read(v); err != nil {
			return nil, false, d.damaged(err)
		}
		known, err := raw.last()
		if err != nil {
			return nil, false, d.damaged(err)
		}
		known.Kinds = plan.Last{}.Kinds
		changes = append(changes, change{append([]byte{}, k...), appendLink(nil, &known)})
	}
	for _, ch := range changes {
		if err := b.Put(ch.key, ch.value); err != nil {
			return nil, false, err
		}
	}
	return last, k != nil, nil
}
