package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

var orders = []record.Kind{record.KindOrder}

// order makes a hold of a shop order.
func order(ref string, code fault.Code) plan.Held {
	return plan.Held{Kind: record.KindOrder, Key: "1" + ref, Source: ref, Code: code, Sum: record.Sum{1}, Args: fault.Args{"key": "1" + ref}}
}

func holdAll(t *testing.T, d *DB, hs ...plan.Held) {
	t.Helper()
	check(t, d.Commit(engine.Outcome{Kinds: orders, Held: hs, At: d.opts.Now()}))
}

func settleAll(t *testing.T, d *DB, keys ...record.Key) {
	t.Helper()
	o := engine.Outcome{At: d.opts.Now()}
	for _, k := range keys {
		o.Settled = append(o.Settled, plan.Settled{Kind: k.Kind, Key: k.ID, Source: strings.TrimPrefix(k.ID, "1"), To: "x"})
	}
	check(t, d.Commit(o))
}

// due lists the refs of the orders whose turn it is.
func due(t *testing.T, d *DB) []string {
	t.Helper()
	refs := []string{}
	for _, w := range must[engine.Open](t)(d.Open(record.KindOrder)).Waiting {
		refs = append(refs, w.Ref)
	}
	return refs
}

func wantDue(t *testing.T, d *DB, want ...string) {
	t.Helper()
	if got := due(t, d); !slices.Equal(got, append([]string{}, want...)) {
		t.Fatalf("due are %v, want %v", got, want)
	}
}

func shown(t *testing.T, d *DB, f Filter) (keys []string) {
	t.Helper()
	for _, p := range must[[]Problem](t)(d.Problems(f)) {
		keys = append(keys, p.Key)
	}
	return keys
}

// only returns the one problem there is.
func only(t *testing.T, d *DB) Problem {
	t.Helper()
	all := must[[]Problem](t)(d.Problems(Everything()))
	if len(all) != 1 {
		t.Fatalf("%d problems, want 1", len(all))
	}
	return all[0]
}

func TestHeldRecordIsLookedAtAgainAfterAWhile(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	began := c.now
	holdAll(t, d, order("7", "order.not_paid"))
	wantDue(t, d)
	c.pass(time.Minute)
	wantDue(t, d, "7")
	holdAll(t, d, order("7", "order.not_paid"))
	c.pass(time.Minute)
	wantDue(t, d) // the second wait is longer
	c.pass(time.Minute)
	wantDue(t, d, "7")
	p := only(t, d)
	if !p.First.Equal(began) || !p.Last.Equal(began.Add(time.Minute)) || p.Tries != 2 || !p.Next.Equal(c.now) {
		t.Errorf("got %+v", p)
	}
	settleAll(t, d, record.Key{Kind: record.KindOrder, ID: "17"})
	wantDue(t, d)
	if got := shown(t, d, Everything()); len(got) != 0 {
		t.Errorf("still shown: %v", got)
	}
}

func TestSameTroubleGetsTheSameID(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	holdAll(t, d, order("7", "order.not_paid"))
	id := only(t, d).ID
	if len(id) != len("P-")+idLength || strings.Trim(id[2:], idLetters) != "" {
		t.Errorf("id %q", id)
	}
	settleAll(t, d, record.Key{Kind: record.KindOrder, ID: "17"})
	holdAll(t, d, order("7", "order.unknown_sku"))
	if got := only(t, d).ID; got != id {
		t.Errorf("id %s, then %s", id, got)
	}
	for _, typed := range []string{strings.ToLower(id), " " + id, id[2:], strings.NewReplacer("0", "o", "1", "l").Replace(id)} {
		if p, err := d.Problem(typed); err != nil || p.Ref != "7" {
			t.Errorf("typed as %q: %+v, %v", typed, p, err)
		}
	}
	for _, no := range []string{"", "P-", "P-000000000", "\x00", strings.Repeat("x", 1e5)} {
		_, err := d.Problem(no)
		wantCode(t, err, "problem.unknown")
	}
}

func TestIDsOfManyProblemsDiffer(t *testing.T) {
	d := openTest(t, newClock())
	const n = 20_000
	hs := make([]plan.Held, n)
	for i := range hs {
		hs[i] = order(fmt.Sprint(i), "stock.mass_zero")
	}
	holdAll(t, d, hs...)
	seen := map[string]bool{}
	for _, p := range must[[]Problem](t)(d.Problems(Everything())) {
		seen[p.ID] = true
	}
	if len(seen) != n {
		t.Errorf("%d ids for %d problems", len(seen), n)
	}
	if got := len(due(t, d)); got != 0 {
		t.Errorf("%d due at once", got)
	}
}

