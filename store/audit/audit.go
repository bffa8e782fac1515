// Package audit keeps the trail of what was done to a connection's records: who did it, what, why, and each value,
// for years, in files that nobody can change without its showing.
//
// A connection has a folder with one file a month (2026-11.jsonl), one entry a line. Entries are only ever appended.
// Each holds the hash of the one before it and its own, so that an entry that was changed, removed, put elsewhere or
// added in between breaks the chain (Verify). What was cut off at the end shows too, because the state file remembers
// the last entry (Head). What a crash cut off is told apart from that: it was never remembered, and an entry "recover"
// says so.
//
// The hashes have no key, so this has limits. Whoever can write all files, the state's among them, can forge a trail.
// While nothing runs, somebody can add well-formed entries after the last one: they can't be told from those of a run
// that crashed, and one that says "checkpoint" covers months that were taken away at the beginning. A head (Head) kept
// somewhere else, such as in a backup, shows what was changed or cut before it, never what was added after it.
//
// Values that say something about a person are encrypted under a key of that person (Keys). Erasing a person deletes
// that key: the entries stay as they are, the chain stays whole, and nobody can read those values any more.
//
// It stands on the standard library alone: JSON lines, SHA-256, AES-256-GCM.
package audit

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
)

var _ engine.Audit = (*Trail)(nil)

// Options are what a Trail needs to know of its surroundings.
type Options struct {
	Installation string // who a flow's entries are by
	// Years is how long entries are kept, at least; 0 is DefaultYears. Whole months are removed.
	Years int
	// Known is the head that was remembered when the trail was last in use; the zero Head knows nothing.
	Known Head
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// NoSync leaves writing to the operating system. For tests and throw-away demos.
	NoSync bool
}

// DefaultYears is how long books must be kept in the Netherlands; longer than in most other countries.
const DefaultYears = 7

// Trail is the trail of one connection. It is safe for concurrent use.
type Trail struct {
	dir, name string
	keys      *Keys
	opts      Options

	mu   sync.Mutex
	head Head     // the last durable entry
	file *os.File // of head.File; nil until needed, and after trouble
	size int64    // what the file must have
}

// Head is a trail's last entry.
type Head struct {
	Count  uint64 // its number; 0 is an empty trail
	Hash   string
	File   string // month, "2026-11"
	Offset int64  // where its line begins there
}

// String is how a head is remembered; ParseHead reads it.
func (h Head) String() string {
	if h.Count == 0 {
		return ""
	}
	return strings.Join([]string{strconv.FormatUint(h.Count, 10), h.Hash, h.File, strconv.FormatInt(h.Offset, 10)}, " ")
}

// ParseHead reads what Head.String wrote; "" is the zero Head.
func ParseHead(s string) (Head, error) {
	if s == "" {
		return Head{}, nil
	}
	f := strings.Split(s, " ")
	if len(f) != 4 {
		return Head{}, errHead
	}
	count, err := strconv.ParseUint(f[0], 10, 64)
	offset, err2 := strconv.ParseInt(f[3], 10, 64)
	if err != nil || err2 != nil || count == 0 || offset < 0 || len(f[1]) != hashLength || !isMonth(f[2]) {
		return Head{}, errHead
	}
	return Head{Count: count, Hash: f[1], File: f[2], Offset: offset}, nil
}

var errHead = errors.New("the remembered end of an audit trail can't be read")

// Open opens the trail in a folder, which it makes where needed; the folder's name is the connection's. It finds the
// end, says in an entry what a crash or somebody cut off there, and removes the months that are too old.
func Open(dir string, keys *Keys, o Options) (*Trail, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Years <= 0 {
		o.Years = DefaultYears
	}
	t := &Trail{dir: dir, name: nameOf(dir), keys: keys, opts: o, head: o.Known}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, t.disk(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(o.Now()); err != nil {
		return nil, err
	}
	return t, t.trim(o.Now())
}

// Head is the last entry: what the state is to remember at the end of a run.
func (t *Trail) Head() Head {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// Close lets go of the file. The trail may be used again.
func (t *Trail) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.disk(t.letGo())
}

func (t *Trail) letGo() error {
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}

const suffix = ".jsonl"

// monthLayout names files; they sort as the months do.
const monthLayout = "2006-01"

func isMonth(s string) bool {
	_, err := time.Parse(monthLayout, s)
	return err == nil
}

func monthOf(at time.Time) string { return at.UTC().Format(monthLayout) }

// months lists the months a folder has files of, the oldest first. A folder that isn't there has none.
func months(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, disk(dir, err)
	}
	var all []string
	for _, e := range entries {
		if m, ok := strings.CutSuffix(e.Name(), suffix); ok && isMonth(m) {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return all, nil
}

// nameOf is the connection whose trail a folder holds.
func nameOf(dir string) string { return filepath.Base(dir) }

func pathOf(dir, month string) string { return filepath.Join(dir, month+suffix) }

func (t *Trail) disk(err error) error { return disk(t.dir, err) }

func disk(path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
}
