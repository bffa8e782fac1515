package journal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
	"stockbridge/sync/web"
)

// Folder holds the journals of all connections, one folder each: NAME/2026-11-23.jsonl. It is a web.Journal that puts
// every exchange where it belongs. Evidence of a connection that is gone stays until it is too old; so do files that
// lie beside the folders, from before there were any. It is safe for concurrent use.
type Folder struct {
	dir     string
	now     func() time.Time
	counter *atomic.Uint32

	mu   sync.Mutex
	open map[string]*Journal
}

var _ web.Journal = (*Folder)(nil)

// OpenFolder returns the journals of a folder, which it makes where needed, and removes what is too old. A nil now is
// time.Now.
func OpenFolder(dir string, now func() time.Time) (*Folder, error) {
	if now == nil {
		now = time.Now
	}
	f := &Folder{dir: dir, now: now, counter: newCounter(), open: map[string]*Journal{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(err, "store.disk", fault.Args{"path": dir, "detail": err.Error()})
	}
	f.trim()
	return f, nil
}

// Limits are a connection's settings as this package knows them.
func Limits(s settings.Journal) Options {
	total := int64(s.Megabytes) << 20
	return Options{Days: s.Days, Total: total, Day: total / 8}
}

// Open returns a connection's journal, within the limits of o from now on.
func (f *Folder) Open(connection string, o Options) (*Journal, error) {
	if err := settings.CheckName(connection); err != nil {
		return nil, err
	}
	f.mu.Lock()
	j := f.open[connection]
	f.mu.Unlock()
	if j != nil {
		return j, j.Limit(o)
	}
	o.Now, o.counter, o.newDay = f.now, f.counter, f.trim
	j, err := Open(filepath.Join(f.dir, connection), o)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if other := f.open[connection]; other != nil {
		return other, nil
	}
	f.open[connection] = j
	return j, nil
}

// Drop closes the journal of a connection that is gone. What it holds stays until it is too old.
func (f *Folder) Drop(connection string) error {
	f.mu.Lock()
	j := f.open[connection]
	delete(f.open, connection)
	f.mu.Unlock()
	if j == nil {
		return nil
	}
	return j.Close()
}

// Exchange implements web.Journal.
func (f *Folder) Exchange(e web.Exchange) {
	f.mu.Lock()
	j := f.open[e.Connection]
	f.mu.Unlock()
	if j == nil { // a test of settings that are not a connection's yet
		var err error
		if j, err = f.Open(e.Connection, Options{}); err != nil {
			return
		}
	}
	j.Exchange(e)
}

// trim removes what is too old of connections that are gone, and of the time before there were folders.
func (f *Folder) trim() {
	for _, j := range f.idle() {
		// What can't be removed now goes the next day.
		_ = j.prune(f.now())
		if j.dir != f.dir {
			_ = os.Remove(j.dir) // only when nothing is left in it
		}
	}
}

// idle returns the journals nobody writes to, by name; the folder itself is the last.
func (f *Folder) idle() []*Journal {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*Journal
	for _, e := range entries {
		if e.IsDir() && f.open[e.Name()] == nil && settings.CheckName(e.Name()) == nil {
			all = append(all, f.still(filepath.Join(f.dir, e.Name())))
		}
	}
	return append(all, f.still(f.dir))
}

// still is a journal that is only read.
func (f *Folder) still(dir string) *Journal {
	o := Options{Now: f.now, counter: f.counter}
	o.defaults()
	return &Journal{dir: dir, opts: o}
}

// all returns every journal; those of one connection, and what lies beside the folders, where it is named.
func (f *Folder) all(connection string) []*Journal {
	all := f.idle()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, j := range f.open {
		all = append(all, j)
	}
	if connection == "" {
		return all
	}
	return slices.DeleteFunc(all, func(j *Journal) bool { return j.dir != f.dir && filepath.Base(j.dir) != connection })
}

// Search returns entries of one connection or all, the newest first.
func (f *Folder) Search(q Query) ([]Entry, error) {
	q.defaults()
	var found []Entry
	for _, j := range f.all(q.Connection) {
		part, err := j.Search(q)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
	}
	slices.SortFunc(found, newest)
	return found[:min(len(found), q.Limit)], nil
}

func newest(a, b Entry) int { return strings.Compare(b.ID, a.ID) }

// Show returns one entry; journal.unknown when there is none of that id.
func (f *Folder) Show(id string) (e Entry, err error) {
	for _, j := range f.all("") {
		if e, err = j.Show(id); err == nil || fault.As(err).Code != "journal.unknown" {
			return e, err
		}
	}
	return e, err
}

// Erase is Journal.Erase over all journals.
func (f *Folder) Erase(text string) (n int, err error) {
	for _, j := range f.all("") {
		m, err := j.Erase(text)
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Close writes what waits in memory and lets go of all files.
func (f *Folder) Close() error {
	var errs []error
	for _, j := range f.all("") {
		errs = append(errs, j.Close())
	}
	return errors.Join(errs...)
}
