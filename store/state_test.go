package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

func countKeys(t *testing.T, d *DB, bucket []byte) (n int) {
	t.Helper()
	check(t, d.view(func(tx *bolt.Tx) error {
		n = tx.Bucket(bucket).Stats().KeyN
		return nil
	}))
	return n
}

func TestIntentsLastUntilTheirOutcomeIsRecorded(t *testing.T) {
	d := openTest(t, newClock())
	all := []engine.Intent{
		{ID: "i2", Kind: record.KindShopper, Key: "a@b.example", Source: "7"},
		{ID: "i1", Kind: record.KindOrder, Key: "17", Source: "7"},
		{ID: "i3", Kind: record.KindItem, Key: "SKU", Source: "x"},
	}
	check(t, d.Intend(all, nil))
	open := must[engine.Open](t)(d.Open(record.KindOrder))
	if want := []engine.Intent{all[1], all[0]}; !slices.Equal(open.Intents, want) {
		t.Errorf("got %+v, want %+v", open.Intents, want)
	}
	check(t, d.Commit(engine.Outcome{Intents: []string{"i1", "i2", "unknown", ""}}))
	if got := must[engine.Open](t)(d.Open(record.KindOrder)).Intents; len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
	if got := must[engine.Open](t)(d.Open(record.KindItem)).Intents; !slices.Equal(got, all[2:]) {
		t.Errorf("the item's: %+v", got)
	}
}

func TestMarksLastUntilTheyAreLeft(t *testing.T) {
	d := openTest(t, newClock())
	check(t, d.Commit(engine.Outcome{Settled: []plan.Settled{
		{Kind: record.KindOrder, Key: "17", Source: "7", To: "bc", Mark: "101005"},
		{Kind: record.KindOrder, Key: "18", Source: "8", To: "bc2"},
	}}))
	want := []engine.Mark{{Ref: "7", Key: "17", Body: record.Mark{Installation: "HERE", Document: "101005", Note: true}}}
	if got := must[engine.Open](t)(d.Open(record.KindOrder)).Marks; !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := must[engine.Open](t)(d.Open(record.KindShipment)).Marks; len(got) != 0 {
		t.Errorf("shipments have %+v", got)
	}
	check(t, d.Commit(engine.Outcome{Kinds: orders, Marks: []string{"7"}}))
	if got := must[engine.Open](t)(d.Open(record.KindOrder)).Marks; len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
}

func TestOrdersAreFoundByNumberAlsoAfterRenumbering(t *testing.T) {
	d := openTest(t, newClock())
	settle := func(ref, key, to string) {
		t.Helper()
		check(t, d.Commit(engine.Outcome{Settled: []plan.Settled{{Kind: record.KindOrder, Key: key, Source: ref, To: to}}}))
	}
	found := func(keys ...string) []record.Record {
		t.Helper()
		return must[[]record.Record](t)(d.Linked(record.KindOrder, keys))
	}
	linked := func(key, ref string) record.Record {
		return record.Record{Key: record.Key{Kind: record.KindOrder, ID: key}, Ref: ref}
	}
	if got := found("1001"); len(got) != 0 {
		t.Errorf("in an empty file: %+v", got)
	}
	settle("7", "1001", "bc")
	settle("8", "1002", "")
	if got, want := found("1002", "", "1001", "9"), []record.Record{linked("1001", "7")}; !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	settle("7", "1001-A", "")
	if got, want := found("1001", "1001-A"), []record.Record{linked("1001-A", "7")}; !cmp.Equal(got, want) {
		t.Errorf("after renumbering: %+v, want %+v", got, want)
	}
	link, ok, err := d.LinkByKey(record.KindOrder, "1001-A")
	if err != nil || !ok || link.Ref != "7" || link.To != "bc" {
		t.Errorf("by key: %+v, %v, %v", link, ok, err)
	}
}

