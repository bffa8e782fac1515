// Package cmd holds no code: only the tests of what holds for the whole tree (DESIGN.md sections 2 and 8).
package cmd

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "stockbridge/"

// pure may be imported by everybody: values and decisions without I/O.
var pure = []string{"sync/record", "sync/fault", "sync/plan", "sync/mapping", "sync/schedule", "sync/settings"}

// layers says, for the longest folder that matches a package, which of our packages its non-test files may import.
// A name that ends in /... stands for everything below it too.
var layers = map[string][]string{
	"assets":                     nil,
	"sync/record":                nil,
	"sync/fault":                 nil,
	"sync/plan":                  {"sync/record", "sync/fault"},
	"sync/mapping":               {"sync/record", "sync/fault"},
	"sync/schedule":              {"sync/record", "sync/fault"},
	"sync/settings":              {"sync/record", "sync/fault", "sync/plan", "sync/mapping", "sync/schedule"},
	"sync/endpoint":              pure,
	"sync/endpoint/endpointtest": {"sync/record", "sync/fault", "sync/endpoint", "sync/sim"},
	"sync/web":                   append([]string{"sync/endpoint"}, pure...),
	"sync/bc":                    append([]string{"sync/endpoint", "sync/web"}, pure...),
	"sync/bc/sim":                {"sync/record", "sync/fault", "sync/settings", "sync/sim"},
	"sync/shops":                 append([]string{"sync/endpoint", "sync/web", "sync/shops/..."}, pure...), // the list of all
	"sync/shops/*":               append([]string{"sync/endpoint", "sync/web"}, pure...),
	"sync/shops/*/sim":           {"sync/record", "sync/fault", "sync/settings", "sync/sim"},
	"sync/sim":                   nil,
	"sync/engine":                {"sync/record", "sync/fault", "sync/plan", "sync/mapping", "sync/schedule", "sync/endpoint"},
	"sync/ipc":                   {"sync/record", "sync/fault", "sync/settings"},
	"sync/service":               {"sync/...", "store/...", "assets"},
	"sync/report":                {"sync/...", "store/...", "assets"},
	"sync/demo":                  {"sync/...", "store/...", "assets"},
	"store":                      append([]string{"sync/engine", "sync/endpoint"}, pure...),
	// It is a web.Journal, and what an engine hands its decisions to.
	"store/audit":   {"sync/record", "sync/fault", "sync/engine"}, // it is an engine.Audit
	"store/journal": {"sync/record", "sync/fault", "sync/settings", "sync/plan", "sync/endpoint", "sync/engine", "sync/web"},
	"store/secret":  {"sync/fault", "sync/settings"},
	// record only for the kinds that ipc's messages name.
	"ui":                     {"ui/...", "sync/ipc", "sync/settings", "sync/fault", "sync/record", "assets"},
	"cmd/stockbridge":        {"sync/...", "store/...", "assets"},
	"cmd/stockbridge-tray":   {"ui/...", "sync/ipc", "sync/settings", "sync/fault", "assets"},
	"cmd/stockbridge-window": {"ui/...", "sync/ipc", "sync/settings", "sync/fault", "assets"},
}

// neverIn lists imports of others that a folder must not have.
var neverIn = map[string][]string{
	"sync": {"fyne.io/"}, "store": {"fyne.io/"}, "cmd/stockbridge": {"fyne.io/"}, "cmd/stockbridge-tray": {"fyne.io/fyne"},
	"sync/plan": {"time/tzdata", "net", "net/http", "os", "go.etcd.io/"}, "sync/record": {"net", "net/http", "os"}, "sync/fault": {"net", "net/http", "os"},
	"ui": {"go.etcd.io/", "github.com/zalando/", "net/http"},
}

// source is one Go file of the tree.
type source struct {
	path string // from the module's root, with slashes
	dir  string
	test bool
	text []byte
	file *ast.File
	set  *token.FileSet
}

// sources reads every Go file, whatever its build constraints.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && name != ".." && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			return err
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p := strings.TrimPrefix(filepath.ToSlash(name), "../")
		all = append(all, source{p, path.Dir(p), strings.HasSuffix(p, "_test.go"), text, file, set})
		return nil
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("%d files read, %v", len(all), err)
	}
	return all
}

// layerOf finds the longest entry of layers for a folder; a * stands for one folder.
func layerOf(dir string) (string, bool) {
	for d := dir; d != "."; d = path.Dir(d) {
		for name := range layers {
			if ok, _ := path.Match(name, d); ok && !strings.Contains(name, "*") {
				return name, true
			}
		}
		for name := range layers {
			if ok, _ := path.Match(name, d); ok {
				return name, true
			}
		}
	}
	return "", false
}

func allows(list []string, dir, imported string) bool {
	return imported == dir || slices.ContainsFunc(list, func(a string) bool {
		below, deep := strings.CutSuffix(a, "/...")
		return imported == a || deep && (imported == below || strings.HasPrefix(imported, below+"/"))
	})
}

