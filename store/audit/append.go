package audit

import (
	"os"
	"slices"
	"time"
)

// add appends drafts as entries and makes them durable.
func (t *Trail) add(drafts []draft) error {
	if len(drafts) == 0 {
		return nil
	}
	people := map[string]held{}
	for i := range drafts {
		if p := drafts[i].person; p != "" {
			people[p] = held{}
		}
	}
	if err := t.keys.of(people); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ready(drafts[0].entry.At); err != nil {
		return err
	}
	if month := monthOf(drafts[0].entry.At); month > t.head.File {
		if err := t.turn(month); err != nil {
			return err
		}
	}
	return t.write(drafts, people)
}

// ready makes sure that the open file is the one the head lies in, and as long as it was left.
func (t *Trail) ready(now time.Time) error {
	grown := false
	if t.file != nil {
		info, err := os.Stat(pathOf(t.dir, t.head.File))
		if err == nil && info.Size() == t.size {
			return nil
		}
		grown = err == nil && info.Size() > t.size
		if err := t.letGo(); err != nil {
			return t.disk(err)
		}
	}
	return t.resume(now, grown)
}

// turn begins the file of a month.
func (t *Trail) turn(month string) error {
	if err := t.letGo(); err != nil {
		return t.disk(err)
	}
	if err := t.openMonth(month); err != nil {
		return err
	}
	t.head.File = month
	return t.trim(t.opts.Now())
}

func (t *Trail) openMonth(month string) error {
	f, err := os.OpenFile(pathOf(t.dir, month), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return t.disk(err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // the first error says more
		return t.disk(err)
	}
	if info.Size() == 0 && !t.opts.NoSync {
		syncFolder(t.dir)
	}
	t.file, t.size = f, info.Size()
	return nil
}

// write appends drafts to the open file: one write and one wait for the disk, however many they are. After a failure
// the file is let go of; what it holds then is found out before the next write.
func (t *Trail) write(drafts []draft, people map[string]held) error {
	head := t.head
	lines := make([]byte, 0, 512*len(drafts))
	for i := range drafts {
		e := drafts[i].entry
		e.Seq, e.Prev, e.Connection, e.At = head.Count+1, head.Hash, t.name, e.At.UTC()
		if head.Count == 0 {
			e.Prev = genesis(t.name)
		}
		if p := drafts[i].person; p != "" {
			if err := e.seal(&drafts[i].box, people[p]); err != nil {
				return err
			}
		}
		head.Offset = t.size + int64(len(lines))
		var err error
		if lines, head.Hash, err = encode(lines, &e); err != nil {
			return err
		}
		head.Count = e.Seq
	}
	_, err := t.file.Write(lines)
	if err == nil && !t.opts.NoSync {
		err = t.file.Sync()
	}
	if err != nil {
		_ = t.letGo() // the first error says more
		return t.disk(err)
	}
	t.head, t.size = head, t.size+int64(len(lines))
	return nil
}

// trim removes the months that are too old: whole files from the beginning, never the last. An entry says first up to
// where, so that what is left still begins somewhere known. A clock that is far ahead of the last entry is not believed.
func (t *Trail) trim(now time.Time) error {
	all, err := months(t.dir)
	if err != nil || len(all) < 2 {
		return err
	}
	if last, ok := t.lastMoment(all); ok && now.After(last.AddDate(0, 0, 31)) {
		now = last.AddDate(0, 0, 31)
	}
	oldest := monthOf(now.AddDate(-t.opts.Years, 0, 0))
	n, _ := slices.BinarySearch(all, oldest)
	n = min(n, len(all)-1)
	if n == 0 {
		return nil
	}
	first, ok := firstEntry(t.dir, all[n])
	if !ok || first.Seq < 2 {
		return nil // what begins there can't be vouched for
	}
	through := &Through{Seq: first.Seq - 1, Hash: first.Prev, Months: all[:n]}
	d := draft{entry: Entry{At: t.opts.Now(), Who: Who{Installation: t.opts.Installation}, What: whatCheckpoint,
		Why: "older than the connection keeps its trail", Through: through}}
	if err := t.write([]draft{d}, nil); err != nil {
		return err
	}
	for _, m := range all[:n] {
		if os.Remove(pathOf(t.dir, m)) != nil {
			break // it goes the next time, with those after it; no record waits for that
		}
	}
	return nil
}

// lastMoment is when the newest entry before the current month's first was made.
func (t *Trail) lastMoment(all []string) (time.Time, bool) {
	for _, m := range slices.Backward(all) {
		var at time.Time
		err := backward(t.dir, m, func(raw []byte) bool {
			e, _, ok := decode(raw)
			at = e.At
			return !ok
		})
		if err == nil && !at.IsZero() {
			return at, true
		}
	}
	return time.Time{}, false
}
