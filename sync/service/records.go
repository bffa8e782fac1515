package service

import (
	"context"
	"slices"
	"sync"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
)

// Plan implements ipc.Records: what the next run would do.
func (s *Service) Plan(ctx context.Context, r ipc.PlanRequest) (ipc.PlanAnswer, error) {
	answer := ipc.PlanAnswer{Planned: []ipc.Planned{}}
	conns, err := s.some(r.Connection)
	if err != nil {
		return answer, err
	}
	for _, c := range conns {
		if err := c.plan(ctx, r.Kinds, &answer); err != nil {
			return answer, err
		}
	}
	return answer, nil
}

func (c *connection) plan(ctx context.Context, kinds []record.Kind, answer *ipc.PlanAnswer) error {
	if len(kinds) == 0 {
		kinds = c.kinds()
	}
	free, err := c.take(ctx)
	if err != nil {
		return err
	}
	defer free()
	sd, err := c.ready(ctx)
	if err != nil {
		return err
	}
	groups, err := c.groups(kinds)
	if err != nil {
		return err
	}
	for _, g := range groups {
		job := c.job(sd, g)
		var mu sync.Mutex
		job.Dry = func(d engine.Decision) {
			mu.Lock()
			defer mu.Unlock()
			lines, unchanged := report.Planned(c.conf.Name, d)
			answer.Planned = append(answer.Planned, lines...)
			answer.Unchanged += unchanged
		}
		if _, err := c.engine.Run(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// Problems implements ipc.Records: what waits for a person. What merely waits for something normal, and what is only
// the consequence of another problem, is left out.
func (s *Service) Problems(_ context.Context, connection string, kind record.Kind) ([]ipc.Problem, error) {
	conns, err := s.some(connection)
	if err != nil {
		return nil, err
	}
	out := []ipc.Problem{}
	for _, c := range conns {
		list, err := c.db.Problems(store.Filter{Kind: kind})
		if err != nil {
			return nil, err
		}
		for i := range list {
			out = append(out, c.problem(&list[i]))
		}
	}
	return out, nil
}

func (c *connection) problem(p *store.Problem) ipc.Problem {
	return ipc.Problem{ID: p.ID, Connection: c.conf.Name, Kind: p.Kind, Key: p.Key, Ref: p.Ref, Fault: *report.CodeFault(p.Code, p.Args),
		First: p.First, Last: p.Last, Tries: p.Tries, Next: p.Next, Approvable: plan.Guards(p.Code)}
}

// recount counts the problems of each flow for the board.
func (c *connection) recount() {
	n, err := c.db.ProblemCounts()
	if err != nil {
		c.s.log.Error("The problems can't be read", "connection", c.conf.Name, "err", err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range record.Kinds() {
		c.flow(k).waiting = n[k]
	}
}

func (c *connection) problems() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, f := range c.flows {
		n += f.waiting
	}
	return n
}

// Act implements ipc.Records.
func (s *Service) Act(_ context.Context, action ipc.Action, id string) error {
	for _, c := range s.all() {
		p, err := c.db.Problem(id)
		if err != nil {
			if fault.As(err).Code == "problem.unknown" {
				continue
			}
			return err
		}
		switch {
		case action == ipc.ActionRetry:
			_, err = c.db.Retry(id)
		case action == ipc.ActionSkip:
			_, err = c.db.Skip(id)
		case action == ipc.ActionApprove && plan.Guards(p.Code):
			_, err = c.db.Approve(id)
		default:
			return fault.New("ipc.bad_request", fault.Args{"detail": "Problem " + id + " can be retried or skipped, not approved."})
		}
		if err != nil {
			return err
		}
		s.log.Info("A person decided", "connection", c.conf.Name, "flow", p.Kind, "key", p.Key, "code", p.Code, "action", action)
		c.recount()
		c.hurry(p.Kind)
		s.changed()
		return nil
	}
	return fault.New("problem.unknown", fault.Args{"id": id})
}

// hurry makes a flow due now, unless the connection rests; while it runs, due again.
func (c *connection) hurry(k record.Kind) {
	c.mu.Lock()
	c.flow(k).asap = true
	c.mu.Unlock()
	c.nudge()
}

// Explain implements ipc.Records: the decision of this moment with its reasons, what is remembered and what was sent.
// Live also asks the other side what it has now, as if nothing had been agreed.
func (s *Service) Explain(ctx context.Context, r ipc.ExplainRequest) (ipc.Explanation, error) {
	c, err := s.one(r.Connection)
	if err != nil {
		return ipc.Explanation{}, err
	}
	free, err := c.take(ctx)
	if err != nil {
		return ipc.Explanation{}, err
	}
	defer free()
	e := ipc.Explanation{Connection: r.Connection, Kind: r.Kind, Key: r.Key, State: "unknown", Steps: []string{}}
	if err := c.remembered(&e); err != nil {
		return e, err
	}
	sd, err := c.ready(ctx)
	if err == nil {
		err = c.explain(ctx, sd, r, &e)
	}
	if err != nil {
		e.Steps = append(e.Steps, "It can't be read now: "+fault.As(err).Sentence())
	}
	e.Exchanges, err = s.exchanges(journal.Query{Connection: r.Connection, Key: r.Key, Limit: 5})
	return e, err
}

// remembered fills in the link and the problem.
func (c *connection) remembered(e *ipc.Explanation) error {
	link, ok, err := c.db.LinkByKey(e.Kind.Family(), e.Key)
	if err != nil {
		return err
	}
	if ok {
		e.Ref, e.To = link.Ref, link.To
		e.Steps = append(e.Steps, "Linked: "+link.Ref+" is "+orNone(link.To)+" at the other side.")
		if link.Of(e.Kind).Set {
			e.State = "agreed"
		}
	}
	all := store.Everything()
	all.Kind, all.Key = e.Kind, e.Key
	list, err := c.db.Problems(all)
	if err != nil || len(list) == 0 {
		return err
	}
	p := c.problem(&list[0])
	e.Problem, e.State, e.Ref = &p, "held", p.Ref
	if p.Fault.Kind == fault.Rejected && list[0].Skipped {
		e.State = "skipped"
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// explain decides on the record again, with a trace.
func (c *connection) explain(ctx context.Context, sd *sides, r ipc.ExplainRequest, e *ipc.Explanation) error {
	kinds := []record.Kind{r.Kind}
	if r.Kind.Family() == record.KindItem && r.Kind != record.KindItem {
		kinds = []record.Kind{record.KindItem, r.Kind}
	}
	job := c.job(sd, kinds)
	open, err := c.db.Open(r.Kind)
	if err != nil {
		return err
	}
	job.Rules.Trace, job.Rules.Skipped = true, open.Skipped
	job.Forget = r.Live
	q := record.Query{Kinds: kinds, Keys: []string{r.Key}}
	if e.Ref != "" {
		q = record.Query{Kinds: kinds, Refs: []string{e.Ref}}
	}
	page, err := job.From.Read(ctx, q)
	if err != nil {
		return err
	}
	if len(page.Records) == 0 {
		e.Steps = append(e.Steps, "The owner of this kind has no record "+r.Key+".")
		return nil
	}
	d, err := c.engine.Decide(ctx, job, page.Records)
	if err != nil {
		return err
	}
	for _, w := range d.Wanted {
		if w.Key.Kind == r.Kind && w.Body != nil {
			e.Ref = w.Ref
			e.Steps = append(e.Steps, "Read from its owner: "+report.Describe(w.Body)+".")
		}
	}
	for _, hits := range d.Found[r.Kind] {
		for _, h := range hits {
			e.Steps = append(e.Steps, "Found at the other side: "+h.Ref+", "+report.Describe(h.Body)+".")
		}
	}
	for _, step := range d.Plan.Trace {
		e.Steps = append(e.Steps, string(step.Kind)+": "+step.Text)
	}
	return nil
}

// Journal implements ipc.Records.
func (s *Service) Journal(_ context.Context, r ipc.JournalRequest) ([]ipc.Exchange, error) {
	if r.ID != "" {
		entry, err := s.journal.Show(r.ID)
		if err != nil {
			return nil, err
		}
		return []ipc.Exchange{wireExchange(&entry)}, nil
	}
	return s.exchanges(journal.Query{Connection: r.Connection, Kind: r.Kind, Key: r.Key, Since: r.Since, Limit: r.Limit})
}

func (s *Service) exchanges(q journal.Query) ([]ipc.Exchange, error) {
	entries, err := s.journal.Search(q)
	out := make([]ipc.Exchange, len(entries))
	for i := range entries {
		out[i] = wireExchange(&entries[i])
	}
	return out, err
}

func wireExchange(e *journal.Entry) ipc.Exchange {
	return ipc.Exchange{ID: e.ID, At: e.At, Connection: e.Connection, Side: e.Side, Kind: e.Kind, Keys: e.Keys, Method: e.Method,
		Path: e.Path, Status: e.Status, Took: e.Took, Request: e.Request, Response: e.Response, Error: e.Error}
}

// Send implements ipc.Records: the records of a journal entry go through the whole road again. Nothing is replayed
// blindly: they are read anew, compared and looked up first.
func (s *Service) Send(ctx context.Context, id string) error {
	entry, err := s.journal.Show(id)
	if err != nil {
		return err
	}
	c, err := s.one(entry.Connection)
	if err != nil {
		return err
	}
	return c.again(ctx, entry.Kind, entry.Keys)
}

// again runs chosen records of a kind, by business key.
func (c *connection) again(ctx context.Context, kind record.Kind, keys []string) error {
	var refs []string
	for _, key := range keys {
		if link, ok, err := c.db.LinkByKey(kind.Family(), key); err != nil {
			return err
		} else if ok {
			refs = append(refs, link.Ref)
		}
		all := store.Everything()
		all.Kind, all.Key = kind, key
		list, err := c.db.Problems(all)
		if err != nil {
			return err
		}
		for _, p := range list {
			refs = append(refs, p.Ref)
		}
	}
	if len(refs) == 0 {
		return fault.New("ipc.bad_request", fault.Args{"detail": "None of its records is known any more; a normal run will find them."})
	}
	free, err := c.take(ctx)
	if err != nil {
		return err
	}
	defer free()
	sd, err := c.ready(ctx)
	if err != nil {
		return err
	}
	kinds := []record.Kind{kind}
	if kind.Family() == record.KindItem {
		kinds = c.products()
	}
	job := c.job(sd, kinds)
	job.Refs = refs
	_, err = c.engine.Run(c.ctx, job)
	c.finish()
	return err
}

// products are the kinds of one product that are switched on.
func (c *connection) products() []record.Kind {
	return slices.DeleteFunc(c.kinds(), func(k record.Kind) bool { return k.Family() != record.KindItem })
}

// compared are the kinds a reconciliation looks at, as they run together: what is switched off is nobody's business.
func (c *connection) compared() [][]record.Kind {
	var groups [][]record.Kind
	if products := c.products(); len(products) > 0 {
		groups = append(groups, products)
	}
	if !c.conf.Flows.Orders.Off {
		groups = append(groups, []record.Kind{record.KindOrder})
	}
	return groups
}

// Reconcile implements ipc.Records.
func (s *Service) Reconcile(ctx context.Context, r ipc.ReconcileRequest) (ipc.Reconciliation, error) {
	c, err := s.one(r.Connection)
	if err != nil {
		return ipc.Reconciliation{}, err
	}
	free, err := c.take(ctx)
	if err != nil {
		return ipc.Reconciliation{}, err
	}
	defer free()
	sd, err := c.ready(ctx)
	if err != nil {
		return ipc.Reconciliation{}, err
	}
	rec := report.NewReconciliation(r.Connection)
	groups := c.compared()
	for _, g := range groups {
		job := c.job(sd, g)
		job.Forget, job.Dry = true, rec.Add
		if _, err := c.engine.Run(ctx, job); err != nil {
			return rec.Finish(), err
		}
	}
	if err := rec.OnlyInShop(ctx, sd.shop); err != nil {
		return rec.Finish(), err
	}
	out := rec.Finish()
	if r.Repair {
		for _, g := range groups {
			job := c.job(sd, g)
			job.Forget = true
			tallies, err := c.engine.Run(c.ctx, job)
			for _, t := range tallies {
				out.Repaired += t.Written
			}
			if err != nil {
				return out, err
			}
		}
		c.finish()
	}
	return out, nil
}
