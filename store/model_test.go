package store

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// model is what a DB is to remember, as plain maps.
type model struct {
	links    map[record.Key]plan.Last // by family and ref
	cursors  map[record.Kind]record.Cursor
	intents  map[string]engine.Intent
	marks    map[string]engine.Mark
	problems map[record.Key]*Problem // by kind and ref
}

func newModel() *model {
	return &model{map[record.Key]plan.Last{}, map[record.Kind]record.Cursor{}, map[string]engine.Intent{}, map[string]engine.Mark{}, map[record.Key]*Problem{}}
}

func (m *model) commit(o engine.Outcome) {
	for _, s := range o.Settled {
		m.link(s.Kind, s.Source, s.Key, s.To, plan.Agreement{Set: true, Sum: s.Sum, Level: s.Level})
		delete(m.problems, record.Key{Kind: s.Kind, ID: s.Source})
		m.wake(record.Key{Kind: s.Kind, ID: s.Key}, o.At)
	}
	for _, ref := range o.Gone {
		for _, k := range o.Kinds {
			delete(m.problems, record.Key{Kind: k, ID: ref})
		}
	}
	for _, h := range o.Held {
		if h.To != "" {
			m.link(h.Kind, h.Source, h.Key, h.To, plan.Agreement{})
		}
		m.hold(h, o.At, o.Began)
	}
	m.outbox(o)
	if o.Moves {
		for _, k := range o.Kinds {
			m.cursors[k] = o.Cursor
		}
	}
}

// openMarks are the marks that were not just refused.
func (m *model) openMarks() map[string]engine.Mark {
	open := map[string]engine.Mark{}
	for ref, mark := range m.marks {
		if p := m.problems[record.Key{Kind: record.KindOrder, ID: ref}]; p == nil || p.Stays {
			open[ref] = mark
		}
	}
	return open
}

func (m *model) link(kind record.Kind, ref, key, to string, a plan.Agreement) {
	at := record.Key{Kind: kind.Family(), ID: ref}
	l := m.links[at]
	l.Key = key
	if to != "" {
		l.To = to
	}
	if a.Set {
		*l.Of(kind) = a
	}
	m.links[at] = l
}

func (m *model) wake(cause record.Key, at time.Time) {
	for _, p := range m.problems {
		if p.Because != nil && *p.Because == cause && !p.Skipped && !p.Stays && p.Next.After(at) {
			p.Next = at
		}
	}
}

func (m *model) outbox(o engine.Outcome) {
	for _, id := range o.Intents {
		delete(m.intents, id)
	}
	for _, ref := range o.Marks {
		delete(m.marks, ref)
	}
	for _, ref := range o.Gone {
		if slices.Contains(o.Kinds, record.KindOrder) {
			delete(m.marks, ref)
		}
	}
	for _, s := range o.Settled {
		if s.Mark != "" {
			m.marks[s.Source] = engine.Mark{Ref: s.Source, Key: s.Key, Body: record.Mark{Document: s.Mark}}
		}
	}
}

func (m *model) hold(h plan.Held, at, began time.Time) {
	k := record.Key{Kind: h.Kind, ID: h.Source}
	p := m.problems[k]
	if p == nil {
		p = &Problem{First: at}
		m.problems[k] = p
	} else if p.Sum == h.Sum && (p.Skipped || p.sameTrouble(&h, at)) {
		return
	}
	tries, first, approved := p.Tries+1, p.First, p.Approved && p.Code == h.Code && p.Sum == h.Sum
	asked, askedAt := p.Asked && p.AskedAt.After(began), p.AskedAt
	*p = Problem{Kind: h.Kind, Key: h.Key, Ref: h.Source, To: h.To, Sum: h.Sum, Code: h.Code, Args: h.Args, Because: h.Because,
		First: first, Last: at, Tries: tries, Quiet: h.Quiet, Stays: h.Stays, Approved: approved}
	if asked {
		p.Asked, p.AskedAt = true, askedAt
	}
	if !h.Stays {
		p.Next = at.Add(backoff(tries))
	}
}

// The small sets records are drawn from, so that the same ones meet often.
var (
	someKinds = rapid.SampledFrom([]record.Kind{record.KindItem, record.KindStock, record.KindPrice, record.KindOrder, record.KindShipment})
	someRefs  = rapid.SampledFrom([]string{"1", "2", "3", "f2a5738a-44e3-ea11-bb43-000d3a2feca1", "F2A5738A-44e3-ea11-bb43-000d3a2feca1", "f3a5738a-44e3-ea11-bb43-000d3a2feca1"})
	someKeys  = rapid.SampledFrom([]string{"A", "B", "C", "D"})
	someTos   = rapid.SampledFrom([]string{"", "", "77", "78", "5ca6738a-44e3-ea11-bb43-000d3a2feca1"})
	someSums  = rapid.Map(rapid.Uint8Range(0, 2), func(b uint8) record.Sum { return record.Sum{b} })
	someCodes = rapid.SampledFrom([]fault.Code{"order.not_paid", "stock.mass_zero"})
	someIDs   = rapid.SampledFrom([]string{"i1", "i2", "i3"})
)

