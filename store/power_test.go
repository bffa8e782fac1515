package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// A commit writes pages nobody reads yet, waits for the disk, writes one head, and waits again (go.etcd.io/bbolt tx.go:
// Commit, write, writeMeta). A power cut can so leave any part of the pages with the old head, or all of them with the
// old head, the new one or a torn one. The tests below make such files from the images before and after each commit.

// sector is what a disk writes in one piece.
const sector = 512

// images are the file before the first commit and after each.
type images struct {
	files [][]byte
	page  int
}

// powerCut makes the file a power cut leaves during commit n (from image n to n+1).
func (im *images) powerCut(r *rand.Rand, n int) []byte {
	before, after := im.files[n], im.files[n+1]
	size := len(after)
	if r.IntN(2) == 0 {
		size = len(before) // it had not grown yet
	}
	heads := r.IntN(3) == 0
	if heads {
		size = len(after)
	}
	cut := make([]byte, size)
	copy(cut, before)
	for at := 2 * im.page; at < size; at += im.page {
		switch old, new := cut[at:at+im.page], after[at:at+im.page]; {
		case bytes.Equal(old, new):
		case heads || r.IntN(3) == 0:
			copy(old, new)
		case r.IntN(2) == 0: // torn
			for s := 0; s < im.page; s += sector {
				if r.IntN(2) == 0 {
					copy(old[s:s+sector], new[s:s+sector])
				}
			}
		}
	}
	if heads {
		im.tearHead(r, cut, after)
	}
	return cut
}

// tearHead writes a part of the new head: whole, by sectors, or cut off at any byte.
func (im *images) tearHead(r *rand.Rand, cut, after []byte) {
	for at := 0; at < 2*im.page; at += im.page {
		if bytes.Equal(cut[at:at+im.page], after[at:at+im.page]) {
			continue
		}
		upTo := []int{im.page, sector, r.IntN(pageHeader + metaLength)}[r.IntN(3)]
		copy(cut[at:at+upTo], after[at:at+upTo])
	}
}

// contents is everything in a file, and what its cursor says.
func contents(t *testing.T, d *DB) string {
	t.Helper()
	var b bytes.Buffer
	check(t, d.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
			fmt.Fprintf(&b, "[%s] %d\n", name, bucket.Sequence())
			return bucket.ForEach(func(k, v []byte) error {
				_, err := fmt.Fprintf(&b, "%x=%x\n", k, v)
				return err
			})
		})
	}))
	return b.String()
}

// counted is how many images a test makes: STOCKBRIDGE_IMAGES, or a thousand.
func counted(t *testing.T) int {
	t.Helper()
	if text := os.Getenv("STOCKBRIDGE_IMAGES"); text != "" {
		return must[int](t)(strconv.Atoi(text))
	}
	if testing.Short() {
		return 200
	}
	return 1000
}

// workload commits everything a service commits, and keeps the file after each commit.
func workload(t *testing.T, path string) *images {
	t.Helper()
	d := must[*DB](t)(Open(path, Options{NoSync: true, Program: "1.0.0"}))
	im := &images{page: d.bolt.Info().PageSize}
	keep := func(err error) {
		t.Helper()
		check(t, err)
		im.files = append(im.files, must[[]byte](t)(os.ReadFile(path)))
	}
	keep(nil)
	for n := range 30 {
		keep(d.Intend([]engine.Intent{{ID: fmt.Sprint("intent", n), Kind: record.KindItem, Source: fmt.Sprint(n)}}, nil))
		keep(d.Commit(crashPage(n)))
		keep(d.SaveRun(Run{Tally: engine.Tally{Kind: record.KindItem, Read: n}}))
		switch n {
		case 3:
			keep(d.SetPause(Pause{On: true}))
		case 5:
			keep(d.SetFact("bc", "CRONUS"))
		case 9:
			keep(d.ResetCursor(record.KindItem))
		case 28: // a page so large that the file grows
			o := engine.Outcome{Kinds: []record.Kind{record.KindStock}, Cursor: "large", Moves: true}
			for i := range 9000 {
				o.Settled = append(o.Settled, plan.Settled{Kind: record.KindStock, Key: fmt.Sprint("L", i), Source: crashRef(100_000 + i), To: "1", Sum: record.Sum{1}})
			}
			keep(d.Commit(o))
		}
	}
	check(t, d.Close())
	return im
}

