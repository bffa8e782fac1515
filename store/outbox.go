package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/record"
)

// What is on its way out is stored as texts, each behind its length (uvarint). An intent, under its id: kind, key, the
// owner's ref, when (nanoseconds since 1970). A mark, under the stored form of the owner's ref: kind, key, installation,
// document, and "note" where one goes with it.

var (
	errIntent = errors.New("an intent in it can't be read")
	errMark   = errors.New("a mark in it can't be read")
)

// appendIntent appends the stored form of an intent, which has its id for a key.
func appendIntent(dst []byte, in *engine.Intent) []byte {
	return appendTexts(dst, string(in.Kind), in.Key, in.Source, strconv.FormatInt(nanos(in.At), 10))
}

func readIntent(k, v []byte) (engine.Intent, error) {
	var t [4]string
	if !readTexts(v, t[:]) {
		return engine.Intent{}, errIntent
	}
	at, err := strconv.ParseInt(t[3], 10, 64)
	if err != nil {
		return engine.Intent{}, errors.Join(errIntent, err)
	}
	return engine.Intent{ID: string(k), Kind: record.Kind(t[0]), Key: t[1], Source: t[2], At: moment(at)}, nil
}

const markNote = "note"

// appendMark appends the stored form of a mark, which has its ref for a key.
func appendMark(dst []byte, kind record.Kind, m *engine.Mark) []byte {
	note := ""
	if m.Body.Note {
		note = markNote
	}
	return appendTexts(dst, string(kind), m.Key, m.Body.Installation, m.Body.Document, note)
}

func readMark(k, v []byte) (record.Kind, engine.Mark, error) {
	var t [5]string
	ref, ok := appendRefText(nil, k)
	if !ok || !readTexts(v, t[:]) {
		return "", engine.Mark{}, errMark
	}
	m := engine.Mark{Ref: string(ref), Key: t[1], Body: record.Mark{Installation: t[2], Document: t[3], Note: t[4] == markNote}}
	return record.Kind(t[0]), m, nil
}

// Intend implements engine.State.
func (d *DB) Intend(intents []engine.Intent, updates []record.Key) error {
	if len(intents)+len(updates) == 0 {
		return nil
	}
	sorted := slices.SortedFunc(slices.Values(intents), func(a, b engine.Intent) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return d.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketIntents)
		arena := make([]byte, 0, 96*len(sorted))
		for i := range sorted {
			from := len(arena)
			arena = appendIntent(arena, &sorted[i])
			if err := b.Put([]byte(sorted[i].ID), arena[from:]); err != nil {
				return err
			}
		}
		return d.doubt(tx, updates)
	})
}

// inDoubt stands for what the other side has while an update of it is under way. No record has this sum.
func inDoubt() (s record.Sum) {
	for i := range s {
		s[i] = 0xFF
	}
	return s
}

// doubt takes what was agreed on records out of force. Its level stays: the guards compare with it.
func (d *DB) doubt(tx *bolt.Tx, updates []record.Key) error {
	sorted := slices.SortedFunc(slices.Values(updates), func(a, b record.Key) int {
		return cmp.Or(cmp.Compare(a.Kind.Family(), b.Kind.Family()), cmp.Compare(a.ID, b.ID))
	})
	var arena []byte
	for _, u := range sorted {
		links := tx.Bucket(linksName(u.Kind.Family()))
		if links == nil {
			continue
		}
		key := appendRef(nil, u.ID)
		old := links.Get(key)
		if old == nil {
			continue
		}
		var raw rawLink
		if err := raw.read(old); err != nil {
			return d.damaged(err)
		}
		last, err := raw.last()
		if err != nil {
			return d.damaged(err)
		}
		a := last.Of(u.Kind)
		if !a.Set || a.Sum == inDoubt() {
			continue
		}
		a.Sum = inDoubt()
		from := len(arena)
		arena = appendLink(arena, &last)
		if err := links.Put(key, arena[from:len(arena):len(arena)]); err != nil {
			return err
		}
	}
	return nil
}

// intents lists the creates of a kind whose outcome was never recorded.
func (d *DB) intents(tx *bolt.Tx, kind record.Kind) (out []engine.Intent, err error) {
	err = tx.Bucket(bucketIntents).ForEach(func(k, v []byte) error {
		in, err := readIntent(k, v)
		if err != nil {
			return d.damaged(err)
		}
		if in.Kind == kind || in.Kind == record.KindShopper && kind == record.KindOrder {
			out = append(out, in)
		}
		return nil
	})
	return out, err
}

// marks lists the acknowledgements to be left now at the owner of a kind: not those it has just refused.
func (d *DB) marks(tx *bolt.Tx, kind record.Kind) (out []engine.Mark, err error) {
	err = tx.Bucket(bucketMarks).ForEach(func(k, v []byte) error {
		of, m, err := readMark(k, v)
		if err != nil {
			return d.damaged(err)
		}
		if of != kind {
			return nil
		}
		if p := tx.Bucket(bucketProblems).Get(problemKey(nil, kind, m.Ref, m.Key)); p != nil {
			h, err := readHeader(p)
			if err != nil {
				return d.damaged(err)
			}
			if !h.has(flagStays) {
				return nil // it was refused; its turn comes when the record is well
			}
		}
		out = append(out, m)
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
