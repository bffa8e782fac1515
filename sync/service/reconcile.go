package service

import (
	"context"
	"slices"

	"stockbridge/store/audit"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
)

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
		if err := c.audited(ctx, audit.Command{What: "reconcile --repair"}); err != nil {
			return out, err
		}
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
