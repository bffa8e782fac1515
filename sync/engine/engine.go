// Package engine runs flows: read a page from the owner, decide (package plan), write to the other side, commit what
// came of it. Reading the next page overlaps with writing this one; batch size and concurrency adapt to the written
// side. It knows no connector: two endpoints, rules and a State are all it needs.
package engine

import (
	"context"
	"errors"
	"maps"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/schedule"
)

// Engine runs the flows of one connection. It keeps the pace each written side has shown to bear; one run at a time.
type Engine struct {
	State State
	Now   func() time.Time
	Audit Audit // nil: no trail is kept
	paces map[record.Kind]schedule.Pace
	moved map[record.Kind]time.Time // when a flow's cursor was last stored
	// passed is when records last went through each mass-change guard, for a day, by the owner's id.
	passed map[fault.Code]map[string]time.Time
	// compared is the night of the last full comparison, compareAfter when one that failed may be tried again.
	compared     string
	compareAfter time.Time
}

// New returns an engine on a connection's state.
func New(state State, now func() time.Time) *Engine {
	return &Engine{State: state, Now: now, paces: map[record.Kind]schedule.Pace{}, moved: map[record.Kind]time.Time{},
		passed: map[fault.Code]map[string]time.Time{}}
}

// Job is one run: flows with the same owner that read together, because their cursors are equal.
type Job struct {
	Kinds    []record.Kind
	From, To endpoint.Endpoint // the owner, and the side that follows
	Limits   endpoint.Limits   // of To
	Rules    *plan.Rules
	PageSize int       // records a page; 0 is the owner's choice
	Since    time.Time // orders: the cut-over moment
	Progress func(Progress)
	// Refs, when set, are looked at again instead of what changed: what was agreed on products is not trusted.
	Refs []string
	// Forget makes Run look at everything as if nothing had ever been agreed: every record is compared with what the
	// other side has now.
	Forget bool
	// Dry makes Run write and remember nothing; every decision goes to it instead.
	Dry func(Decision)
	// Evidence keeps what a run decided and what was answered; nil keeps nothing.
	Evidence Evidence
}

// Progress is how far a run is.
type Progress struct {
	Kind              record.Kind
	Read, Done, Total int
}

// Decision is what was read and what follows from it.
type Decision struct {
	Wanted []record.Record
	Agreed plan.Agreed
	Found  plan.Found
	Plan   plan.Plan
}

// run is one Run.
type run struct {
	e       *Engine
	job     Job
	tallies map[record.Kind]*Tally
	waiting map[string]bool     // refs that were due for another look
	held    map[record.Key]bool // records with a problem, by kind and ref
	gone    map[string]bool     // of those, not yet read back
	old     []string            // ids of intents of earlier runs
	done    int
	read    int
	began   time.Time
	// passages is what mass-change guards saw and let through in this run.
	passages map[fault.Code]plan.Passage
}

// Run runs a job to its end, or to the first error that stops it. The tallies are right in both cases.
func (e *Engine) Run(ctx context.Context, job Job) ([]Tally, error) {
	r := &run{e: e, job: job, began: e.Now(), passages: map[fault.Code]plan.Passage{}, tallies: map[record.Kind]*Tally{},
		waiting: map[string]bool{}, held: map[record.Key]bool{}, gone: map[string]bool{}}
	for _, k := range job.Kinds {
		r.tallies[k] = &Tally{Kind: k, Started: e.Now()}
	}
	err := r.all(ctx)
	if err == nil && job.Dry == nil {
		err = r.leaveMarks(ctx)
	}
	out := make([]Tally, 0, len(job.Kinds))
	for _, k := range job.Kinds {
		r.tallies[k].Ended = e.Now()
		out = append(out, *r.tallies[k])
	}
	return out, err
}

// page is one page on its way from the owner.
type page struct {
	endpoint.Page
	again bool   // records that waited, read by ref: no cursor moves
	call  string // under which evidence of it is kept; "" is none
}

func (r *run) all(ctx context.Context) error {
	cursor, refs, err := r.open()
	if err != nil {
		return err
	}
	pages := make(chan page, 1)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var unread error // why reading ended; set before pages is closed
	go func() {
		defer close(pages)
		unread = r.reader(reading, cursor, refs, pages)
	}()
	// A page that can't be read doesn't disturb the one being written: a write cut short is an outcome nobody knows.
	for p := range pages {
		if err == nil {
			err = r.page(ctx, p)
		}
		if err != nil {
			stop()
		}
	}
	if err != nil {
		return err
	}
	return unread
}

