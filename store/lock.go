package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"stockbridge/sync/fault"
)

// FolderLock is the right to use a data folder. The operating system gives it back when the process ends, however
// it ends.
type FolderLock struct{ file *os.File }

var errLocked = errors.New("locked")

// LockFolder takes the right to use a data folder. While another process has it, store.locked names that process.
func LockFolder(dir string) (*FolderLock, error) {
	path := filepath.Join(dir, "stockbridge.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if !errors.Is(err, errLocked) {
			return nil, fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
		}
		pid, _ := io.ReadAll(io.LimitReader(f, 20))
		who := strings.TrimSpace(string(pid))
		if who == "" {
			who = "unknown"
		}
		return nil, fault.New("store.locked", fault.Args{"path": dir, "pid": who})
	}
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		if err != nil {
			f.Close()
			return nil, fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
		}
	}
	return &FolderLock{file: f}, nil
}

// Unlock gives the right back.
func (l *FolderLock) Unlock() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
