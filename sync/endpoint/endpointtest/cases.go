package endpointtest

import (
	"context"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/sim"
)

func (t *test) check() {
	facts, err := t.Endpoint.Check(t.Context())
	if err != nil {
		t.Fatal(t.clean(err))
	}
	if facts.System == "" || facts.Currency == "" {
		t.Errorf("too little is known: %+v", facts)
	}
	for _, n := range facts.Notes {
		if n.Text == "" {
			t.Error("a note says nothing")
		}
	}
}

func (t *test) writtenIsRead() {
	var changes []record.Change
	for i := range 3 {
		changes = append(changes, t.Create(i))
	}
	results := t.write(changes...)
	for i, r := range results {
		if r.Err != nil || r.Ref == "" {
			t.Fatalf("%s: ref %q, %v", changes[i].Key, r.Ref, r.Err)
		}
		found := t.lookUp(i)
		if len(found) != 1 || found[0].Ref != r.Ref || found[0].Err != nil {
			t.Fatalf("%s was written as %s and is read as %+v", changes[i].Key, r.Ref, found)
		}
		if found[0].Key.ID != t.Find(i) {
			t.Errorf("asked for %q and answered under %q", t.Find(i), found[0].Key.ID)
		}
		if !t.Same(changes[i].Want, found[0].Body) {
			t.Errorf("%s: written %+v, read %+v", changes[i].Key, changes[i].Want, found[0].Body)
		}
	}
	if n := t.Count(); n != 3 {
		t.Errorf("the system holds %d records", n)
	}
}

// secondWrite sends a create again, as after a crash whose intent nobody settled: the system's key keeps it from being
// made twice, or else the look that the engine has first. Found or refused are both right; made twice is not.
func (t *test) secondWrite() {
	c := t.Create(0)
	first := t.write(c)[0]
	if first.Err != nil {
		t.Fatal(first.Err)
	}
	if found := t.lookUp(0); t.Twice {
		if len(found) != 1 || found[0].Ref != first.Ref {
			t.Errorf("a look before the second write finds %+v", found)
		}
		return
	}
	second := t.write(c)[0]
	if second.Err == nil && second.Ref != first.Ref {
		t.Errorf("written as %s, and again as %s", first.Ref, second.Ref)
	}
	if n := t.Count(); n != 1 {
		t.Errorf("the system holds %d records", n)
	}
}

// pagingUnderEdits changes a record already read, one still to be read, and adds one, between pages.
func (t *test) pagingUnderEdits() {
	t.seed(9)
	time.Sleep(time.Minute)
	seen, _ := t.readAll("", 2, func(page int) {
		time.Sleep(time.Second)
		if page == 2 {
			t.Edit(0)
			t.Edit(6)
			t.Seed(9)
		}
	})
	t.all(seen, 9)
}

// all checks that records 0 to n-1 were seen.
func (t *test) all(seen map[string]int, n int) {
	t.Helper()
	for i := range n {
		if seen[t.Key(i)] == 0 {
			t.Errorf("%s was skipped; seen: %v", t.Key(i), seen)
		}
	}
}

// equalTimes reads records that changed in the same moment, in pages smaller than their number.
func (t *test) equalTimes() {
	t.seed(7)
	seen, _ := t.readAll("", 3, nil)
	t.all(seen, 7)
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s was read %d times in one go", key, n)
		}
	}
}

// cursorResumes reads to the end, and later what came since. Reading a little twice is allowed, skipping is not.
func (t *test) cursorResumes() {
	t.seed(5)
	_, cursor := t.readAll("", 2, nil)
	for round := range 3 {
		time.Sleep(time.Hour)
		t.Seed(5 + round)
		t.Edit(round)
		time.Sleep(time.Second)
		var seen map[string]int
		seen, cursor = t.readAll(cursor, 2, nil)
		for _, i := range []int{5 + round, round} {
			if seen[t.Key(i)] == 0 {
				t.Errorf("round %d: %s was skipped; seen: %v", round, t.Key(i), seen)
			}
		}
		if round > 0 && len(seen) > 4 { // the first time, all were made within the overlap
			t.Errorf("round %d: an hour later everything is read again: %v", round, seen)
		}
	}
	time.Sleep(time.Hour)
	if seen, _ := t.readAll(cursor, 2, nil); len(seen) > 2 {
		t.Errorf("nothing changed for an hour, and %v are read", seen)
	}
}

