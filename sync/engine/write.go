package engine

import (
	"context"
	"strings"
	"sync"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/schedule"
)

// group is how many settled records one commit takes at most while a page is being written.
const group = 2000

// writer writes one page's changes and gathers what to commit.
type writer struct {
	r    *run
	d    *Decision
	out  Outcome
	refs map[record.Key]endpoint.Result // what became of changes that others wait for; nil where none wait
	trail
}

func newWriter(r *run, d *Decision) *writer {
	return &writer{r: r, d: d, out: Outcome{Kinds: r.job.Kinds, At: r.e.Now(), Began: r.began}}
}

// settleKnown takes over everything that needs no write.
func (w *writer) settleKnown() {
	p := &w.d.Plan
	for i := range p.Settled {
		s := &p.Settled[i]
		w.noteLink(s)
		w.tally(s.Kind).Linked += count(s.Linked)
		w.tally(s.Kind).Unchanged++
	}
	w.out.Settled = append(w.out.Settled, p.Settled...)
	for _, i := range p.Unchanged {
		rec := &w.d.Wanted[i]
		w.tally(rec.Key.Kind).Unchanged++
		if w.r.waiting[rec.Ref] || w.r.held[record.Key{Kind: rec.Key.Kind, ID: rec.Ref}] {
			last := &w.d.Agreed[i]
			a := last.Of(rec.Key.Kind)
			w.out.Settled = append(w.out.Settled, plan.Settled{Kind: rec.Key.Kind, Key: rec.Key.ID, Source: rec.Ref, To: last.To, Sum: a.Sum, Level: a.Level})
		}
	}
	for i := range p.Held {
		w.tally(p.Held[i].Kind).Held++
	}
	w.out.Held = append(w.out.Held, p.Held...)
	w.r.done += len(p.Settled) + len(p.Unchanged) + len(p.Held)
	w.r.progress()
}

