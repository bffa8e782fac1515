package store

import (
	"bytes"
	"encoding/json"

	bolt "go.etcd.io/bbolt"

	"stockbridge/sync/fault"
)

// erased stands where a person's data was.
const erased = "(erased)"

// factErased is there while the file's free pages may still hold what was erased.
const factErased = "erased"

// EraseText takes every text that mentions a person out of what is said about problems and runs. It returns how many
// of them those were. The records themselves are not here: the state holds digests. Bolt leaves what was there in pages
// that are free now, and the kept snapshot holds it too: where n is above 0, close the file, open it again (that writes it
// anew) and call KeepSnapshot.
func (d *DB) EraseText(mentions func(text string) bool) (n int, err error) {
	err = d.update(func(tx *bolt.Tx) error {
		problems, err := d.erasedProblems(tx, mentions)
		if err != nil {
			return err
		}
		runs, err := d.erasedRuns(tx, mentions)
		if err != nil {
			return err
		}
		if n = len(problems) + len(runs); n == 0 {
			return errClean
		}
		for k, p := range problems {
			if err := putProblem(tx, []byte(k), &p); err != nil {
				return err
			}
		}
		for k, v := range runs {
			if err := tx.Bucket(bucketRuns).Put([]byte(k), v); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketFacts).Put([]byte(factErased), []byte("yes"))
	})
	if err != nil {
		return 0, err
	}
	d.problemsChanged()
	return n, nil
}

// erasedProblems returns the problems that mention a person as they are without.
func (d *DB) erasedProblems(tx *bolt.Tx, mentions func(string) bool) (map[string]Problem, error) {
	out := map[string]Problem{}
	err := eachProblem(tx, "", func(k, v []byte) error {
		p, err := readProblem(v)
		if err != nil {
			return d.damaged(err)
		}
		if eraseArgs(p.Args, mentions) {
			out[string(k)] = p
		}
		return nil
	})
	return out, err
}

// erasedRuns does the same for what stopped a run.
func (d *DB) erasedRuns(tx *bolt.Tx, mentions func(string) bool) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := tx.Bucket(bucketRuns).ForEach(func(k, v []byte) error {
		var r Run
		if err := json.Unmarshal(v, &r); err != nil {
			return d.damaged(err)
		}
		named := eraseArgs(r.Args, mentions)
		if mentions(r.Detail) {
			r.Detail, named = erased, true
		}
		if !named {
			return nil
		}
		text, err := json.Marshal(r)
		if err != nil {
			return fault.Wrap(err, "bug.unclassified", nil)
		}
		out[string(bytes.Clone(k))] = text
		return nil
	})
	return out, err
}

func eraseArgs(args fault.Args, mentions func(string) bool) (any bool) {
	for name, value := range args {
		if mentions(value) {
			args[name], any = erased, true
		}
	}
	return any
}