func outcomes(at time.Time) *rapid.Generator[engine.Outcome] {
	return rapid.Custom(func(t *rapid.T) engine.Outcome {
		o := engine.Outcome{At: at, Began: at.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "minutes")) * time.Minute), Kinds: rapid.SliceOfNDistinct(someKinds, 1, 3, rapid.ID).Draw(t, "kinds"),
			Intents: rapid.SliceOfN(someIDs, 0, 2).Draw(t, "intents"), Marks: rapid.SliceOfN(someRefs, 0, 2).Draw(t, "marks"),
			Gone: rapid.SliceOfN(someRefs, 0, 1).Draw(t, "gone"), Moves: rapid.Bool().Draw(t, "moves"), Cursor: record.Cursor(someKeys.Draw(t, "cursor"))}
		taken := map[record.Key]bool{} // plan names a record of a kind once
		for range rapid.IntRange(0, 6).Draw(t, "lines") {
			kind, ref := someKinds.Draw(t, "kind"), someRefs.Draw(t, "ref")
			if k := (record.Key{Kind: kind, ID: ref}); taken[k] {
				continue
			} else {
				taken[k] = true
			}
			key, to, sum := someKeys.Draw(t, "key"), someTos.Draw(t, "to"), someSums.Draw(t, "sum")
			if rapid.Bool().Draw(t, "held") {
				h := plan.Held{Kind: kind, Key: key, Source: ref, To: to, Sum: sum, Code: someCodes.Draw(t, "code"), Args: fault.Args{"key": key},
					Stays: rapid.Bool().Draw(t, "stays"), Quiet: rapid.Bool().Draw(t, "quiet")}
				if rapid.Bool().Draw(t, "caused") {
					h.Because = &record.Key{Kind: someKinds.Draw(t, "cause"), ID: someKeys.Draw(t, "cause key")}
				}
				o.Held = append(o.Held, h)
				continue
			}
			s := plan.Settled{Kind: kind, Key: key, Source: ref, To: to, Sum: sum, Level: rapid.Int64Range(-2, 2).Draw(t, "level")}
			if kind == record.KindOrder && rapid.Bool().Draw(t, "mark") {
				s.Mark = "10" + key
			}
			o.Settled = append(o.Settled, s)
		}
		return o
	})
}

// sharesKey reports whether one outcome changes the business key of a record twice: kinds of one family that disagree
// on it never come from one page.
func sharesKey(o engine.Outcome) bool {
	keys := map[record.Key]string{}
	differ := false
	see := func(kind record.Kind, ref, key string) {
		k := record.Key{Kind: kind.Family(), ID: ref}
		if old, ok := keys[k]; ok && old != key {
			differ = true
		}
		keys[k] = key
	}
	for _, s := range o.Settled {
		see(s.Kind, s.Source, s.Key)
	}
	for _, h := range o.Held {
		see(h.Kind, h.Source, h.Key)
	}
	return !differ
}

// Whatever is committed, decided by people and reopened, in whatever order: the file holds what plain maps would.
func TestStateIsWhatAMapWouldHold(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(t *rapid.T) {
		files++
		path := filepath.Join(dir, fmt.Sprint(files))
		c := newClock()
		open := func() *DB {
			d, err := Open(path, Options{NoSync: true, Now: func() time.Time { return c.now }})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d, m := open(), newModel()
		defer func() { _, _ = d.Close(), os.Remove(path) }()
		do := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				o := outcomes(c.now).Filter(sharesKey).Draw(t, "outcome")
				do(d.Commit(o))
				m.commit(o)
			},
			"intend": func(t *rapid.T) {
				in := engine.Intent{ID: someIDs.Draw(t, "id"), Kind: someKinds.Draw(t, "kind"), Key: someKeys.Draw(t, "key"), Source: someRefs.Draw(t, "ref")}
				do(d.Intend([]engine.Intent{in}, nil))
				m.intents[in.ID] = in
			},
			"decide": func(t *rapid.T) {
				all, err := d.Problems(Everything())
				do(err)
				if len(all) > 0 {
					decideBoth(t, d, m, rapid.SampledFrom(all).Draw(t, "problem"), c.now)
				}
			},
			"reset": func(t *rapid.T) {
				k := someKinds.Draw(t, "kind")
				do(d.ResetCursor(k))
				delete(m.cursors, k)
			},
			"reopen": func(t *rapid.T) {
				do(d.Close())
				d = open()
			},
			"wait": func(t *rapid.T) { c.pass(time.Duration(rapid.IntRange(1, 100).Draw(t, "minutes")) * time.Minute) },
			"":     func(t *rapid.T) { compare(t, d, m, c.now) },
		})
	})
}

