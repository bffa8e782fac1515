package sim

// tx is a database transaction: every change can be undone until it is committed. The server's mutex is held for as
// long as one lives.
type tx struct {
	co   *Company
	undo []func()
	open bool // stays uncommitted, whatever the code in it commits
}

func (t *tx) insert(r *row) {
	r.in.add(r)
	t.undo = append(t.undo, func() { r.in.drop(r) })
}

func (t *tx) remove(r *row) {
	r.in.drop(r)
	t.undo = append(t.undo, func() { r.in.add(r) })
}

// set assigns a value; it reports whether that changed anything.
func (t *tx) set(r *row, name string, v any) bool {
	f := r.in.set.byName[name]
	old := r.v[f.index]
	if same(old, v) {
		return false
	}
	r.in.assign(r, f, v)
	t.undo = append(t.undo, func() { r.in.assign(r, f, old) })
	return true
}

// touch stamps a row as the platform does at Modify: now, before the commit (NOTES section 4).
func (t *tx) touch(r *row) { t.set(r, "lastModifiedDateTime", t.co.s.now()) }

// rollback undoes everything after a savepoint (a former length of undo).
func (t *tx) rollback(savepoint int) {
	for len(t.undo) > savepoint {
		last := t.undo[len(t.undo)-1]
		t.undo = t.undo[:len(t.undo)-1]
		last()
	}
}

// commit makes everything so far permanent, as AL's Commit does in the middle of posting.
func (t *tx) commit() {
	if !t.open {
		t.undo = nil
	}
}
