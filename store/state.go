package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"

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
		o.Marks, err = d.marks(tx, kind)
		return err
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
		if !h.has(flagApproved) {
			p, err := readProblem(v)
			if err != nil {
				return d.damaged(err)
			}
			switch {
			case plan.Guards(p.Code):
				o.Guarded = append(o.Guarded, plan.Suspect{Ref: p.Ref, Code: p.Code})
			case p.Skipped && kind == record.KindOrder && p.Ref != "" && p.Code != "order.status_unknown":
				if o.Skipped == nil {
					o.Skipped = map[string]record.Sum{}
				}
				o.Skipped[p.Ref] = p.Sum
			}
		}
		if h.has(flagSkipped|flagNoRef) || !h.has(flagAsked) && (h.next == 0 || h.next > now) {
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

// Intend implements engine.State.
func (d *DB) Intend(intents []engine.Intent) error {
	if len(intents) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(intents), func(a, b engine.Intent) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return d.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketIntents)
		arena := make([]byte, 0, 96*len(sorted))
		for i := range sorted {
			in, from := &sorted[i], len(arena)
			arena = appendTexts(arena, string(in.Kind), in.Key, in.Source, strconv.FormatInt(nanos(in.At), 10))
			if err := b.Put([]byte(in.ID), arena[from:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// intents lists the creates of a kind whose outcome was never recorded.
func (d *DB) intents(tx *bolt.Tx, kind record.Kind) (out []engine.Intent, err error) {
	err = tx.Bucket(bucketIntents).ForEach(func(k, v []byte) error {
		var t [4]string
		if !readTexts(v, t[:]) {
			return d.damaged(errors.New("an intent in it can't be read"))
		}
		of := record.Kind(t[0])
		if of == kind || of == record.KindShopper && kind == record.KindOrder {
			at, err := strconv.ParseInt(t[3], 10, 64)
			if err != nil {
				return d.damaged(err)
			}
			out = append(out, engine.Intent{ID: string(k), Kind: of, Key: t[1], Source: t[2], At: moment(at)})
		}
		return nil
	})
	return out, err
}

// marks lists the acknowledgements to be left now at the owner of a kind: not those it has just refused.
func (d *DB) marks(tx *bolt.Tx, kind record.Kind) (out []engine.Mark, err error) {
	err = tx.Bucket(bucketMarks).ForEach(func(k, v []byte) error {
		var t [5]string
		if !readTexts(v, t[:]) {
			return d.damaged(errors.New("a mark in it can't be read"))
		}
		if record.Kind(t[0]) != kind {
			return nil
		}
		ref, ok := appendRefText(nil, k)
		if !ok {
			return d.damaged(errLink)
		}
		if p := tx.Bucket(bucketProblems).Get(problemKey(nil, kind, string(ref), t[1])); p != nil {
			h, err := readHeader(p)
			if err != nil {
				return d.damaged(err)
			}
			if !h.has(flagStays) {
				return nil // it was refused; its turn comes when the record is well
			}
		}
		out = append(out, engine.Mark{Ref: string(ref), Key: t[1], Body: record.Mark{Installation: t[2], Document: t[3], Note: t[4] == "note"}})
		return nil
	})
	return out, err
}

// appendTexts appends each text behind its length.
func appendTexts(dst []byte, texts ...string) []byte {
	for _, t := range texts {
		dst = append(binary.AppendUvarint(dst, uint64(len(t))), t...)
	}
	return dst
}

// readTexts reads exactly as many texts as fit into texts.
func readTexts(b []byte, texts []string) bool {
	for i := range texts {
		part, rest, ok := cut(b)
		if !ok {
			return false
		}
		texts[i], b = string(part), rest
	}
	return len(b) == 0
}

// nanos and moment store a time; zero stays zero.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}
