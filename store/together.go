package store

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"

	bolt "go.etcd.io/bbolt"
)

// List names what a guard holds together with a problem, out of all that Problems lists of its connection: 12 hex
// digits that change with every record that joins or leaves, or would be sent otherwise. A problem that no guard holds
// is in no list ("").
func List(p *Problem, listed []Problem) string {
	if !plan.Guards(p.Code) {
		return ""
	}
	var rows []string
	for i := range listed {
		if listed[i].with(p) {
			rows = append(rows, listed[i].ID+" "+hex.EncodeToString(listed[i].Sum[:])+"\n")
		}
	}
	slices.Sort(rows)
	h := sha256.New()
	for _, row := range rows {
		h.Write([]byte(row))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// with reports whether the same guard stopped both.
func (p *Problem) with(other *Problem) bool {
	return plan.Guards(p.Code) && p.Kind == other.Kind && p.Code == other.Code
}

// Approve lets a record go on in spite of what holds it. A guard's problem takes along all it is listed with: the guard
// stopped them together. list (see List) binds the word to what the person was shown: where a record has joined or left
// since, or would be sent otherwise, nothing is let through and the error is problem.list_changed; "" stands for the
// list as it is now. It returns the problem.
func (d *DB) Approve(id, list string) (Problem, error) {
	var chosen Problem
	err := d.update(func(tx *bolt.Tx) error {
		_, p, err := d.byID(tx, id)
		if err != nil {
			return err
		}
		all, err := d.allProblems(tx)
		if err != nil {
			return err
		}
		known, zero := roots(all), Filter{}
		listed := slices.DeleteFunc(slices.Clone(all), func(o Problem) bool { return !zero.lists(&o, known) })
		if now := List(&p, listed); list != "" && now != list {
			return fault.New("problem.list_changed", fault.Args{"id": p.ID})
		}
		for i := range all {
			o := &all[i]
			if o.ID != p.ID && (!o.with(&p) || !zero.lists(o, known)) {
				continue
			}
			o.Asked, o.Approved, o.Skipped, o.AskedAt = true, true, false, d.opts.Now().UTC()
			if err := putProblem(tx, problemKey(nil, o.Kind, o.Ref, o.Key), o); err != nil {
				return err
			}
			if o.ID == p.ID {
				chosen = *o
			}
		}
		return nil
	})
	d.problemsChanged()
	return chosen, err
}
