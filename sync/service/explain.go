package service

import (
	"context"
	"slices"
	"strings"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
	"stockbridge/sync/settings"
)

// Explain implements ipc.Records: from stored facts, without a call to either side; live reads both sides now and
// decides anew.
func (s *Service) Explain(ctx context.Context, r ipc.ExplainRequest) (ipc.Explanation, error) {
	c, err := s.one(r.Connection)
	if err != nil {
		return ipc.Explanation{}, err
	}
	k, err := c.known(r.Kind, strings.TrimSpace(r.Key))
	if err != nil {
		return ipc.Explanation{}, err
	}
	if r.Live {
		if err := c.ask(ctx, k); err != nil {
			return ipc.Explanation{}, err
		}
	}
	e := report.Explain(k)
	e.Exchanges, err = s.exchanges(journal.Query{Connection: r.Connection, Any: k.Names(), Limit: 5})
	return e, err
}

// known gathers what is known of a record, whatever a person calls it.
func (c *connection) known(kind record.Kind, asked string) (*report.Known, error) {
	k := &report.Known{Conf: c.conf, Now: c.s.now(), Kind: kind, Asked: asked, Key: asked}
	flow := report.Flow(kind)
	var err error
	if k.Open, err = c.db.Open(flow); err != nil {
		return nil, err
	}
	if err := c.identify(k); err != nil {
		return nil, err
	}
	if err := c.evidenceOf(k); err != nil {
		return nil, err
	}
	if err := c.problemOf(k); err != nil {
		return nil, err
	}
	k.Rules, err = c.rulesKnown()
	c.stops(k, flow)
	return k, err
}

// identify finds the link of a record by its owner's key or id, the other side's id, or a number we gave it.
func (c *connection) identify(k *report.Known) error {
	family := report.Flow(k.Kind).Family()
	finders := []func() (store.Link, bool, error){
		func() (store.Link, bool, error) { return c.db.LinkByKey(family, k.Asked) },
		func() (store.Link, bool, error) { return c.db.LinkByRef(family, k.Asked) },
		func() (store.Link, bool, error) {
			number, ok := plan.ShopNumber(k.Asked, c.conf.Flows.Orders.ExternalPrefix)
			if !ok || family != record.KindOrder {
				return store.Link{}, false, nil
			}
			return c.db.LinkByKey(family, number)
		},
		func() (store.Link, bool, error) { return c.db.LinkByTo(family, k.Asked) },
		func() (store.Link, bool, error) {
			for _, m := range k.Open.Marks {
				if m.Body.Document == k.Asked {
					return c.db.LinkByRef(family, m.Ref)
				}
			}
			return store.Link{}, false, nil
		},
	}
	for _, find := range finders {
		link, ok, err := find()
		if err != nil {
			return err
		}
		if ok {
			k.Link, k.Ref, k.Key = &link, link.Ref, link.Key
			return nil
		}
	}
	return nil
}

// manyEntries is how many decisions and answers about a record are looked at, the newest of all.
const manyEntries = 60

// evidenceOf finds the decisions and answers about a record; of one that is not linked, also who it is.
func (c *connection) evidenceOf(k *report.Known) error {
	q := journal.Query{Connection: c.conf.Name, Kind: report.Flow(k.Kind).Family(), Any: k.Names(), Parts: journal.Decisions | journal.Answers, Limit: manyEntries}
	if k.Kind == record.KindShopper && k.Ref == "" {
		email, err := c.customer(k)
		if err != nil {
			return err
		}
		if email != "" {
			q.Any = append(q.Any, email)
		}
	}
	entries, err := c.s.journals.Search(q)
	if err != nil {
		return err
	}
	if k.Ref == "" {
		if k.Ref = owner(entries, k.Asked); k.Ref == "" {
			k.Entries = entries
			return nil
		}
		q.Any = append(q.Any, k.Ref)
		if entries, err = c.s.journals.Search(q); err != nil {
			return err
		}
		link, ok, err := c.db.LinkByRef(q.Kind, k.Ref)
		if err != nil {
			return err
		}
		if ok {
			k.Link, k.Key = &link, link.Key
		}
	}
	// The id of one order may be the number of another.
	entries = slices.DeleteFunc(entries, func(e journal.Entry) bool { return e.Decided != nil && e.Decided.Source != k.Ref })
	for i := range entries {
		if d := entries[i].Decided; d != nil && k.Link == nil && len(d.Read) > 0 {
			k.Key = d.Read[0].Key
			break
		}
	}
	k.Entries = entries
	return nil
}

