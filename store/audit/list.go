package audit

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"stockbridge/sync/record"
)

// Query says which entries to list; what is empty doesn't narrow.
type Query struct {
	Kind  record.Kind
	Key   string // a business key, or a person's e-mail address
	Since time.Time
	Limit int // 0 is 100
}

// List returns entries, the newest first, with the personal values that can still be read.
func (t *Trail) List(q Query) ([]Entry, error) { return List(t.dir, t.keys, q) }

// List reads the trail in a folder.
func List(dir string, keys *Keys, q Query) ([]Entry, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	all, err := months(dir)
	if err != nil {
		return nil, err
	}
	m := matcher{q: q, name: nameOf(dir), keys: keys}
	if q.Key != "" {
		m.person = keys.Find(q.Key)
		m.quoted, _ = json.Marshal(q.Key) // a text can always be written
	}
	for _, month := range slices.Backward(all) {
		if !q.Since.IsZero() && month < monthOf(q.Since) {
			break // a file holds nothing newer than its month
		}
		if err := backward(dir, month, m.take); err != nil || len(m.found) >= q.Limit {
			return m.found, err
		}
	}
	return m.found, nil
}

// matcher gathers what a query asks for.
type matcher struct {
	q      Query
	name   string
	keys   *Keys
	person string // id of the key of the person whose address Key is; "" where it is none
	quoted []byte // Key as a line has it
	found  []Entry
}

// take looks at one line and reports whether more are wanted.
func (m *matcher) take(raw []byte) bool {
	// Most lines are not asked for; they need not be decoded.
	if m.q.Key != "" && !bytes.Contains(raw, m.quoted) && (m.person == "" || !bytes.Contains(raw, []byte(m.person))) {
		return true
	}
	e, _, ok := decode(raw)
	if !ok || !m.wants(&e) {
		return true
	}
	e.Connection = m.name
	if e.unseal(m.keys) != nil {
		e.erase() // Verify says that they are not what was sealed
	}
	m.found = append(m.found, e)
	return len(m.found) < m.q.Limit
}

func (m *matcher) wants(e *Entry) bool {
	q := &m.q
	return (q.Kind == "" || e.Kind == q.Kind) && (q.Since.IsZero() || !e.At.Before(q.Since)) &&
		(q.Key == "" || e.Key == q.Key || m.person != "" && e.Person == m.person)
}