func TestNoMoreThanAHundredAreDueAtOnceAndTheAskedComeFirst(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	for i := range 150 {
		holdAll(t, d, order(fmt.Sprintf("%03d", i), "order.not_paid"))
		c.pass(time.Second)
	}
	c.pass(time.Hour)
	last := must[[]Problem](t)(d.Problems(Filter{Key: "1149"}))[0]
	must[Problem](t)(d.Retry(last.ID))
	got := due(t, d)
	if len(got) != mostDue || got[0] != "149" || got[1] != "000" || got[99] != "098" {
		t.Errorf("%d due: %v", len(got), got)
	}
}

func TestSkippedRecordComesBackWhenItsOwnerChangesIt(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	holdAll(t, d, order("7", "order.edited"))
	id := only(t, d).ID
	must[Problem](t)(d.Skip(id))
	c.pass(24 * time.Hour)
	holdAll(t, d, order("7", "order.edited"))
	wantDue(t, d)
	if got := shown(t, d, Filter{}); len(got) != 0 {
		t.Errorf("shown: %v", got)
	}
	changed := order("7", "order.edited")
	changed.Sum = record.Sum{2}
	holdAll(t, d, changed)
	if got := shown(t, d, Filter{}); !slices.Equal(got, []string{"17"}) {
		t.Errorf("after a change shown: %v", got)
	}
	must[Problem](t)(d.Skip(id))
	must[Problem](t)(d.Retry(id))
	wantDue(t, d, "7")
}

func TestRecordThatStaysWaitsForAPersonOnly(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	h := order("7", "order.tax_differs")
	h.To, h.Stays, h.Sum = "f2a5738a-44e3-ea11-bb43-000d3a2feca1", true, record.Sum{9}
	holdAll(t, d, h)
	c.pass(1000 * time.Hour)
	wantDue(t, d)
	agreed := must[plan.Agreed](t)(d.Agreed(record.KindOrder, []string{"7"}))
	if a := agreed[0].Of(record.KindOrder); agreed[0].To != h.To || a.Set {
		t.Errorf("what is there is not linked, or agreed unseen: %+v", agreed[0])
	}
	must[Problem](t)(d.Retry(only(t, d).ID))
	wantDue(t, d, "7")
}

func TestHoldThatExistsAtTheOtherSideIsLinkedNotAgreed(t *testing.T) {
	d := openTest(t, newClock())
	h := order("7", "order.exists_differs")
	h.To = "42"
	holdAll(t, d, h, order("8", "order.not_paid"))
	agreed := must[plan.Agreed](t)(d.Agreed(record.KindOrder, []string{"7", "8"}))
	if agreed[0].To != "42" || agreed[0].Of(record.KindOrder).Set || agreed[1] != (plan.Last{}) {
		t.Errorf("got %+v", agreed)
	}
}

// An approval is of the list that was shown: with one more held, or one that would be sent otherwise, nothing goes on.
func TestApprovalIsOfTheListThatWasShown(t *testing.T) {
	d := openTest(t, newClock())
	changed := order("2", "stock.mass_zero")
	changed.Sum = record.Sum{2}
	steps := []struct {
		name string
		hold plan.Held
		same bool
	}{
		{"another guard's", order("3", "price.mass_jump"), true},
		{"another kind of problem", order("4", "order.not_paid"), true},
		{"held again", order("2", "stock.mass_zero"), true},
		{"one more", order("5", "stock.mass_zero"), false},
		{"one that would be sent otherwise", changed, false},
	}
	holdAll(t, d, order("1", "stock.mass_zero"), order("2", "stock.mass_zero"))
	for _, s := range steps {
		shown := must[[]Problem](t)(d.Problems(Filter{}))
		first := shown[slices.IndexFunc(shown, func(p Problem) bool { return p.Ref == "1" })]
		list := List(&first, shown)
		if len(list) != 12 {
			t.Fatalf("the list is called %q", list)
		}
		holdAll(t, d, s.hold)
		_, err := d.Approve(first.ID, list)
		if s.same != (err == nil) {
			t.Errorf("%s: %v", s.name, err)
		}
		approved := must[Problem](t)(d.Problem(first.ID)).Approved
		if approved != s.same {
			t.Errorf("%s: approved %v", s.name, approved)
		}
		if !s.same {
			wantCode(t, err, "problem.list_changed")
		}
		must[Problem](t)(d.Skip(first.ID)) // takes the approval back
		must[Problem](t)(d.Retry(first.ID))
	}
}

