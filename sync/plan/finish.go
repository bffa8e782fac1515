package plan

import "stockbridge/sync/record"

// finish goes on with a document that our own create left half made. Business Central may set prices of its own while
// it makes a document; they are put right by calls of their own, and the program or its connection may end in between.
// Only a draft that is still as that create left it is touched: nobody released it, its mark was never left, it is made
// out to the customer whom the create named (and its lines are the order's, which is seen to where it is written).
func (m *maker) finish(o *record.Order, ref string, doc *record.SalesOrder) bool {
	switch {
	case doc.Posted || !m.differs(o, doc):
		return false
	case m.unsettled(): // the create may be under way: reads show what is not committed (NOTES §4 hazard 2)
		return true
	case !m.rules.Begun[m.w.Ref] || !doc.Draft || doc.Shipped || o.MarkedBy != "":
		return false
	}
	ask := asked(o, m.rules)
	customers := m.found.Get(record.KindShopper, ask)
	if ask == "" || len(customers) != 1 || customers[0].Err != nil || customers[0].Ref != doc.CustomerID {
		return false
	}
	held := len(m.plan.Held)
	want, ok := m.document(o, doc.External)
	if !ok {
		m.plan.Held = m.plan.Held[:held] // what stands there is told instead
		return false
	}
	want.Customer, want.CustomerID = record.Key{Kind: record.KindShopper, ID: ask}, customers[0].Ref
	m.change(ref, want, m.sums.Sum(o), "its create was cut short: finish the sales order "+doc.Number).Mark = true
	return true
}

// differs reports whether a document is not to the cent what the shop has.
func (m *maker) differs(o *record.Order, doc *record.SalesOrder) bool {
	off, err := doc.Tax.Sub(o.Tax)
	return doc.Total.Cmp(o.Total) != 0 || err != nil || off.Abs().Cmp(taxSlack(len(o.Lines)+len(o.Charges))) > 0
}
