package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pidSuffix ends the name of the file that stands beside a state file while a process has it open. It names that
// process for the sentence of store.locked; left over, it says that nobody closed the state file. That costs two small
// writes a start and none a run.
const pidSuffix = ".pid"

// leftOpen reports whether the last user of a file did not close it.
func leftOpen(path string) bool {
	_, err := os.Lstat(path + pidSuffix)
	return err == nil
}

// markOpen leaves the marker, durably: a power cut must not make the file look closed.
func (d *DB) markOpen() error {
	f, err := os.OpenFile(d.path+pidSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return d.disk(err)
	}
	_, err = f.WriteString(strconv.Itoa(os.Getpid()))
	if err = errors.Join(err, d.opts.sync(f), f.Close()); err != nil {
		return d.disk(err)
	}
	if !d.opts.NoSync {
		syncFolder(filepath.Dir(d.path))
	}
	return nil
}

// markClosed takes the marker away.
func (d *DB) markClosed() error {
	if err := os.Remove(d.path + pidSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d.disk(err)
	}
	return nil
}

// ownerOf returns the process that has the file, as far as it said so.
func ownerOf(path string) string {
	b, err := os.ReadFile(path + pidSuffix)
	if n, bad := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && bad == nil {
		return strconv.Itoa(n)
	}
	return "unknown"
}
