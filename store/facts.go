package store

import (
	bolt "go.etcd.io/bbolt"
)

// Fact returns what was last remembered under a name, "" when nothing was. Facts are single texts beside the records:
// who both systems are, so that another one in their place is noticed.
func (d *DB) Fact(name string) (text string, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		text = string(tx.Bucket(bucketFacts).Get([]byte(name)))
		return nil
	})
	return text, err
}

// SetFact remembers a text under a name; "" forgets it. What is there already is not written again.
func (d *DB) SetFact(name, text string) error {
	return d.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketFacts)
		switch {
		case string(b.Get([]byte(name))) == text:
			return errClean
		case text == "":
			return b.Delete([]byte(name))
		}
		return b.Put([]byte(name), []byte(text))
	})
}
