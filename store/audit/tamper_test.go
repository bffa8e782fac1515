package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stockbridge/sync/engine"
)

// twoMonths is a trail of six entries in two files, the last of them about a person.
func twoMonths(t *testing.T) (*world, Head) {
	w := newWorld(t)
	w.fill(3)
	w.now = w.now.AddDate(0, 1, 0)
	w.fill(2)
	w.append(w.order("1001", "jan@example.nl"))
	w.whole()
	return w, w.trail.Head()
}

// tampering is a way to change the files, and what a verification says of it.
type tampering struct {
	name   string
	tamper func(*world)
	want   string
	stays  bool // after a start it is told at the same place; else where the start noticed it
}

func tamperings() []tampering {
	const november, december = "2026-11", "2026-12"
	swap := func(lines [][]byte, a, b int) { lines[a], lines[b] = lines[b], lines[a] }
	edit := func(month string, change func([][]byte) [][]byte) func(*world) {
		return func(w *world) { w.put(month, bytes.Join(change(w.lines(month)), nil)) }
	}
	return []tampering{
		{"value changed", edit(november, func(l [][]byte) [][]byte {
			l[1] = bytes.Replace(l[1], []byte(`"value":"1"`), []byte(`"value":"9"`), 1)
			return l
		}), "audit.changed 2026-11.jsonl:2 entry 2", true},
		{"entry written anew with a right hash", edit(november, func(l [][]byte) [][]byte {
			e, _, _ := decode(bytes.TrimSpace(l[1]))
			e.Key = "OTHER"
			l[1], _, _ = encode(nil, &e)
			return l
		}), "audit.changed 2026-11.jsonl:3 entry 2", true},
		{"first entry written anew", edit(november, func(l [][]byte) [][]byte {
			e, _, _ := decode(bytes.TrimSpace(l[0]))
			e.Prev = genesis("de")
			l[0], _, _ = encode(nil, &e)
			return l
		}), "audit.changed 2026-11.jsonl:1 entry 1", true},
		{"removed", edit(november, func(l [][]byte) [][]byte { return append(l[:1], l[2:]...) }), "audit.removed 2026-11.jsonl:2 entry 2", true},
		{"swapped", edit(november, func(l [][]byte) [][]byte { swap(l, 1, 2); return l }), "audit.reordered 2026-11.jsonl:3 entry 2", true},
		{"doubled", edit(november, func(l [][]byte) [][]byte { return append(l[:2], l[1], l[2]) }), "audit.reordered 2026-11.jsonl:3 entry 2", true},
		{"first removed", edit(november, func(l [][]byte) [][]byte { return l[1:] }), "audit.file_missing 2026-11.jsonl:1 entry 1", true},
		{"end of a month removed", edit(november, func(l [][]byte) [][]byte { return l[:2] }), "audit.file_missing 2026-12.jsonl:1 entry 3", true},
		{"first file removed", func(w *world) { _ = os.Remove(w.path(november)) }, "audit.file_missing 2026-12.jsonl:1 entry 1", true},
		{"line put in between", edit(november, func(l [][]byte) [][]byte { return append(l[:2], []byte("{}\n"), l[2]) }), "audit.changed 2026-11.jsonl:3 entry 3", true},
		{"zeros in the middle", edit(november, func(l [][]byte) [][]byte {
			l[1] = append(make([]byte, len(l[1])-1), '\n')
			return l
		}), "audit.changed 2026-11.jsonl:2 entry 2", true},
		{"last entry changed", edit(december, func(l [][]byte) [][]byte {
			l[2] = bytes.Replace(l[2], []byte("1001"), []byte("1002"), 1)
			return l
		}), "audit.changed 2026-12.jsonl:3 entry 6", true},
		{"last entry written anew", edit(december, func(l [][]byte) [][]byte {
			e, _, _ := decode(bytes.TrimSpace(l[2]))
			e.Key = "OTHER"
			l[2], _, _ = encode(nil, &e)
			return l
		}), "audit.changed 2026-12.jsonl:3 entry 6", false},
		{"tail cut off", edit(december, func(l [][]byte) [][]byte { return l[:2] }), "audit.cut 2026-12.jsonl:0 entry 6", false},
		{"tail cut in the middle of an entry", edit(december, func(l [][]byte) [][]byte { return [][]byte{l[0], l[1], l[2][:40]} }), "audit.cut 2026-12.jsonl:0 entry 6", false},
		{"last file removed", func(w *world) { _ = os.Remove(w.path(december)) }, "audit.cut 2026-11.jsonl:0 entry 4", false},
		{"last file emptied", func(w *world) { w.put(december, nil) }, "audit.cut 2026-12.jsonl:0 entry 4", false},
		{"all removed", func(w *world) { _ = os.Remove(w.path(november)); _ = os.Remove(w.path(december)) }, "audit.cut .jsonl:0 entry 1", false},
		{"sealed values of another", edit(december, func(l [][]byte) [][]byte { return exchanged(l) }), "audit.sealed 2026-12.jsonl:3 entry 6", true},
	}
}

