package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Lost implements engine.State.
func (d *DB) Lost(family record.Kind) (out []engine.Lost, err error) {
	now := d.opts.Now().UnixNano()
	err = d.view(func(tx *bolt.Tx) error {
		for _, kind := range append(record.Kinds(), record.KindShopper) {
			if kind.Family() != family {
				continue
			}
			err := eachProblem(tx, kind, func(_, v []byte) error {
				h, err := readHeader(v)
				if err != nil {
					return d.damaged(err)
				}
				if !h.has(flagLost) {
					return nil
				}
				p, err := readProblem(v)
				if err != nil {
					return d.damaged(err)
				}
				l := engine.Lost{Approved: p.Approved, Skipped: p.Skipped, Due: h.has(flagAsked) || h.next != 0 && h.next <= now}
				l.Held = plan.Held{Kind: p.Kind, Key: p.Key, Source: p.Ref, To: p.To, Sum: p.Sum, Code: p.Code, Args: p.Args}
				out = append(out, l)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// unlink forgets what was agreed on records, as if they had never been seen.
func (c *commit) unlink() error {
	if len(c.o.Unlinked) == 0 {
		return nil
	}
	family := c.o.Kinds[0].Family()
	links, index := c.tx.Bucket(linksName(family)), c.tx.Bucket(keysName(family))
	if links == nil {
		return nil
	}
	var raw rawLink
	for _, ref := range c.o.Unlinked {
		k := appendRef(nil, ref)
		v := links.Get(k)
		if v == nil {
			continue
		}
		if err := raw.read(v); err != nil {
			return c.d.damaged(err)
		}
		if key := []byte(foldKey(string(raw.key))); index != nil && len(key) > 0 && bytes.Equal(index.Get(key), k) {
			if err := index.Delete(key); err != nil {
				return err
			}
		}
		c.dirty = true
		if err := links.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// close marks orders whose document is posted or gone, so that comparisons look no more.
func (c *commit) close() error {
	links := c.tx.Bucket(linksName(record.KindOrder))
	if links == nil {
		return nil
	}
	for _, ref := range c.o.Closed {
		k := appendRef(nil, ref)
		v := links.Get(k)
		if v == nil {
			continue
		}
		l, err := c.d.link(k, v)
		if err != nil {
			return err
		}
		if a := l.Of(record.KindOrder); a.Set && a.Level != plan.Closed {
			a.Level, c.dirty = plan.Closed, true
			if err := links.Put(k, appendLink(nil, &l.Last)); err != nil {
				return err
			}
		}
	}
	return nil
}
