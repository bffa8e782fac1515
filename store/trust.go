package store

import (
	"bytes"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Fresh says what a person's word about a whole connection changes in what is remembered.
type Fresh struct {
	// Problem is the key of the problem (of record.KindConnection) the word answers; it ends, and what waited because
	// of it is due.
	Problem string
	Facts   map[string]string // name -> text; "" forgets it
	// Distrust are families whose links stay and whose agreements count no more: every record is compared again.
	Distrust []record.Kind
	// Unlink are families whose links are forgotten: every record is looked for again by its business key. Marks still
	// to be left go with the links of orders.
	Unlink []record.Kind
	// Cursors are flows that begin to read again.
	Cursors []record.Kind
}

// Begin does all of it in one transaction, or nothing.
func (d *DB) Begin(f Fresh) error {
	err := d.update(func(tx *bolt.Tx) error {
		for name, text := range f.Facts {
			if err := putFact(tx, name, text); err != nil {
				return err
			}
		}
		for _, family := range f.Distrust {
			if err := d.distrust(tx, family); err != nil {
				return err
			}
		}
		for _, family := range f.Unlink {
			if err := unlink(tx, family); err != nil {
				return err
			}
		}
		for _, kind := range f.Cursors {
			if err := tx.Bucket(bucketCursors).Delete([]byte(kind)); err != nil {
				return err
			}
		}
		return d.endByKey(tx, record.Key{Kind: record.KindConnection, ID: f.Problem})
	})
	d.problemsChanged()
	return err
}

func putFact(tx *bolt.Tx, name, text string) error {
	if text == "" {
		return tx.Bucket(bucketFacts).Delete([]byte(name))
	}
	return tx.Bucket(bucketFacts).Put([]byte(name), []byte(text))
}

// endByKey ends the problem of a key that no record of the owner's has.
func (d *DB) endByKey(tx *bolt.Tx, key record.Key) error {
	if key.ID == "" {
		return nil
	}
	o := engine.Outcome{At: d.opts.Now()}
	c := &commit{d: d, tx: tx, o: &o}
	b := tx.Bucket(bucketProblems)
	at := problemKey(nil, key.Kind, "", key.ID)
	if v := bytes.Clone(b.Get(at)); v != nil {
		if err := c.endProblem(b, at, v); err != nil {
			return err
		}
	}
	return c.wake(b, key)
}

// distrust forgets every agreement of a family and keeps its links: each record is compared with what the other side
// has, guards against mass changes too, before anything is written.
func (d *DB) distrust(tx *bolt.Tx, family record.Kind) error {
	links := tx.Bucket(linksName(family))
	if links == nil {
		return nil
	}
	changed := map[string][]byte{}
	var raw rawLink
	c := links.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if err := raw.read(v); err != nil {
			return d.damaged(err)
		}
		last, err := raw.last()
		if err != nil {
			return d.damaged(err)
		}
		last.Kinds = [len(last.Kinds)]plan.Agreement{}
		changed[string(k)] = appendLink(nil, &last)
	}
	for _, k := range slices.Sorted(maps.Keys(changed)) {
		if err := links.Put([]byte(k), changed[k]); err != nil {
			return err
		}
	}
	return nil
}

func unlink(tx *bolt.Tx, family record.Kind) error {
	for _, name := range [][]byte{linksName(family), keysName(family)} {
		if tx.Bucket(name) == nil {
			continue
		}
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
	}
	if family != record.KindOrder {
		return nil
	}
	if err := tx.DeleteBucket(bucketMarks); err != nil {
		return err
	}
	_, err := tx.CreateBucket(bucketMarks)
	return err
}
