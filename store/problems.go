package store

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Filter says which problems to list. The zero Filter lists what a person should look at.
type Filter struct {
	Kind record.Kind // "" is all
	Key  string      // "" is all
	Ref  string      // "" is all
	// Quiet, Caused and Skipped list also what waits in the normal course of things, what a listed problem is the
	// cause of, and what a person chose to leave.
	Quiet, Caused, Skipped bool
	Limit                  int // 0 is no limit
}

// Everything is the filter that hides nothing.
func Everything() Filter { return Filter{Quiet: true, Caused: true, Skipped: true} }

// Problems lists what waits, the oldest first.
func (d *DB) Problems(f Filter) ([]Problem, error) {
	var all []Problem
	err := d.view(func(tx *bolt.Tx) (err error) {
		all, err = d.allProblems(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	known := roots(all)
	all = slices.DeleteFunc(all, func(p Problem) bool { return !f.lists(&p, known) })
	slices.SortFunc(all, func(a, b Problem) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.ID, b.ID))
	})
	if f.Limit > 0 && len(all) > f.Limit {
		all = all[:f.Limit]
	}
	return all, nil
}

// lists reports whether p is among what f asks for. A problem is hidden behind its cause only while that cause is
// itself remembered as held: otherwise nobody would be shown anything (invariant 4).
func (f *Filter) lists(p *Problem, known map[record.Key]bool) bool {
	switch {
	case f.Kind != "" && f.Kind != p.Kind, f.Key != "" && f.Key != p.Key, f.Ref != "" && f.Ref != p.Ref:
		return false
	case p.Quiet && !f.Quiet, p.Skipped && !f.Skipped:
		return false
	}
	return f.Caused || p.Because == nil || !known[*p.Because]
}

func roots(all []Problem) map[record.Key]bool {
	known := make(map[record.Key]bool, len(all))
	for i := range all {
		known[record.Key{Kind: all[i].Kind, ID: all[i].Key}] = true
	}
	return known
}

func (d *DB) allProblems(tx *bolt.Tx) (all []Problem, err error) {
	err = eachProblem(tx, "", func(_, v []byte) error {
		p, err := readProblem(v)
		if err != nil {
			return d.damaged(err)
		}
		all = append(all, p)
		return nil
	})
	return all, err
}

// ProblemCounts says how many problems of each kind the zero Filter lists. It costs nothing while none changes.
func (d *DB) ProblemCounts() (map[record.Kind]int, error) {
	d.counts.Lock()
	before := d.counts.change
	if d.counts.made {
		defer d.counts.Unlock()
		return maps.Clone(d.counts.waits), nil
	}
	d.counts.Unlock()
	all, err := d.Problems(Filter{})
	if err != nil {
		return nil, err
	}
	waits := make(map[record.Kind]int)
	for i := range all {
		waits[all[i].Kind]++
	}
	d.counts.Lock()
	defer d.counts.Unlock()
	if d.counts.change == before {
		d.counts.made, d.counts.waits = true, maps.Clone(waits)
	}
	return waits, nil
}

func (d *DB) problemsChanged() {
	d.counts.Lock()
	defer d.counts.Unlock()
	d.counts.made = false
	d.counts.change++
}

// Problem returns one problem by its id, in any spelling; problem.unknown when there is none.
func (d *DB) Problem(id string) (p Problem, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		_, p, err = d.byID(tx, id)
		return err
	})
	return p, err
}

func (d *DB) byID(tx *bolt.Tx, id string) (key []byte, p Problem, err error) {
	key = bytes.Clone(tx.Bucket(bucketIDs).Get([]byte(spelled(id))))
	if key == nil {
		return nil, p, fault.New("problem.unknown", fault.Args{"id": id})
	}
	v := tx.Bucket(bucketProblems).Get(key)
	if v == nil {
		return nil, p, d.damaged(errors.New("a problem is missing"))
	}
	if p, err = readProblem(v); err != nil {
		return nil, p, d.damaged(err)
	}
	return key, p, nil
}

// Retry makes a record due now, whatever it waits for. It returns the problem.
func (d *DB) Retry(id string) (Problem, error) {
	return d.decide(id, func(p *Problem) { p.Asked, p.AskedAt, p.Skipped = true, d.opts.Now().UTC(), false })
}

// Skip leaves a record as it is until the owner's record changes or somebody retries it. It returns the problem.
func (d *DB) Skip(id string) (Problem, error) {
	return d.decide(id, func(p *Problem) { p.Asked, p.Approved, p.Skipped = false, false, true })
}

// decide changes one problem by a person's word.
func (d *DB) decide(id string, change func(*Problem)) (Problem, error) {
	var p Problem
	err := d.update(func(tx *bolt.Tx) error {
		key, found, err := d.byID(tx, id)
		if err != nil {
			return err
		}
		change(&found)
		p = found
		return putProblem(tx, key, &found)
	})
	d.problemsChanged()
	return p, err
}

func putProblem(tx *bolt.Tx, key []byte, p *Problem) error {
	v, err := p.stored()
	if err != nil {
		return err
	}
	return tx.Bucket(bucketProblems).Put(key, v)
}