// TestTamperingShows changes the files in every way there is and expects the first break with its place, as well from a
// verification as, after a start and more entries, from the next one: what was missing stays told.
func TestTamperingShows(t *testing.T) {
	for _, c := range tamperings() {
		t.Run(c.name, func(t *testing.T) {
			w, known := twoMonths(t)
			w.stop()
			c.tamper(w)
			if strings.HasPrefix(c.want, "audit.sealed") {
				known = Head{} // whoever can do that has forged what was remembered too
			}
			var err error
			if w.keys, err = OpenKeys(w.dir+"/keys", true); err != nil {
				t.Fatal(err)
			}
			if got := w.code(known); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
			if err := w.keys.Close(); err != nil {
				t.Fatal(err)
			}
			w.start(known)
			w.append(w.stock("after", 1))
			w.restart(w.trail.Head())
			r, err := w.trail.Verify()
			if err != nil || r.Fault == nil {
				t.Fatalf("after a start nothing shows any more: %v", err)
			}
			if c.stays != (placed(r.Fault) == c.want) {
				t.Errorf("after a start: %v", r.Fault)
			}
		})
	}
}

// exchanged forges the last entry so that only its sealed values are wrong.
func exchanged(l [][]byte) [][]byte {
	e, _, _ := decode(bytes.TrimSpace(l[2]))
	e.Sealed[len(e.Sealed)-1] ^= 1
	l[2], _, _ = encode(nil, &e)
	return l
}

// TestTamperingWhileItRunsShows changes the file under a running service.
func TestTamperingWhileItRunsShows(t *testing.T) {
	for name, tamper := range map[string]func(*world){
		"cut":     func(w *world) { l := w.lines("2026-11"); w.put("2026-11", bytes.Join(l[:2], nil)) },
		"longer":  func(w *world) { w.put("2026-11", append(w.read("2026-11"), "{}\n"...)) },
		"removed": func(w *world) { _ = os.Remove(w.path("2026-11")) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.fill(4)
			tamper(w)
			if r, err := w.trail.Verify(); name != "longer" && (err != nil || r.Fault == nil) {
				t.Errorf("at once: %v, %v", r.Fault, err)
			}
			w.fill(2)
			r, err := w.trail.Verify()
			if err != nil || r.Fault == nil || r.Fault.Args["connection"] != "nl" {
				t.Errorf("later: %v, %v", r.Fault, err)
			}
			found := w.list(Query{Limit: 1})
			if found[0].Seq < 6 {
				t.Errorf("number %d was given again", found[0].Seq)
			}
		})
	}
}