// decideBoth does what a person decides to the file and to the model.
func decideBoth(t *rapid.T, d *DB, m *model, p Problem, now time.Time) {
	of := m.problems[record.Key{Kind: p.Kind, ID: p.Ref}]
	var err error
	switch rapid.SampledFrom([]string{"retry", "skip", "approve"}).Draw(t, "decision") {
	case "retry":
		_, err = d.Retry(p.ID)
		of.Asked, of.AskedAt, of.Skipped = true, now, false
	case "skip":
		_, err = d.Skip(p.ID)
		of.Asked, of.Approved, of.Skipped = false, false, true
	case "approve":
		_, err = d.Approve(p.ID, "")
		shown := func(o *Problem) bool {
			return !o.Quiet && !o.Skipped && (o.Because == nil || !slices.ContainsFunc(slices.Collect(maps.Values(m.problems)), func(c *Problem) bool {
				return record.Key{Kind: c.Kind, ID: c.Key} == *o.Because
			}))
		}
		var together []*Problem
		for _, other := range m.problems {
			if other == of || other.Kind == p.Kind && plan.Guards(p.Code) && other.Code == p.Code && shown(other) {
				together = append(together, other)
			}
		}
		of.Skipped = false
		for _, other := range together {
			other.Asked, other.AskedAt, other.Approved = true, now, true
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// compare reads everything back through the ways the engine and the service use.
func compare(t *rapid.T, d *DB, m *model, now time.Time) {
	options := cmp.Options{
		cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Problem{}, "ID"),
		cmpopts.EquateComparable(plan.Last{}, record.Sum{}, engine.Intent{}), // byte by byte is slow
	}
	equal := func(what string, got, want any) {
		if diff := cmp.Diff(want, got, options); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", what, diff)
		}
	}
	links := map[record.Key]plan.Last{}
	for _, family := range []record.Kind{record.KindItem, record.KindOrder, record.KindShipment} {
		var all []string
		err := d.EachLink(family, func(l Link) error {
			links[record.Key{Kind: family, ID: l.Ref}] = l.Last
			all = append(all, l.Ref)
			return nil
		})
		agreed, err2 := d.Agreed(family, all)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for i, ref := range all {
			equal("agreed", agreed[i], links[record.Key{Kind: family, ID: ref}])
		}
	}
	equal("links", links, m.links)
	problems := map[record.Key]*Problem{}
	all, err := d.Problems(Everything())
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		problems[record.Key{Kind: all[i].Kind, ID: all[i].Ref}] = &all[i]
		if byID, err := d.Problem(all[i].ID); err != nil || byID.Ref != all[i].Ref || byID.Kind != all[i].Kind {
			t.Fatalf("%s is %+v, %v", all[i].ID, byID, err)
		}
	}
	equal("problems", problems, m.problems)
	for _, k := range record.Kinds() {
		o, err := d.Open(k)
		if err != nil {
			t.Fatal(err)
		}
		equal("cursor", o.Cursor, m.cursors[k])
		equal("waiting", sortedRefs(o.Waiting), m.due(k, now))
		equal("intents", o.Intents, m.intended(k))
		if k == record.KindOrder {
			marks := slices.SortedFunc(maps.Values(m.openMarks()), func(a, b engine.Mark) int { return slices.Compare(appendRef(nil, a.Ref), appendRef(nil, b.Ref)) })
			equal("marks", o.Marks, marks)
		}
	}
}

func sortedRefs(waiting []engine.Waiting) (refs []string) {
	for _, w := range waiting {
		refs = append(refs, w.Ref)
	}
	slices.Sort(refs)
	return refs
}

func (m *model) due(kind record.Kind, now time.Time) (refs []string) {
	for k, p := range m.problems {
		if k.Kind == kind && !p.Skipped && (p.Asked || !p.Next.IsZero() && !p.Next.After(now)) {
			refs = append(refs, k.ID)
		}
	}
	slices.Sort(refs)
	return refs
}

func (m *model) intended(kind record.Kind) (out []engine.Intent) {
	for _, id := range slices.Sorted(maps.Keys(m.intents)) {
		if m.intents[id].Kind == kind {
			out = append(out, m.intents[id])
		}
	}
	return out
}
