package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// fixture unpacks a file of an earlier layout, written by the program of that time.
func fixture(t *testing.T, name string) string {
	t.Helper()
	packed := must[*os.File](t)(os.Open(filepath.Join("testdata", name+".gz")))
	defer packed.Close()
	r := must[*gzip.Reader](t)(gzip.NewReader(packed))
	path := filepath.Join(t.TempDir(), "c.db")
	check(t, os.WriteFile(path, must[[]byte](t)(io.ReadAll(r)), 0o600))
	return path
}

var fixtureTime = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// wantFixture checks that everything put into the file of layout 1 is there: links, cursors, intents, marks, problems
// with a person's decision, runs and the pause.
func wantFixture(t *testing.T, d *DB) {
	t.Helper()
	equal := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	item := plan.Last{Key: "A-1", To: "17"}
	item.Kinds = [3]plan.Agreement{{Set: true, Sum: record.Sum{1}}, {Set: true, Sum: record.Sum{2}, Level: 120_000}, {Set: true, Sum: record.Sum{3}, Level: 1000}}
	equal("item", must[plan.Agreed](t)(d.Agreed(record.KindItem, []string{"f3a5738a-44e3-ea11-bb43-000d3a2feca1"}))[0], item)
	order, ok, err := d.LinkByKey(record.KindOrder, "WEB-1001")
	check(t, err)
	equal("order", []any{ok, order.Ref, order.Key, order.To}, []any{true, "1001", "web-1001", "5ca6738a-44e3-ea11-bb43-000d3a2feca1"})
	orders, items := must[engine.Open](t)(d.Open(record.KindOrder)), must[engine.Open](t)(d.Open(record.KindItem))
	equal("cursors", []record.Cursor{orders.Cursor, items.Cursor}, []record.Cursor{"1002", "2026-11-20T07:55:00Z"})
	equal("intents", append(items.Intents, orders.Intents...), []engine.Intent{
		{ID: "i1", Kind: record.KindItem, Key: "A-9", Source: "f2a5738a-44e3-ea11-bb43-000d3a2feca1", At: fixtureTime},
		{ID: "i2", Kind: record.KindOrder, Key: "WEB-1002", Source: "1002", At: fixtureTime},
		{ID: "i3", Kind: record.KindShopper, Key: "jan@example.com", Source: "1002", At: fixtureTime},
	})
	equal("marks", orders.Marks, []engine.Mark{{Ref: "1001", Key: "web-1001", Body: record.Mark{Installation: "HERE", Document: "101001", Note: true}}})
	skipped, waiting := must[Problem](t)(d.Problem("P-FSE7XQ")), must[Problem](t)(d.Problem("P-X23X9X"))
	equal("skipped", []any{skipped.Key, skipped.Code, skipped.Skipped, skipped.First}, []any{"A-2", fault.Code("item.no_name"), true, fixtureTime})
	equal("caused", []any{waiting.Key, waiting.Args["sku"], *waiting.Because}, []any{"WEB-1003", "A-2", record.Key{Kind: record.KindItem, ID: "A-2"}})
	runs := must[[]Run](t)(d.Runs(record.KindItem))
	equal("runs", []any{len(runs), runs[0].Code, runs[0].Detail}, []any{1, fault.Code("net.down"), "refused"})
	equal("last good", must[time.Time](t)(d.LastGood(record.KindOrder)), fixtureTime.Add(time.Second))
	equal("pause", must[Pause](t)(d.Pause()), Pause{On: true, Until: fixtureTime.Add(time.Hour)})
}

func TestFileOfLayout1IsBroughtForward(t *testing.T) {
	path := fixture(t, "schema-1.db")
	before := must[[]byte](t)(os.ReadFile(path))
	open := func() *DB {
		d := must[*DB](t)(Open(path, Options{Program: "2.0.0", Installation: "HERE", Now: func() time.Time { return fixtureTime.Add(time.Hour) }}))
		wantFixture(t, d)
		return d
	}
	d := open()
	check(t, d.SetFact("bc.company", "CRONUS"))
	check(t, d.SetFlowPause(record.KindPrice, Pause{On: true}))
	check(t, d.Close())
	if got := must[[]byte](t)(os.ReadFile(path + ".v1")); !bytes.Equal(got[4*os.Getpagesize():], before[4*os.Getpagesize():len(got)]) {
		t.Error("the copy of layout 1 is not the file as it was")
	}
	check(t, Verify(path))
	migrated := must[[]byte](t)(os.ReadFile(path))
	d = open()
	if got := must[string](t)(d.Fact("bc.company")); got != "CRONUS" {
		t.Errorf("fact %q", got)
	}
	check(t, d.Close())
	if again := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(again, migrated) {
		t.Error("the second opening wrote to the file")
	}
	left := must[[]string](t)(filepath.Glob(path + "*"))
	if diff := cmp.Diff([]string{path, path + ".v1"}, left); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// The copy is a whole file of layout 1: with it in its place, a program of then goes on, and so does this one.
func TestCopyOfLayout1IsAWholeFile(t *testing.T) {
	path := fixture(t, "schema-1.db")
	check(t, must[*DB](t)(Open(path, Options{})).Close())
	check(t, os.Rename(path+".v1", path))
	wantLayout(t, path, 1)
	d := must[*DB](t)(Open(path, Options{Installation: "HERE"}))
	wantFixture(t, d)
	check(t, d.Close())
	wantLayout(t, path, schema)
}

func wantLayout(t *testing.T, path string, want uint64) {
	t.Helper()
	db := must[*bolt.DB](t)(bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true}))
	defer db.Close()
	check(t, db.View(func(tx *bolt.Tx) error {
		got, err := (&DB{}).version(tx)
		if got != want {
			t.Errorf("layout %d, want %d", got, want)
		}
		return err
	}))
}

