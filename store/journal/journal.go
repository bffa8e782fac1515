// Package journal keeps the evidence: every exchange with Business Central and the shops, and beside it the normalised
// records that were decided on, one line of JSON each. Each connection has a folder (Folder) with one file per UTC day.
// Losing its tail loses nothing (the state is in package store), so lines are gathered in memory and written together.
// Bodies of exchanges arrive cut and redacted (package web); records are redacted by the same client.
package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
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

	counter *atomic.Uint32 // numbers the entries of a Folder; nil: the journal's own
	newDay  func()         // called when the first line of a day is about to be written
}

func (o *Options) defaults() {
	o.limits()
	if o.Gather <= 0 {
		o.Gather = 64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.counter == nil {
		o.counter = newCounter()
	}
}

// limits fills in what bounds the disk.
func (o *Options) limits() {
	if o.Day <= 0 {
		o.Day = 64 << 20
	}
	if o.Days <= 0 {
		o.Days = 30
	}
	if o.Total <= 0 {
		o.Total = 512 << 20
	}
}

// newCounter begins somewhere, so that a service that restarts within a millisecond gives no id twice.
func newCounter() *atomic.Uint32 {
	c := new(atomic.Uint32)
	c.Store(rand.Uint32N(counters / 2))
	return c
}

// Journal writes and finds the entries of one folder. It is safe for concurrent use.
type Journal struct {
	dir  string
	opts Options

	mu     sync.Mutex
	day    string // of the open file; "" while none is
	file   *os.File
	out    *bufio.Writer
	size   int64                 // of the open file and what waits for it
	waits  int                   // lines in out
	rules  map[string]bool       // digests of the settings this file holds
	holds  map[string]record.Sum // what today's last line of a held record said
	failed error                 // why lines were lost since the last Flush
}

const suffix = ".jsonl"

// Open returns the journal of a folder, which it makes where needed, and removes what is too old.
func Open(dir string, o Options) (*Journal, error) {
	o.defaults()
	j := &Journal{dir: dir, opts: o}
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
	entry := Entry{
		ID: j.newID(at), At: at, Connection: e.Connection, Side: e.Side, Kind: e.Kind, Keys: e.Keys, Call: e.Call,
		Method: e.Method, Path: e.Path, Status: e.Status, Took: e.Took.Milliseconds(),
		Request: string(e.Request), Response: string(e.Response),
	}
	if e.Err != nil {
		entry.Error = e.Err.Error()
	}
	return entry
}

func (j *Journal) newID(at time.Time) string { return newID(at, j.opts.counter.Add(1)) }

// write adds an exchange to the file of its day, within the day's size.
func (j *Journal) write(e Entry) error {
	if err := j.turn(e.At.Format(time.DateOnly)); err != nil {
		return err
	}
	if j.size >= j.opts.Day {
		e.Short = e.Request+e.Response != ""
		e.Request, e.Response = "", ""
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return j.line(line)
}

// full reports whether the day takes no more lines at all.
func (j *Journal) full() bool { return j.size >= j.opts.Day+j.opts.Day/4 }

// line adds a line to the open file, unless the day is full.
func (j *Journal) line(line []byte) error {
	if j.full() {
		return nil
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
	j.rules, j.holds = map[string]bool{}, map[string]record.Sum{}
	if size > 0 {
		return nil
	}
	if j.opts.newDay != nil {
		j.opts.newDay()
	}
	return j.prune(j.opts.Now())
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

// readable makes what was journalled so far readable from the files. Why lines were lost is for Flush to tell: on a disk
// that takes nothing any more, what is there can be read all the same.
func (j *Journal) readable() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.settle(); err != nil {
		j.failed = err
	}
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

func (j *Journal) disk(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.Wrap(err, "store.disk", fault.Args{"path": j.dir, "detail": err.Error()})
}
