package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// OtherInstallation is the key of the problem (of record.KindConnection) that another installation serves this shop.
// Orders it has marked wait behind that one problem.
const OtherInstallation = "installation"

// Approvable reports whether a person may let a record held with this code go on as it is.
func Approvable(code fault.Code) bool {
	switch code {
	case goneInBC, existsForeign, ItemDeleted, ProductGone, OrderDeletedInBC:
		return true
	}
	return Guards(code)
}

const (
	goneInBC      fault.Code = "order.gone_in_bc"
	existsForeign fault.Code = "order.exists_foreign"
)

// ours reports whether a mark is this installation's, or that of one which is gone and whose work we go on with.
func ours(installation string, rules *Rules) bool {
	return installation == rules.Installation || slices.Contains(rules.Orders.Adopted, installation)
}

// again reports whether a person said that an order Business Central no longer has is to be made there again.
func again(ref string, rules *Rules) bool { return approved(ref, goneInBC, rules) }

func approved(ref string, code fault.Code, rules *Rules) bool {
	_, yes := rules.Approved[Suspect{Ref: ref, Code: code}]
	return yes
}

// removed holds an order that was in Business Central and is gone, unless its database was restored from a copy older
// than the order: then the document was lost with it, and is made again. A document from before that copy was removed
// by a person, perhaps for good.
func (m *maker) removed(o *record.Order) bool {
	restored := m.rules.Orders.Restored
	if m.last.To == "" || restored.IsZero() || !o.Created.Before(restored) || again(m.w.Ref, m.rules) {
		return false
	}
	m.hold(goneInBC, fault.Args{"number": cmp.Or(o.MarkedAs, m.last.To)}).Stays = true
	return true
}

// sameDays is how far the dates of an order and its document may lie apart: BC's is a day in the server's zone, and
// people move it to the next working day.
const sameDays = 7 * 24 * time.Hour

// maxEmail is the length of BC's Sell-to E-Mail.
const maxEmail = 80

// stranger reports whether a document with this order's number belongs to somebody else's order: another shop, or
// another Stockbridge with the same prefix, works in the same company. Where we took the order before, its document
// is ours whatever people have made of it.
func (m *maker) stranger(o *record.Order, doc *record.SalesOrder) bool {
	if m.last.To != "" || o.MarkedBy != "" || approved(m.w.Ref, existsForeign, m.rules) {
		return false
	}
	shop, bc := record.FoldEmail(o.Email), record.FoldEmail(doc.Email)
	if shop != "" && bc != "" {
		return shop != bc && !(len(bc) == maxEmail && strings.HasPrefix(shop, bc))
	}
	return !doc.Date.IsZero() && !o.Created.IsZero() && doc.Date.Sub(o.Created).Abs() > sameDays
}
