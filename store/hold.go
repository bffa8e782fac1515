package store

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// problems ends the problems of records that are well or gone, and records the holds.
func (c *commit) problems() error {
	b := c.tx.Bucket(bucketProblems)
	if k, _ := b.Cursor().First(); k != nil {
		if err := c.settle(b); err != nil {
			return err
		}
	}
	for i := range c.o.Held {
		if err := c.hold(b, &c.o.Held[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) settle(b *bolt.Bucket) error {
	cursor := b.Cursor()
	var key []byte
	end := func(kind record.Kind, ref, id string) error {
		key = problemKey(key[:0], kind, ref, id)
		k, v := cursor.Seek(key)
		if !bytes.Equal(k, key) {
			return nil
		}
		return c.endProblem(b, bytes.Clone(key), v)
	}
	for i := range c.o.Settled {
		s := &c.o.Settled[i]
		if s.Source != "" {
			if err := end(s.Kind, s.Source, ""); err != nil {
				return err
			}
		}
		if err := end(s.Kind, "", s.Key); err != nil {
			return err
		}
		if err := c.wake(b, record.Key{Kind: s.Kind, ID: s.Key}); err != nil {
			return err
		}
	}
	for _, ref := range slices.Concat(c.o.Gone, c.o.Over) {
		for _, kind := range c.o.Kinds {
			if err := end(kind, ref, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// endProblem removes the problem stored under key.
func (c *commit) endProblem(b *bolt.Bucket, key, v []byte) error {
	p, err := readProblem(v)
	if err != nil {
		return c.d.damaged(err)
	}
	c.dirty, c.touched = true, true
	if err := c.tx.Bucket(bucketIDs).Delete([]byte(p.ID)); err != nil {
		return err
	}
	if err := c.unlinkCause(p.Because, key); err != nil {
		return err
	}
	return b.Delete(key)
}

func (c *commit) unlinkCause(cause *record.Key, key []byte) error {
	if cause == nil {
		return nil
	}
	return c.tx.Bucket(bucketCauses).Delete(append(causePrefix(nil, *cause), key...))
}

// wake makes the problems due whose cause is a record that is well now.
func (c *commit) wake(b *bolt.Bucket, cause record.Key) error {
	causes := c.tx.Bucket(bucketCauses).Cursor()
	prefix := causePrefix(nil, cause)
	for k, _ := causes.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = causes.Next() {
		key := bytes.Clone(k[len(prefix):])
		v := bytes.Clone(b.Get(key))
		h, err := readHeader(v)
		if err != nil {
			return c.d.damaged(err)
		}
		if h.has(flagSkipped|flagStays) || h.next <= c.o.At.UnixNano() {
			continue
		}
		binary.BigEndian.PutUint64(v[2:], uint64(c.o.At.UnixNano()))
		c.dirty, c.touched = true, true
		if err := b.Put(key, v); err != nil {
			return err
		}
	}
	return nil
}

// hold records that a record waits.
func (c *commit) hold(b *bolt.Bucket, h *plan.Held) error {
	key := problemKey(nil, h.Kind, h.Source, h.Key)
	p := Problem{First: c.o.At}
	if old := b.Get(key); old != nil {
		var err error
		if p, err = readProblem(old); err != nil {
			return c.d.damaged(err)
		}
		if p.Sum == h.Sum && (p.Skipped || p.sameTrouble(h, c.o.At)) {
			return nil
		}
		if !sameKey(p.Because, h.Because) {
			if err := c.unlinkCause(p.Because, key); err != nil {
				return err
			}
		}
	} else {
		p.ID = newID(c.tx, key)
		if err := c.tx.Bucket(bucketIDs).Put([]byte(p.ID), key); err != nil {
			return err
		}
	}
	c.dirty, c.touched = true, true
	if h.Because != nil {
		if err := c.tx.Bucket(bucketCauses).Put(append(causePrefix(nil, *h.Because), key...), nil); err != nil {
			return err
		}
	}
	p.held(h, c.began())
	p.Last, p.Tries, p.Next = c.o.At, p.Tries+1, time.Time{}
	if !p.Stays {
		p.Next = c.o.At.Add(c.d.opts.Backoff(p.Tries))
	}
	v, err := p.stored()
	if err != nil {
		return err
	}
	return b.Put(key, v)
}

// began is when the run knew what a person had said.
func (c *commit) began() time.Time {
	if c.o.Began.IsZero() {
		return c.o.At
	}
	return c.o.Began
}

// sameTrouble reports whether a hold says nothing new: the record was read again before its turn, and waits for the same
// reason. It is not written again, so that waiting costs nothing.
func (p *Problem) sameTrouble(h *plan.Held, at time.Time) bool {
	return p.Code == h.Code && p.To == h.To && maps.Equal(p.Args, h.Args) && sameKey(p.Because, h.Because) &&
		p.Quiet == h.Quiet && p.Stays == h.Stays && !p.Asked && (p.Stays || p.Next.After(at))
}

// held takes over what a hold says. An approval holds for the code it was given for, and for what was shown; what a
// person asked for after the run began was not heard by it, and is still to be done.
func (p *Problem) held(h *plan.Held, began time.Time) {
	p.Approved = p.Approved && p.Code == h.Code && p.Sum == h.Sum
	p.Kind, p.Key, p.Ref, p.To, p.Sum = h.Kind, h.Key, h.Source, h.To, h.Sum
	p.Code, p.Args, p.Because = h.Code, h.Args, h.Because
	p.Quiet, p.Stays = h.Quiet, h.Stays
	p.Skipped = false
	if p.Asked = p.Asked && p.AskedAt.After(began); !p.Asked {
		p.AskedAt = time.Time{}
	}
}

func sameKey(a, b *record.Key) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
