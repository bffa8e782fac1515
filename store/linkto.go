package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/record"
)

// LinkByTo finds a record by the other side's id. Every link of the family is looked through, as by LinkByKey.
func (d *DB) LinkByTo(family record.Kind, to string) (link Link, ok bool, err error) {
	if to == "" {
		return Link{}, false, nil
	}
	want := appendRef(nil, to)
	err = d.view(func(tx *bolt.Tx) error {
		links := tx.Bucket(linksName(family))
		if links == nil {
			return nil
		}
		var raw rawLink
		c := links.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if err := raw.read(v); err != nil {
				return d.damaged(err)
			}
			if bytes.Equal(raw.to, want) {
				link, err = d.link(k, v)
				ok = err == nil
				return err
			}
		}
		return nil
	})
	return link, ok, err
}
