package store

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// SetAside renames a file that is no longer used to "NAME.2026-11-23T143205.old", so that a person can still get at
// it. A file that isn't there is no error.
func SetAside(path string, now time.Time) error {
	err := os.Rename(path, path+"."+now.Format("2006-01-02T150405")+".old")
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return diskAt(path, err)
}

// Retire sets a state file aside that is not to be used again, and takes away what would bring it back.
func Retire(path string, now time.Time) error {
	for _, suffix := range []string{snapshotSuffix, pidSuffix} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return diskAt(path+suffix, err)
		}
	}
	return SetAside(path, now)
}

// WriteFile puts a small file in place: whole and on the disk, or what was there before.
func WriteFile(path string, text []byte) error {
	tmp, err := os.OpenFile(path+tmpSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return diskAt(path, err)
	}
	defer os.Remove(tmp.Name()) // gone already when it has been renamed
	if _, err := tmp.Write(text); err != nil {
		_ = tmp.Close()
		return diskAt(path, err)
	}
	return new(Options).finish(tmp, path)
}
