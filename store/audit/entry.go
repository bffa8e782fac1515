package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"stockbridge/sync/record"
)

// Entry is one line of a trail.
type Entry struct {
	Seq  uint64    `json:"seq"` // counts from 1, without a gap
	At   time.Time `json:"at"`
	Who  Who       `json:"who"`
	What string    `json:"what"` // create, update, link, mark; a person's command; or one of the trail's own below
	// Kind, Key and Ref name the record; Ref is its owner's id.
	Kind   record.Kind `json:"kind,omitempty"`
	Key    string      `json:"key,omitempty"`
	Ref    string      `json:"ref,omitempty"`
	To     string      `json:"to,omitempty"`     // the other side's id
	Number string      `json:"number,omitempty"` // what the other side calls it
	Why    string      `json:"why,omitempty"`
	Sum    string      `json:"sum,omitempty"` // digest of what was agreed; not of what is about a person
	Fields []Field     `json:"fields,omitempty"`
	// Person is the id of the key that Sealed is encrypted under. It is random: nothing in it leads to the person.
	Person string `json:"person,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
	// Gap is what a "recover" or "broken" entry found before itself.
	Gap *Gap `json:"gap,omitempty"`
	// Through is up to where a "checkpoint" lets the beginning be removed.
	Through *Through `json:"through,omitempty"`
	Prev    string   `json:"prev"` // the hash of the entry before

	// Connection is the trail's; the folder says it, and the first entry's Prev is made from it.
	Connection string `json:"-"`
	// Erased: its personal values can't be read any more.
	Erased bool `json:"-"`
}

// Entries the trail makes of itself.
const (
	whatRecover    = "recover"    // a crash cut the line before it off
	whatBroken     = "broken"     // what had been there was changed or is gone
	whatCheckpoint = "checkpoint" // months that are too old are removed
)

// Who did something: a flow of an installation, or a person.
type Who struct {
	Flow         record.Kind `json:"flow,omitempty"`
	Installation string      `json:"installation,omitempty"`
	Account      string      `json:"account,omitempty"`
	Role         string      `json:"role,omitempty"`
}

// Field is one value of an entry. A field that isn't listed was empty, or stayed as it was.
type Field struct {
	Name  string  `json:"name"`
	Value string  `json:"value,omitempty"`
	From  *string `json:"from,omitempty"` // the value before, where it was known
	// Digest is there instead of both in a personal field: SHA-256 of the entry's secret salt, the name and the values.
	Digest string `json:"digest,omitempty"`
}

// Personal reports whether it says something about a person.
func (f *Field) Personal() bool { return f.Digest != "" }

// Gap is a stretch of a file that holds no entries.
type Gap struct {
	Bytes  int64  `json:"bytes"`
	Digest string `json:"digest"` // SHA-256 of them
}

// Through is the last entry of what was removed, and the months.
type Through struct {
	Seq    uint64   `json:"seq"`
	Hash   string   `json:"hash"`
	Months []string `json:"months"`
}

const (
	hashLength = 43
	hashField  = `,"hash":"`
	hashEnd    = `"}`
	hashTail   = len(hashField) + hashLength + len(hashEnd)
)

// encode appends an entry's line, with its end, and returns the entry's hash. The hash covers the line up to itself.
func encode(dst []byte, e *Entry) (line []byte, hash string, err error) {
	body, err := json.Marshal(e)
	if err != nil {
		return dst, "", err
	}
	body = body[:len(body)-1]
	hash = digest(body)
	dst = append(append(dst, body...), hashField...)
	return append(append(append(dst, hash...), hashEnd...), '\n'), hash, nil
}

// decode reads a line without its end. It is no entry when its own hash is not right.
func decode(raw []byte) (e Entry, hash string, ok bool) {
	at := len(raw) - hashTail
	if at < 1 {
		return e, "", false
	}
	tail := string(raw[at:])
	hash = strings.TrimSuffix(strings.TrimPrefix(tail, hashField), hashEnd)
	if len(hash) != hashLength || digest(raw[:at]) != hash {
		return e, "", false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&e); err != nil || e.Seq == 0 {
		return Entry{}, "", false
	}
	return e, hash, true
}

// digest is SHA-256 in the form the trail writes.
func digest(b []byte) string {
	h := sha256.Sum256(b)
	return text(h[:])
}

// text is how bytes are written in an entry.
func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// genesis is what the first entry of a connection's trail has instead of the hash before: another connection's trail
// can't be put in its place.
func genesis(name string) string { return digest([]byte("stockbridge audit trail of " + name)) }
