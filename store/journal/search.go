package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Query says which entries to find. Empty fields mean any.
type Query struct {
	Connection string
	Kind       record.Kind
	Key        string
	Since      time.Time
	Limit      int // 0 is 100
}

// Search returns entries, the newest first.
func (j *Journal) Search(q Query) ([]Entry, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	if err := j.readable(); err != nil {
		return nil, err
	}
	days, err := j.days()
	if err != nil {
		return nil, err
	}
	hints := q.hints()
	var found []Entry
	for _, day := range slices.Backward(days) {
		if day < q.Since.UTC().Format(time.DateOnly) || len(found) >= q.Limit {
			break
		}
		err := backward(j.path(day), func(line []byte) bool {
			e, ok := q.match(line, hints)
			if ok {
				found = append(found, e)
			}
			return len(found) < q.Limit
		})
		if err != nil {
			return nil, j.disk(err)
		}
	}
	slices.SortFunc(found, func(a, b Entry) int { return strings.Compare(b.ID, a.ID) })
	return found, nil
}

// hints are what a line must hold to be worth reading as JSON.
func (q *Query) hints() (hints [][]byte) {
	for _, text := range []string{q.Connection, string(q.Kind), q.Key} {
		if text != "" {
			b, _ := json.Marshal(text) // a string can't fail
			hints = append(hints, b)
		}
	}
	return hints
}

func (q *Query) match(line []byte, hints [][]byte) (e Entry, ok bool) {
	for _, h := range hints {
		if !bytes.Contains(line, h) {
			return e, false
		}
	}
	if json.Unmarshal(line, &e) != nil {
		return e, false // cut off by a crash
	}
	switch {
	case q.Connection != "" && e.Connection != q.Connection, q.Kind != "" && e.Kind != q.Kind,
		q.Key != "" && !slices.Contains(e.Keys, q.Key), e.At.Before(q.Since):
		return e, false
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
	if err := j.readable(); err != nil {
		return Entry{}, err
	}
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

// chunk is how much of a file is read at once, in bytes.
const chunk = 256 << 10

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
		rest = block
	}
	if len(rest) > 0 {
		fn(rest)
	}
	return nil
}
