package plan

import (
	"slices"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// mayStand reports whether an order that is dead in the shop may have a document in Business Central of which nothing
// is remembered: its create was sent and the answer lost before it died, or our memory of it was lost (invariant 3).
// What was looked for once and not found is not looked for again.
func mayStand(o *record.Order, last *Last, rules *Rules) bool {
	return o.Dead() && last.To == "" && !last.Of(record.KindOrder).Set && !o.Created.Before(rules.Orders.From)
}

// stands holds a dead order whose document is in Business Central all the same, or may still come to be there.
func (m *maker) stands(o *record.Order) bool {
	if !mayStand(o, m.last, m.rules) {
		return false
	}
	hits := slices.DeleteFunc(slices.Clone(m.found.Get(record.KindOrder, External(m.rules.Orders.Prefix, o.Number))), isLink)
	if m.unreadable(hits) {
		return true
	}
	if len(hits) == 0 {
		return m.unsettled()
	}
	doc, ok := hits[0].Body.(*record.SalesOrder)
	if !ok || m.stranger(o, doc) {
		return false
	}
	h := m.hold("order.cancelled", fault.Args{"status": string(o.Status), "number": doc.Number})
	h.To, h.Stays, h.Mark = hits[0].Ref, true, doc.Number
	return true
}
