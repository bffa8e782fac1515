package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// swollen makes a file of more than compactFrom bytes that is mostly free.
func swollen(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.db")
	d := must[*DB](t)(Open(path, Options{NoSync: true}))
	const problems, page = 40_000, 5_000
	refs := make([]string, 0, problems)
	for from := 0; from < problems; from += page {
		o := engine.Outcome{Kinds: []record.Kind{record.KindItem}}
		for i := from; i < from+page; i++ {
			refs = append(refs, crashRef(i))
			o.Held = append(o.Held, plan.Held{Kind: record.KindItem, Key: fmt.Sprint("SKU", i), Source: refs[i], Code: "item.no_name", Stays: true})
		}
		check(t, d.Commit(o))
	}
	check(t, d.Commit(engine.Outcome{Kinds: []record.Kind{record.KindItem}, Gone: refs[1000:]}))
	check(t, d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindItem}}))
	check(t, d.Close())
	return path
}

func TestOpenGivesSpaceBack(t *testing.T) {
	path := swollen(t)
	before := must[os.FileInfo](t)(os.Stat(path)).Size()
	if before < compactFrom {
		t.Fatalf("the file has only %d bytes", before)
	}
	check(t, os.WriteFile(path+compactSuffix, []byte("half a file of an earlier try"), 0o600))
	d := must[*DB](t)(Open(path, Options{}))
	if after := must[os.FileInfo](t)(os.Stat(path)).Size(); after > before/4 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	if got := len(must[[]Problem](t)(d.Problems(Everything()))); got != 1000 {
		t.Errorf("%d problems", got)
	}
	check(t, d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindItem}}))
	if got := len(must[[]Run](t)(d.Runs(record.KindItem))); got != 2 { // the bucket's sequence went along
		t.Errorf("%d runs", got)
	}
	_, err := Open(path, Options{})
	wantCode(t, err, "store.locked")
	check(t, d.Close())
	check(t, Verify(path))
	left := must[[]string](t)(filepath.Glob(path + "*"))
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	small := must[[]byte](t)(os.ReadFile(path))
	check(t, must[*DB](t)(Open(path, Options{})).Close())
	if !bytes.Equal(small, must[[]byte](t)(os.ReadFile(path))) {
		t.Error("the next opening wrote to the file")
	}
}

// Where the new file can't be written, the old one is used as it is.
func TestCompactingThatFailsCostsNothing(t *testing.T) {
	path := swollen(t)
	check(t, os.Mkdir(path+compactSuffix, 0o700))
	check(t, os.WriteFile(filepath.Join(path+compactSuffix, "in the way"), nil, 0o600))
	d := must[*DB](t)(Open(path, Options{}))
	if got := len(must[[]Problem](t)(d.Problems(Everything()))); got != 1000 {
		t.Errorf("%d problems", got)
	}
	check(t, d.Close())
	check(t, Verify(path))
}

// A virus scanner may hold the new file, so that it can't take the name: the old one is then used as it is.
func TestCompactingWhoseResultCantTakeTheName(t *testing.T) {
	path := swollen(t)
	d := must[*DB](t)(Open(path, Options{}))
	check(t, d.exchange(path+".nothing"))
	if got := len(must[[]Problem](t)(d.Problems(Everything()))); got != 1000 {
		t.Errorf("%d problems", got)
	}
	check(t, d.Close())
	check(t, Verify(path))
}
