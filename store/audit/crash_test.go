package audit

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"stockbridge/sync/engine"
)

// TestCrashAtEveryByteOfAnAppend cuts the file at each length that a crash can leave while three entries are appended:
// what was appended before is there, whole entries count, and a piece of one is told of by a marked entry.
func TestCrashAtEveryByteOfAnAppend(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	known := w.trail.Head()
	before := len(w.read("2026-11"))
	w.append(w.stock("B1", 1), w.slim("1001", "jan@example.nl"), w.stock("B2", 2))
	after := w.read("2026-11")
	for n := before; n <= len(after); n++ {
		w.stop()
		w.put("2026-11", after[:n])
		crashed(t, w, after[:n], known, n)
	}
}

// crashed starts on what a crash left, and expects every whole entry to be kept and every other byte to be told of.
func crashed(t *testing.T, w *world, left []byte, known Head, n int) {
	t.Helper()
	whole := bytes.Count(left, []byte("\n"))
	tail := left[bytes.LastIndexByte(left, '\n')+1:]
	if _, _, ok := decode(tail); ok { // only its line end is missing
		whole, tail = whole+1, nil
	}
	w.start(known)
	if r := w.whole(); len(tail) > 0 && (r.Torn != 1 || r.Entries != whole+1) || len(tail) == 0 && (r.Torn != 0 || r.Entries != whole) {
		t.Fatalf("cut at %d: %d whole entries and a tail of %d bytes became %+v", n, whole, len(tail), r)
	}
	e := w.list(Query{Limit: 1})[0]
	if (e.What == whatRecover) != (len(tail) > 0) {
		t.Fatalf("cut at %d: the last entry is %+v", n, e)
	}
	if len(tail) > 0 && e.Gap.Bytes != int64(len(tail))+2 {
		t.Fatalf("cut at %d: %d bytes are told of, there are %d", n, e.Gap.Bytes, len(tail)+2)
	}
	w.append(w.stock("C1", 1))
	w.restart(w.trail.Head())
	w.whole()
}

// TestCrashAgainWhileRecovering cuts at every length of the entry that tells of the first crash.
func TestCrashAgainWhileRecovering(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	known := w.trail.Head()
	w.append(w.stock("B1", 1))
	w.stop()
	torn := w.read("2026-11")
	torn = torn[:len(torn)-20]
	w.put("2026-11", torn)
	w.start(known)
	w.stop()
	after := w.read("2026-11")
	for n := len(torn); n < len(after); n++ {
		w.put("2026-11", after[:n])
		w.start(known)
		w.append(w.stock("C1", 1))
		if r := w.whole(); r.Torn != 1 || r.Entries != 4 {
			t.Fatalf("cut at %d: %+v", n, r)
		}
		w.stop()
	}
}

// TestBlocksThatNeverReachedTheDisk leaves zeros where the power failed before a block was written.
func TestBlocksThatNeverReachedTheDisk(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	known, before := w.trail.Head(), len(w.read("2026-11"))
	w.append(w.stock("B1", 1), w.stock("B2", 2), w.stock("B3", 3))
	after := w.read("2026-11")
	w.stop()
	for n := before; n < len(after)-300; n += 13 {
		left := bytes.Clone(after)
		clear(left[n : n+300])
		w.put("2026-11", left)
		w.start(known)
		if r := w.whole(); r.Torn != 1 {
			t.Fatalf("zeros at %d: %+v", n, r)
		}
		w.stop()
	}
}

// TestCrashAtTheTurnOfAMonth leaves a new month's file empty.
func TestCrashAtTheTurnOfAMonth(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	known := w.trail.Head()
	w.stop()
	w.put("2026-12", nil)
	w.now = w.now.AddDate(0, 1, 0)
	w.start(known)
	w.append(w.stock("B1", 1))
	if r := w.whole(); r.Entries != 3 || len(w.read("2026-12")) == 0 {
		t.Errorf("%+v", r)
	}
}