// open finds where the flows stand: the cursor they share, and the refs due for another look. What a person asked to
// look at, or said to leave, counts before that.
func (r *run) open() (record.Cursor, []string, error) {
	var cursor record.Cursor
	var refs []string
	for _, ref := range r.job.Refs {
		refs = r.wait(refs, ref, true)
	}
	chosen := len(r.job.Refs) > 0
	approved, suspects, skipped := map[plan.Suspect]record.Sum{}, map[plan.Suspect]bool{}, map[string]record.Sum{}
	unsettled, begun, settling := map[string]bool{}, map[string]bool{}, false
	for i, k := range r.job.Kinds {
		o, err := r.e.State.Open(k)
		if err != nil {
			return "", nil, err
		}
		for _, ref := range o.Held {
			r.held[record.Key{Kind: k, ID: ref}] = true
		}
		for _, s := range o.Guarded {
			suspects[s] = true
		}
		// A create whose intent was lost with the memory may still come through.
		settling = settling || !o.Remade.IsZero() && r.e.Now().Sub(o.Remade) < r.job.Limits.Settle
		if !chosen {
			maps.Copy(skipped, o.Skipped)
		}
		for _, w := range o.Waiting {
			if w.Approved {
				approved[plan.Suspect{Ref: w.Ref, Code: w.Code}] = w.Sum
			}
			if !chosen && !r.job.Forget {
				refs = r.wait(refs, w.Ref, true)
			}
		}
		for _, in := range o.Intents {
			begun[in.Source] = in.Kind == record.KindOrder
			if r.e.Now().Sub(in.At) < r.job.Limits.Settle {
				unsettled[in.Source] = true // it may still come through: look, and create nothing in its place
			}
		}
		if chosen || r.job.Forget {
			continue
		}
		if i == 0 {
			cursor = o.Cursor
		}
		for _, in := range o.Intents {
			if !unsettled[in.Source] {
				r.old = append(r.old, in.ID)
			}
			if in.Kind != record.KindShopper {
				refs = r.wait(refs, in.Source, false)
			}
		}
	}
	if len(approved)+len(suspects)+len(skipped)+len(unsettled)+len(begun) > 0 || settling {
		rules := *r.job.Rules
		rules.Approved, rules.Suspects, rules.Skipped = approved, suspects, skipped
		rules.Unsettled, rules.Begun, rules.Settling = unsettled, begun, settling
		r.job.Rules = &rules
	}
	return cursor, refs, nil
}

// wait adds a ref to those to read again, once; when the owner no longer has it, the problem that held it is over.
func (r *run) wait(refs []string, ref string, problem bool) []string {
	if r.waiting[ref] {
		return refs
	}
	r.waiting[ref] = true
	if problem {
		r.gone[ref] = true
	}
	return append(refs, ref)
}

// again is how many waiting records are read back at once.
const again = 100

