package service

import (
	"context"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
)

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