func TestApprovingOneApprovesWhatTheGuardStoppedWithIt(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	holdAll(t, d, order("1", "stock.mass_zero"), order("2", "stock.mass_zero"), order("3", "order.not_paid"), order("4", "stock.mass_zero"))
	of := func(ref string) Problem { return must[[]Problem](t)(d.Problems(Filter{Ref: ref, Skipped: true}))[0] }
	must[Problem](t)(d.Skip(of("4").ID))
	if p := must[Problem](t)(d.Approve(of("2").ID, "")); p.Ref != "2" || !p.Approved {
		t.Errorf("approved %+v", p)
	}
	open := must[engine.Open](t)(d.Open(record.KindOrder))
	want := []engine.Waiting{{Ref: "1", Code: "stock.mass_zero", Approved: true, Sum: record.Sum{1}}, {Ref: "2", Code: "stock.mass_zero", Approved: true, Sum: record.Sum{1}}}
	if !slices.Equal(open.Waiting, want) {
		t.Errorf("due are %+v", open.Waiting)
	}
	// A page that reads the record before its turn doesn't take the approval back; another hold does.
	holdAll(t, d, order("1", "stock.mass_zero"), order("2", "order.not_paid"))
	if !of("1").Approved || of("2").Approved {
		t.Errorf("approved: %v, %v; want true, false", of("1").Approved, of("2").Approved)
	}
}

func TestConsequenceIsHiddenBehindItsCauseAndWakesWithIt(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	h := order("9", "shipment.no_order")
	h.Because = &record.Key{Kind: record.KindOrder, ID: "17"}
	holdAll(t, d, h)
	if got := shown(t, d, Filter{}); !slices.Equal(got, []string{"19"}) {
		t.Errorf("without a known cause shown: %v", got)
	}
	holdAll(t, d, order("7", "order.unknown_sku"))
	if got := shown(t, d, Filter{}); !slices.Equal(got, []string{"17"}) {
		t.Errorf("with a known cause shown: %v", got)
	}
	for range 8 {
		holdAll(t, d, h) // its next look is an hour away
	}
	wantDue(t, d)
	settleAll(t, d, record.Key{Kind: record.KindOrder, ID: "17"})
	wantDue(t, d, "9")
	settleAll(t, d, record.Key{Kind: record.KindOrder, ID: "19"})
	if n := countKeys(t, d, bucketCauses) + countKeys(t, d, bucketIDs) + countKeys(t, d, bucketProblems); n != 0 {
		t.Errorf("%d entries are left over", n)
	}
}

func TestRecordWithoutRefIsShownButNotReadBack(t *testing.T) {
	c := newClock()
	d := openTest(t, c)
	h := order("", "record.invalid")
	h.Key = strings.Repeat("k", 5000)
	holdAll(t, d, h)
	c.pass(100 * time.Hour)
	wantDue(t, d)
	if got := shown(t, d, Filter{}); !slices.Equal(got, []string{h.Key}) {
		t.Errorf("shown: %v", got)
	}
	check(t, d.Commit(engine.Outcome{Settled: []plan.Settled{{Kind: record.KindOrder, Key: h.Key, Source: "5"}}}))
	if got := shown(t, d, Everything()); len(got) != 0 {
		t.Errorf("still shown: %v", got)
	}
}

func TestGoneRecordHasNoProblemAnyMore(t *testing.T) {
	d := openTest(t, newClock())
	holdAll(t, d, order("7", "order.not_paid"), order("8", "order.not_paid"))
	check(t, d.Commit(engine.Outcome{Kinds: orders, Gone: []string{"7", "never there"}}))
	if got := shown(t, d, Everything()); !slices.Equal(got, []string{"18"}) {
		t.Errorf("shown: %v", got)
	}
}

func TestCountsFollowWhatIsShown(t *testing.T) {
	d := openTest(t, newClock())
	want := func(n int) {
		t.Helper()
		for range 2 { // the second comes from memory
			if got := must[map[record.Kind]int](t)(d.ProblemCounts())[record.KindOrder]; got != n {
				t.Fatalf("%d problems, want %d", got, n)
			}
		}
	}
	want(0)
	quiet := order("8", "order.not_paid")
	quiet.Quiet = true
	holdAll(t, d, order("7", "order.unknown_sku"), quiet)
	want(1)
	id := must[[]Problem](t)(d.Problems(Filter{}))[0].ID
	must[Problem](t)(d.Skip(id))
	want(0)
	must[Problem](t)(d.Retry(id))
	want(1)
	settleAll(t, d, record.Key{Kind: record.KindOrder, ID: "17"})
	want(0)
}
