package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
)

// Erased stands where a person's data was.
const Erased = "(erased)"

// Erase takes the bodies, keys and query out of every entry that mentions a text (an e-mail address), in whatever
// case. It returns how many entries that were.
func (j *Journal) Erase(text string) (n int, err error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := errors.Join(j.flush(), j.close()); err != nil {
		return 0, j.disk(err)
	}
	days, err := j.days()
	if err != nil {
		return 0, err
	}
	for _, day := range days {
		m, err := eraseFile(j.path(day), text)
		if err != nil {
			return n, j.disk(err)
		}
		n += m
	}
	return n, nil
}

// eraseFile replaces a file by one without the text, in one step.
func eraseFile(path, text string) (n int, err error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	defer os.Remove(out.Name())
	w := bufio.NewWriter(out)
	n, err = copyWithout(w, bufio.NewReader(in), text)
	err = errors.Join(err, w.Flush(), out.Sync(), out.Close(), in.Close())
	if err != nil || n == 0 {
		return 0, err
	}
	return n, os.Rename(out.Name(), path)
}

func copyWithout(w io.Writer, r *bufio.Reader, text string) (n int, err error) {
	forms := spellings(text)
	for {
		line, end := r.ReadBytes('\n')
		if len(line) > 0 {
			if mentions(line, forms) {
				n++
				line = erased(line, forms)
			}
			if _, err := w.Write(line); err != nil {
				return n, err
			}
		}
		if errors.Is(end, io.EOF) {
			return n, nil
		}
		if end != nil {
			return n, end
		}
	}
}

// spellings are the ways a text may stand in a line, in lower case: as JSON writes it, as JSON within a JSON text, and
// in a query.
func spellings(text string) [][]byte {
	text = strings.ToLower(strings.TrimSpace(text))
	return [][]byte{
		[]byte(text),
		[]byte(strings.ReplaceAll(text, "@", "%40")),
		[]byte(strings.ReplaceAll(text, "+", "%2b")),
		[]byte(strings.ReplaceAll(strings.ReplaceAll(text, "+", "%2b"), "@", "%40")),
		[]byte(strings.ReplaceAll(text, "@", `\u0040`)),
	}
}

func mentions(line []byte, forms [][]byte) bool {
	low := bytes.ToLower(line)
	for _, f := range forms {
		if bytes.Contains(low, f) {
			return true
		}
	}
	return false
}

// erased is a line without what may be a person's. One that can't be read (cut off) is left out.
func erased(line []byte, forms [][]byte) []byte {
	var e Entry
	if json.Unmarshal(line, &e) != nil {
		return nil
	}
	path, _, query := strings.Cut(e.Path, "?")
	if query {
		path += "?" + Erased
	}
	if mentions([]byte(path), forms) {
		path = Erased
	}
	e.Path, e.Keys, e.Request, e.Response, e.Error = path, nil, Erased, Erased, ""
	b, err := json.Marshal(e)
	if err != nil {
		return nil
	}
	return append(b, '\n')
}
