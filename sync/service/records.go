package service

import (
	"context"
	"sync"

	"stockbridge/store"
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
			p := c.shown(&list[i])
			p.List = store.List(&list[i], list)
			out = append(out, p)
		}
	}
	return out, nil
}

func (c *connection) problem(p *store.Problem) ipc.Problem {
	return ipc.Problem{ID: p.ID, Connection: c.conf.Name, Kind: p.Kind, Key: p.Key, Ref: p.Ref, Fault: *report.CodeFault(p.Code, p.Args),
		First: p.First, Last: p.Last, Tries: p.Tries, Next: p.Next, Approvable: stops(p.Code) || plan.Approvable(p.Code)}
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
	for _, k := range append(record.Kinds(), record.KindConnection) {
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
func (s *Service) Act(ctx context.Context, action ipc.Action, r ipc.ProblemRequest) error {
	id := r.ID
	for _, c := range s.all() {
		p, err := c.db.Problem(id)
		if err != nil {
			if fault.As(err).Code == "problem.unknown" {
				continue
			}
			return err
		}
		switch {
		case p.Kind == record.KindConnection && p.Key == keyState:
			err = c.settle(p.Key) // news, not a question: whatever is said to it, it has been read
		case stops(p.Code):
			if err = c.actOn(ctx, action, &p); err == nil {
				c, err = s.one(c.conf.Name) // it may have begun afresh
			}
		case action == ipc.ActionRetry:
			_, err = c.db.Retry(id)
		case action == ipc.ActionSkip:
			_, err = c.db.Skip(id)
		case action == ipc.ActionApprove && plan.Approvable(p.Code):
			_, err = c.db.Approve(id, r.List)
		default:
			return fault.New("ipc.bad_request", fault.Args{"detail": "Problem " + id + " can be retried or skipped, not approved."})
		}
		if err != nil {
			return err
		}
		if err := c.audited(ctx, decision(action, p.Kind, p.Key, p.Ref, p.Code)); err != nil {
			return err
		}
		s.log.Info("A person decided", "connection", c.conf.Name, "flow", p.Kind, "key", p.Key, "code", p.Code, "action", action)
		c.recount()
		if p.Kind != record.KindConnection {
			c.hurry(p.Kind)
		}
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