func (w *writer) tally(k record.Kind) *Tally {
	if t := w.r.tallies[k]; t != nil {
		return t
	}
	return &Tally{} // helpers (customers) are counted with nobody
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// write sends the changes: first those nobody waits for, then those that name one in After. The first error that
// stops the run is returned; what was written until then is in out.
func (w *writer) write(ctx context.Context) error {
	changes := w.d.Plan.Changes
	if len(changes) == 0 {
		return nil
	}
	first, then := changes, []plan.Change(nil)
	for i := range changes {
		if changes[i].After != nil {
			first, then = split(changes)
			w.refs = map[record.Key]endpoint.Result{}
			break
		}
	}
	if err := w.stage(ctx, first); err != nil || len(then) == 0 {
		return err
	}
	return w.stage(ctx, w.link(then))
}

func split(changes []plan.Change) (first, then []plan.Change) {
	for _, c := range changes {
		if c.After == nil {
			first = append(first, c)
		} else {
			then = append(then, c)
		}
	}
	return first, then
}

// intend makes a batch durable before it is sent (invariant 3).
func (w *writer) intend(changes []plan.Change) error {
	var intents []Intent
	var updates []record.Key
	for i := range changes {
		switch c := &changes[i]; {
		case heads(c):
			intents = append(intents, Intent{ID: c.Intent, Kind: c.Key.Kind, Key: c.Key.ID, Source: c.Source, At: w.r.e.Now()})
		case c.Ref != "" && c.Key.Kind.Family() == record.KindItem:
			updates = append(updates, record.Key{Kind: c.Key.Kind, ID: c.Source})
		}
	}
	if len(intents)+len(updates) == 0 {
		return nil
	}
	return w.r.e.State.Intend(intents, updates)
}

// heads reports whether c carries the intent of a create; an item's stock and price share the item's.
func heads(c *plan.Change) bool { return c.Intent != "" && c.Key.Kind == c.Key.Kind.Family() }

// link fills in the refs of what was written first; a change whose forerunner failed is held.
func (w *writer) link(changes []plan.Change) []plan.Change {
	ready := changes[:0]
	for _, c := range changes {
		res, ok := w.refs[*c.After]
		if l, can := c.Want.(record.Linker); ok && can && res.Err == nil && res.Ref != "" {
			c.Want = l.Link(*c.After, res.Ref)
			ready = append(ready, c)
			continue
		}
		detail := "it was not written"
		if res.Err != nil {
			detail = fault.As(res.Err).Error()
		}
		w.reject(&c, fault.New("order.customer_failed", fault.Args{"detail": detail}), "", "")
	}
	return ready
}

// stage sends changes in batches, several at once, and takes the results in as they come.
func (w *writer) stage(ctx context.Context, changes []plan.Change) error {
	s := &sender{w: w, ctx: ctx, rest: changes, pace: w.r.e.pace(w.r.job)}
	var wg sync.WaitGroup
	for range max(1, w.r.job.Limits.Parallel) {
		wg.Go(s.work)
	}
	wg.Wait()
	w.r.e.paces[w.r.job.Kinds[0].Family()] = s.pace
	if s.err == nil {
		return s.trouble
	}
	return s.err
}

// unsent gives up the intents of creates that surely left nothing: nothing of them can come through later.
func (w *writer) unsent(changes []plan.Change) {
	for i := range changes {
		if heads(&changes[i]) {
			w.out.Intents = append(w.out.Intents, changes[i].Intent)
		}
	}
}

// neverThere reports whether a failed create surely left nothing at the other side: it was refused before anything
// was sent, or told to come back later. tls.failed proves nothing: TLS can break in the middle of an answer, too.
func neverThere(res endpoint.Result) bool {
	code := string(fault.As(res.Err).Code)
	if res.Ref != "" || code == "tls.failed" {
		return false
	}
	return code == "net.unreachable" || code == "net.unknown_host" || code == "net.busy" || strings.HasPrefix(code, "tls.") ||
		fault.Of(res.Err) == fault.Auth || fault.Of(res.Err) == fault.Config
}

func (e *Engine) pace(job Job) schedule.Pace {
	p, ok := e.paces[job.Kinds[0].Family()]
	if !ok || p.Max != max(1, job.Limits.Batch) {
		p = schedule.NewPace(max(1, job.Limits.Batch))
	}
	return p
}

// sender hands batches to its workers and takes in what comes back, under one lock.
type sender struct {
	w    *writer
	ctx  context.Context
	mu   sync.Mutex
	rest []plan.Change
	pace schedule.Pace
	err  error // ends the sending

	trouble error // the first that may pass; the rest is sent all the same
	failed  int   // batches in a row that met one
}

// patience is how many batches in a row may fail for a while before the sending ends: one lost answer says nothing of
// the next record, several say that the side is down.
const patience = 3

func (s *sender) work() {
	for {
		batch := s.next()
		if len(batch) == 0 {
			return
		}
		send := make([]record.Change, len(batch))
		for i := range batch {
			send[i] = batch[i].Change
		}
		if err := s.w.intend(batch); err != nil {
			s.stop(err)
			return
		}
		began := s.w.r.e.Now()
		ctx, end := outlive(s.ctx)
		results := s.w.r.job.To.Write(ctx, send)
		end()
		took := s.w.r.e.Now().Sub(began)
		if call := endpoint.CallOf(s.ctx); call != "" && s.w.r.job.Evidence != nil {
			s.w.r.job.Evidence.Answered(call, batch, results)
		}
		s.take(batch, results, took)
	}
}

// stop ends the sending: nothing goes out whose intent is not durable.
func (s *sender) stop(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// grace is how long a batch under way may go on after its run was stopped: a write cut short is an outcome nobody
// knows, and must be looked up again.
const grace = 10 * time.Second

// outlive returns a context that ends when ctx has ended and grace is over.
func outlive(ctx context.Context) (context.Context, func()) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(late, func() { timer.Stop() })
	})
	return late, func() { stop(); cancel() }
}