// Whatever a power cut leaves of a commit, the file opens by itself, bolt's own check and ours pass, and it holds what it
// held before that commit or after it: never a part, never something else.
func TestPowerCutLeavesTheLastCommitOrTheOneBefore(t *testing.T) {
	dir := t.TempDir()
	im := workload(t, filepath.Join(dir, "w.db"))
	if len(im.files[0]) == len(im.files[len(im.files)-1]) {
		t.Fatal("the file never grew")
	}
	want := make([]string, len(im.files))
	path := filepath.Join(dir, "c.db")
	open := func(file []byte) string {
		t.Helper()
		check(t, os.WriteFile(path, file, 0o600))
		check(t, os.WriteFile(path+pidSuffix, []byte("1"), 0o600)) // nobody closed it
		d := must[*DB](t)(Open(path, Options{NoSync: true}))
		defer d.Close()
		return contents(t, d)
	}
	for i, file := range im.files {
		want[i] = open(file)
	}
	r := rand.New(rand.NewPCG(1, 2))
	old, renewed := 0, 0
	for range counted(t) {
		n := r.IntN(len(im.files) - 1)
		switch got := open(im.powerCut(r, n)); got {
		case want[n]:
			old++
		case want[n+1]:
			renewed++
		default:
			t.Fatalf("commit %d: the file holds neither what it held before nor after", n)
		}
	}
	if old == 0 || renewed == 0 {
		t.Errorf("%d images with the old state, %d with the new: not both were tried", old, renewed)
	}
}

// The same for the commit that brings a file of layout 1 forward, and for what a cut leaves beside it.
func TestPowerCutDuringMigration(t *testing.T) {
	source := fixture(t, "schema-1.db")
	im := &images{page: os.Getpagesize(), files: [][]byte{must[[]byte](t)(os.ReadFile(source))}}
	check(t, must[*DB](t)(Open(source, Options{})).Close())
	im.files = append(im.files, must[[]byte](t)(os.ReadFile(source)))
	r := rand.New(rand.NewPCG(3, 4))
	path := filepath.Join(t.TempDir(), "c.db")
	layouts := map[byte]int{}
	for range 100 {
		cut := im.powerCut(r, 0)
		check(t, os.WriteFile(path, cut, 0o600))
		check(t, os.WriteFile(path+pidSuffix, nil, 0o600))
		check(t, os.WriteFile(path+".v1"+tmpSuffix, cut[:r.IntN(len(cut))], 0o600)) // half a copy of an earlier try
		layouts[layoutOf(t, path)]++
		d := must[*DB](t)(Open(path, Options{Installation: "HERE"}))
		wantFixture(t, d)
		check(t, d.SetFact("a", "b"))
		check(t, d.Close())
		wantLayout(t, path, schema)
	}
	if layouts[1] == 0 || layouts[schema] == 0 {
		t.Errorf("layouts met: %v", layouts)
	}
}

func layoutOf(t *testing.T, path string) (v byte) {
	t.Helper()
	db := must[*bolt.DB](t)(bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true}))
	defer db.Close()
	check(t, db.View(func(tx *bolt.Tx) error {
		n, _ := binary.Uvarint(tx.Bucket(bucketMeta).Get(keySchema))
		v = byte(n)
		return nil
	}))
	return v
}

// A disk that lied, or lost pages long written, is beyond what a commit protects against. The file is then refused or
// holds what was committed; the one that OpenOrRebuild puts in its place always opens.
func TestAnySpoiltPageIsRefusedOrRebuilt(t *testing.T) {
	whole := filled(t, 400)
	body := must[[]byte](t)(os.ReadFile(whole))
	d := must[*DB](t)(Open(whole, Options{}))
	want := contents(t, d)
	used := int(d.bolt.Info().PageSize)
	check(t, d.view(func(tx *bolt.Tx) error { used = int(tx.Size()); return nil }))
	check(t, d.Close())
	r := rand.New(rand.NewPCG(5, 6))
	refused := 0
	for n := range counted(t) / 4 {
		path := filepath.Join(t.TempDir(), "c.db")
		spoilt := bytes.Clone(body)
		from := r.IntN(used)
		for i := from; i < min(from+1+r.IntN(64), used); i++ {
			spoilt[i] = byte(r.Uint32())
		}
		check(t, os.WriteFile(path, spoilt, 0o600))
		check(t, os.WriteFile(path+pidSuffix, nil, 0o600))
		d, was, err := OpenOrRebuild(path, Options{NoSync: true})
		check(t, err)
		if was.Cause != nil {
			refused++
		} else if got := contents(t, d); len(got) != len(want) { // a value's own bytes have no checksum
			t.Errorf("image %d, from byte %d: opened with other records in it", n, from)
		}
		check(t, d.Close())
	}
	if refused == 0 {
		t.Error("no spoilt file was refused")
	}
}
