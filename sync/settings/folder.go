package settings

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"stockbridge/sync/fault"
)

// Folder keeps the connection files of an installation: DATA-DIR/connections/NAME.toml.
type Folder struct{ dir string }

// NewFolder returns the connection files of a data folder; nothing is made until Save.
func NewFolder(dataDir string) Folder { return Folder{dir: filepath.Join(dataDir, "connections")} }

const suffix = ".toml"

// CheckName refuses names that are no connection's: also those that would lead out of the folder, or that Windows
// keeps for devices.
func CheckName(name string) error {
	ok := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,19}$`).MatchString(name)
	device := regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])$`).MatchString(name)
	if !ok || device {
		return fault.New("settings.invalid", fault.Args{"field": "name", "value": show(name),
			"allowed": `1 to 20 of a-z, 0-9 and "-", not beginning with "-", and no device name such as "con"`})
	}
	return nil
}

// List returns the names of all connections, sorted. An installation without any has an empty list.
func (f Folder) List() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.disk(err)
	}
	var names []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		if ok && e.Type().IsRegular() && CheckName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Load reads and checks a connection. Defaults are not filled in.
func (f Folder) Load(name string) (Connection, error) {
	path, err := f.path(name)
	if err != nil {
		return Connection{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Connection{}, f.missing(name, err)
	}
	c, err := Parse(text)
	if err != nil {
		return Connection{}, err
	}
	if c.Name != name {
		return Connection{}, fault.New("settings.invalid", fault.Args{"field": "name in " + path, "value": show(c.Name),
			"allowed": `"` + name + `", as the file is called`})
	}
	return c, c.Validate()
}

// Save checks and stores a connection, replacing one of that name, and returns it as stored. One without a cut-over
// moment gets now, so that the moment stays where it is from then on. A crash leaves either the old file or the new.
func (f Folder) Save(c Connection, now time.Time) (Connection, error) {
	c.begin(now)
	if err := c.Validate(); err != nil {
		return Connection{}, err
	}
	path, err := f.path(c.Name)
	if err != nil {
		return Connection{}, err
	}
	text, err := Marshal(c)
	if err != nil {
		return Connection{}, err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return Connection{}, f.disk(err)
	}
	if err := replace(path, text); err != nil {
		return Connection{}, f.disk(err)
	}
	return c, nil
}

// Remove deletes a connection's file; its state and secrets are its callers' business.
func (f Folder) Remove(name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return f.missing(name, err)
	}
	return nil
}

func (f Folder) path(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	return filepath.Join(f.dir, name+suffix), nil
}

// missing says which connections there are when one isn't.
func (f Folder) missing(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return f.disk(err)
	}
	names, _ := f.List()
	allowed := strings.Join(names, ", ")
	if allowed == "" {
		allowed = "none yet"
	}
	return fault.New("connection.unknown", fault.Args{"value": name, "allowed": allowed})
}

func (f Folder) disk(err error) error {
	return fault.New("store.disk", fault.Args{"path": f.dir, "detail": err.Error()})
}

// replace writes a file beside the old one, brings it to the disk and only then gives it the name. The name begins
// with a dot, so that List never sees what a crash left behind.
func replace(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