// TestFailedAppendIsFoundOut closes the file under the trail, so that the next write fails.
func TestFailedAppendIsFoundOut(t *testing.T) {
	w := newWorld(t)
	w.fill(2)
	if err := w.trail.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.trail.Append([]engine.Deed{w.stock("B1", 1)}); err == nil {
		t.Fatal("a write to a closed file did not fail")
	}
	w.fill(1)
	if r := w.whole(); r.Entries != 3 {
		t.Errorf("%+v", r)
	}
}

// TestUnknownEndIsTakenAsItIs: the state file was lost, so nothing is remembered.
func TestUnknownEndIsTakenAsItIs(t *testing.T) {
	w, _ := twoMonths(t)
	w.restart(Head{})
	w.append(w.stock("B1", 1))
	if r := w.whole(); r.Entries != 7 {
		t.Errorf("%+v", r)
	}
}

func TestClockThatGoesBackKeepsTheOrder(t *testing.T) {
	w, _ := twoMonths(t)
	w.now = w.now.AddDate(0, -2, 0)
	w.fill(2)
	w.restart(w.trail.Head())
	w.fill(1)
	if r := w.whole(); r.Entries != 9 {
		t.Errorf("%+v", r)
	}
	if found := w.list(Query{Limit: 4, Since: w.now}); len(found) != 4 || found[0].Seq != 9 {
		t.Errorf("%+v", found)
	}
}

func TestOldMonthsGoWithACheckpoint(t *testing.T) {
	w := newWorld(t)
	w.years = 2
	w.restart(Head{})
	for range 40 { // a month each
		w.fill(2)
		w.now = w.now.AddDate(0, 1, 0)
	}
	all, err := months(w.dir + "/nl")
	if err != nil || len(all) != 25 || all[0] != "2028-02" {
		t.Fatalf("%d months are kept, from %v, %v", len(all), all[:1], err)
	}
	r := w.whole()
	found := w.list(Query{Limit: 1000})
	checkpoints := 0
	for _, e := range found {
		if e.What == whatCheckpoint {
			checkpoints++
		}
	}
	if r.Entries != len(found) || checkpoints == 0 || found[len(found)-1].Seq != 31 {
		t.Errorf("%+v, %d entries, %d checkpoints, the first is %d", r, len(found), checkpoints, found[len(found)-1].Seq)
	}
	if err := os.Remove(w.path("2028-02")); err != nil { // one more than any checkpoint says
		t.Fatal(err)
	}
	if got := w.code(Head{}); !strings.HasPrefix(got, "audit.file_missing 2028-03.jsonl:1") {
		t.Errorf("a month removed by somebody: %q", got)
	}
}

// TestCheckpointComesBeforeTheRemoval: a crash between the two leaves more than the checkpoint says, and the next start
// removes it.
func TestCheckpointComesBeforeTheRemoval(t *testing.T) {
	w, known := twoMonths(t)
	old := w.read("2026-12")
	w.now = w.now.AddDate(1, 0, 0)
	w.fill(1)
	w.now = w.now.AddDate(0, 1, 0)
	w.years = 1
	w.restart(w.trail.Head())
	w.fill(1)
	if _, err := os.Stat(w.path("2026-11")); err == nil {
		t.Fatal("the old month is still there")
	}
	w.whole()
	w.put("2026-12", old)
	w.whole()
	w.restart(w.trail.Head())
	if _, err := os.Stat(w.path("2026-12")); err == nil || known.Count == 0 {
		t.Error("the old month is still there after a start")
	}
	w.whole()
}

// TestClockFarAheadRemovesNothing: a clock that jumps twenty years ahead takes nothing away.
func TestClockFarAheadRemovesNothing(t *testing.T) {
	w, known := twoMonths(t)
	w.now = w.now.AddDate(20, 0, 0)
	w.restart(known)
	w.fill(1)
	if r := w.whole(); r.Entries != 7 {
		t.Errorf("%+v", r)
	}
}

