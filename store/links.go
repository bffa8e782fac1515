package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Link is what is remembered of one of the owner's records.
type Link = engine.Link

// LinkByRef finds a record by the owner's id; ok is false when nothing is remembered of it.
func (d *DB) LinkByRef(family record.Kind, ref string) (link Link, ok bool, err error) {
	agreed, err := d.Agreed(family, []string{ref})
	if err != nil || agreed[0] == (plan.Last{}) {
		return Link{}, false, err
	}
	return Link{Ref: ref, Last: agreed[0]}, true, nil
}

// LinkByKey finds a record by its business key. Orders are found at once; of other families every link is looked
// through (a tenth of a second for a million).
func (d *DB) LinkByKey(family record.Kind, key string) (link Link, ok bool, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		links := tx.Bucket(linksName(family))
		if links == nil || key == "" {
			return nil
		}
		if index := tx.Bucket(keysName(family)); index != nil {
			if ref := index.Get([]byte(foldKey(key))); ref != nil {
				link, err = d.link(ref, links.Get(ref))
				ok = err == nil
			}
			return err
		}
		var raw rawLink
		c := links.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if err := raw.read(v); err != nil {
				return d.damaged(err)
			}
			if string(raw.key) == key {
				link, err = d.link(k, v)
				ok = err == nil
				return err
			}
		}
		return nil
	})
	return link, ok, err
}

func (d *DB) link(ref, v []byte) (Link, error) {
	var raw rawLink
	if err := raw.read(v); err != nil {
		return Link{}, d.damaged(err)
	}
	last, err := raw.last()
	text, ok := appendRefText(nil, ref)
	if err != nil || !ok {
		return Link{}, d.damaged(errLink)
	}
	return Link{Ref: string(text), Last: last}, nil
}

// CountLinks says how many records of a family are remembered.
func (d *DB) CountLinks(family record.Kind) (n int, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		if b := tx.Bucket(linksName(family)); b != nil {
			n = b.Stats().KeyN
		}
		return nil
	})
	return n, err
}

// atOnce is how many links EachLink reads in one transaction.
const atOnce = 1000

// EachLink calls fn with every link of a family, in the order of their stored refs, until fn fails. No transaction is
// open while fn runs, so fn may change the state; a link committed meanwhile may be left out.
func (d *DB) EachLink(family record.Kind, fn func(Link) error) error {
	var after []byte
	for {
		batch := make([]Link, 0, atOnce)
		err := d.view(func(tx *bolt.Tx) error {
			b := tx.Bucket(linksName(family))
			if b == nil {
				return nil
			}
			c := b.Cursor()
			k, v := c.Seek(after)
			if after != nil && bytes.Equal(k, after) {
				k, v = c.Next()
			}
			for ; k != nil && len(batch) < atOnce; k, v = c.Next() {
				l, err := d.link(k, v)
				if err != nil {
					return err
				}
				batch = append(batch, l)
				after = append(after[:0], k...)
			}
			return nil
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, l := range batch {
			if err := fn(l); err != nil {
				return err
			}
		}
	}
}