// customer is the e-mail address of the customer that was made under the number or id a person asks for, "" of others.
func (c *connection) customer(k *report.Known) (string, error) {
	q := journal.Query{Connection: c.conf.Name, Kind: record.KindShopper, Any: k.Names(), Parts: journal.Answers, Limit: manyEntries}
	entries, err := c.s.journals.Search(q)
	for i := range entries {
		for _, a := range entries[i].Answered {
			if a.Number == k.Asked || a.Ref == k.Asked {
				return a.Key, err
			}
		}
	}
	return "", err
}

// owner is the owner's id of the record that entries name.
func owner(entries []journal.Entry, name string) string {
	for i := range entries {
		for _, a := range entries[i].Answered {
			if a.Kind != record.KindShopper && slices.Contains([]string{a.Key, a.Ref, a.Number}, name) {
				return a.Source
			}
		}
		if d := entries[i].Decided; d != nil {
			return d.Source
		}
	}
	return ""
}

// problemOf finds what holds a record.
func (c *connection) problemOf(k *report.Known) error {
	all := store.Everything()
	if all.Kind = k.Kind; report.Flow(k.Kind) != k.Kind {
		all.Kind = report.Flow(k.Kind)
	}
	list, err := c.db.Problems(all)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p store.Problem) bool {
		return p.Ref == k.Ref && k.Ref != "" || k.Ref == "" && slices.Contains([]string{p.Key, p.Ref, p.To}, k.Asked)
	})
	if i < 0 {
		return nil
	}
	p := c.problem(&list[i])
	k.Problem, k.Skipped = &p, list[i].Skipped
	if k.Ref == "" {
		k.Ref, k.Key = p.Ref, p.Key
	}
	return nil
}

// rulesKnown are today's rules without asking anybody: what the sides said of themselves last is in the journal.
func (c *connection) rulesKnown() (*plan.Rules, error) {
	c.mu.Lock()
	sd := c.sides
	c.mu.Unlock()
	if sd != nil {
		return c.rules(sd), nil
	}
	last, err := c.s.journals.Search(journal.Query{Connection: c.conf.Name, Parts: journal.Settings, Limit: 1})
	if err != nil || len(last) == 0 {
		return nil, err
	}
	was := &last[0].Rules.Rules
	r := settings.Rules(c.conf, c.s.installation, was.Currency, was.ShopCurrency, was.Prices.ShopIncludesTax)
	return &r, nil
}

// stops says why a flow does not run.
func (c *connection) stops(k *report.Known, flow record.Kind) {
	st := c.status(k.Now)
	add := func(text string) { k.Stops = append(k.Stops, text) }
	if st.Paused != nil {
		add("The connection is paused. Let it go on: stockbridge resume " + c.conf.Name + ".")
	}
	for i := range st.Flows {
		f := &st.Flows[i]
		if f.Kind != flow {
			continue
		}
		k.LastOK = f.LastOK
		if f.Off {
			add("This flow is switched off: [flows." + string(flow) + "] off is true.")
		}
		if f.Fault != nil {
			add("The flow stands still: " + f.Fault.Text)
		}
	}
	if st.Fault != nil && len(k.Stops) == 0 && st.Fault.Kind == fault.Auth {
		add("The connection stands still: " + st.Fault.Text)
	}
}
