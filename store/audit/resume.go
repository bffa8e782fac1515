package audit

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"slices"
	"strconv"
	"time"
)

// ending is what is found at the end of a trail, from the last remembered entry on.
type ending struct {
	head   Head      // the last entry that follows from it
	any    Head      // the last line that is an entry by itself, whatever the chain says
	gap    hash.Hash // over what comes after head and is no entry; nil where nothing does
	bytes  int64     // of it
	torn   bool      // it looks like what a crash leaves
	open   bool      // the last line has no end
	broken string    // why the chain doesn't go on from what was remembered; "" when it does
}

// resume finds the end of the trail from the head on, opens its last file, and says in an entry what is wrong there. grown: the
// file has more than was written to it, and no write had failed.
func (t *Trail) resume(now time.Time, grown bool) error {
	all, err := months(t.dir)
	if err != nil {
		return err
	}
	if len(all) == 0 && t.head.Count == 0 {
		t.head = Head{}
		return nil
	}
	known := t.head
	end := ending{}
	if len(all) == 0 {
		all = []string{max(monthOf(now), known.File)}
		end.broken = "all files are gone; " + remembered(known)
	} else if end, err = findEnd(t.dir, t.name, all, known); err != nil {
		return err
	}
	if grown && end.broken == "" {
		end.broken = "somebody else wrote to it; " + remembered(known)
	}
	last := all[len(all)-1]
	if err := t.openMonth(last); err != nil {
		return err
	}
	t.head = end.head
	t.head.File = last
	if end.open {
		if err := t.endLine(&end); err != nil {
			return err
		}
	}
	d := draft{entry: Entry{At: now, Who: Who{Installation: t.opts.Installation}, What: whatRecover, Why: "a crash cut it off; nothing of it was committed"}}
	switch {
	case end.broken != "":
		d.entry.What, d.entry.Why = whatBroken, end.broken
		t.head = Head{Count: max(end.any.Count, known.Count), Hash: end.any.Hash, File: last}
	case end.gap == nil:
		return nil
	}
	if end.gap != nil {
		d.entry.Gap = &Gap{Bytes: end.bytes, Digest: text(end.gap.Sum(nil))}
	}
	err = t.write([]draft{d}, nil)
	if err != nil {
		t.head = known // so that the next attempt begins where this one did
	}
	return err
}

// endLine ends the last line, so that the next entry has one of its own. A piece of one gets a zero byte before its end:
// without it, a second crash before the entry about the first would make it look like a line that somebody changed.
func (t *Trail) endLine(end *ending) error {
	mark := []byte{'\n'}
	if end.gap != nil {
		mark = []byte{0, '\n'}
	}
	n, err := t.file.Write(mark)
	t.size += int64(n)
	if err != nil {
		_ = t.letGo() // the first error says more
		return t.disk(err)
	}
	if end.gap != nil {
		end.gap.Write(mark)
		end.bytes += int64(len(mark))
	}
	return nil
}

func remembered(h Head) string {
	return "entry " + strconv.FormatUint(h.Count, 10) + " " + h.Hash + " was the last one"
}

// findEnd walks from the remembered entry, or where none is from the beginning of the last file that has any, to the end.
func findEnd(dir, name string, all []string, known Head) (end ending, err error) {
	first := slices.Index(all, known.File)
	from := known.Offset
	if known.Count > 0 && first < 0 {
		end.broken = "file " + known.File + suffix + " is gone; " + remembered(known)
	}
	if first < 0 {
		first, from = max(len(all)-1, 0), 0
		for first > 0 {
			if _, ok := firstEntry(dir, all[first]); ok {
				break
			}
			first--
		}
	}
	for i, month := range all[first:] {
		if i > 0 {
			from = 0
		}
		err := forward(dir, month, from, 0, func(l *line) bool {
			end.take(l, name, month, known)
			return true
		})
		if err != nil {
			return end, err
		}
		if end.gap != nil && first+i < len(all)-1 {
			end.torn = false // a crash leaves nothing in a file that is not the last
		}
	}
	switch {
	case end.broken != "":
	case end.head.Count < known.Count:
		end.broken = "it ends with entry " + strconv.FormatUint(end.head.Count, 10) + "; " + remembered(known)
	case end.gap != nil && !end.torn:
		end.broken = "what comes after entry " + strconv.FormatUint(end.head.Count, 10) + " was changed"
	}
	return end, nil
}

// take looks at the next line.
func (end *ending) take(l *line, name, month string, known Head) {
	end.open = !l.ended
	e, hash, ok := decode(l.raw)
	here := Head{Count: e.Seq, Hash: hash, File: month, Offset: l.offset}
	if ok {
		end.any = here
	}
	if end.gap == nil {
		switch {
		case ok && end.head.Count == 0: // the first line looked at
			if known.Count == 0 || end.broken != "" || here == known {
				end.head = here
				return
			}
			end.broken = "the entry remembered was changed; " + remembered(known)
			end.head = here
			return
		case ok && e.Seq == end.head.Count+1 && e.Prev == end.head.Hash:
			end.head = here
			return
		}
		end.gap = sha256.New()
		end.torn = !ok && (!l.ended || bytes.IndexByte(l.raw, 0) >= 0)
	} else if end.closes(&e, ok) {
		end.head, end.gap, end.bytes, end.torn = here, nil, 0, false
		return
	}
	end.gap.Write(l.raw)
	if l.ended {
		end.gap.Write([]byte{'\n'})
	}
	end.bytes += l.size()
}

// closes reports whether an entry is the one that tells of the gap before it.
func (end *ending) closes(e *Entry, ok bool) bool {
	return ok && e.Gap != nil && e.What == whatRecover && e.Gap.Bytes == end.bytes && follows(e, end.head) &&
		e.Gap.Digest == text(end.gap.Sum(nil))
}

func follows(e *Entry, head Head) bool {
	return e.Seq == head.Count+1 && (e.Prev == head.Hash || head.Count == 0)
}
