package store

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// clock is a clock that a test sets.
type clock struct{ now time.Time }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

// openTest opens a real file that ends with the test.
func openTest(t *testing.T, c *clock) *DB {
	t.Helper()
	d, err := Open(filepath.Join(t.TempDir(), "c.db"), Options{Now: func() time.Time { return c.now }, NoSync: true, Installation: "HERE", Note: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if err == nil || fault.As(err).Code != code {
		t.Fatalf("got error %v, want %s", err, code)
	}
}

// filled makes a file with n items and returns its path.
func filled(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.db")
	d := must[*DB](t)(Open(path, Options{}))
	out := engine.Outcome{Kinds: []record.Kind{record.KindItem}, Cursor: "end", Moves: true, At: time.Unix(1, 0)}
	for i := range n {
		out.Settled = append(out.Settled, plan.Settled{Kind: record.KindItem, Key: "SKU-" + strconv.Itoa(i), Source: strconv.Itoa(i), To: "1", Sum: record.Sum{1}})
	}
	check(t, d.Commit(out))
	check(t, d.Close())
	return path
}

func TestOpenRefusesWhatItCannotTrust(t *testing.T) {
	for name, c := range map[string]struct {
		code  fault.Code
		spoil func(t *testing.T, path string)
	}{
		"written by a newer program": {"store.newer", func(t *testing.T, path string) {
			db := must[*bolt.DB](t)(bolt.Open(path, 0o600, nil))
			check(t, db.Update(func(tx *bolt.Tx) error {
				return tx.Bucket(bucketMeta).Put(keySchema, binary.AppendUvarint(nil, schema+1))
			}))
			check(t, db.Close())
		}},
		"another program's file": {"store.damaged", func(t *testing.T, path string) {
			db := must[*bolt.DB](t)(bolt.Open(path, 0o600, nil))
			check(t, db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(bucketMeta) }))
			check(t, db.Close())
		}},
		"no state file at all": {"store.damaged", func(t *testing.T, path string) {
			check(t, os.WriteFile(path, bytes.Repeat([]byte("not a state file\n"), 5000), 0o600))
		}},
		"a few bytes":     {"store.damaged", func(t *testing.T, path string) { check(t, os.WriteFile(path, []byte("x"), 0o600)) }},
		"cut off":         {"store.damaged", func(t *testing.T, path string) { check(t, os.Truncate(path, 3*4096)) }},
		"both heads gone": {"store.damaged", func(t *testing.T, path string) { overwrite(t, path, 0, 2) }},
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 3000)
			c.spoil(t, path)
			_, err := Open(path, Options{})
			wantCode(t, err, c.code)
			wantCode(t, Verify(path), c.code)
			// Nothing holds the file any more: a restored one can take its place.
			check(t, os.Rename(filled(t, 1), path))
			check(t, must[*DB](t)(Open(path, Options{})).Close())
		})
	}
}

// overwrite fills pages of a file with rubbish.
func overwrite(t *testing.T, path string, from, to int64) {
	t.Helper()
	f := must[*os.File](t)(os.OpenFile(path, os.O_RDWR, 0))
	defer f.Close()
	page := int64(os.Getpagesize())
	_ = must[int](t)(f.WriteAt(bytes.Repeat([]byte{0xab}, int((to-from)*page)), from*page))
}

// Every page of the file but its two heads is spoilt in turn. Whatever part of the program meets it says
// store.damaged; none hangs, panics or answers as if nothing were wrong with that page.
func TestDamagedPageIsNoticed(t *testing.T) {
	whole := filled(t, 400)
	body := must[[]byte](t)(os.ReadFile(whole))
	refs := make([]string, 400)
	for i := range refs {
		refs[i] = strconv.Itoa(i)
	}
	met := 0
	for page := int64(2); page < int64(len(body)/os.Getpagesize()) && page < 40; page++ {
		path := filepath.Join(t.TempDir(), "c.db")
		check(t, os.WriteFile(path, body, 0o600))
		overwrite(t, path, page, page+1)
		err := useAll(path, refs)
		if err == nil {
			continue // a free page, or one that only Verify visits
		}
		wantCode(t, err, "store.damaged")
		met++
	}
	if met < 5 {
		t.Errorf("only %d spoilt pages were noticed", met)
	}
}

// A few wrong bytes anywhere lead bolt through pages and buckets that are not there. Nothing of that ends the program.
func TestWrongBytesNeverPanic(t *testing.T) {
	whole := filled(t, 40)
	body := must[[]byte](t)(os.ReadFile(whole))
	used := 0
	d := must[*DB](t)(Open(whole, Options{}))
	check(t, d.view(func(tx *bolt.Tx) error { used = int(tx.Size()); return nil }))
	check(t, d.Close())
	r := rand.New(rand.NewPCG(7, 8))
	met := 0
	for range counted(t) / 2 {
		path := filepath.Join(t.TempDir(), "c.db")
		spoilt := bytes.Clone(body)
		for range 1 + r.IntN(20) {
			from := r.IntN(used)
			for i := from; i < min(from+1+r.IntN(600), used); i++ {
				spoilt[i] = byte(r.Uint32())
			}
		}
		check(t, os.WriteFile(path, spoilt, 0o600))
		if err := useAll(path, []string{"1", "2", "30"}); err != nil {
			met++
			if code := fault.As(err).Code; code != "store.damaged" && code != "store.newer" { // the layout's version has no checksum
				t.Errorf("a spoilt file: %v", err)
			}
		}
	}
	if met < 5 {
		t.Errorf("only %d spoilt files were noticed", met)
	}
}