// TestAnotherTrailIsNoTrail puts one connection's files in another's place.
func TestAnotherTrailIsNoTrail(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	de, err := Open(w.dir+"/de", w.keys, Options{Now: w.trail.opts.Now, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer de.Close()
	if err := os.WriteFile(w.dir+"/de/2026-11.jsonl", w.read("2026-11"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := de.Verify(); err != nil || r.Fault == nil || r.Fault.Code != "audit.changed" {
		t.Errorf("%v, %v", r.Fault, err)
	}
}

// TestAnyChangedByteShows changes each byte of a trail in turn.
func TestAnyChangedByteShows(t *testing.T) {
	w := newWorld(t)
	w.append(w.stock("A1", 1), w.slim("1001", "jan@example.nl"), w.stock("A2", 2))
	good, head := w.read("2026-11"), w.trail.Head()
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x15
		w.put("2026-11", bad)
		if got := w.code(head); got == "" {
			t.Fatalf("byte %d (%q) changed, and nothing shows", i, good[i])
		}
	}
	for n := range len(good) {
		w.put("2026-11", good[:n])
		if got := w.code(head); got == "" && n < len(good)-1 { // without its last line end the last entry is whole
			t.Fatalf("cut to %d bytes, and nothing shows", n)
		}
	}
}

// TestForgedRecoverHidesNothing: an entry that pretends that a crash cut something off closes no gap it doesn't fit.
func TestForgedRecoverHidesNothing(t *testing.T) {
	w := newWorld(t)
	w.fill(4)
	lines := w.lines("2026-11")
	e, hash, _ := decode(bytes.TrimSpace(lines[1]))
	forged := Entry{Seq: 3, At: w.now, What: whatRecover, Prev: hash, Gap: &Gap{Bytes: int64(len(lines[2])) + 1, Digest: digest(lines[2])}}
	line, _, err := encode(nil, &forged)
	if err != nil || e.Seq != 2 {
		t.Fatal(err)
	}
	lines[2][5] ^= 1
	w.put("2026-11", bytes.Join([][]byte{lines[0], lines[1], lines[2], line, lines[3]}, nil))
	if got := w.code(Head{}); got != "audit.changed 2026-11.jsonl:3 entry 3" {
		t.Errorf("found %q", got)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, group := range []int{1, 100, 2000} {
		for _, what := range []string{"stock", "orders"} {
			b.Run(fmt.Sprintf("%s/%d a commit", what, group), func(b *testing.B) {
				w := newWorld(b)
				w.trail.opts.NoSync, w.keys.noSync = false, false
				deeds := make([]engine.Deed, group)
				for i := range deeds {
					deeds[i] = w.stock(fmt.Sprintf("A%04d", i), int64(i))
					if what == "orders" {
						deeds[i] = w.order(fmt.Sprint(1000+i), fmt.Sprintf("p%d@example.nl", i))
					}
				}
				n := 0
				for b.Loop() {
					w.append(deeds...)
					n += group
				}
				b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
				b.ReportMetric(float64(len(w.read("2026-11")))/float64(n), "bytes/entry")
			})
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	deeds := make([]engine.Deed, 20_000)
	for i := range deeds {
		deeds[i] = w.stock(fmt.Sprintf("A%04d", i), int64(i))
	}
	w.append(deeds...)
	for b.Loop() {
		w.whole()
	}
	b.ReportMetric(float64(b.N*len(deeds))/b.Elapsed().Seconds(), "entries/s")
}

// An entry that follows all rules of the chain, but was appended by somebody else while the trail is in use.
func TestForgedEntryAtTheEndShows(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	head := w.trail.Head()
	forged, _, err := encode(nil, &Entry{Seq: head.Count + 1, At: w.now, Who: Who{Account: "piet", Role: "administrator"}, What: "approve", Prev: head.Hash})
	if err != nil {
		t.Fatal(err)
	}
	w.put(head.File, append(w.read(head.File), forged...))
	w.fill(1)
	for range 2 {
		if got := w.code(w.trail.Head()); !strings.HasPrefix(got, "audit.broken") {
			t.Errorf("verified: %q", got)
		}
		w.restart(w.trail.Head())
	}
}

// A month that can't be removed (on Windows: somebody reads it) stays until the next time; nothing waits for that.
func TestMonthThatCannotBeRemovedStopsNothing(t *testing.T) {
	w := newWorld(t)
	w.years = 1
	w.restart(Head{})
	w.fill(2)
	old := w.path(w.trail.Head().File)
	w.now = w.now.AddDate(0, 1, 0)
	w.fill(1)
	if err := errors.Join(os.Remove(old), os.MkdirAll(filepath.Join(old, "held"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for range 15 {
		w.now = w.now.AddDate(0, 1, 0)
		w.fill(1)
	}
	w.restart(w.trail.Head())
	w.fill(1)
}
