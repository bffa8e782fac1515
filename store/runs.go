package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Run is one run of one flow.
type Run struct {
	engine.Tally
	CallsBC, CallsShop int64
	Code               fault.Code `json:",omitempty"` // why it stopped early; "" when it finished
	Args               fault.Args `json:",omitempty"`
	Detail             string     `json:",omitempty"` // the cause behind Code
}

// keptRuns is how many runs of a kind are remembered.
const keptRuns = 50

// SaveRun remembers a run.
func (d *DB) SaveRun(r Run) error {
	v, err := json.Marshal(r)
	if err != nil {
		return fault.Wrap(err, "bug.unclassified", nil)
	}
	return d.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRuns)
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		prefix := append([]byte(r.Kind), 0)
		if err := b.Put(binary.BigEndian.AppendUint64(bytes.Clone(prefix), n), v); err != nil {
			return err
		}
		if err := trim(b, prefix); err != nil || r.Code != "" {
			return err
		}
		return tx.Bucket(bucketGood).Put([]byte(r.Kind), binary.BigEndian.AppendUint64(nil, uint64(r.Ended.UnixNano())))
	})
}

// trim removes the oldest runs of a kind.
func trim(b *bolt.Bucket, prefix []byte) error {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for len(keys) > keptRuns {
		if err := b.Delete(keys[0]); err != nil {
			return err
		}
		keys = keys[1:]
	}
	return nil
}

// Runs returns the remembered runs of a kind, the newest first; at most 50.
func (d *DB) Runs(kind record.Kind) ([]Run, error) {
	var runs []Run
	err := d.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketRuns).Cursor()
		prefix := append([]byte(kind), 0)
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			var r Run
			if err := json.Unmarshal(v, &r); err != nil {
				return d.damaged(err)
			}
			runs = append([]Run{r}, runs...)
		}
		return nil
	})
	return runs, err
}

// LastGood is when a run of a kind last finished; zero when none ever did.
func (d *DB) LastGood(kind record.Kind) (at time.Time, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketGood).Get([]byte(kind))
		if v == nil {
			return nil
		}
		if at, err = readGood(v); err != nil {
			return d.damaged(err)
		}
		return nil
	})
	return at, err
}

func readGood(v []byte) (time.Time, error) {
	if len(v) != 8 {
		return time.Time{}, errors.New("a time in it can't be read")
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(v))).UTC(), nil
}
