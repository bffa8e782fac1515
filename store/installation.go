package store

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"stockbridge/sync/fault"
)

const installationFile = "installation"

// installationLength is that of crypto/rand.Text: 26 letters and digits.
const installationLength = 26

// InstallationID returns the id of the installation that a data folder belongs to, and makes one the first time. It
// marks the orders we take, so that a second installation on the same shop is noticed (invariant 1). Losing it would
// make our own marks look like another's: a damaged file is therefore an error, never replaced.
func InstallationID(dir string) (string, error) {
	path := filepath.Join(dir, installationFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := newInstallation(dir, path); err != nil {
			return "", fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
		}
		b, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fault.Wrap(err, "store.disk", fault.Args{"path": path, "detail": err.Error()})
	}
	id := strings.TrimSpace(string(b))
	if len(id) != installationLength || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", fault.New("store.damaged", fault.Args{"path": path})
	}
	return id, nil
}

// newInstallation puts a new id in place in one step. Where another process was faster, its id stays.
func newInstallation(dir, path string) error {
	f, err := os.CreateTemp(dir, installationFile+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(rand.Text() + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		// A file system without hard links: the rename replaces nothing that was there a moment ago.
		if _, there := os.Stat(path); there == nil {
			return nil
		}
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
	}
	syncFolder(dir)
	return nil
}
