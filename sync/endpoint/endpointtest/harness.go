// Package endpointtest is the suite every connector passes: what a system does to us, and what package endpoint
// promises in spite of it. Every case gets a fresh simulator and runs on a virtual clock (testing/synctest), so a
// connector's waits cost no time; the simulator is reached without a socket (sync/sim.Transport).
package endpointtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/sim"
)

// MaxAnswer is the limit (web.Options.MaxAnswer) worlds are opened with, so that an oversized answer need not be huge.
const MaxAnswer = 1 << 20

// World is one fresh system and the endpoint that reaches it.
type World struct {
	Endpoint endpoint.Endpoint
	Faults   *sim.Faults // stand between the two

	// Read names the kinds that are read after a cursor, and Key the business key of the i-th record of them.
	Read []record.Kind
	Key  func(i int) string
	// Seed makes the i-th record as the system's own users do; Edit changes it so that its date of change moves.
	Seed, Edit func(i int)

	// Refuses is how this system itself answers a request without a valid sign-in (401) or without the right (403).
	Refuses func(status int) sim.Fault

	// Create is the change that makes the i-th record of the kind written, and Find the key it is looked up by
	// afterwards. What it needs (items, customers) is there.
	Create func(i int) record.Change
	Find   func(i int) string
	// Bad is a create the system itself refuses.
	Bad func() record.Change
	// Same reports whether what was read back is what was written.
	Same func(written, read record.Body) bool
	// Count is how many records of the kind written the system holds, asked of the system itself.
	Count func() int
	// Twice says that the system takes the same create twice: only the engine's look before it keeps a record from being
	// made again (invariant 3).
	Twice bool
	// IsWrite picks the requests that write: part of the method, path or body.
	IsWrite sim.Rule
}

// Harness says how to make worlds.
type Harness struct {
	// Open makes a fresh world. It is called once a case, inside the case's bubble.
	Open func(t *testing.T) *World
	// Secrets are what the world signs in with. They may appear in no error.
	Secrets []string
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := h.Open(t)
				c.run(&test{T: t, World: w, secrets: h.Secrets})
			})
		})
	}
}

type testCase struct {
	name string
	run  func(*test)
}

func cases() []testCase {
	all := []testCase{
		{"check", (*test).check},
		{"written is read back", (*test).writtenIsRead},
		{"second write makes no second record", (*test).secondWrite},
		{"paging under edits", (*test).pagingUnderEdits},
		{"equal times of change", (*test).equalTimes},
		{"cursor resumes", (*test).cursorResumes},
		{"by ref", (*test).byRef},
		{"bad one among many", (*test).badAmongMany},
		{"answer to a create lost", (*test).answerLost},
		{"answer to a create cut", (*test).answerCut},
		{"cancelled before", (*test).cancelledBefore},
		{"cancelled during", (*test).cancelledDuring},
	}
	for _, trouble := range troubles() {
		all = append(all, testCase{"reading meets " + trouble.name, trouble.reading}, testCase{"writing meets " + trouble.name, trouble.writing})
	}
	return all
}

// test is one case at work.
type test struct {
	*testing.T
	*World
	secrets []string
}

// seed makes records 0 to n-1.
func (t *test) seed(n int) {
	for i := range n {
		t.World.Seed(i)
	}
}

// readAll reads from a cursor to the end, in pages of size, and returns how often each key was seen. between runs
// after every page.
func (t *test) readAll(after record.Cursor, size int, between func(page int)) (map[string]int, record.Cursor) {
	t.Helper()
	seen := map[string]int{}
	for page := 1; ; page++ {
		p, err := t.Endpoint.Read(t.Context(), record.Query{Kinds: t.Read, After: after, Limit: size})
		if err != nil {
			t.Fatalf("page %d: %v", page, t.clean(err))
		}
		for _, r := range p.Records {
			if r.Err != nil {
				t.Fatalf("page %d: %s: %v", page, r.Key, t.clean(r.Err))
			}
			if r.Ref == "" || r.Body == nil || r.Body.Kind() != r.Key.Kind {
				t.Errorf("page %d: a record without ref or body: %+v", page, r)
			}
			if r.Key.Kind == t.Read[0] {
				seen[r.Key.ID]++
			}
		}
		if !p.More {
			return seen, p.Next
		}
		if p.Next == after || page > 1000 {
			t.Fatalf("page %d: there is more, and the cursor stays at %q", page, after)
		}
		after = p.Next
		if between != nil {
			between(page)
		}
	}
}

// write sends changes and checks what every answer must have: one result a change.
func (t *test) write(changes ...record.Change) []endpoint.Result {
	t.Helper()
	results := t.Endpoint.Write(t.Context(), changes)
	if len(results) != len(changes) {
		t.Fatalf("%d results for %d changes", len(results), len(changes))
	}
	for _, r := range results {
		if r.Err != nil {
			t.clean(r.Err)
		}
	}
	return results
}

// lookUp reads one written record back by key.
func (t *test) lookUp(i int) []record.Record {
	t.Helper()
	kind := t.World.Create(i).Key.Kind
	p, err := t.Endpoint.Read(t.Context(), record.Query{Kinds: []record.Kind{kind}, Keys: []string{t.Find(i)}})
	if err != nil {
		t.Fatalf("looking up %s: %v", t.Find(i), t.clean(err))
	}
	return p.Records
}

// clean checks that no secret is in an error, however deep, and returns it.
func (t *test) clean(err error) error {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		text := fmt.Sprintf("%v %+v", e, e)
		if f, ok := e.(*fault.Error); ok {
			text += fmt.Sprint(f.Args)
		}
		for _, s := range t.secrets {
			if strings.Contains(text, s) {
				t.Errorf("a secret is in an error: %v", e)
			}
		}
	}
	return err
}
