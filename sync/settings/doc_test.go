package settings

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// documented returns the package comment's list: key in the form of fieldName -> default.
func documented(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var table []string
	columns := regexp.MustCompile(` {2,}`)
	for line := range strings.Lines(file.Doc.Text()) {
		body, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "\t")
		if !ok {
			continue
		}
		if name, ok := strings.CutPrefix(body, "["); ok {
			table = strings.Split(strings.TrimSuffix(name, "]"), ".")
			continue
		}
		cells := columns.Split(body, 3)
		if len(cells) != 3 || cells[2] == "" {
			t.Errorf("%q has not three columns", body)
			continue
		}
		out[fieldName(table, cells[0], false)] = cells[1]
	}
	return out
}

// leaves walks every field a file may set.
func leaves(v reflect.Value, path []string, visit func(field string, v reflect.Value)) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case f.Anonymous:
			leaves(v.Field(i), path, visit)
		case f.Type.Kind() == reflect.Struct && !scalar(f.Type):
			leaves(v.Field(i), append(slices.Clone(path), name), visit)
		default:
			visit(fieldName(path, name, false), v.Field(i))
		}
	}
}

func TestPackageCommentListsEveryKeyAndDefault(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	var empty, c Connection
	c.Name = "webshop-nl"
	c.Defaults(now)
	if err := c.Validate(); err == nil {
		t.Error("a connection without what is required passes Validate")
	}
	problems := fmt.Sprint(empty.Validate())

	want := map[string]string{}
	leaves(reflect.ValueOf(c), nil, func(field string, v reflect.Value) {
		switch {
		case strings.Contains(problems, field+" is missing"):
			want[field] = "required"
		case v.Kind() == reflect.Bool:
			want[field] = fmt.Sprint(v.Bool())
		case v.IsZero():
			want[field] = "none"
		case v.Interface() == now:
			want[field] = "now"
		default:
			want[field] = strings.Replace(fmt.Sprint(v.Interface()), c.Name, "NAME", 1)
		}
	})
	got := documented(t)
	for _, field := range slices.Sorted(maps.Keys(want)) {
		if got[field] != want[field] {
			t.Errorf("%s: documented default is %q, the code's is %q", field, got[field], want[field])
		}
		delete(got, field)
	}
	for field := range got {
		t.Errorf("%s is documented and is no setting", field)
	}
}