// TestLaws draws appends, commands, erasures, restarts, crashes and new months: the trail is whole after each, every
// entry acknowledged is there once, and exactly the erased are unreadable.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.stop()
		readable := map[string]bool{} // order's number
		owner := map[string]string{}
		orders := 0
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				var deeds []engine.Deed
				for range rapid.IntRange(1, 5).Draw(rt, "deeds") {
					orders++
					number, email := fmt.Sprint(orders), fmt.Sprintf("p%d@example.nl", rapid.IntRange(0, 3).Draw(rt, "person"))
					deeds = append(deeds, w.slim(number, email))
					readable[number], owner[number] = true, email
				}
				w.append(deeds...)
			},
			"command": func(rt *rapid.T) {
				if err := w.trail.Command(Command{Account: "piet", Role: "operator", What: "pause"}); err != nil {
					rt.Fatal(err)
				}
			},
			"erase": func(rt *rapid.T) {
				email := fmt.Sprintf("p%d@example.nl", rapid.IntRange(0, 3).Draw(rt, "person"))
				if _, err := w.keys.Erase(email); err != nil {
					rt.Fatal(err)
				}
				for number, who := range owner {
					if who == email {
						readable[number] = false
					}
				}
			},
			"restart": func(*rapid.T) { w.restart(w.trail.Head()) },
			"month":   func(*rapid.T) { w.now = w.now.AddDate(0, 1, 0) },
			"crash": func(rt *rapid.T) {
				w.stop()
				all, err := months(w.dir + "/nl")
				if err != nil || len(all) == 0 {
					w.start(Head{})
					return
				}
				last := all[len(all)-1]
				piece := rapid.SampledFrom([]string{"{", `{"seq":7,"at":"20`, "\x00\x00\x00", "x\x00\n"}).Draw(rt, "piece")
				w.put(last, append(w.read(last), piece...))
				w.start(Head{})
			},
			"": func(rt *rapid.T) {
				r, err := w.trail.Verify()
				if err != nil || r.Fault != nil {
					rt.Fatalf("%v, %v", r.Fault, err)
				}
				found := map[string]bool{}
				for _, e := range w.list(Query{Kind: "orders", Limit: 10_000}) {
					if found[e.Key] || e.Erased == readable[e.Key] {
						rt.Fatalf("order %s: there %v, erased %v, readable %v", e.Key, found[e.Key], e.Erased, readable[e.Key])
					}
					found[e.Key] = true
				}
				if len(found) != orders {
					rt.Fatalf("%d of %d orders are there", len(found), orders)
				}
			},
		})
	})
}

// FuzzDecode: no line makes decoding panic, and what is taken for an entry has the hash it says.
func FuzzDecode(f *testing.F) {
	e := Entry{Seq: 1, What: "update", Prev: genesis("nl"), Person: "x", Sealed: []byte("y"), Fields: []Field{{Name: "email", Digest: "d"}}, Gap: &Gap{}, Through: &Through{}}
	line, _, err := encode(nil, &e)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line[:len(line)-1])
	f.Add([]byte(`{"seq":1,"hash":"` + strings.Repeat("A", hashLength) + `"}`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		check := func(raw []byte) {
			e, hash, ok := decode(raw)
			if !ok {
				return
			}
			if digest(raw[:len(raw)-hashTail]) != hash || e.Seq == 0 {
				t.Fatalf("%q is taken for an entry", raw)
			}
			keys := &Keys{byID: map[string]key{e.Person: {}}}
			_ = e.unseal(keys) // whatever it says, it must not panic
			if line, _, err := encode(nil, &e); err == nil {
				if again, _, ok := decode(bytes.TrimSuffix(line, []byte{'\n'})); !ok || again.Seq != e.Seq {
					t.Fatalf("%q can't be read back", line)
				}
			}
		}
		check(raw)
		sealed := append(append(bytes.Clone(raw), hashField...), digest(raw)...) // what a forger would write
		check(append(sealed, hashEnd...))
	})
}