// next cuts a batch of as many distinct records as the pace allows; the changes of one record stay together.
func (s *sender) next() []plan.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || len(s.rest) == 0 {
		return nil
	}
	if err := s.ctx.Err(); err != nil {
		s.err = fault.As(err)
		return nil
	}
	n, records := 0, 0
	for n < len(s.rest) {
		if n == 0 || s.rest[n].Source != s.rest[n-1].Source {
			if records++; records > s.pace.Size {
				break
			}
		}
		n++
	}
	batch := s.rest[:n]
	s.rest = s.rest[n:]
	return batch
}

func (s *sender) take(batch []plan.Change, results []endpoint.Result, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := false
	for i := range batch {
		var res endpoint.Result
		if i < len(results) {
			res = results[i]
		} else {
			res.Err = fault.New("bug.unclassified", nil)
		}
		if res.Err != nil && fault.Stops(res.Err) {
			failed = true
			if neverThere(res) {
				s.w.unsent(batch[i : i+1])
			}
			s.met(res.Err)
			continue
		}
		s.w.take(&batch[i], res)
	}
	if s.failed++; !failed {
		s.failed = 0
	}
	if s.failed >= patience && s.err == nil {
		s.err = s.trouble
	}
	s.pace = s.pace.Next(took, failed)
	s.w.r.progress()
	if len(s.w.out.Settled)+len(s.w.out.Held) >= group {
		if err := s.w.commit(); err != nil && s.err == nil {
			s.err = err
		}
	}
}

// met takes in an error that stops the run: at once, or when what can be sent has been.
func (s *sender) met(err error) {
	e := fault.As(err)
	switch {
	case e.Kind != fault.Retry || e.After > 0 || e.Code == "run.cancelled":
		if s.err == nil {
			s.err = err
		}
	case s.trouble == nil:
		s.trouble = err
	}
}

// take turns one result into what is to be remembered.
func (w *writer) take(c *plan.Change, res endpoint.Result) {
	if w.refs != nil {
		w.refs[c.Key] = res
	}
	w.r.done++
	if heads(c) {
		w.out.Intents = append(w.out.Intents, c.Intent)
	}
	w.note(c, res)
	if res.Err != nil {
		w.reject(c, res.Err, res.Ref, res.Number)
		return
	}
	if c.Helper {
		return
	}
	t := w.tally(c.Key.Kind)
	t.Written++
	t.Linked += count(c.Linked)
	to := res.Ref
	if to == "" {
		to = c.Ref
	}
	s := plan.Settled{Kind: c.Key.Kind, Key: c.Key.ID, Source: c.Source, To: to, Sum: c.Sum, Level: c.Level, Linked: c.Linked}
	if c.Mark {
		s.Mark = res.Number
	}
	w.out.Settled = append(w.out.Settled, s)
}

// reject holds a change the other side refused. A ref says that it is there all the same: it is linked and marked, and
// a person must see to it.
func (w *writer) reject(c *plan.Change, err error, ref, number string) {
	if c.Helper {
		return
	}
	w.tally(c.Key.Kind).Rejected++
	h := held(c.Key.Kind, c.Key.ID, c.Source, err)
	h.Sum, h.To, h.Stays = c.Sum, ref, ref != ""
	if c.Mark {
		h.Mark = number
	}
	if h.To == "" {
		h.To = c.Ref
	}
	w.out.Held = append(w.out.Held, h)
}

// idle reports whether there is nothing to remember but a cursor.
func (w *writer) idle() bool {
	return len(w.out.Settled)+len(w.out.Held)+len(w.out.Intents)+len(w.out.Gone) == 0
}

// commit stores what was gathered, in the audit trail first, and starts afresh.
func (w *writer) commit() error {
	err := w.audit()
	if err == nil {
		err = w.r.e.State.Commit(w.out)
	}
	w.out.Settled, w.out.Held, w.out.Intents, w.out.Gone = w.out.Settled[:0], w.out.Held[:0], w.out.Intents[:0], nil
	return err
}