func TestLinksAreListedAndFound(t *testing.T) {
	d := openTest(t, newClock())
	const n = 2*atOnce + 5
	o := engine.Outcome{}
	for i := range n {
		o.Settled = append(o.Settled, plan.Settled{Kind: record.KindItem, Key: fmt.Sprint("SKU", i), Source: fmt.Sprint(i), To: fmt.Sprint(-i)})
	}
	check(t, d.Commit(o))
	seen := map[string]bool{}
	check(t, d.EachLink(record.KindItem, func(l Link) error {
		if l.Key != "SKU"+l.Ref || seen[l.Ref] {
			t.Fatalf("got %+v", l)
		}
		seen[l.Ref] = true
		return d.SetPause(Pause{On: len(seen)%2 == 0}) // a change from within must not hang
	}))
	if got := must[int](t)(d.CountLinks(record.KindItem)); got != n || len(seen) != n {
		t.Errorf("counted %d, saw %d, want %d", got, len(seen), n)
	}
	stop := errors.New("stop")
	if err := d.EachLink(record.KindItem, func(Link) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestLinkIsFoundByKeyAndByRef(t *testing.T) {
	d := openTest(t, newClock())
	check(t, d.Commit(engine.Outcome{Settled: []plan.Settled{
		{Kind: record.KindItem, Key: "SKU1", Source: "1", To: "-1"}, {Kind: record.KindItem, Key: "SKU77", Source: "77", To: "-77"},
	}}))
	if l, ok, err := d.LinkByKey(record.KindItem, "SKU77"); err != nil || !ok || l.Ref != "77" {
		t.Errorf("by key: %+v, %v, %v", l, ok, err)
	}
	if l, ok, err := d.LinkByRef(record.KindItem, "77"); err != nil || !ok || l.To != "-77" {
		t.Errorf("by ref: %+v, %v, %v", l, ok, err)
	}
	for _, family := range []record.Kind{record.KindItem, record.KindShipment} {
		if _, ok, err := d.LinkByKey(family, "none"); ok || err != nil {
			t.Errorf("%s: %v, %v", family, ok, err)
		}
	}
}

func TestRunsAreKeptPerKindTheNewestFirst(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	for i := range keptRuns + 7 {
		check(t, d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindStock, Read: i, Ended: c.now}, CallsBC: int64(i)}))
		check(t, d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindOrder, Ended: c.now}, Code: "net.timeout", Args: fault.Args{"host": "h"}}))
		c.pass(time.Minute)
	}
	runs := must[[]Run](t)(d.Runs(record.KindStock))
	if len(runs) != keptRuns || runs[0].Read != keptRuns+6 || runs[0].CallsBC != keptRuns+6 || runs[keptRuns-1].Read != 7 {
		t.Errorf("%d runs from %d to %d", len(runs), runs[0].Read, runs[len(runs)-1].Read)
	}
	if got := must[[]Run](t)(d.Runs(record.KindOrder)); len(got) != keptRuns || got[0].Args["host"] != "h" {
		t.Errorf("%d runs of orders: %+v", len(got), got[0])
	}
	if got := must[time.Time](t)(d.LastGood(record.KindStock)); !got.Equal(c.now.Add(-time.Minute)) {
		t.Errorf("last good %v", got)
	}
	if got := must[time.Time](t)(d.LastGood(record.KindOrder)); !got.IsZero() {
		t.Errorf("orders never finished, but %v", got)
	}
}

func TestPauseIsRemembered(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	for _, want := range []Pause{{}, {On: true}, {On: true, Until: c.now}, {}} {
		check(t, d.SetPause(want))
		if got := must[Pause](t)(d.Pause()); got.On != want.On || !got.Until.Equal(want.Until) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestCursorIsSharedByTheKindsThatReadTogether(t *testing.T) {
	d := openTest(t, newClock())
	check(t, d.Commit(engine.Outcome{Kinds: []record.Kind{record.KindItem, record.KindStock}, Cursor: "5", Moves: true}))
	check(t, d.Commit(engine.Outcome{Kinds: []record.Kind{record.KindItem}, Cursor: "9"}))
	check(t, d.ResetCursor(record.KindStock))
	for kind, want := range map[record.Kind]record.Cursor{record.KindItem: "5", record.KindStock: "", record.KindPrice: ""} {
		if got := must[record.Cursor](t)(d.Cursor(kind)); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

// Every snapshot taken while commits go on is one moment: its cursor says exactly which pages are in it.
func TestSnapshotIsOneMoment(t *testing.T) {
	d := openTest(t, newClock())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := range 60 {
			if err := d.Commit(crashPage(n)); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 8 {
		var b bytes.Buffer
		must[int64](t)(d.Snapshot(&b))
		path := filepath.Join(t.TempDir(), fmt.Sprint(i))
		check(t, os.WriteFile(path, b.Bytes(), 0o600))
		check(t, Verify(path))
		wantWholePages(t, path)
	}
	wg.Wait()
	check(t, d.verify())
}

func TestInstallationIsMadeOnceAndNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			id, err := InstallationID(dir)
			if err != nil {
				t.Error(err)
			}
			ids[i] = id
		})
	}
	wg.Wait()
	if slices.Sort(ids); ids[0] != ids[len(ids)-1] || len(ids[0]) != installationLength {
		t.Errorf("got %v", ids)
	}
	path := filepath.Join(dir, installationFile)
	for _, bad := range []string{"", "short", "../../../../etc/passwd-----"} {
		check(t, os.WriteFile(path, []byte(bad), 0o600))
		_, err := InstallationID(dir)
		wantCode(t, err, "store.damaged")
	}
	_, err := InstallationID(filepath.Join(dir, "no such folder"))
	wantCode(t, err, "store.disk")
	if left := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
}
