package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"stockbridge/sync/fault"
)

// namesFile is the list of the secrets that were set: one "connection side field" a line, no value ever.
type namesFile struct{ dir string }

// namesLock keeps two changes of a list apart. Lists are short and changed by hand, so one lock does for all.
var namesLock sync.Mutex

func (f namesFile) path() string { return filepath.Join(f.dir, "secret-names") }

func (f namesFile) list() ([]Name, error) {
	b, err := os.ReadFile(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.fault(err)
	}
	var names []Name
	for line := range strings.Lines(string(b)) {
		part := strings.Fields(line)
		if len(part) != 3 {
			continue // a line somebody wrote by hand
		}
		names = append(names, Name{part[0], part[1], part[2]})
	}
	slices.SortFunc(names, Name.Compare)
	return slices.Compact(names), nil
}

// add notes a name; added is false when it was there.
func (f namesFile) add(n Name) (added bool, err error) {
	namesLock.Lock()
	defer namesLock.Unlock()
	names, err := f.list()
	if err != nil || slices.Contains(names, n) {
		return false, err
	}
	return true, f.write(append(names, n))
}

func (f namesFile) remove(n Name) error {
	namesLock.Lock()
	defer namesLock.Unlock()
	names, err := f.list()
	if err != nil || !slices.Contains(names, n) {
		return err
	}
	return f.write(slices.DeleteFunc(names, func(o Name) bool { return o == n }))
}

// write replaces the list in one step.
func (f namesFile) write(names []Name) error {
	slices.SortFunc(names, Name.Compare)
	var text strings.Builder
	for _, n := range names {
		text.WriteString(n.String() + "\n")
	}
	t, err := os.CreateTemp(f.dir, "secret-names-*")
	if err != nil {
		return f.fault(err)
	}
	defer os.Remove(t.Name())
	_, err = t.WriteString(text.String())
	err = errors.Join(err, t.Sync(), t.Close())
	if err == nil {
		err = os.Rename(t.Name(), f.path())
	}
	if err != nil {
		return f.fault(err)
	}
	return nil
}

func (f namesFile) fault(err error) error {
	return fault.Wrap(err, "store.disk", fault.Args{"path": f.path(), "detail": err.Error()})
}
