package journal

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"stockbridge/sync/fault"
)

func openFolder(t *testing.T, dir string, now func() time.Time) *Folder {
	t.Helper()
	f, err := OpenFolder(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func find(t *testing.T, f *Folder, q Query) string {
	t.Helper()
	found, err := f.Search(q)
	if err != nil {
		t.Fatal(err)
	}
	return keys(found)
}

// Each connection has files of its own; a search without a connection puts them together by time.
func TestFolderKeepsConnectionsApart(t *testing.T) {
	dir := t.TempDir()
	old := openTest(t, dir, Options{}) // from before there were folders
	old.Exchange(exchange(morning.Add(-time.Hour), "nl", "old"))
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	f := openFolder(t, dir, func() time.Time { return morning })
	for _, c := range []string{"nl", "de"} {
		if _, err := f.Open(c, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []string{"nl", "de", "nl", "be"} { // "be" is tested, and no connection yet
		f.Exchange(exchange(morning.Add(time.Duration(i)*time.Second), c, c+string(rune('0'+i))))
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "be3 nl2 de1 nl0 old"}, {Query{Limit: 2}, "be3 nl2"}, {Query{Connection: "nl"}, "nl2 nl0 old"}, {Query{Connection: "de"}, "de1"}, {Query{Key: "old"}, "old"},
	} {
		if got := find(t, f, c.q); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nl", "2026-11-23.jsonl")); err != nil {
		t.Error(err)
	}
	all, err := f.Search(Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if one, err := f.Show(e.ID); err != nil || one.Keys[0] != e.Keys[0] {
			t.Errorf("%s: %+v, %v", e.ID, one, err)
		}
	}
	if _, err := f.Show("20200101T000000.000-00001"); fault.As(err).Code != "journal.unknown" {
		t.Errorf("an unknown id: %v", err)
	}
	if n, err := f.Erase("nl2"); n != 1 || err != nil {
		t.Errorf("erased %d, %v", n, err)
	}
	if _, err := f.Open("../nl", Options{}); err == nil {
		t.Error("a name that leads out of the folder is taken")
	}
}

// What a removed connection left stays to be found, and goes by age.
func TestRemovedConnectionAges(t *testing.T) {
	dir, now := t.TempDir(), morning
	f := openFolder(t, dir, func() time.Time { return now })
	for _, c := range []string{"gone", "nl"} {
		if _, err := f.Open(c, Options{Days: 90}); err != nil {
			t.Fatal(err)
		}
		f.Exchange(exchange(now, c, c))
	}
	if err := f.Drop("gone"); err != nil {
		t.Fatal(err)
	}
	if got := find(t, f, Query{Connection: "gone"}); got != "gone" {
		t.Errorf("right after its removal: %q", got)
	}
	now = now.AddDate(0, 0, 29)
	f.Exchange(exchange(now, "nl", "later"))
	if got := find(t, f, Query{Connection: "gone"}); got != "gone" {
		t.Errorf("after 29 days: %q", got)
	}
	now = now.AddDate(0, 0, 1)
	f.Exchange(exchange(now, "nl", "last"))
	if got := find(t, f, Query{}); got != "last later nl" {
		t.Errorf("after 30 days: %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "gone")); !os.IsNotExist(err) {
		t.Errorf("its empty folder is still there: %v", err)
	}
	// Narrower limits count at once.
	if _, err := f.Open("nl", Options{Days: 5}); err != nil {
		t.Fatal(err)
	}
	if got := find(t, f, Query{}); got != "last later" {
		t.Errorf("with 5 days: %q", got)
	}
}
