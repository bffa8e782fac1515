package store

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"stockbridge/sync/fault"
)

// errClean ends an update that changed nothing: it is rolled back, so that nothing is written to disk.
var errClean = errors.New("nothing to write")

// view runs fn in a read transaction, which ends with it. Byte slices from tx must not leave fn.
func (d *DB) view(fn func(*bolt.Tx) error) (err error) {
	if broken := d.broken.Load(); broken != nil {
		return broken
	}
	defer d.rescue(&err)()
	return d.classify(d.bolt.View(fn))
}

// update runs fn in a write transaction and commits it, durably, unless fn fails or returns errClean.
func (d *DB) update(fn func(*bolt.Tx) error) (err error) {
	if broken := d.broken.Load(); broken != nil {
		return broken
	}
	defer d.rescue(&err)()
	commit := func() error { return d.bolt.Update(fn) }
	if d.opts.Around != nil {
		err = d.opts.Around(commit)
	} else {
		err = commit()
	}
	if errors.Is(err, errClean) {
		return nil
	}
	return d.classify(err)
}

// rescue turns what a damaged file does to bolt (a failed assertion, a read outside the mapped file, a page that leads
// nowhere, a bucket that is not there) into store.damaged. Deferred as `defer d.rescue(&err)()`. A fault of our own
// goes on panicking.
func (d *DB) rescue(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		p := recover()
		if p == nil {
			return
		}
		if e, runs := p.(runtime.Error); runs {
			if _, outside := e.(interface{ Addr() uintptr }); !outside && !inBolt() {
				panic(p)
			}
		}
		d.broken.CompareAndSwap(nil, d.damaged(fmt.Errorf("%v", p)))
		*err = d.broken.Load()
	}
}

// inBolt says whether the panic under way began in bolt's code: asked from the function that recovers from it.
func inBolt() bool {
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers[:])])
	panicked := false
	for {
		f, more := frames.Next()
		runs := strings.HasPrefix(f.Function, "runtime.")
		switch {
		case f.Function == "runtime.gopanic":
			panicked = true
		case panicked && !runs:
			return strings.HasPrefix(f.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}

func (d *DB) damaged(cause error) *fault.Error {
	d.suspect.Store(true)
	return fault.Wrap(cause, "store.damaged", fault.Args{"path": d.path})
}

// classify gives an error of bolt or of the file system its code.
func (d *DB) classify(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	for _, bad := range []error{berrors.ErrInvalid, berrors.ErrChecksum, berrors.ErrVersionMismatch, berrors.ErrInvalidMapping, berrors.ErrIncompatibleValue} {
		if errors.Is(err, bad) {
			return d.damaged(err)
		}
	}
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return fault.Wrap(err, "run.cancelled", nil)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return d.disk(err)
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return d.disk(err)
	}
	// Growing the file is the one place where bolt keeps only the text of what the system said (db.go, grow).
	if text := err.Error(); strings.HasPrefix(text, "file resize error: ") || strings.HasPrefix(text, "file sync error: ") {
		return d.disk(err)
	}
	return fault.Wrap(err, "bug.unclassified", nil)
}

func (d *DB) disk(err error) error {
	return fault.Wrap(err, "store.disk", fault.Args{"path": d.path, "detail": err.Error()})
}
