package service

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"stockbridge/store/audit"
	"stockbridge/sync/engine"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// kept is a data folder with an open trail, and what is left of a service for it.
func kept(t *testing.T, dir string) *Service {
	t.Helper()
	people, err := audit.OpenKeys(filepath.Join(auditFolder(dir), auditKeys), true)
	if err != nil {
		t.Fatal(err)
	}
	trail, err := audit.Open(filepath.Join(auditFolder(dir), "webshop-nl"), people, audit.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = trail.Close() // a second time, where the test closed it
		_ = people.Close()
	})
	s := &Service{opts: Options{Dir: dir}, people: people, conns: map[string]*connection{}}
	s.conns["webshop-nl"] = &connection{s: s, trail: trail, conf: settings.Connection{Name: "webshop-nl"}}
	return s
}

func (s *Service) customer(t *testing.T, email string) {
	t.Helper()
	err := s.conns["webshop-nl"].trail.Append([]engine.Deed{{At: time.Now(), Flow: record.KindOrder, What: engine.Created, Kind: record.KindShopper, Key: email,
		Body: &record.Shopper{Email: email}}})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *Service) zipped(t *testing.T) *zip.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if _, err := z.Create("connections/webshop-nl.toml"); err != nil {
		t.Fatal(err)
	}
	if err := s.backupAudit(z); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// putBack restores the trails of a backup into a folder, as Restore does.
func putBack(t *testing.T, dir string, z *zip.Reader) {
	t.Helper()
	stays := auditKept(dir, z.File)
	for _, f := range z.File {
		if !auditName(f.Name) || stays[f.Name] {
			continue
		}
		if err := restoreAudit(dir, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := auditRestored(dir, "/backups/b.zip", z.File, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func entriesIn(t *testing.T, s *Service) []audit.Entry {
	t.Helper()
	trail := s.conns["webshop-nl"].trail
	if r, err := trail.Verify(); err != nil || r.Fault != nil {
		t.Fatalf("the trail is not whole: %v, %v", r.Fault, err)
	}
	list, err := trail.List(audit.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTrailMovesWithTheBackup restores into an empty folder: another server.
func TestTrailMovesWithTheBackup(t *testing.T) {
	s := kept(t, t.TempDir())
	s.customer(t, "jan@example.nl")
	z, dir := s.zipped(t), t.TempDir()
	putBack(t, dir, z)
	list := entriesIn(t, kept(t, dir))
	if len(list) != 2 || list[1].Key != "jan@example.nl" || list[0].What != "restore" || list[0].Why != "/backups/b.zip" || list[0].Who.Account == "" {
		t.Errorf("the restored trail: %+v", list)
	}
}

// TestTrailMovesToAServiceThatHasRun restores into a folder whose service was started once, before there was any
// connection: it has a file of keys, of nobody.
func TestTrailMovesToAServiceThatHasRun(t *testing.T) {
	s := kept(t, t.TempDir())
	s.customer(t, "jan@example.nl")
	z, dir := s.zipped(t), t.TempDir()
	people, err := audit.OpenKeys(filepath.Join(auditFolder(dir), auditKeys), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := people.Close(); err != nil {
		t.Fatal(err)
	}
	putBack(t, dir, z)
	list := entriesIn(t, kept(t, dir))
	if len(list) != 2 || list[1].Key != "jan@example.nl" {
		t.Errorf("the restored trail: %+v", list)
	}
}

// TestOldBackupTakesNothingBack restores into the folder the backup came from: what was done since stays, and nobody who
// was erased since comes back.
func TestOldBackupTakesNothingBack(t *testing.T) {
	dir := t.TempDir()
	s := kept(t, dir)
	s.customer(t, "jan@example.nl")
	z := s.zipped(t)
	s.customer(t, "piet@example.nl")
	if ok, err := s.people.Erase("jan@example.nl"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := s.conns["webshop-nl"].trail.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.people.Close(); err != nil {
		t.Fatal(err)
	}
	putBack(t, dir, z)
	list := entriesIn(t, kept(t, dir))
	if len(list) != 3 || list[1].Key != "piet@example.nl" || !list[2].Erased {
		t.Errorf("the trail after an old backup: %+v", list)
	}
}

func TestBackupHoldsNoOtherNames(t *testing.T) {
	for name, want := range map[string]bool{
		"audit/people.keys": true, "audit/webshop-nl/2026-11.jsonl": true, "audit/webshop-nl/2026-13.jsonl": false, "audit/webshop-nl/x.jsonl": false,
		"audit/../2026-11.jsonl": false, "audit/a/b/2026-11.jsonl": false, "audit/2026-11.jsonl": false, "audit/": false, "audit/people.keys/x": false,
		"audit/UPPER/2026-11.jsonl": false, "audit/webshop-nl/2026-11.jsonl/..": false, "state/webshop-nl.db": false,
	} {
		if auditName(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	for _, f := range kept(t, t.TempDir()).zipped(t).File {
		if f.Name != "connections/webshop-nl.toml" && !auditName(f.Name) {
			t.Errorf("the backup holds %s", f.Name)
		}
	}
}
