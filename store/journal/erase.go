package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"stockbridge/sync/record"
)

// Erased stands where a person's data was.
const Erased = "(erased)"

// Erase takes everything that may be a person's out of each entry that mentions a text (an e-mail address), in whatever
// case and spelling, and out of the entries about orders of that person, which may have a name and no address. It
// returns how many entries that were.
func (j *Journal) Erase(text string) (n int, err error) {
	text = fold(text)
	if text == "" {
		return 0, nil
	}
	j.readable()
	days, err := j.days()
	if err != nil {
		return 0, err
	}
	p := person{text: text, keys: map[string]bool{}}
	for _, day := range days {
		if err := p.learn(j.path(day)); err != nil {
			return 0, j.disk(err)
		}
	}
	for _, day := range days {
		m, err := j.eraseDay(day, &p)
		if err != nil {
			return n, j.disk(err)
		}
		n += m
	}
	return n, nil
}

// eraseDay takes a person out of one file. Exchanges wait for one file at a time, not for all of them.
func (j *Journal) eraseDay(day string, p *person) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.day == day {
		if err := j.close(); err != nil {
			return 0, err
		}
	}
	return p.eraseFile(j.path(day))
}

// person is whom to erase.
type person struct {
	text string          // as fold leaves it
	keys map[string]bool // what the person's orders are known by
}

// learn finds the orders of the person in a file.
func (p *person) learn(path string) error {
	in, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) { // removed since, for its age
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	return eachLine(bufio.NewReader(in), func(line []byte) error {
		var e Entry
		if !Mentions(line, p.text) || json.Unmarshal(line, &e) != nil || e.Decided == nil || e.Kind != record.KindOrder {
			return nil
		}
		for _, k := range e.Decided.keys() {
			p.keys[k] = true
		}
		return nil
	})
}

// about reports whether an entry is about an order of the person. Products share no keys with orders, but their numbers
// may look alike.
func (p *person) about(e *Entry) bool {
	return len(p.keys) > 0 && e.Kind != "" && e.Kind.Family() != record.KindItem &&
		slices.ContainsFunc(e.Keys, func(k string) bool { return p.keys[k] })
}

// hinted reports whether a line may be about one of the person's orders: most need not be decoded.
func (p *person) hinted(line []byte) bool {
	for k := range p.keys {
		if quoted, err := json.Marshal(k); err != nil || bytes.Contains(line, quoted) {
			return true
		}
	}
	return false
}

// eraseFile replaces a file by one without the person, in one step.
func (p *person) eraseFile(path string) (n int, err error) {
	in, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
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
	err = eachLine(bufio.NewReader(in), func(line []byte) error {
		line, gone := p.without(line)
		if gone {
			n++
		}
		_, err := w.Write(line)
		return err
	})
	err = errors.Join(err, w.Flush(), out.Sync(), out.Close(), in.Close())
	if err != nil || n == 0 {
		return 0, err
	}
	return n, os.Rename(out.Name(), path)
}

func eachLine(r *bufio.Reader, fn func([]byte) error) error {
	for {
		line, end := r.ReadBytes('\n')
		if len(line) > 0 {
			if err := fn(line); err != nil {
				return err
			}
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
		if end != nil {
			return end
		}
	}
}

// without is a line without what may be the person's. One that mentions the person and can't be read is left out.
func (p *person) without(line []byte) (rest []byte, gone bool) {
	named := Mentions(line, p.text)
	if !named && !p.hinted(line) {
		return line, false
	}
	var e Entry
	bad := json.Unmarshal(line, &e)
	if !named && (bad != nil || !p.about(&e)) || bad == nil && e.Erased {
		return line, false
	}
	if bad != nil {
		return nil, true
	}
	clean := Entry{ID: e.ID, At: e.At, Connection: e.Connection, Side: e.Side, Kind: e.Kind, Call: e.Call, Method: e.Method,
		Status: e.Status, Took: e.Took, Short: e.Short, Erased: true}
	if e.part() == Exchanges {
		path, _, query := strings.Cut(e.Path, "?")
		if query {
			path += "?" + Erased
		}
		if Mentions([]byte(path), p.text) {
			path = Erased
		}
		clean.Path, clean.Request, clean.Response = path, Erased, Erased
	}
	b, err := json.Marshal(clean)
	if err != nil {
		return nil, true
	}
	return append(b, '\n'), true
}

// Mentions reports whether a text as systems write it (JSON within JSON, a query, a page) holds an e-mail address, in
// whatever case. Too much is better than too little here: jan@example.nl is also found in piet-jan@example.nl.
func Mentions(b []byte, address string) bool {
	address = fold(address)
	plain := fold(string(b))
	if !strings.Contains(plain, plainPart(address)) {
		return false
	}
	for range 4 { // JSON in JSON in a query is three deep
		if strings.Contains(plain, address) {
			return true
		}
		next := fold(unwrap(plain))
		if next == plain {
			return false
		}
		plain = next
	}
	return strings.Contains(plain, address)
}

// plainPart is the longest row of letters a to z and digits in a folded text. No system escapes those, so that a text
// without it needs no second look: most of a journal.
func plainPart(s string) (longest string) {
	other := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	for part := range strings.FieldsFuncSeq(s, other) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

var (
	escape  = regexp.MustCompile(`\\u[0-9a-f]{4}(?:\\u[0-9a-f]{4})*|\\[\\/"nrtbf]`)
	percent = regexp.MustCompile(`(?:%[0-9a-f]{2})+`)
)

// unwrap takes one layer of JSON's escapes, of a query's and of a page's off a folded text.
func unwrap(s string) string {
	s = escape.ReplaceAllStringFunc(s, func(e string) string {
		switch e[1] {
		case 'u':
			return units(e)
		case '\\', '/', '"':
			return e[1:]
		}
		return " "
	})
	s = percent.ReplaceAllStringFunc(s, func(e string) string {
		if plain, err := url.PathUnescape(e); err == nil {
			return plain
		}
		return e
	})
	return html.UnescapeString(s)
}

// units are the characters of a row of \uXXXX.
func units(e string) string {
	var all []uint16
	for _, hex := range strings.Split(e, `\u`)[1:] {
		n, err := strconv.ParseUint(hex, 16, 16)
		if err != nil {
			return e
		}
		all = append(all, uint16(n))
	}
	return string(utf16.Decode(all))
}