// reader sends pages: first what waits, then what changed since the cursor.
func (r *run) reader(ctx context.Context, cursor record.Cursor, refs []string, out chan<- page) error {
	send := func(q record.Query, retry bool) (endpoint.Page, error) {
		called, call := r.call(ctx)
		p, err := r.job.From.Read(called, q)
		if err != nil {
			return p, err
		}
		select {
		case out <- page{p, retry, call}:
			return p, nil
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
	for len(refs) > 0 {
		n := min(again, len(refs))
		q := record.Query{Kinds: r.job.Kinds, Refs: refs[:n]}
		if _, err := send(q, true); err != nil {
			return err
		}
		refs = refs[n:]
	}
	if len(r.job.Refs) > 0 {
		return nil
	}
	for {
		p, err := send(record.Query{Kinds: r.job.Kinds, After: cursor, From: r.job.Since, Limit: r.job.PageSize}, false)
		if err != nil || !p.More {
			return err
		}
		if p.Next == cursor {
			return fault.Wrap(errors.New("the cursor doesn't move"), "bug.unclassified", nil)
		}
		cursor = p.Next
	}
}

// page decides on one page, writes it and commits it.
func (r *run) page(ctx context.Context, p page) error {
	r.count(p.Records)
	ctx = endpoint.WithCall(ctx, p.call)
	d, err := r.decide(ctx, p.Records)
	if err != nil {
		return err
	}
	if r.job.Dry != nil {
		r.job.Dry(d)
		return nil
	}
	if p.call != "" {
		r.job.Evidence.Decided(p.call, &d, r.job.Rules)
	}
	w := newWriter(r, &d)
	w.settleKnown()
	err = w.write(ctx)
	if err == nil && !p.again {
		// All that waited has been looked at by now, the records behind old intents among them.
		w.out.Intents = append(w.out.Intents, r.old...)
		r.old = nil
		w.out.Cursor, w.out.Moves = p.Next, true
		w.out.Gone = r.takeGone()
	}
	if err == nil && !p.More && w.idle() && (p.again || !r.e.stale(r.job.Kinds[0])) {
		return nil
	}
	return errors.Join(w.commit(), err)
}

// stale reports whether cursors that moved over nothing new were last stored more than an hour ago. In between they
// stay where they are: an idle service writes nothing to disk, and reads the quiet time again at no cost.
func (e *Engine) stale(k record.Kind) bool {
	if now := e.Now(); now.Sub(e.moved[k]) > time.Hour {
		e.moved[k] = now
		return true
	}
	return false
}

func (r *run) count(records []record.Record) {
	for i := range records {
		if t := r.tallies[records[i].Key.Kind]; t != nil {
			t.Read++
		}
		delete(r.gone, records[i].Ref)
	}
	r.read += len(records)
	r.progress()
}

// takeGone returns, once, the waiting records that the owner did not return: they are read before the first page
// after a cursor.
func (r *run) takeGone() []string {
	refs := make([]string, 0, len(r.gone))
	for ref := range r.gone {
		refs = append(refs, ref)
	}
	clear(r.gone)
	return refs
}

func (r *run) progress() {
	if r.job.Progress != nil {
		r.job.Progress(Progress{Kind: r.job.Kinds[0], Read: r.read, Done: r.done, Total: r.read})
	}
}

// leaveMarks leaves the acknowledgements that are still open at the owner. They are remembered until they are there,
// so a run cut short leaves them in the next.
func (r *run) leaveMarks(ctx context.Context) error {
	for _, k := range r.job.Kinds {
		o, err := r.e.State.Open(k)
		if err != nil {
			return err
		}
		for len(o.Marks) > 0 {
			n := min(again, len(o.Marks))
			if err := r.mark(ctx, k, o.Marks[:n]); err != nil {
				return err
			}
			o.Marks = o.Marks[n:]
		}
	}
	return nil
}

func (r *run) mark(ctx context.Context, kind record.Kind, marks []Mark) error {
	changes := make([]record.Change, len(marks))
	for i := range marks {
		changes[i] = record.Change{Key: record.Key{Kind: record.KindMark, ID: marks[i].Key}, Ref: marks[i].Ref, Want: &marks[i].Body, Source: marks[i].Ref}
	}
	out := Outcome{Kinds: []record.Kind{kind}, At: r.e.Now()}
	var stop error
	results := r.job.From.Write(ctx, changes)
	if err := r.auditMarks(kind, marks, results); err != nil {
		return err
	}
	for i, res := range results {
		switch {
		case res.Err == nil:
			out.Marks = append(out.Marks, marks[i].Ref)
		case fault.Stops(res.Err):
			stop = res.Err
		default: // the mark stays open; it is tried again when the order is looked at again
			h := held(kind, marks[i].Key, marks[i].Ref, res.Err)
			out.Held = append(out.Held, h)
			r.tallies[kind].Rejected++
		}
	}
	return errors.Join(r.e.State.Commit(out), stop)
}

func held(kind record.Kind, key, source string, err error) plan.Held {
	e := fault.As(err)
	args := fault.Args{"key": key}
	for k, v := range e.Args {
		args[k] = v
	}
	if e.Err != nil {
		if _, ok := args["detail"]; !ok {
			args["detail"] = e.Err.Error()
		}
	}
	return plan.Held{Kind: kind, Key: key, Source: source, Code: e.Code, Args: args}
}