// byRef reads records by the system's own id; one that is gone is left out.
func (t *test) byRef() {
	t.seed(3)
	p, err := t.Endpoint.Read(t.Context(), record.Query{Kinds: t.Read[:1]})
	if err != nil || len(p.Records) < 3 {
		t.Fatalf("%d records, %v", len(p.Records), t.clean(err))
	}
	again, err := t.Endpoint.Read(t.Context(), record.Query{Kinds: t.Read[:1], Refs: []string{p.Records[2].Ref, p.Records[0].Ref}})
	if err != nil || len(again.Records) != 2 || again.More {
		t.Fatalf("%+v, %v", again, t.clean(err))
	}
	for _, r := range again.Records {
		if r.Ref != p.Records[2].Ref && r.Ref != p.Records[0].Ref {
			t.Errorf("%s was not asked for", r.Ref)
		}
	}
}

func (t *test) badAmongMany() {
	results := t.write(t.Create(0), t.Bad(), t.Create(1))
	for i, r := range results {
		if i != 1 && (r.Err != nil || r.Ref == "") {
			t.Errorf("good change %d: ref %q, %v", i, r.Ref, r.Err)
		}
	}
	if err := results[1].Err; fault.Of(err) != fault.Rejected {
		t.Errorf("the bad change: %v", err)
	}
	for i := range 2 {
		if found := t.lookUp(i); len(found) != 1 || found[0].Ref != results[2*i].Ref {
			t.Errorf("record %d is not where its result says: %+v", i, found)
		}
	}
}

// answerLost lets creates happen and takes their answers away: the outcome is a Retry, and looking finds each once.
func (t *test) answerLost() { t.lose(sim.LoseAnswer()) }

func (t *test) answerCut() { t.lose(sim.CutAnswer(10)) }

func (t *test) lose(how sim.Fault) {
	t.warm()
	rule := t.IsWrite
	rule.Times, rule.Do = -1, how
	t.Faults.Add(rule)
	for i, r := range t.write(t.Create(0), t.Create(1)) {
		if r.Err == nil || fault.Of(r.Err) != fault.Retry {
			t.Errorf("change %d: %v, want an error that passes by itself", i, r.Err)
		}
	}
	made := t.Count()
	if made == 0 {
		t.Fatal("no create reached the system: the case proves nothing")
	}
	t.Faults.Reset()
	found := len(t.lookUp(0)) + len(t.lookUp(1))
	if found != made || made > 2 {
		t.Errorf("the system holds %d records, looking finds %d", made, found)
	}
}

// warm makes the endpoint learn what it learns once.
func (t *test) warm() {
	t.Helper()
	if _, err := t.Endpoint.Check(t.Context()); err != nil {
		t.Fatal(t.clean(err))
	}
	if _, err := t.Endpoint.Read(t.Context(), record.Query{Kinds: t.Read}); err != nil {
		t.Fatal(t.clean(err))
	}
}

func (t *test) cancelledBefore() {
	t.seed(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.ended(ctx)
	if n := t.Count(); n != 0 {
		t.Errorf("%d records were written after the end", n)
	}
}

// cancelledDuring hangs up while the system takes an hour to answer.
func (t *test) cancelledDuring() {
	t.seed(1)
	t.warm()
	t.Faults.Add(sim.Rule{Times: -1, Do: sim.Slow(time.Hour)})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	t.ended(ctx)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the end was noticed after %s", took)
	}
}

// ended checks what calls answer whose context ends.
func (t *test) ended(ctx context.Context) {
	t.Helper()
	if _, err := t.Endpoint.Read(ctx, record.Query{Kinds: t.Read}); fault.Of(err) != fault.Retry {
		t.Errorf("read: %v", t.clean(err))
	}
	results := t.Endpoint.Write(ctx, []record.Change{t.Create(0), t.Create(1), t.Create(2)})
	if len(results) != 3 {
		t.Fatalf("%d results for 3 changes", len(results))
	}
	for i, r := range results {
		if fault.Of(r.Err) != fault.Retry {
			t.Errorf("change %d: %v", i, t.clean(r.Err))
		}
	}
}
