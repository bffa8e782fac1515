package audit

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"strconv"

	"stockbridge/sync/fault"
)

// Report is what a verification found.
type Report struct {
	Entries int
	// Torn is how many stretches a crash cut off; they are told of in the trail and are no fault.
	Torn  int
	Fault *fault.Error // the first break, with its place; nil when the trail is whole
}

// Verify walks the whole trail and reports the first break. What the trail itself knows of its end is compared too.
func (t *Trail) Verify() (Report, error) {
	t.mu.Lock()
	head, size := t.head, t.size
	if t.file == nil {
		size = 0
	}
	t.mu.Unlock()
	return Verify(t.dir, t.keys, head, size)
}

// Verify walks the trail in a folder. The head is what was remembered of it, or zero; a size above 0 is how much of the
// head's file to look at, because more is being written. Personal values are compared with their digests as far as
// their keys are there; nil keys compare none.
func Verify(dir string, keys *Keys, head Head, size int64) (Report, error) {
	v := &verifier{name: nameOf(dir), keys: keys, known: head}
	all, err := months(dir)
	if err != nil {
		return v.report, err
	}
	for i, month := range all {
		v.month, v.fresh = month, true
		limit := int64(0)
		if month == head.File {
			limit = size
		}
		err := forward(dir, month, 0, limit, func(l *line) bool {
			v.take(l)
			return v.report.Fault == nil
		})
		if err != nil {
			return v.report, err
		}
		if v.gap != nil && i < len(all)-1 {
			v.fail("audit.changed", v.gapLine, v.at.Count+1)
		}
		if v.report.Fault != nil {
			return v.report, v.moved(dir)
		}
	}
	v.end()
	return v.report, nil
}

// verifier walks a trail.
type verifier struct {
	name  string
	keys  *Keys
	known Head

	month   string
	fresh   bool   // nothing of this file has been accepted
	at      Head   // the last good entry
	start   Entry  // the first one
	first   string // its month
	through []Through

	gap      hash.Hash // over what was no entry; nil in between
	gapBytes int64
	gapLine  int
	gapTorn  bool // it looks like what a crash leaves
	report   Report
}

func (v *verifier) fail(code fault.Code, number int, seq uint64) {
	v.report.Fault = fault.New(code, fault.Args{"connection": v.name, "file": v.month + suffix, "line": strconv.Itoa(number), "entry": strconv.FormatUint(seq, 10)})
}

func (v *verifier) take(l *line) {
	e, hash, ok := decode(l.raw)
	switch {
	case v.gap != nil && ok && v.closes(&e):
		v.gap = nil
		v.report.Torn++
	case v.gap != nil && ok && e.What == whatBroken:
		v.fail("audit.changed", v.gapLine, v.at.Count+1)
		return
	case v.gap != nil:
		v.skip(l)
		return
	case !ok:
		v.gap, v.gapBytes, v.gapLine = sha256.New(), 0, l.number
		v.gapTorn = !l.ended || bytes.IndexByte(l.raw, 0) >= 0
		v.skip(l)
		return
	case e.What == whatBroken:
		v.fail("audit.broken", l.number, e.Seq)
		v.report.Fault.Args["detail"] = e.Why
		return
	case !v.chained(&e, l):
		return
	}
	v.accept(&e, Head{Count: e.Seq, Hash: hash, File: v.month, Offset: l.offset}, l)
}

// closes reports whether an entry tells of the gap before it, as the trail does after a crash.
func (v *verifier) closes(e *Entry) bool {
	return e.What == whatRecover && e.Gap != nil && e.Gap.Bytes == v.gapBytes && e.Gap.Digest == text(v.gap.Sum(nil)) && v.follows(e)
}

func (v *verifier) follows(e *Entry) bool {
	if v.at.Count == 0 {
		return e.Seq == 1 && e.Prev == genesis(v.name)
	}
	return e.Seq == v.at.Count+1 && e.Prev == v.at.Hash
}

// skip goes on over what is no entry.
func (v *verifier) skip(l *line) {
	v.gap.Write(l.raw)
	if l.ended {
		v.gap.Write([]byte{'\n'})
	}
	v.gapBytes += l.size()
}

// chained checks that an entry follows the one before.
func (v *verifier) chained(e *Entry, l *line) bool {
	next := v.at.Count + 1
	switch {
	case v.follows(e), v.at.Count == 0 && e.Seq > 1: // a beginning that was removed is judged at the end
		return true
	case e.Seq == next:
		v.fail("audit.changed", l.number, max(v.at.Count, 1))
	case e.Seq < next:
		v.fail("audit.reordered", l.number, e.Seq)
	case v.fresh:
		v.missing("audit.file_missing", l.number, e.Seq-1)
	default:
		v.missing("audit.removed", l.number, e.Seq-1)
	}
	return false
}

// missing reports entries that are not there, up to one.
func (v *verifier) missing(code fault.Code, number int, to uint64) {
	v.fail(code, number, v.at.Count+1)
	v.report.Fault.Args["to"] = strconv.FormatUint(to, 10)
}

func (v *verifier) accept(e *Entry, here Head, l *line) {
	if v.at.Count == 0 {
		v.start, v.first = *e, v.month
	}
	v.at, v.fresh = here, false
	v.report.Entries++
	if e.Through != nil && e.What == whatCheckpoint {
		v.through = append(v.through, *e.Through)
	}
	if here.Count == v.known.Count && here.Hash != v.known.Hash {
		v.fail("audit.changed", l.number, e.Seq)
		return
	}
	if v.keys == nil {
		return
	}
	e.Connection = v.name
	if err := e.unseal(v.keys); err != nil {
		v.fail("audit.sealed", l.number, e.Seq)
	}
}

// end judges what only the whole trail shows.
func (v *verifier) end() {
	switch {
	case v.start.Seq > 1 && !v.removed():
		v.at.Count = 0
		v.missing("audit.file_missing", 1, v.start.Seq-1)
		v.report.Fault.Args["file"] = v.first + suffix
	case v.gap != nil && !v.gapTorn:
		v.fail("audit.changed", v.gapLine, v.at.Count+1)
	case v.at.Count < v.known.Count:
		v.missing("audit.cut", 0, v.known.Count)
	case v.gap != nil:
		v.report.Torn++ // the next start will say so in the trail
	}
}

// removed reports whether a checkpoint vouches for the beginning that isn't there.
func (v *verifier) removed() bool {
	for _, t := range v.through {
		// A crash in the middle of a removal leaves a part of what the checkpoint lets go.
		if t.Seq >= v.start.Seq || t.Seq == v.start.Seq-1 && t.Hash == v.start.Prev {
			return true
		}
	}
	return false
}

// moved tells an entry that was taken out from one that only stands elsewhere in its file.
func (v *verifier) moved(dir string) error {
	if v.report.Fault.Code != "audit.removed" {
		return nil
	}
	return forward(dir, v.month, 0, 0, func(l *line) bool {
		e, _, ok := decode(l.raw)
		if ok && e.Seq == v.at.Count+1 {
			v.fail("audit.reordered", l.number, e.Seq)
			return false
		}
		return true
	})
}
