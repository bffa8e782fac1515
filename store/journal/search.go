package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Query says which entries to find. Empty fields mean any.
type Query struct {
	Connection string
	Kind       record.Kind
	Key        string
	Any        []string // entries that name one of these keys
	Call       string
	Since      time.Time
	Parts      Part  // 0 is Exchanges
	Limit      int   // 0 is 100
	Bytes      int64 // of lines: no more are found once it is reached; 0 is no bound
}

func (q *Query) defaults() {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if q.Parts == 0 {
		q.Parts = Exchanges
	}
}

// Search returns entries, the newest first. A line that can't be read is passed over.
func (j *Journal) Search(q Query) ([]Entry, error) {
	q.defaults()
	j.readable()
	days, err := j.days()
	if err != nil {
		return nil, err
	}
	h := q.hints()
	var found []Entry
	var size int64
	enough := func() bool { return len(found) >= q.Limit || q.Bytes > 0 && size >= q.Bytes }
	for _, day := range slices.Backward(days) {
		if day < q.Since.UTC().Format(time.DateOnly) || enough() {
			break
		}
		err := backward(j.path(day), func(line []byte) bool {
			e, ok := q.match(line, h)
			if ok {
				found, size = append(found, e), size+int64(len(line))
			}
			return !enough()
		})
		if err != nil {
			return nil, j.disk(err)
		}
	}
	slices.SortFunc(found, newest)
	return found, nil
}

// hints are what a line must hold to be worth reading as JSON: every one of all, one of some.
type hints struct{ all, some [][]byte }

func (q *Query) hints() (h hints) {
	quoted := func(text string) []byte {
		b, _ := json.Marshal(text) // a string can't fail
		return b
	}
	for _, text := range []string{q.Connection, string(q.Kind), q.Key, q.Call} {
		if text != "" {
			h.all = append(h.all, quoted(text))
		}
	}
	switch q.Parts {
	case Exchanges:
		h.all = append(h.all, []byte(`"method":`))
	case Decisions:
		h.all = append(h.all, []byte(`"decided":`))
	case Answers:
		h.all = append(h.all, []byte(`"answered":`))
	case Settings:
		h.all = append(h.all, []byte(`"settings":`))
	}
	for _, text := range q.Any {
		h.some = append(h.some, quoted(text))
	}
	return h
}

// in reports whether a line may match.
func (h *hints) in(line []byte) bool {
	for _, b := range h.all {
		if !bytes.Contains(line, b) {
			return false
		}
	}
	return len(h.some) == 0 || slices.ContainsFunc(h.some, func(b []byte) bool { return bytes.Contains(line, b) })
}

func (q *Query) match(line []byte, h hints) (e Entry, ok bool) {
	if !h.in(line) || json.Unmarshal(line, &e) != nil { // of another entry, or cut off by a crash
		return Entry{}, false
	}
	named := func(key string) bool { return slices.Contains(e.Keys, key) }
	switch {
	case q.Connection != "" && e.Connection != q.Connection, q.Kind != "" && e.Kind != q.Kind,
		q.Key != "" && !named(q.Key), len(q.Any) > 0 && !slices.ContainsFunc(q.Any, named),
		q.Call != "" && e.Call != q.Call, e.part()&q.Parts == 0, e.At.Before(q.Since):
		return Entry{}, false
	}
	return e, true
}

// Show returns one entry; journal.unknown when there is none of that id.
func (j *Journal) Show(id string) (Entry, error) {
	unknown := fault.New("journal.unknown", fault.Args{"id": id[:min(len(id), 60)]})
	day, ok := dayOf(id)
	if !ok {
		return Entry{}, unknown
	}
	j.readable()
	var found *Entry
	begin := []byte(`{"id":"` + id + `"`)
	err := backward(j.path(day), func(line []byte) bool {
		var e Entry
		if bytes.HasPrefix(line, begin) && json.Unmarshal(line, &e) == nil {
			found = &e
		}
		return found == nil
	})
	switch {
	case err != nil:
		return Entry{}, j.disk(err)
	case found == nil:
		return Entry{}, unknown
	}
	return *found, nil
}

// chunk is how much of a file is read at once, in bytes; a longer line than longest was not written here and is passed
// over.
const (
	chunk   = 256 << 10
	longest = 8 << 20
)

// backward calls fn with the lines of a file, the last first, until fn returns false. A line is valid during the call
// only. A file that is not there has no lines.
func backward(path string, fn func(line []byte) bool) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var rest []byte // the end of a line whose beginning is further in front
	for end > 0 {
		n := min(end, chunk)
		block := make([]byte, n, int(n)+len(rest))
		if _, err := f.ReadAt(block, end-n); err != nil {
			return err
		}
		end -= n
		block = append(block, rest...)
		for {
			at := bytes.LastIndexByte(block, '\n')
			if at < 0 {
				break
			}
			if line := block[at+1:]; len(line) > 0 && !fn(line) {
				return nil
			}
			block = block[:at]
		}
		if rest = block; len(rest) > longest {
			rest = rest[:0] // what is left of it in front is no JSON
		}
	}
	if len(rest) > 0 {
		fn(rest)
	}
	return nil
}
