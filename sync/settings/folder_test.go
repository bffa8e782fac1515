package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	f := NewFolder(dir)
	if names, err := f.List(); err != nil || len(names) != 0 {
		t.Errorf("a new folder lists %q, %v", names, err)
	}
	if _, err := f.Load("webshop-nl"); fault.As(err).Code != "connection.unknown" || fault.As(err).Args["allowed"] != "none yet" {
		t.Errorf("Load: %v", err)
	}
	now := time.Date(2026, 12, 1, 8, 0, 0, 5, time.UTC)
	c := mustParse(t, sample)
	c.Flows.Orders.From = time.Time{}
	saved, err := f.Save(c, now)
	if err != nil || !saved.Flows.Orders.From.Equal(now.Truncate(time.Second)) {
		t.Fatalf("Save: %v, from %s", err, saved.Flows.Orders.From)
	}
	saved.BC.User = "OTHER"
	if _, err := f.Save(saved, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	loaded, err := f.Load("webshop-nl")
	if diff := cmp.Diff(saved, loaded, cmp.Comparer(time.Time.Equal)); err != nil || diff != "" {
		t.Errorf("Load: %v %s", err, diff)
	}
	if _, err := f.Load("other"); fault.As(err).Args["allowed"] != "webshop-nl" {
		t.Errorf("Load of another: %v", err)
	}
}

func TestConnectionFilesAreTheirOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	if _, err := NewFolder(dir).Save(mustParse(t, sample), time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{"connections": os.ModeDir | 0o700, "connections/webshop-nl.toml": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || (info.Mode() != want && os.PathSeparator == '/') {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	f := NewFolder(dir)
	if _, err := f.Save(mustParse(t, sample), time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove("webshop-nl"); err != nil {
		t.Error(err)
	}
	if err := f.Remove("webshop-nl"); fault.As(err).Code != "connection.unknown" {
		t.Errorf("Remove twice: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "connections")); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestFolderRefusesWhatIsNoConnection(t *testing.T) {
	dir := t.TempDir()
	f := NewFolder(dir)
	outside := filepath.Join(dir, "outside.toml")
	if err := os.WriteFile(outside, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../outside", "..", "", "a/b", `a\b`, "A", "nul", "a.toml", "-a", "é"} {
		_, loadErr := f.Load(name)
		removeErr := f.Remove(name)
		c := mustParse(t, sample)
		c.Name = name
		_, saveErr := f.Save(c, time.Unix(1e9, 0))
		for what, err := range map[string]error{"Load": loadErr, "Remove": removeErr, "Save": saveErr} {
			if err == nil || !strings.HasPrefix(string(fault.As(err).Code), "settings.") {
				t.Errorf("%s(%q): %v", what, name, err)
			}
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("the file outside: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "connections", "dir.toml"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.toml", "a.toml", "A.toml", ".a.toml-123", "readme.txt"} {
		if err := os.WriteFile(filepath.Join(dir, "connections", name), []byte(sample), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := f.List(); err != nil || cmp.Diff([]string{"a", "b"}, names) != "" {
		t.Errorf("List: %q, %v", names, err)
	}
	if _, err := f.Load("a"); fault.As(err).Code != "settings.invalid" || fault.As(err).Args["value"] != `"webshop-nl"` {
		t.Errorf("a file under another name: %v", err)
	}
}
