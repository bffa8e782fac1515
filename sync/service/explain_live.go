package service

import (
	"context"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
)

// ask reads a record at both sides now and decides on it: as the next run would, and anew. Trouble with a side is part
// of the answer.
func (c *connection) ask(ctx context.Context, k *report.Known) error {
	free, err := c.take(ctx)
	if err != nil {
		return err
	}
	defer free()
	k.Live = &report.Seen{}
	sd, err := c.ready(ctx)
	if err == nil {
		k.Rules = c.rules(sd)
		err = c.seen(ctx, sd, k)
	}
	k.Live.Err = err
	return nil
}

func (c *connection) seen(ctx context.Context, sd *sides, k *report.Known) error {
	kind := report.Flow(k.Kind)
	kinds := []record.Kind{kind}
	if kind.Family() == record.KindItem && kind != record.KindItem {
		kinds = []record.Kind{record.KindItem, kind}
	}
	job := c.job(sd, kinds)
	job.Evidence, job.Rules.Trace, job.Rules.Skipped = nil, true, k.Open.Skipped
	read, err := c.find(ctx, job.From, kinds, k)
	if err != nil {
		return err
	}
	k.Live.Read = read
	if err := c.other(ctx, sd, job, k); err != nil {
		return err
	}
	if len(read) == 0 {
		return nil
	}
	if k.Live.Next, err = c.engine.Decide(ctx, job, read); err != nil {
		return err
	}
	job.Forget = true
	if k.Live.Anew, err = c.engine.Decide(ctx, job, read); err != nil {
		return err
	}
	if len(k.Live.Other) == 0 { // found by its key, not by a link
		for _, hits := range k.Live.Anew.Found[kind] {
			for _, h := range hits {
				if h.Body != nil || h.Err != nil {
					k.Live.Other = append(k.Live.Other, h)
				}
			}
		}
	}
	return nil
}

// find reads a record from its owner: by its id, or by what the person typed.
func (c *connection) find(ctx context.Context, from endpoint.Endpoint, kinds []record.Kind, k *report.Known) ([]record.Record, error) {
	queries := []record.Query{{Kinds: kinds, Keys: []string{k.Key}}, {Kinds: kinds, Refs: []string{k.Asked}}}
	if k.Ref != "" {
		queries = []record.Query{{Kinds: kinds, Refs: []string{k.Ref}}}
	} else if number, ok := plan.ShopNumber(k.Asked, c.conf.Flows.Orders.ExternalPrefix); ok && kinds[0] == record.KindOrder {
		queries = append(queries, record.Query{Kinds: kinds, Keys: []string{number}})
	}
	for _, q := range queries {
		page, err := from.Read(ctx, q)
		if err != nil || len(page.Records) > 0 {
			return page.Records, err
		}
	}
	return nil, nil
}

// other reads what a linked record is at the other side.
func (c *connection) other(ctx context.Context, sd *sides, job engine.Job, k *report.Known) error {
	if k.Link == nil || k.Link.To == "" {
		return nil
	}
	side, kinds := job.To, []record.Kind{job.Kinds[len(job.Kinds)-1]}
	if kinds[0] == record.KindShipment { // a shipment is told to the shop's order
		side, kinds = sd.shop, []record.Kind{record.KindOrder}
	}
	page, err := side.Read(ctx, record.Query{Kinds: kinds, Refs: []string{k.Link.To}})
	k.Live.Other = page.Records
	return err
}
