package service

import (
	"context"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// compare looks for what was deleted on either side: all ids once a night, in between only what waits because of it and
// is due. It comes after the flows and leaves a side alone that they could not reach; its own trouble is only logged,
// since what is wrong with a side the flows meet themselves. The caller has the turn.
func (c *connection) compare(ctx context.Context, sd *sides, runs []ipc.Run) {
	for i := range runs {
		if f := runs[i].Fault; f != nil && (f.Kind == fault.Retry || f.Kind == fault.Auth) {
			return
		}
	}
	job := engine.Comparison{Night: c.swept}
	products := c.products()
	if len(products) > 0 {
		j := c.job(sd, products)
		job.Products = &j
	}
	if !c.conf.Flows.Orders.Off {
		j := c.job(sd, []record.Kind{record.KindOrder})
		job.Orders = &j
	}
	again, err := c.compareSafely(ctx, job)
	if err == nil {
		err = c.lookAgain(ctx, job, again)
	}
	if err != nil && ctx.Err() == nil {
		c.s.log.Warn("What was deleted could not be found out", "connection", c.conf.Name, "code", fault.As(err).Code, "err", err)
	}
}

// lookAgain runs the flows of single records: those that are back, and those a person said to make again.
func (c *connection) lookAgain(ctx context.Context, job engine.Comparison, again engine.Again) error {
	for _, part := range []struct {
		job  *engine.Job
		refs []string
	}{{job.Products, again.Products}, {job.Orders, again.Orders}} {
		if len(part.refs) == 0 {
			continue
		}
		part.job.Refs = part.refs
		if _, err := c.guarded(ctx, *part.job); err != nil {
			return err
		}
	}
	return nil
}

// compareSafely turns a panic into a fault, as guarded does for a run.
func (c *connection) compareSafely(ctx context.Context, job engine.Comparison) (again engine.Again, err error) {
	defer caught(&err)
	return c.engine.Compare(ctx, job)
}