// A migration that fails half-way leaves the file in the old layout, with nothing of the new one in it.
func TestMigrationIsWholeOrNotAtAll(t *testing.T) {
	path := fixture(t, "schema-1.db")
	d := &DB{path: path}
	check(t, d.open(&bolt.Options{}))
	cut := errors.New("cut off")
	err := d.bolt.Update(func(tx *bolt.Tx) error {
		check(t, d.bring(tx, 1))
		return cut
	})
	if !errors.Is(err, cut) {
		t.Fatal(err)
	}
	check(t, d.bolt.View(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketFacts) != nil || tx.Bucket(bucketPauses) != nil {
			t.Error("a bucket of layout 2 is in a file of layout 1")
		}
		return nil
	}))
	check(t, d.release())
	wantLayout(t, path, 1)
}

func TestNewerFileNamesItsProgram(t *testing.T) {
	path := filled(t, 1)
	for _, c := range []struct{ writer, says string }{{"", "(version ?)"}, {"3.4.5", "(version 3.4.5)"}} {
		db := must[*bolt.DB](t)(bolt.Open(path, 0o600, nil))
		check(t, db.Update(func(tx *bolt.Tx) error {
			meta := tx.Bucket(bucketMeta)
			return errors.Join(meta.Put(keySchema, []byte{schema + 1}), meta.Put(keyProgram, []byte(c.writer)))
		}))
		check(t, db.Close())
		_, err := Open(path, Options{Program: "2.0.0"})
		wantCode(t, err, "store.newer")
		if text := err.Error(); !strings.Contains(text, c.says) || !strings.Contains(text, path) {
			t.Errorf("%q lacks %q", text, c.says)
		}
	}
}

// A file says which program opened it last, and that costs a commit only when the program is another one.
func TestFileNamesTheProgramThatOpenedIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	for _, program := range []string{"1.0.0", "1.0.0", "1.1.0", ""} {
		d := must[*DB](t)(Open(path, Options{Program: program}))
		check(t, d.view(func(tx *bolt.Tx) error {
			if got := writer(tx); got != program && program != "" || got == "" {
				t.Errorf("%q opened it, the file says %q", program, got)
			}
			return nil
		}))
		before := must[[]byte](t)(os.ReadFile(path))
		check(t, d.Close())
		check(t, must[*DB](t)(Open(path, Options{Program: program})).Close())
		if !bytes.Equal(before, must[[]byte](t)(os.ReadFile(path))) {
			t.Error("opening it again with the same program wrote to it")
		}
	}
}

func TestFlowPausesAreBesideTheConnections(t *testing.T) {
	d := openTest(t, newClock())
	until := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	check(t, d.SetFlowPause(record.KindStock, Pause{On: true, Until: until}))
	check(t, d.SetFlowPause(record.KindOrder, Pause{On: true}))
	check(t, d.SetFlowPause(record.KindPrice, Pause{}))
	want := map[record.Kind]Pause{record.KindStock: {On: true, Until: until}, record.KindOrder: {On: true}}
	if diff := cmp.Diff(want, must[map[record.Kind]Pause](t)(d.FlowPauses())); diff != "" {
		t.Error(diff)
	}
	if p := must[Pause](t)(d.Pause()); p.On {
		t.Error("the connection is paused too")
	}
	check(t, d.SetFlowPause(record.KindOrder, Pause{}))
	delete(want, record.KindOrder)
	if diff := cmp.Diff(want, must[map[record.Kind]Pause](t)(d.FlowPauses())); diff != "" {
		t.Error(diff)
	}
}

func TestFactsAreRememberedAndForgotten(t *testing.T) {
	d := openTest(t, newClock())
	for _, text := range []string{"", "one", "two", "two", ""} {
		check(t, d.SetFact("name", text))
		if got := must[string](t)(d.Fact("name")); got != text {
			t.Errorf("%q, want %q", got, text)
		}
	}
}
