package store

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"stockbridge/sync/fault"
)

// SetAside renames a file that is no longer used to "NAME.2026-11-23T143205.old", so that a person can still get at
// it. A file that isn't there is no error.
func SetAside(path string, now time.Time) error {
	err := os.Rename(path, path+"."+now.Format("2006-01-02T150405")+".old")
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
}
