package settings

import (
	"bytes"
	"errors"
	"reflect"
	"strconv"

	"github.com/pelletier/go-toml/v2"

	"stockbridge/sync/fault"
)

// Parse reads a connection file. It tells every mistake of form at once: keys that don't exist (settings.unknown_key,
// with the nearest that does), values of the wrong type (settings.invalid) and secrets (settings.secret); a file that
// isn't TOML is settings.syntax. Whether the values make sense is Validate's business; defaults are not filled in.
func Parse(text []byte) (Connection, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // Windows editors put a byte order mark first
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return Connection{}, syntax(err)
	}
	name, ok := tree["name"].(string)
	if !ok || name == "" {
		name = "CONNECTION"
	}
	c := check{connection: name}
	c.table(tree, reflect.TypeFor[Connection](), nil)
	if len(c.errs) > 0 {
		return Connection{}, errors.Join(c.errs...)
	}
	var out Connection
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().EnableUnmarshalerInterface()
	if err := d.Decode(&out); err != nil {
		return Connection{}, syntax(err)
	}
	return out, nil
}

// syntax classifies an error of the TOML library. Its text names keys and forms, never a value it read whole.
func syntax(err error) error {
	where := ""
	if d, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := d.Position()
		where = "line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column) + ": "
	}
	return fault.New("settings.syntax", fault.Args{"detail": where + err.Error()})
}

// Marshal writes a connection as TOML. Values that are not set, and so have their defaults, are left out:
// Parse(Marshal(c)) is c again.
func Marshal(c Connection) ([]byte, error) {
	b, err := toml.Marshal(c)
	if err != nil {
		return nil, fault.Wrap(err, "bug.unclassified", nil)
	}
	return b, nil
}
