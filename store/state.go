package store

import (
	"bytes"
	"slices"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// mostDue is how many waiting records Open returns at most beside those a person asked for; the others' turn comes in
// the next runs.
const mostDue = 100

// Open implements engine.State. Waiting holds the records a person asked for, then at most 100 of those due longest. The intents of customers come with those of the orders they were made for.
func (d *DB) Open(kind record.Kind) (engine.Open, error) {
	var o engine.Open
	err := d.view(func(tx *bolt.Tx) (err error) {
		o.Cursor = record.Cursor(tx.Bucket(bucketCursors).Get([]byte(kind)))
		if err = d.due(tx, kind, &o); err != nil {
			return err
		}
		if o.Intents, err = d.intents(tx, kind); err != nil {
			return err
		}
		if o.Marks, err = d.marks(tx, kind); err != nil {
			return err
		}
		if o.Remade, err = remade(tx); err != nil {
			return d.damaged(err)
		}
		return nil
	})
	return o, err
}

// due lists the records of a kind whose turn it is, all that a mass-change guard holds, and the orders a person skipped.
func (d *DB) due(tx *bolt.Tx, kind record.Kind, o *engine.Open) error {
	type turn struct {
		asked bool
		next  int64
		raw   []byte
	}
	var turns []turn
	now := d.opts.Now().UnixNano()
	err := eachProblem(tx, kind, func(_, v []byte) error {
		h, err := readHeader(v)
		if err != nil {
			return d.damaged(err)
		}
		if !h.has(flagSkipped|flagNoRef|flagLost) || !h.has(flagApproved) {
			p, err := readProblem(v)
			if err != nil {
				return d.damaged(err)
			}
			if !h.has(flagSkipped | flagNoRef | flagLost) {
				o.Held = append(o.Held, p.Ref)
			}
			switch {
			case p.Approved:
			case plan.Guards(p.Code):
				o.Guarded = append(o.Guarded, plan.Suspect{Ref: p.Ref, Code: p.Code})
			case p.Skipped && kind == record.KindOrder && p.Ref != "" && p.Code != "order.status_unknown":
				if o.Skipped == nil {
					o.Skipped = map[string]record.Sum{}
				}
				o.Skipped[p.Ref] = p.Sum
			}
		}
		if h.has(flagSkipped|flagNoRef|flagLost) || !h.has(flagAsked) && (h.next == 0 || h.next > now) {
			return nil
		}
		turns = append(turns, turn{h.has(flagAsked), h.next, v})
		return nil
	})
	slices.SortStableFunc(turns, func(a, b turn) int {
		if a.asked != b.asked {
			if a.asked {
				return -1
			}
			return 1
		}
		return int(min(max(a.next-b.next, -1), 1))
	})
	for i, t := range turns {
		if i >= mostDue && !t.asked {
			break
		}
		p, err := readProblem(t.raw)
		if err != nil {
			return d.damaged(err)
		}
		o.Waiting = append(o.Waiting, engine.Waiting{Ref: p.Ref, Code: p.Code, Approved: p.Approved, Sum: p.Sum})
	}
	return err
}

// Agreed implements engine.State.
func (d *DB) Agreed(family record.Kind, refs []string) (plan.Agreed, error) {
	out := make(plan.Agreed, len(refs))
	// All texts of the page share one string: one allocation instead of two a record.
	texts := make([]byte, 0, 24*len(refs))
	ends := make([][2]int, len(refs))
	err := d.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(linksName(family))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		var key [longestRef + 1]byte
		var raw rawLink
		for i, ref := range refs {
			ends[i] = [2]int{len(texts), len(texts)}
			if ref == "" || len(ref) > longestRef {
				continue
			}
			want := appendRef(key[:0], ref)
			k, v := c.Seek(want)
			if !bytes.Equal(k, want) {
				continue
			}
			ok := true
			if err := raw.read(v); err != nil {
				return d.damaged(err)
			}
			texts = append(texts, raw.key...)
			ends[i][0] = len(texts)
			if len(raw.to) > 0 {
				texts, ok = appendRefText(texts, raw.to)
			}
			if !ok {
				return d.damaged(errLink)
			}
			ends[i][1] = len(texts)
			out[i].Kinds = raw.kinds
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all, from := string(texts), 0
	for i, e := range ends {
		if e[1] > from {
			out[i].Key, out[i].To = all[from:e[0]], all[e[0]:e[1]]
			from = e[1]
		}
	}
	return out, nil
}

// Linked implements engine.State.
func (d *DB) Linked(kind record.Kind, keys []string) ([]record.Record, error) {
	var out []record.Record
	err := d.view(func(tx *bolt.Tx) error {
		index, links := tx.Bucket(keysName(kind)), tx.Bucket(linksName(kind))
		if index == nil || links == nil {
			return nil
		}
		var raw rawLink
		for _, key := range keys {
			stored := index.Get([]byte(foldKey(key)))
			if stored == nil {
				continue
			}
			if err := raw.read(links.Get(stored)); err != nil {
				return d.damaged(err)
			}
			if len(raw.to) == 0 {
				continue
			}
			ref, ok := appendRefText(nil, stored)
			if !ok {
				return d.damaged(errLink)
			}
			out = append(out, record.Record{Key: record.Key{Kind: kind, ID: key}, Ref: string(ref)})
		}
		return nil
	})
	return out, err
}
