package store

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Commit implements engine.State: everything in one transaction, or nothing (invariant 2). An outcome that changes
// nothing is not written.
//
// A hold of a skipped record stays skipped while the sum of the owner's record is the one that was skipped.
func (d *DB) Commit(o engine.Outcome) error {
	if o.At.IsZero() {
		o.At = d.opts.Now()
	}
	touched := false
	err := d.update(func(tx *bolt.Tx) error {
		c := &commit{d: d, tx: tx, o: &o}
		for _, step := range []func() error{c.unlink, c.links, c.close, c.problems, c.outbox, c.cursors} {
			if err := step(); err != nil {
				return err
			}
		}
		touched = c.touched
		if !c.dirty {
			return errClean
		}
		return nil
	})
	if touched {
		d.problemsChanged()
	}
	return err
}

// commit is one Commit.
type commit struct {
	d       *DB
	tx      *bolt.Tx
	o       *engine.Outcome
	dirty   bool // something was put or deleted
	touched bool // a problem among it
}

// agreement is one line of an outcome that says something about a link: Settled[at], or Held[at-len(Settled)].
type agreement struct {
	family record.Kind
	ref    []byte // stored form
	at     int
}

// agreements lists the lines about links by family and stored ref: pages of the file are then visited once, and the
// kinds of one record are written together.
func (c *commit) agreements() ([]agreement, error) {
	all := make([]agreement, 0, len(c.o.Settled))
	refs := make([]byte, 0, (1+guidLength)*len(c.o.Settled))
	add := func(kind record.Kind, ref string, at int) error {
		if ref == "" {
			return nil
		}
		from := len(refs)
		refs = appendRef(refs, ref)
		all = append(all, agreement{kind.Family(), refs[from:len(refs):len(refs)], at})
		return checkRef(ref)
	}
	for i := range c.o.Settled {
		if err := add(c.o.Settled[i].Kind, c.o.Settled[i].Source, i); err != nil {
			return nil, err
		}
	}
	for i := range c.o.Held {
		if h := &c.o.Held[i]; h.To != "" {
			if err := add(h.Kind, h.Source, len(c.o.Settled)+i); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(all, func(a, b agreement) int {
		if a.family != b.family {
			return cmp.Compare(a.family, b.family)
		}
		if n := bytes.Compare(a.ref, b.ref); n != 0 {
			return n
		}
		return cmp.Compare(a.at, b.at)
	})
	return all, nil
}

// links merges what was settled into what is remembered of the records.
func (c *commit) links() error {
	all, err := c.agreements()
	if err != nil {
		return err
	}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].family == all[0].family {
			n++
		}
		if err := c.family(all[0].family, all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// linkRoom is about what one link takes in the arena, in bytes.
const linkRoom = 96

// fillInOrder is how full pages are made when every ref comes behind those that are there already: no later one will
// want room between them.
const fillInOrder = 0.95

// family merges the lines of one family. Bolt keeps the values it is given until the transaction ends, so all of
// them lie in one arena of this commit; the part of it that was handed out is never written again.
func (c *commit) family(family record.Kind, lines []agreement) error {
	links, err := c.tx.CreateBucketIfNotExists(linksName(family))
	if err != nil {
		return err
	}
	var index *bolt.Bucket
	if family == record.KindOrder { // engine.State.Linked finds orders only
		if index, err = c.tx.CreateBucketIfNotExists(keysName(family)); err != nil {
			return err
		}
	}
	cursor := links.Cursor()
	arena := make([]byte, 0, linkRoom*len(lines))
	var raw rawLink
	var last plan.Last
	if k, _ := cursor.Last(); bytes.Compare(k, lines[0].ref) < 0 {
		links.FillPercent = fillInOrder
	}
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && bytes.Equal(lines[n].ref, lines[0].ref) {
			n++
		}
		k := lines[0].ref
		found, old := cursor.Seek(k)
		if !bytes.Equal(found, k) {
			old = nil
		}
		if err := c.merge(&last, &raw, old, lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
		from := len(arena)
		arena = appendLink(arena, &last)
		if v := arena[from:len(arena):len(arena)]; bytes.Equal(v, old) {
			arena = arena[:from]
		} else {
			c.dirty = true
			if err := links.Put(k, v); err != nil {
				return err
			}
		}
		if index != nil {
			if err := c.index(index, string(raw.key), last.Key, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// merge makes of a stored link (nil: none) and the lines about it what is to be remembered.
func (c *commit) merge(last *plan.Last, raw *rawLink, old []byte, lines []agreement) error {
	*raw = rawLink{}
	if old != nil {
		if err := raw.read(old); err != nil {
			return c.d.damaged(err)
		}
	}
	*last = plan.Last{Kinds: raw.kinds}
	for _, l := range lines {
		kind, key, to, a := c.line(l.at)
		if key != "" {
			last.Key = key
		}
		if to != "" {
			last.To = to
		}
		if a.Set {
			*last.Of(kind) = a
		}
	}
	if last.Key == "" {
		last.Key = string(raw.key)
	}
	if last.To == "" {
		to, err := raw.toText()
		if err != nil {
			return c.d.damaged(err)
		}
		last.To = to
	}
	return nil
}

// line is what one line says. A hold only links: what is at the other side is compared again before it is agreed.
func (c *commit) line(at int) (kind record.Kind, key, to string, a plan.Agreement) {
	if at < len(c.o.Settled) {
		s := &c.o.Settled[at]
		return s.Kind, s.Key, s.To, plan.Agreement{Set: true, Sum: s.Sum, Level: s.Level}
	}
	h := &c.o.Held[at-len(c.o.Settled)]
	return h.Kind, h.Key, h.To, plan.Agreement{}
}

// foldKey is the spelling in which keys are indexed: BC gives an order's number back in capitals, whatever the shop's.
func foldKey(key string) string { return strings.ToUpper(key) }

// index keeps the way from a business key to the owner's ref. A key that is too long to be one is not indexed.
func (c *commit) index(index *bolt.Bucket, before, now string, ref []byte) error {
	before, now = foldKey(before), foldKey(now)
	if before != now && before != "" && len(before) <= longestRef && bytes.Equal(index.Get([]byte(before)), ref) {
		c.dirty = true
		if err := index.Delete([]byte(before)); err != nil {
			return err
		}
	}
	if now == "" || len(now) > longestRef || bytes.Equal(index.Get([]byte(now)), ref) {
		return nil
	}
	c.dirty = true
	return index.Put([]byte(now), bytes.Clone(ref))
}

// outbox ends intents and marks, and adds the marks to be left.
func (c *commit) outbox() error {
	intents, marks := c.tx.Bucket(bucketIntents), c.tx.Bucket(bucketMarks)
	for _, id := range c.o.Intents {
		if err := c.remove(intents, []byte(id)); err != nil {
			return err
		}
	}
	left := c.o.Marks
	if slices.Contains(c.o.Kinds, record.KindOrder) {
		left = append(slices.Clone(left), c.o.Gone...) // nothing to leave a mark at any more
	}
	for _, ref := range left {
		if err := c.remove(marks, appendRef(nil, ref)); err != nil {
			return err
		}
	}
	add := func(kind record.Kind, key, ref, document string) error {
		if document == "" || ref == "" {
			return nil
		}
		c.dirty = true
		m := engine.Mark{Ref: ref, Key: key, Body: record.Mark{Installation: c.d.opts.Installation, Document: document, Note: c.d.opts.Note}}
		return marks.Put(appendRef(nil, ref), appendMark(nil, kind, &m))
	}
	for i := range c.o.Settled {
		s := &c.o.Settled[i]
		if err := add(s.Kind, s.Key, s.Source, s.Mark); err != nil {
			return err
		}
	}
	for i := range c.o.Held {
		h := &c.o.Held[i]
		if err := add(h.Kind, h.Key, h.Source, h.Mark); err != nil {
			return err
		}
	}
	return nil
}

func (c *commit) remove(b *bolt.Bucket, key []byte) error {
	if len(key) == 0 || b.Get(key) == nil {
		return nil
	}
	c.dirty = true
	return b.Delete(key)
}

// cursors stores where the reader of this page stopped, for every flow that read it.
func (c *commit) cursors() error {
	if !c.o.Moves {
		return nil
	}
	b := c.tx.Bucket(bucketCursors)
	for _, k := range c.o.Kinds {
		if old := b.Get([]byte(k)); old != nil && string(old) == string(c.o.Cursor) {
			continue
		}
		c.dirty = true
		if err := b.Put([]byte(k), []byte(c.o.Cursor)); err != nil {
			return err
		}
	}
	return nil
}

// Cursor returns where a flow's reader stopped.
func (d *DB) Cursor(kind record.Kind) (cursor record.Cursor, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		cursor = record.Cursor(tx.Bucket(bucketCursors).Get([]byte(kind)))
		return nil
	})
	return cursor, err
}

// ResetCursor makes a flow read everything again from the beginning. What was agreed stays, so that only what differs
// is written.
func (d *DB) ResetCursor(kind record.Kind) error {
	return d.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketCursors)
		if b.Get([]byte(kind)) == nil {
			return errClean
		}
		return b.Delete([]byte(kind))
	})
}
