package engine

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Decide finds out what must be known about records and decides on them. It reads, and writes nothing.
func (e *Engine) Decide(ctx context.Context, job Job, wanted []record.Record) (Decision, error) {
	d := Decision{Wanted: wanted}
	if len(wanted) == 0 {
		return d, nil
	}
	refs := make([]string, len(wanted))
	for i := range wanted {
		refs[i] = wanted[i].Ref
	}
	var err error
	if d.Agreed, err = e.agreed(job, refs); err != nil {
		return d, err
	}
	if d.Found, err = e.find(ctx, job, plan.Needs(wanted, d.Agreed, job.Rules)); err != nil {
		return d, err
	}
	d.Plan = plan.Make(wanted, d.Agreed, d.Found, job.Rules)
	return d, nil
}

// agreed returns what is remembered, as far as the job trusts it.
func (e *Engine) agreed(job Job, refs []string) (plan.Agreed, error) {
	if job.Forget {
		return make(plan.Agreed, len(refs)), nil
	}
	family := job.Kinds[0].Family()
	agreed, err := e.State.Agreed(family, refs)
	if err == nil && len(job.Refs) > 0 && family == record.KindItem {
		for i := range agreed {
			for _, k := range job.Kinds {
				agreed[i].Of(k).Set = false
			}
		}
	}
	return agreed, err
}

// look is the least number of keys worth a call of their own.
const look = 100

// find answers queries in bulk, several at once where a side allows it.
func (e *Engine) find(ctx context.Context, job Job, queries []record.Query) (plan.Found, error) {
	found := plan.Found{}
	if len(queries) == 0 {
		return found, nil
	}
	var mu sync.Mutex
	add := func(records []record.Record) {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range records {
			byKey := found[r.Key.Kind]
			if byKey == nil {
				byKey = map[string][]record.Record{}
				found[r.Key.Kind] = byKey
			}
			byKey[r.Key.ID] = append(byKey[r.Key.ID], r)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, job.Limits.Parallel))
	for _, q := range queries {
		if q.Side == record.Links {
			linked, err := e.State.Linked(q.Kinds[0], q.Keys)
			if err != nil {
				return nil, err
			}
			add(linked)
			continue
		}
		side := job.To
		if q.Side == record.Owner {
			side = job.From
		}
		for keys := q.Keys; len(keys) > 0; {
			n := min(look, len(keys))
			part := q
			part.Keys, keys = keys[:n], keys[n:]
			g.Go(func() error {
				for {
					p, err := side.Read(ctx, part)
					if err != nil {
						return err
					}
					add(p.Records)
					if !p.More {
						return nil
					}
					part.After = p.Next
				}
			})
		}
	}
	return found, g.Wait()
}
