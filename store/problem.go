package store

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Problem is a held or rejected record.
type Problem struct {
	ID   string      `json:"id"` // short and stable: the same trouble with the same record gets the same id again
	Kind record.Kind `json:"kind"`
	Key  string      `json:"key"`
	Ref  string      `json:"ref,omitempty"` // the owner's id; "" where the record could not even be read that far
	To   string      `json:"to,omitempty"`  // the other side's id, when it exists there in spite of the problem
	Sum  record.Sum  `json:"sum"`           // of the owner's record

	Code fault.Code `json:"code"`
	Args fault.Args `json:"args,omitempty"`
	// Because names the record whose own problem is the cause.
	Because *record.Key `json:"because,omitempty"`

	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Tries int       `json:"tries"` // looks so far, 1 after the first
	Next  time.Time `json:"-"`     // when it is looked at again by itself; zero: never

	// AskedAt is when a person last asked for another look.
	AskedAt time.Time `json:"asked_at,omitzero"`

	Quiet    bool `json:"-"` // normal life, not shown as a problem
	Stays    bool `json:"-"` // only a person's retry can help
	Skipped  bool `json:"-"` // a person said: leave it; until the owner's record changes or somebody retries
	Asked    bool `json:"-"` // a person asked for another look, which has not been had yet
	Approved bool `json:"-"` // a person said: go on in spite of Code
}

// A problem is stored as a version byte, a flags byte, the time of the next look (8 bytes, nanoseconds since 1970; 0:
// never) and JSON. The header answers whether a problem is due without reading the JSON.
const (
	problemVersion = 1
	headerLength   = 10
)

const (
	flagQuiet = 1 << iota
	flagSkipped
	flagStays
	flagAsked
	flagApproved
	flagCaused
	flagNoRef // can't be read back from the owner
	flagLost  // a comparison of ids holds it (plan.Lost)
)

var errProblem = errors.New("a problem in it can't be read")

// header is what is known of a problem without reading its JSON.
type header struct {
	flags byte
	next  int64
}

func (h header) has(flags byte) bool { return h.flags&flags != 0 }

func readHeader(v []byte) (header, error) {
	if len(v) < headerLength || v[0] != problemVersion {
		return header{}, errProblem
	}
	return header{v[1], int64(binary.BigEndian.Uint64(v[2:]))}, nil
}

func readProblem(v []byte) (Problem, error) {
	var p Problem
	h, err := readHeader(v)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(v[headerLength:], &p); err != nil {
		return p, errors.Join(errProblem, err)
	}
	if h.next != 0 {
		p.Next = time.Unix(0, h.next).UTC()
	}
	p.Quiet, p.Skipped, p.Stays = h.has(flagQuiet), h.has(flagSkipped), h.has(flagStays)
	p.Asked, p.Approved = h.has(flagAsked), h.has(flagApproved)
	return p, nil
}

func (p *Problem) flags() (flags byte) {
	for _, f := range []struct {
		on   bool
		flag byte
	}{
		{p.Quiet, flagQuiet}, {p.Skipped, flagSkipped}, {p.Stays, flagStays}, {p.Asked, flagAsked},
		{p.Approved, flagApproved}, {p.Because != nil, flagCaused}, {p.Ref == "", flagNoRef},
		{plan.Lost(p.Kind, p.Code), flagLost},
	} {
		if f.on {
			flags |= f.flag
		}
	}
	return flags
}

// stored is the stored form of p.
func (p *Problem) stored() ([]byte, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	v := append(make([]byte, 0, headerLength+len(body)), problemVersion, p.flags())
	next := int64(0)
	if !p.Next.IsZero() {
		next = p.Next.UnixNano()
	}
	return append(binary.BigEndian.AppendUint64(v, uint64(next)), body...), nil
}

// problemKey appends the key of a problem in its bucket: by the owner's ref, or by business key while there is none.
// What is too long for a key goes in as its digest.
func problemKey(dst []byte, kind record.Kind, ref, key string) []byte {
	dst = append(append(dst, kind...), 0)
	switch {
	case ref != "" && len(ref) <= longestRef:
		return appendRef(dst, ref)
	case ref != "":
		sum := sha256.Sum256([]byte(ref))
		return append(append(dst, 'h'), sum[:]...)
	case len(key) <= longestRef:
		return append(append(dst, 'k'), key...)
	}
	sum := sha256.Sum256([]byte(key))
	return append(append(dst, 'd'), sum[:]...)
}

// causePrefix is how the entries in the causes bucket begin that wait for one record.
func causePrefix(dst []byte, cause record.Key) []byte {
	dst = append(append(dst, cause.Kind...), 0)
	if len(cause.ID) > longestRef {
		sum := sha256.Sum256([]byte(cause.ID))
		return append(append(dst, sum[:]...), 0)
	}
	return append(append(dst, cause.ID...), 0)
}

// eachProblem calls fn with the stored problems of a kind; all of them for "".
func eachProblem(tx *bolt.Tx, kind record.Kind, fn func(k, v []byte) error) error {
	c := tx.Bucket(bucketProblems).Cursor()
	var prefix []byte
	if kind != "" {
		prefix = append([]byte(kind), 0)
	}
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := fn(k, v); err != nil {
			return err
		}
	}
	return nil
}

// idLetters leave out what is easily misread (I, L, O, U).
const idLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// idLength is how many letters an id has, unless that one is taken.
const idLength = 6

// newID finds an id for the problem stored under key, by digest, so that the same record gets the same one again.
// The file's salt keeps ids of two connections apart.
func newID(tx *bolt.Tx, key []byte) string {
	sum := sha256.Sum256(append(bytes.Clone(tx.Bucket(bucketMeta).Get(keySalt)), key...))
	id := []byte("P-")
	for _, b := range sum {
		id = append(id, idLetters[b&31])
		if len(id) < len("P-")+idLength {
			continue
		}
		if taken := tx.Bucket(bucketIDs).Get(id); taken == nil || bytes.Equal(taken, key) {
			break
		}
	}
	return string(id)
}

// spelled puts an id as a person types it into the form it is stored in.
func spelled(id string) string {
	id = strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(id)))
	return "P-" + strings.TrimPrefix(id, "P-")
}

func salt() []byte {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}
