package report

import (
	"context"
	"sort"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Reconciliation gathers what two sides disagree on. Feed it the decisions of runs that remember nothing
// (engine.Job.Forget): what such a run would write is what differs now.
type Reconciliation struct {
	ipc.Reconciliation
	seen map[string]bool // SKUs Business Central has, folded
}

// NewReconciliation starts one for a connection.
func NewReconciliation(connection string) *Reconciliation {
	return &Reconciliation{
		Reconciliation: ipc.Reconciliation{Connection: connection, Checked: map[record.Kind]int{}, Equal: map[record.Kind]int{},
			Differences: []ipc.Difference{}},
		seen: map[string]bool{},
	}
}

// Add takes in one decision.
func (r *Reconciliation) Add(d engine.Decision) {
	for i := range d.Wanted {
		r.Checked[d.Wanted[i].Key.Kind]++
		if d.Wanted[i].Key.Kind.Family() == record.KindItem {
			r.seen[strings.ToLower(d.Wanted[i].Key.ID)] = true
		}
	}
	for _, i := range d.Plan.Unchanged {
		r.Equal[d.Wanted[i].Key.Kind]++
	}
	for i := range d.Plan.Settled {
		r.Equal[d.Plan.Settled[i].Kind]++
	}
	for i := range d.Plan.Changes {
		c := &d.Plan.Changes[i]
		if c.Helper {
			continue
		}
		diff := ipc.Difference{Kind: c.Key.Kind, Key: c.Key.ID, What: "differs", BC: Describe(c.Want)}
		hits := d.Found.Get(c.Key.Kind, c.Key.ID)
		switch {
		case c.Key.Kind == record.KindOrder:
			diff.What, diff.BC = "only in the shop", ""
			diff.Shop = orderText(d, c.Source)
		case c.Ref == "":
			diff.What = "only in Business Central"
		case len(hits) == 1:
			diff.Shop = Describe(hits[0].Body)
		}
		r.Differences = append(r.Differences, diff)
	}
	r.held(d)
}

// held reports holds: two sides that disagree, and why nothing is done about it. What merely waits (an unpaid order)
// and what follows from another hold is left out.
func (r *Reconciliation) held(d engine.Decision) {
	for i := range d.Plan.Held {
		h := &d.Plan.Held[i]
		if h.Quiet || h.Because != nil {
			r.Checked[h.Kind]--
			continue
		}
		r.Differences = append(r.Differences, ipc.Difference{Kind: h.Kind, Key: h.Key, What: "differs", Why: HeldFault(h).Text})
	}
}

func orderText(d engine.Decision, ref string) string {
	for i := range d.Wanted {
		if d.Wanted[i].Ref == ref {
			return Describe(d.Wanted[i].Body)
		}
	}
	return ""
}

// OnlyInShop lists the shop's products and adds those Business Central doesn't have.
func (r *Reconciliation) OnlyInShop(ctx context.Context, shop endpoint.Endpoint) error {
	var cursor record.Cursor
	for {
		p, err := shop.Read(ctx, record.Query{Kinds: []record.Kind{record.KindItem}, IDs: true, After: cursor})
		if err != nil {
			return err
		}
		for _, rec := range p.Records {
			if rec.Key.ID != "" && !r.seen[strings.ToLower(rec.Key.ID)] {
				r.Differences = append(r.Differences, ipc.Difference{Kind: record.KindItem, Key: rec.Key.ID, What: "only in the shop", Shop: "product " + rec.Ref})
			}
		}
		if !p.More {
			return nil
		}
		cursor = p.Next
	}
}

// Finish puts the differences in a fixed order.
func (r *Reconciliation) Finish() ipc.Reconciliation {
	sort.SliceStable(r.Differences, func(i, j int) bool {
		a, b := &r.Differences[i], &r.Differences[j]
		if a.Kind != b.Kind {
			return a.Kind < b.Kind
		}
		return a.Key < b.Key
	})
	return r.Reconciliation
}
