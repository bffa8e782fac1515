// Package store remembers what a connection must not forget between runs: what both sides last agreed on, where each
// reader stopped, what was about to be created, and what waits for a person. (Nothing here is a shop.)
//
// Each connection has a file of its own, with one owner: the service. Besides DB, which fulfils engine.State, the
// folder holds the installation's id. Secrets are in store/secret, the record of exchanges in store/journal.
//
// go.etcd.io/bbolt keeps the file: one file, one writer, and a commit is either wholly there or not at all, also
// when the power fails (invariant 2 rests on that). Its list of free pages is written with each commit, because
// rebuilding it would read the whole file at every start and panics on a damaged one.
package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

var _ engine.State = (*DB)(nil)

// Options are what a DB needs to know of its surroundings. The zero value works.
type Options struct {
	// Installation and Note fill the marks left at the owner of an order (record.Mark).
	Installation string
	Note         bool
	// Program is the version of this program. The file keeps it, so that an older one can say who wrote a file it can't
	// read; "" leaves what is there.
	Program string
	// Backoff says how long a held record waits before the next look, after tries looks (1 is the first); nil
	// doubles from a minute to an hour.
	Backoff func(tries int) time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// NoSync leaves writing to the operating system: a power cut loses what it had not written yet. For tests and
	// throw-away demos.
	NoSync bool
	// Around, when set, is around every write transaction; for tests in which the process ends before or after one.
	Around func(commit func() error) error

	noCopy bool // leaves out the copy before a migration: the file is a copy itself
}

// DB is the state of one connection. Its methods are safe for concurrent use and return classified errors.
type DB struct {
	bolt *bolt.DB
	file *os.File // bolt's own, to let go of when bolt can't close it any more
	path string
	opts Options

	broken  atomic.Pointer[fault.Error] // set once bolt can't go on with the file
	suspect atomic.Bool                 // something in it couldn't be read: the next Open looks through it all
	counts  struct {
		sync.Mutex
		made   bool
		waits  map[record.Kind]int
		change uint64 // how often problems changed
	}
	snapshot struct {
		sync.Mutex
		made bool
		at   int // the last commit in it
	}
}

// lockWait is how long Open waits for another process to let go of the file: a service that restarts meets its
// predecessor on the way out.
const lockWait = time.Second

// mapped is the address space taken at first, in bytes. On Windows the file has that size at once.
const mapped = 1 << 20

// The buckets. Links and the order index have one bucket a family: linksPrefix + family, keysPrefix + family.
var (
	bucketMeta     = []byte("meta")     // schema, pause, salt, program
	bucketCursors  = []byte("cursors")  // kind -> cursor
	bucketIntents  = []byte("intents")  // id -> intent
	bucketMarks    = []byte("marks")    // owner's ref -> mark
	bucketProblems = []byte("problems") // kind 0 ref -> problem
	bucketIDs      = []byte("ids")      // problem's id -> its key in problems
	bucketCauses   = []byte("causes")   // cause's kind 0 key 0 + a key in problems -> nothing
	bucketRuns     = []byte("runs")     // kind 0 number -> run
	bucketGood     = []byte("good")     // kind -> time of the last run that finished
	bucketFacts    = []byte("facts")    // name -> text
	bucketPauses   = []byte("pauses")   // kind -> until when that flow rests

	keySchema  = []byte("schema")
	keySalt    = []byte("salt")
	keyPause   = []byte("pause")
	keyProgram = []byte("program") // the version of the program that last opened the file
)

const (
	linksPrefix = "links/" // owner's ref -> plan.Last
	keysPrefix  = "keys/"  // business key -> owner's ref
)

// Open opens the file of a connection, or makes it. It fails with store.locked while another process has it,
// store.newer, store.damaged or store.disk. A file whose last user never closed it is read through first: a process that
// was killed leaves it whole, but a disk that lost power may not have.
func Open(path string, opts Options) (*DB, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Backoff == nil {
		opts.Backoff = backoff
	}
	fresh := false
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		fresh = true
	}
	d := &DB{path: path, opts: opts}
	if err := d.begin(fresh); err != nil {
		if d.bolt != nil {
			_ = d.release() // the first error says more
		}
		return nil, err
	}
	return d, nil
}

// begin opens the file, makes sure that it can be trusted, and brings it to today's layout.
func (d *DB) begin(fresh bool) error {
	if err := d.open(d.boltOptions()); err != nil {
		return err
	}
	if err := d.checkSize(); err != nil {
		return err
	}
	if !fresh && leftOpen(d.path) {
		if err := d.verify(); err != nil {
			return err
		}
	}
	if err := d.markOpen(); err != nil {
		return err
	}
	if err := d.compact(); err != nil {
		return err
	}
	if err := d.prepare(); err != nil {
		return err
	}
	if fresh && !d.opts.NoSync {
		syncFolder(filepath.Dir(d.path))
	}
	return nil
}

func (d *DB) boltOptions() *bolt.Options {
	return &bolt.Options{Timeout: lockWait, NoSync: d.opts.NoSync, NoGrowSync: false, FreelistType: bolt.FreelistMapType,
		InitialMmapSize: mapped, NoStatistics: true}
}

// open starts bolt. A damaged file can make bolt panic; the file is then let go of.
func (d *DB) open(o *bolt.Options) (err error) {
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		d.file = f
		return f, err
	}
	defer func() {
		if err != nil && d.bolt == nil && d.file != nil {
			letGo(d.file)
		}
	}()
	defer d.rescue(&err)()
	d.bolt, err = bolt.Open(d.path, 0o600, o)
	if errors.Is(err, berrors.ErrTimeout) {
		return fault.New("store.locked", fault.Args{"path": d.path, "pid": ownerOf(d.path)})
	}
	return d.classify(err)
}

// checkSize refuses a file that was cut off: touching the missing part would end the process.
func (d *DB) checkSize() error {
	return d.view(func(tx *bolt.Tx) error {
		info, err := d.file.Stat()
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return d.damaged(errors.New("the file is shorter than it says"))
		}
		return nil
	})
}

// Close lets go of the file. It waits for calls under way.
func (d *DB) Close() error {
	err := d.release()
	if err == nil && !d.suspect.Load() {
		err = d.markClosed()
	}
	return err
}

func (d *DB) release() error {
	if d.broken.Load() != nil {
		// After a panic bolt's locks may be held for ever, so bolt's own Close could hang.
		letGo(d.file)
		return nil
	}
	return d.classify(d.bolt.Close())
}

// Path is the file's path.
func (d *DB) Path() string { return d.path }

// syncFolder makes a new file's name durable where the system can do that (Windows does it by itself).
func syncFolder(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}

func backoff(tries int) time.Duration {
	return min(time.Minute<<min(max(tries-1, 0), 6), time.Hour)
}
