// Package journal keeps the evidence: every exchange with Business Central and the shops, one line of JSON each, one
// file per UTC day. Losing its tail loses nothing (the state is in package store), so lines are gathered in memory
// and written together. Bodies arrive cut and redacted (package web).
package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

var _ web.Journal = (*Journal)(nil)

// Options bound what a journal takes of the disk. The zero value of a field means its default.
type Options struct {
	// Day is how many bytes a day's file may have before bodies are left out; a quarter more, and lines are left out
	// altogether. 64 MiB.
	Day int64
	// Days is how many days are kept, today among them. 30.
	Days int
	// Total is how many bytes all files may have when a day begins; the oldest go first. 512 MiB.
	Total int64
	// Gather is how many lines may wait in memory. 64.
	Gather int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Entry is one exchange.
type Entry struct {
	ID         string      `json:"id"` // sorts by time
	At         time.Time   `json:"at"`
	Connection string      `json:"connection,omitempty"`
	Side       string      `json:"side,omitempty"` // bc, shop
	Kind       record.Kind `json:"kind,omitempty"`
	Keys       []string    `json:"keys,omitempty"`
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Status     int         `json:"status"`  // 0: no answer
	Took       int64       `json:"took_ms"` // milliseconds
	Request    string      `json:"request,omitempty"`
	Response   string      `json:"response,omitempty"`
	Error      string      `json:"error,omitempty"`
	Short      bool        `json:"short,omitempty"` // the bodies were left out: the day was full
}

// Journal writes and finds exchanges. It is safe for concurrent use.
type Journal struct {
	dir  string
	opts Options

	mu      sync.Mutex
	day     string // of the open file; "" while none is
	file    *os.File
	out     *bufio.Writer
	size    int64 // of the open file and what waits for it
	waits   int   // lines in out
	counter uint32
	failed  error // why lines were lost since the last Flush
}

const suffix = ".jsonl"

// Open returns the journal of a folder, which it makes where needed, and removes what is too old.
func Open(dir string, o Options) (*Journal, error) {
	if o.Day <= 0 {
		o.Day = 64 << 20
	}
	if o.Days <= 0 {
		o.Days = 30
	}
	if o.Total <= 0 {
		o.Total = 512 << 20
	}
	if o.Gather <= 0 {
		o.Gather = 64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	j := &Journal{dir: dir, opts: o, counter: rand.Uint32N(counters / 2)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, j.disk(err)
	}
	return j, j.prune(o.Now())
}

// Exchange implements web.Journal. What can't be written is left out; Flush tells why.
func (j *Journal) Exchange(e web.Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if e.At.IsZero() {
		e.At = j.opts.Now()
	}
	if err := j.write(j.entry(e)); err != nil {
		j.failed = err
		j.drop()
	}
}

func (j *Journal) entry(e web.Exchange) Entry {
	at := e.At.UTC()
	j.counter = (j.counter + 1) % counters
	entry := Entry{
		ID: newID(at, j.counter), At: at, Connection: e.Connection, Side: e.Side, Kind: e.Kind, Keys: e.Keys,
		Method: e.Method, Path: e.Path, Status: e.Status, Took: e.Took.Milliseconds(),
		Request: string(e.Request), Response: string(e.Response),
	}
	if e.Err != nil {
		entry.Error = e.Err.Error()
	}
	return entry
}

// write adds a line to the file of its day, within the day's size.
func (j *Journal) write(e Entry) error {
	if err := j.turn(e.At.Format(time.DateOnly)); err != nil {
		return err
	}
	if j.size >= j.opts.Day {
		e.Short = e.Request+e.Response != ""
		e.Request, e.Response = "", ""
	}
	if j.size >= j.opts.Day+j.opts.Day/4 {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := j.out.Write(line); err != nil {
		return err
	}
	j.size += int64(len(line))
	if j.waits++; j.waits < j.opts.Gather {
		return nil
	}
	j.waits = 0
	return j.out.Flush()
}

// turn makes a day's file the open one.
func (j *Journal) turn(day string) error {
	if j.day == day {
		return nil
	}
	if err := j.close(); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path(day), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	size, err := mend(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	j.day, j.file, j.out, j.size = day, f, bufio.NewWriterSize(f, 32<<10), size
	if size == 0 {
		return j.prune(j.opts.Now())
	}
	return nil
}

// mend ends a line that a crash cut off, so that the next one can be read. It returns the file's size.
func mend(f *os.File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return size, err
	}
	var last [1]byte
	if _, err := f.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
		return size, err
	}
	n, err := f.WriteString("\n")
	return size + int64(n), err
}

// Flush writes what waits in memory. It returns why lines were lost since the last Flush, if any were.
func (j *Journal) Flush() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.flush()
}

func (j *Journal) flush() error {
	err := errors.Join(j.failed, j.settle())
	j.failed = nil
	return j.disk(err)
}

// settle writes what waits in memory.
func (j *Journal) settle() error {
	if j.file == nil {
		return nil
	}
	err := j.out.Flush()
	j.waits = 0
	if err != nil {
		j.drop()
	}
	return err
}

// readable makes what was journalled so far readable from the files; why earlier lines were lost is for Flush to tell.
func (j *Journal) readable() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.disk(j.settle())
}

// Close writes what waits in memory and lets go of the file. The journal may be used again.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.flush()
	return errors.Join(err, j.disk(j.close()))
}

func (j *Journal) close() error {
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.out.Flush(), j.file.Close())
	j.day, j.file, j.out, j.waits = "", nil, nil, 0
	return err
}

// drop lets go of a file that can't be written; the next line opens it again.
func (j *Journal) drop() {
	if j.file != nil {
		_ = j.file.Close() // the error that led here is the one to tell
	}
	j.day, j.file, j.out, j.waits = "", nil, nil, 0
}

// prune removes the files of days that are over, the oldest first, until the rest is within the limits. A file that
// can't be removed (on Windows: being read) goes the next time.
func (j *Journal) prune(now time.Time) error {
	days, err := j.days()
	if err != nil {
		return err
	}
	sizes, total := make([]int64, len(days)), int64(0)
	for i, day := range days {
		if info, err := os.Stat(j.path(day)); err == nil {
			sizes[i] = info.Size()
			total += info.Size()
		}
	}
	first := now.UTC().AddDate(0, 0, 1-j.opts.Days).Format(time.DateOnly)
	today := now.UTC().Format(time.DateOnly)
	for i, day := range days { // the oldest first
		if day == j.day || day >= today || day >= first && total <= j.opts.Total {
			continue
		}
		if os.Remove(j.path(day)) == nil {
			total -= sizes[i]
		}
	}
	return nil
}

// days lists the days there are files of, the oldest first.
func (j *Journal) days() ([]string, error) {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, j.disk(err)
	}
	var days []string
	for _, e := range entries {
		day, ok := strings.CutSuffix(e.Name(), suffix)
		if _, err := time.Parse(time.DateOnly, day); ok && err == nil {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return days, nil
}

func (j *Journal) path(day string) string { return filepath.Join(j.dir, day+suffix) }

func (j *Journal) disk(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.Wrap(err, "store.disk", fault.Args{"path": j.dir, "detail": err.Error()})
}
