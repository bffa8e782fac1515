package service

import (
	"context"
	"time"

	"stockbridge/store"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// lost is which of the newest orders that were brought into BC are not there any more.
type lost struct {
	all    []store.Link // linked ones, newest first
	refs   map[string]bool
	gone   int       // so many of the newest in a row
	newest string    // the number of the newest
	since  time.Time // when the oldest of those was placed
}

// manyOrders is how many of the newest orders must be gone in a row to be a restored database: people remove single
// ones, which are asked about one by one.
const manyOrders = 5

func (l *lost) isRestore() bool { return l.gone >= manyOrders }

// lostOrders looks in BC for the newest orders that were brought in: open, posted or shipped (invariant 3).
func (c *connection) lostOrders(ctx context.Context, sd *sides) (*lost, error) {
	l := &lost{refs: map[string]bool{}}
	sd.lost = l
	at := map[string]time.Time{}
	var keys []string
	for _, f := range sd.shop.facts.Identity.Trail {
		link, ok, err := c.db.LinkByRef(record.KindOrder, f.Ref)
		if err != nil {
			return nil, err
		}
		if !ok || link.To == "" || !link.Of(record.KindOrder).Set || f.Dead {
			continue
		}
		l.all = append(l.all, link)
		at[link.Ref] = f.At
		keys = append(keys, plan.External(c.conf.Flows.Orders.ExternalPrefix, link.Key))
	}
	if len(keys) == 0 {
		return l, nil
	}
	page, err := sd.bc.Read(ctx, record.Query{Kinds: []record.Kind{record.KindOrder}, Keys: keys})
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, r := range page.Records {
		there[r.Key.ID] = true // also one that can't be read
	}
	row := true
	for i, link := range l.all {
		if there[keys[i]] {
			row = false
			continue
		}
		l.refs[link.Ref] = true
		if row {
			l.gone, l.since = l.gone+1, at[link.Ref]
		}
	}
	l.newest = l.all[0].Key
	return l, nil
}

// missing asks a person about single orders that are gone in BC.
func (c *connection) missing(sd *sides) error {
	if sd.lost == nil || len(sd.lost.refs) == 0 {
		return nil
	}
	var held []plan.Held
	for _, link := range sd.lost.all {
		if !sd.lost.refs[link.Ref] {
			continue
		}
		all := store.Everything()
		all.Kind, all.Ref = record.KindOrder, link.Ref
		known, err := c.db.Problems(all)
		if err != nil {
			return err
		}
		if len(known) > 0 { // a person knows of it already, or is asked something else about it
			continue
		}
		held = append(held, plan.Held{Kind: record.KindOrder, Key: link.Key, Source: link.Ref, To: link.To, Sum: link.Of(record.KindOrder).Sum,
			Code: "order.gone_in_bc", Args: fault.Args{"key": link.Key, "number": plan.External(c.conf.Flows.Orders.ExternalPrefix, link.Key)}, Stays: true})
	}
	if len(held) == 0 {
		return nil
	}
	return c.db.Commit(engine.Outcome{Kinds: []record.Kind{record.KindOrder}, Held: held, At: c.s.now()})
}