func useAll(path string, refs []string) error {
	d, err := Open(path, Options{NoSync: true})
	if err != nil {
		return err
	}
	defer d.Close()
	agreed, err := d.Agreed(record.KindItem, refs)
	if err != nil {
		return err
	}
	if _, err := d.Fact("trail"); err != nil {
		return err
	}
	if _, err := d.Problems(Everything()); err != nil {
		return err
	}
	if _, err := d.Open(record.KindItem); err != nil {
		return err
	}
	out := engine.Outcome{Kinds: []record.Kind{record.KindItem}, Cursor: "further", Moves: true}
	for i, ref := range refs {
		out.Settled = append(out.Settled, plan.Settled{Kind: record.KindItem, Key: agreed[i].Key, Source: ref, To: "2"})
	}
	if err := d.Commit(out); err != nil {
		return err
	}
	return d.Commit(out)
}

func TestVerifyFindsAValueThatCannotBeRead(t *testing.T) {
	path := filled(t, 10)
	check(t, Verify(path))
	db := must[*bolt.DB](t)(bolt.Open(path, 0o600, nil))
	check(t, db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(linksName(record.KindItem)).Put(appendRef(nil, "5"), []byte("?"))
	}))
	check(t, db.Close())
	wantCode(t, Verify(path), "store.damaged")
	d := must[*DB](t)(Open(path, Options{}))
	defer d.Close()
	_, err := d.Agreed(record.KindItem, []string{"5"})
	wantCode(t, err, "store.damaged")
	if got := must[plan.Agreed](t)(d.Agreed(record.KindItem, []string{"4"})); got[0].Key != "SKU-4" {
		t.Errorf("the record beside it reads %+v", got[0])
	}
}

func TestLockedFileNamesItsOwner(t *testing.T) {
	d := openTest(t, newClock())
	_, err := Open(d.Path(), Options{})
	wantCode(t, err, "store.locked")
	if got, want := fault.As(err).Args["pid"], strconv.Itoa(os.Getpid()); got != want {
		t.Errorf("process %s, want %s", got, want)
	}
}

func TestClosedStateStopsTheRun(t *testing.T) {
	d := must[*DB](t)(Open(filepath.Join(t.TempDir(), "c.db"), Options{NoSync: true}))
	check(t, d.Close())
	wantCode(t, d.Commit(engine.Outcome{Kinds: []record.Kind{record.KindItem}, Moves: true, Cursor: "1"}), "run.cancelled")
}

func TestOutcomeThatChangesNothingIsNotWritten(t *testing.T) {
	d := openTest(t, newClock())
	out := engine.Outcome{
		Kinds: []record.Kind{record.KindItem, record.KindStock}, Cursor: "7", Moves: true,
		Settled: []plan.Settled{{Kind: record.KindItem, Key: "A", Source: "a", To: "1", Sum: record.Sum{1}}, {Kind: record.KindStock, Key: "A", Source: "a", To: "1", Level: 30_000}},
	}
	check(t, d.Commit(out))
	before := must[[]byte](t)(os.ReadFile(d.Path()))
	check(t, d.Commit(out))
	check(t, d.ResetCursor(record.KindPrice))
	check(t, d.SetPause(Pause{}))
	if after := must[[]byte](t)(os.ReadFile(d.Path())); !bytes.Equal(before, after) {
		t.Error("the file was written to")
	}
}

func TestFileIsReadableByItsOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps access lists instead; the installer sets the folder's")
	}
	d := openTest(t, newClock())
	if got := must[os.FileInfo](t)(os.Stat(d.Path())).Mode().Perm(); got != 0o600 {
		t.Errorf("mode %o", got)
	}
}

// The budget of the whole engine is 12 allocations a record; the store may take the larger part of it.
func TestAllocations(t *testing.T) {
	d := openTest(t, newClock())
	const page = 1000
	refs, settled := make([]string, page), make([]plan.Settled, 0, 3*page)
	n := 0
	fill := func() {
		settled = settled[:0]
		for i := range refs {
			n++
			refs[i] = "0000" + strconv.Itoa(n*7919%1_000_000)
			for _, k := range []record.Kind{record.KindItem, record.KindStock, record.KindPrice} {
				settled = append(settled, plan.Settled{Kind: k, Key: "SKU", Source: refs[i], To: "12345", Sum: record.Sum{byte(n)}, Level: 5})
			}
		}
	}
	fill()
	filling := testing.AllocsPerRun(5, fill)
	all := testing.AllocsPerRun(5, func() {
		fill()
		if _, err := d.Agreed(record.KindItem, refs); err != nil {
			t.Fatal(err)
		}
		check(t, d.Commit(engine.Outcome{Kinds: []record.Kind{record.KindItem}, Settled: settled, Moves: true, Cursor: record.Cursor(strconv.Itoa(n))}))
	})
	if got := (all - filling) / page; got > 10 {
		t.Errorf("%.1f allocations a record", got)
	}
}