func TestImportsPointOneWay(t *testing.T) {
	for _, s := range sources(t) {
		layer, known := layerOf(s.dir)
		if !known && s.dir != "cmd" {
			t.Errorf("%s: no layer is set for this folder", s.path)
		}
		if s.test {
			continue
		}
		for _, i := range s.file.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			if ours, ok := strings.CutPrefix(name, module); ok && !allows(layers[layer], s.dir, ours) {
				t.Errorf("%s imports %s; %s may import %v", s.path, ours, layer, layers[layer])
			}
			for folder, never := range neverIn {
				if s.dir != folder && !strings.HasPrefix(s.dir, folder+"/") {
					continue
				}
				for _, n := range never {
					if name == n || strings.HasSuffix(n, "/") && strings.HasPrefix(name, n) {
						t.Errorf("%s imports %s", s.path, name)
					}
				}
			}
		}
	}
}

// TestServiceHasNoWindow looks at everything the service and the tray are linked from.
func TestServiceHasNoWindow(t *testing.T) {
	for program, never := range map[string][]string{
		"cmd/stockbridge":        {"fyne.io/"},
		"cmd/stockbridge-tray":   {"fyne.io/fyne/", module + "store", module + "sync/engine", module + "sync/service"},
		"cmd/stockbridge-window": {module + "store", module + "sync/engine", module + "sync/service", module + "sync/bc", module + "sync/shops"},
	} {
		if files, _ := filepath.Glob(filepath.Join("..", program, "*.go")); len(files) == 0 {
			t.Errorf("%s is not there", program)
			continue
		}
		out, err := exec.Command("go", "list", "-tags", "ci", "-deps", module+program).Output()
		if err != nil {
			t.Fatalf("%s: %v", program, err)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			for _, n := range never {
				if strings.HasPrefix(dep, n) {
					t.Errorf("%s is linked with %s", program, dep)
				}
			}
		}
	}
}

func TestFolders(t *testing.T) {
	fixed := []string{"FyneApp.toml", "README.md", "assets", "cmd", "go.mod", "go.sum", "packaging", "store", "sync", "ui"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(fixed, e.Name()) {
			t.Errorf("%s is not one of the fixed names %v", e.Name(), fixed)
		}
	}
	std, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]bool{}
	for name := range strings.FieldsSeq(string(std)) {
		taken[path.Base(name)] = taken[path.Base(name)] || !strings.Contains(name, "internal/") && !strings.Contains(name, "vendor/")
	}
	for _, s := range sources(t) {
		if s.dir == "sync" {
			t.Errorf("%s: no Go file directly in sync", s.path)
		}
		name := strings.TrimSuffix(s.file.Name.Name, "_test")
		if name == "sync" || taken[name] || slices.Contains([]string{"util", "utils", "common", "helpers", "misc"}, name) {
			t.Errorf("%s: package %s", s.path, name)
		}
	}
}

// longest are the limits of a file and of a function, in lines.
const (
	longestFile     = 500
	longestFunction = 70
)

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if n := bytes.Count(s.text, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines", s.path, n)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if lines > longestFunction {
				t.Errorf("%s: %s has %d lines", s.path, f.Name.Name, lines)
			}
			if f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: an init function", s.path)
			}
		}
	}
}

// TestForbidden looks for what must not be written anywhere: certificates that are not verified, and amounts in floats.
func TestForbidden(t *testing.T) {
	insecure := "InsecureSkip" + "Verify"
	money := []string{"sync/record", "sync/plan", "sync/engine", "sync/bc", "sync/shops", "store"}
	for _, s := range sources(t) {
		if bytes.Contains(s.text, []byte(insecure)) {
			t.Errorf("%s: %s", s.path, insecure)
		}
		handles := slices.ContainsFunc(money, func(m string) bool { return s.dir == m || strings.HasPrefix(s.dir, m+"/") })
		if s.test || !handles {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && (id.Name == "float64" || id.Name == "float32" || id.Name == "ParseFloat") {
				t.Errorf("%s: %s; amounts are decimals (invariant 6)", s.set.Position(id.Pos()), id.Name)
			}
			return true
		})
	}
}

// TestMapIsTrue compares sync/README.md with the tree: every package is on the map, every file it names is there.
func TestMapIsTrue(t *testing.T) {
	text, err := os.ReadFile("../sync/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources(t) {
		if below, ok := strings.CutPrefix(s.dir, "sync/"); ok && !s.test && !bytes.Contains(text, []byte("`"+below+"`")) {
			t.Errorf("sync/README.md says nothing of %s", s.dir)
		}
	}
	for i, word := range strings.Split(string(text), "`") {
		if i%2 == 0 || !strings.HasSuffix(word, ".go") || strings.ContainsAny(word, " *") {
			continue
		}
		_, below := os.Stat(filepath.Join("../sync", word))
		_, top := os.Stat(filepath.Join("..", word))
		one, _ := filepath.Glob("../sync/shops/woocommerce/" + word)
		if below != nil && top != nil && len(one) == 0 {
			t.Errorf("sync/README.md names %s, which is not there", word)
		}
	}
}
