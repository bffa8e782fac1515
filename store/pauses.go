package store

import (
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Pause says whether a person stopped a connection, or one flow of it.
type Pause struct {
	On    bool
	Until time.Time // zero: until somebody resumes it
}

// Pause returns whether the connection is paused. A pause that is over is returned as it was set.
func (d *DB) Pause() (p Pause, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketMeta).Get(keyPause)
		if v == nil {
			return nil
		}
		p, err = d.readPause(v)
		return err
	})
	return p, err
}

// SetPause pauses or resumes the connection.
func (d *DB) SetPause(p Pause) error { return d.setPause(bucketMeta, keyPause, p) }

// FlowPauses returns the flows that are paused by themselves, beside the connection's own pause. A pause that is over
// is returned as it was set.
func (d *DB) FlowPauses() (map[record.Kind]Pause, error) {
	pauses := map[record.Kind]Pause{}
	err := d.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketPauses).ForEach(func(k, v []byte) (err error) {
			pauses[record.Kind(k)], err = d.readPause(v)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return pauses, nil
}

// SetFlowPause pauses or resumes one flow.
func (d *DB) SetFlowPause(kind record.Kind, p Pause) error {
	return d.setPause(bucketPauses, []byte(kind), p)
}

func (d *DB) readPause(v []byte) (Pause, error) {
	p := Pause{On: true}
	if err := p.Until.UnmarshalBinary(v); err != nil {
		return Pause{}, d.damaged(err)
	}
	return p, nil
}

func (d *DB) setPause(bucket, key []byte, p Pause) error {
	v, err := p.Until.UTC().MarshalBinary()
	if err != nil {
		return fault.Wrap(err, "bug.unclassified", nil)
	}
	return d.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		if p.On {
			return b.Put(key, v)
		}
		if b.Get(key) == nil {
			return errClean
		}
		return b.Delete(key)
	})
}
