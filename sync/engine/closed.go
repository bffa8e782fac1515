package engine

import (
	"context"
	"maps"
	"slices"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// orders compares the shop's orders with their documents. Only orders whose document is open, or not known to be
// closed, are looked at: an order that was posted is history.
func (c *comparer) orders(ctx context.Context) error {
	open := map[string]string{} // document's id -> its number
	lacks := func(*Link) bool { return false }
	if c.full {
		_, err := c.ids(ctx, c.job.To, func(r record.Record) { open[r.Ref] = r.Key.ID })
		if err != nil {
			return err
		}
		lacks = func(l *Link) bool {
			_, is := open[l.To]
			a := l.Of(record.KindOrder)
			return is || !a.Set || a.Level != plan.Closed
		}
	}
	links, err := c.suspects(lacks)
	if err != nil || len(links) == 0 {
		return err
	}
	if !c.full {
		if err := c.openNow(ctx, links, open); err != nil {
			return err
		}
	}
	var ours, missing []Link
	for _, l := range links {
		if _, is := open[l.To]; is {
			ours = append(ours, l)
		} else {
			missing = append(missing, l)
		}
	}
	if missing, err = c.unposted(ctx, missing); err != nil {
		return err
	}
	shop, err := c.inShop(ctx, append(ours[:len(ours):len(ours)], missing...))
	if err != nil || shop == nil {
		return err
	}
	for i := range ours {
		c.openOne(&ours[i], open[ours[i].To], shop[ours[i].Ref])
	}
	return c.missing(ctx, missing, shop)
}

// openOne decides on an order whose document is open.
func (c *comparer) openOne(l *Link, number string, at record.Record) {
	o, there := orderOf(at)
	switch {
	case there && o == nil: // it can't be read: its flow says so
	case !there, o.Binned():
		c.hold(l, plan.OrderDeletedInShop, fault.Args{"number": number})
	case len(c.lost[l.Ref]) > 0:
		c.over(l.Ref)
		c.again = append(c.again, l.Ref)
	}
}

// inShop reads the shop's orders. Those that seem to be missing are asked for once more beside one that the shop lists
// now: nil says that not even this one came, so that the answer is not believed.
func (c *comparer) inShop(ctx context.Context, links []Link) (map[string]record.Record, error) {
	shop, _, err := c.there(ctx, c.job.From, refsOf(links), "")
	if err != nil {
		return nil, err
	}
	var absent []string
	for _, ref := range refsOf(links) {
		if _, there := shop[ref]; !there {
			absent = append(absent, ref)
		}
	}
	if len(absent) == 0 {
		return shop, nil
	}
	one, err := c.anyOrder(ctx)
	if err != nil || one == "" {
		return nil, err
	}
	second, listed, err := c.there(ctx, c.job.From, absent, one)
	if err != nil || !listed {
		return nil, err
	}
	maps.Copy(shop, second)
	return shop, nil
}

// anyOrder is an order the shop lists now; "" when it lists none.
func (c *comparer) anyOrder(ctx context.Context) (string, error) {
	q := record.Query{Kinds: []record.Kind{c.family}, IDs: true, From: c.job.Since, Limit: 1}
	for {
		p, err := c.job.From.Read(ctx, q)
		switch {
		case err != nil:
			return "", err
		case len(p.Records) > 0:
			return p.Records[0].Ref, nil
		case !p.More || p.Next == q.After:
			return "", nil
		}
		q.After = p.Next
	}
}

// unposted leaves out the orders whose document was posted: they are closed.
func (c *comparer) unposted(ctx context.Context, links []Link) ([]Link, error) {
	if len(links) == 0 {
		return nil, nil
	}
	keys := make([]string, len(links))
	for i := range links {
		keys[i] = plan.External(c.job.Rules.Orders.Prefix, links[i].Key)
	}
	found, err := c.e.find(ctx, *c.job, []record.Query{{Side: record.Other, Kinds: []record.Kind{record.KindOrder}, Keys: keys}})
	if err != nil {
		return nil, err
	}
	var rest []Link
	for i := range links {
		docs := found.Get(record.KindOrder, keys[i])
		switch {
		case len(docs) == 0:
			rest = append(rest, links[i])
		case slices.ContainsFunc(docs, func(r record.Record) bool { d, ok := r.Body.(*record.SalesOrder); return !ok || !d.Posted }):
			c.over(links[i].Ref) // there, under another id or unreadable: nothing was deleted
		default:
			c.close(links[i].Ref)
		}
	}
	return rest, nil
}

// close ends what was held of an order whose document needs no more looking after.
func (c *comparer) close(ref string) {
	c.over(ref)
	c.out.Closed = append(c.out.Closed, ref)
}

// orderOf is the order in a record; nil where it can't be read, false where there is none.
func orderOf(r record.Record) (*record.Order, bool) {
	o, _ := r.Body.(*record.Order)
	return o, r.Ref != ""
}

// openNow finds which documents are open by their ids.
func (c *comparer) openNow(ctx context.Context, links []Link, open map[string]string) error {
	var ids []string
	for i := range links {
		if links[i].To != "" {
			ids = append(ids, links[i].To)
		}
	}
	have, _, err := c.there(ctx, c.job.To, ids, "")
	for ref, r := range have {
		open[ref] = r.Key.ID
		if d, ok := r.Body.(*record.SalesOrder); ok {
			open[ref] = d.Number
		}
	}
	return err
}

// missing looks at orders whose document is neither open nor found by the order's number. It may still have been posted
// under a number that a person changed: then an invoice names the document itself (NOTES §6: an order disappears when
// it is posted completely).
func (c *comparer) missing(ctx context.Context, links []Link, shop map[string]record.Record) error {
	var numbers []string
	for i := range links {
		if o, _ := orderOf(shop[links[i].Ref]); o != nil && o.MarkedAs != "" {
			numbers = append(numbers, o.MarkedAs)
		}
	}
	var queries []record.Query
	if len(numbers) > 0 {
		queries = []record.Query{{Side: record.Other, Kinds: []record.Kind{record.KindInvoice}, Keys: numbers}}
	}
	found, err := c.e.find(ctx, *c.job, queries)
	if err != nil {
		return err
	}
	for i := range links {
		l := &links[i]
		o, there := orderOf(shop[l.Ref])
		switch {
		case !there, o != nil && len(found.Get(record.KindInvoice, o.MarkedAs)) > 0:
			c.close(l.Ref)
		case o == nil: // it can't be read: its flow says so
		case o.Dead():
			// Gone on both sides: what was held because of the cancellation is done.
			c.out.Settled = append(c.out.Settled, plan.Settled{Kind: record.KindOrder, Key: l.Key, Source: l.Ref, To: l.To,
				Sum: record.SumOf(o), Level: plan.Closed})
		case l.To == "", c.approved(l.Ref, plan.OrderDeletedInBC):
			c.out.Unlinked = append(c.out.Unlinked, l.Ref)
			c.again = append(c.again, l.Ref)
		case o.Paid:
			c.hold(l, plan.OrderDeletedInBC, fault.Args{"number": o.MarkedAs})
		default:
			c.over(l.Ref)
		}
	}
	return nil
}
