package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// verdictOn says what is to be done with an order by its state alone.
type verdictOn uint8

const (
	take     verdictOn = iota
	wait               // not paid yet
	ignore             // never paid and dead, or from before the cut-over
	unknown            // a status nobody explained
	emptied            // nothing in it
	refunded           // partly refunded before it came in
)

// verdict applies the rules on payment and time: only paid orders, from the cut-over on (DESIGN.md section 5).
func verdict(o *record.Order, rules *Rules) verdictOn {
	switch {
	case o.Created.Before(rules.Orders.From), o.Dead():
		return ignore
	case o.Status == record.OrderUnknown:
		return unknown
	case !o.Paid && !slices.Contains(rules.Orders.UnpaidStatuses, o.Status):
		return wait
	case len(o.Lines)+len(o.Charges) == 0:
		return emptied
	case o.Refunded.IsPos():
		return refunded
	}
	return take
}

func (m *maker) order(o *record.Order) {
	if m.last.To != "" && (m.last.Of(record.KindOrder).Set || o.Dead()) && !again(m.w.Ref, m.rules) {
		m.takenOrder(o)
		return
	}
	if sum, skipped := m.rules.Skipped[m.w.Ref]; skipped && sum == m.sums.Sum(o) {
		m.unchanged("a person skipped it, and it has not changed since")
		return
	}
	switch verdict(o, m.rules) {
	case ignore:
		if m.stands(o) {
			return
		}
		m.passOver("cancelled, refunded or failed before it was taken, or older than the cut-over moment: nothing to do")
	case unknown:
		m.hold("order.status_unknown", fault.Args{"status": o.Raw})
	case wait:
		m.hold("order.not_paid", fault.Args{"status": string(o.Status)}).Quiet = true
	case emptied:
		m.hold("order.empty", nil)
	case refunded:
		m.hold("order.refunded", fault.Args{"amount": money(o.Refunded, o.Currency)})
	default:
		m.newOrder(o)
	}
}

func (m *maker) passOver(why string) {
	sum, last := m.sums.Sum(m.w.Body), m.last.Of(m.w.Key.Kind)
	if last.Set && last.Sum == sum {
		m.unchanged(why)
		return
	}
	m.settle("", sum, why)
}

// takenOrder looks for edits of an order that is already in BC. They are shown, never applied silently.
func (m *maker) takenOrder(o *record.Order) {
	sum := m.sums.Sum(o)
	number := m.last.To
	if o.MarkedAs != "" && ours(o.MarkedBy, m.rules) {
		number = o.MarkedAs // what a person knows the document by
	}
	last := m.last.Of(record.KindOrder)
	switch {
	case last.Set && last.Sum == sum:
		m.unchanged("in Business Central as agreed")
	case o.Dead():
		m.hold("order.cancelled", fault.Args{"status": string(o.Status), "number": number})
	case o.Refunded.IsPos():
		m.hold("order.edited", fault.Args{"number": number, "what": "refunded " + money(o.Refunded, o.Currency)})
	default:
		m.hold("order.edited", fault.Args{"number": number, "what": "lines, amounts or addresses"})
	}
}

// newOrder makes the document, unless BC already has it (invariant 3).
func (m *maker) newOrder(o *record.Order) {
	if o.MarkedBy != "" && !ours(o.MarkedBy, m.rules) {
		m.hold("order.other_mark", fault.Args{"installation": o.MarkedBy, "number": o.MarkedAs}).Because = &record.Key{Kind: record.KindConnection, ID: OtherInstallation}
		return
	}
	external := External(m.rules.Orders.Prefix, o.Number)
	if width(external) > maxExternal {
		m.hold("order.key_too_long", fault.Args{"value": external})
		return
	}
	if m.seen(external, o.Number) {
		return
	}
	hits := slices.DeleteFunc(slices.Clone(m.found.Get(record.KindOrder, external)), isLink)
	if len(hits) > 0 {
		m.adopt(o, external, hits)
		return
	}
	if m.unsettled() || m.removed(o) {
		return
	}
	doc, ok := m.document(o, external)
	if !ok {
		return
	}
	customer, ok := m.customer(o)
	if !ok {
		return
	}
	doc.Customer, doc.CustomerID = customer.key, customer.ref
	c := m.change("", doc, m.sums.Sum(o), "paid and not in Business Central yet: make the sales order "+external)
	c.Mark = true
	if customer.ref == "" {
		c.After = &customer.key
	}
}

// seen ends an order whose number was already taken, in this page or before: two creates under one number would both
// look before the other is there, and a later one would take the first one's document for its own (invariant 3).
func (m *maker) seen(external, number string) bool {
	first, again := m.numbers[external]
	for _, h := range m.found.Get(record.KindOrder, number) {
		if isLink(h) && h.Ref != m.w.Ref {
			first, again = h.Ref, true
		}
	}
	switch {
	case !again:
		if m.numbers == nil {
			m.numbers = map[string]string{}
		}
		m.numbers[external] = m.w.Ref
		return false
	case first == m.w.Ref:
		m.unchanged("the page has this order twice; the first is taken")
	default:
		m.hold("order.number_twice", fault.Args{"refs": first + ", " + m.w.Ref})
	}
	return true
}

// isLink tells our own memory of an order from a document of Business Central: without a prefix both have one key.
func isLink(r record.Record) bool { return r.Body == nil && r.Err == nil }

// adopt links an order BC already holds: made by an earlier run whose answer was lost, or by hand.
func (m *maker) adopt(o *record.Order, external string, hits []record.Record) {
	if m.unreadable(hits) {
		return
	}
	doc, ok := hits[0].Body.(*record.SalesOrder)
	if len(hits) > 1 || !ok {
		numbers := make([]string, 0, len(hits))
		for _, h := range hits {
			if d, ok := h.Body.(*record.SalesOrder); ok {
				numbers = append(numbers, d.Number)
			}
		}
		m.hold("order.twice_in_bc", fault.Args{"count": strconv.Itoa(len(hits)), "numbers": strings.Join(numbers, ", ")})
		return
	}
	if m.stranger(o, doc) {
		m.hold("order.exists_foreign", fault.Args{"external": external, "number": doc.Number, "email": cmp.Or(doc.Email, "nobody"),
			"date": doc.Date.Format(time.DateOnly)}).Stays = true
		return
	}
	if m.finish(o, hits[0].Ref, doc) {
		return
	}
	if doc.Total.Cmp(o.Total) != 0 || doc.Currency != "" && doc.Currency != o.Currency {
		m.hold("order.exists_differs", fault.Args{"external": external,
			"bc": money(doc.Total, doc.Currency), "shop": money(o.Total, o.Currency)}).Stays = true
		return
	}
	if off, err := doc.Tax.Sub(o.Tax); err != nil || off.Abs().Cmp(taxSlack(len(o.Lines)+len(o.Charges))) > 0 {
		h := m.hold("order.tax_differs", fault.Args{"number": doc.Number,
			"bc": money(doc.Tax, o.Currency), "shop": money(o.Tax, o.Currency)})
		h.To, h.Stays = hits[0].Ref, true
		return
	}
	s := m.settle(hits[0].Ref, m.sums.Sum(o), "Business Central already has it as "+doc.Number+": link only")
	s.Linked, s.Mark = true, doc.Number
}

// buyer is the BC customer of an order: an existing one's id, or the key of one made first.
type buyer struct {
	key record.Key
	ref string
}

// customer finds or makes the BC customer: by e-mail exactly, never by wildcard (DESIGN.md section 5).
func (m *maker) customer(o *record.Order) (buyer, bool) {
	email, ask := record.FoldEmail(o.Email), asked(o, m.rules)
	if ask == "" {
		m.hold("order.no_email", nil)
		return buyer{}, false
	}
	b := buyer{key: record.Key{Kind: record.KindShopper, ID: ask}}
	hits := m.found.Get(record.KindShopper, ask)
	if m.unreadable(hits) {
		return b, false
	}
	switch {
	case len(hits) > 1:
		numbers := make([]string, 0, len(hits))
		for _, h := range hits {
			numbers = append(numbers, shopperNumber(h))
		}
		m.hold("order.customer_many", fault.Args{"count": strconv.Itoa(len(hits)), "email": email, "customers": strings.Join(numbers, ", ")})
		return b, false
	case len(hits) == 1:
		if s, ok := hits[0].Body.(*record.Shopper); ok && s.Blocked != "" {
			m.hold("order.customer_blocked", fault.Args{"customer": s.Number, "blocked": s.Blocked})
			return b, false
		}
		m.trace("customer %s has this e-mail address", shopperNumber(hits[0]))
		b.ref = hits[0].Ref
		return b, true
	case email == "" || !m.rules.Orders.CreateCustomers:
		m.hold("order.customer_failed", fault.Args{"detail": "no customer " + ask + " in Business Central, and none may be made"})
		return b, false
	}
	if m.rules.Unsettled[b.key.ID] || m.rules.Settling {
		m.hold("record.unsettled", nil).Quiet = true
		return b, false
	}
	m.makeCustomer(o, b.key)
	return b, true
}

// unsettled ends a record whose create was sent, got no answer and is not there yet: the other side may still be
// working on it, and a second create would make it twice.
func (m *maker) unsettled() bool {
	if !m.rules.Unsettled[m.w.Ref] && !m.rules.Settling {
		return false
	}
	m.hold("record.unsettled", nil).Quiet = true
	return true
}

// makeCustomer adds the create of a customer once, however many orders wait for it.
func (m *maker) makeCustomer(o *record.Order, key record.Key) {
	if m.shoppers[key.ID] {
		return
	}
	if m.shoppers == nil {
		m.shoppers = map[string]bool{}
	}
	m.shoppers[key.ID] = true
	m.trace("no customer has e-mail %s: make one", key.ID)
	m.plan.Changes = append(m.plan.Changes, Change{
		Change: record.Change{Key: key, Source: key.ID, Want: &record.Shopper{Email: strings.TrimSpace(o.Email), Billing: o.Billing},
			Intent: Intent(m.rules.Installation, record.KindShopper, key.ID)},
		Helper: true,
	})
}

// unreadable holds an order when what was found for it could not be read.
func (m *maker) unreadable(hits []record.Record) bool {
	for i := range hits {
		if hits[i].Err != nil {
			m.holdErr(hits[i].Err)
			return true
		}
	}
	return false
}

func shopperNumber(r record.Record) string {
	if s, ok := r.Body.(*record.Shopper); ok && s.Number != "" {
		return s.Number
	}
	return r.Ref
}

func money(d decimal.Decimal, currency string) string {
	return record.Money{Amount: d, Currency: currency}.String()
}

// shipment tells the shop of a posted shipment of one of its orders; BC's other shipments are passed over.
func (m *maker) shipment(s *record.Shipment) {
	sum, last := m.sums.Sum(s), m.last.Of(record.KindShipment)
	if last.Set && last.Sum == sum {
		m.unchanged("the shop was told")
		return
	}
	number, ours := ShopNumber(s.External, m.rules.Orders.Prefix)
	if !ours || number == "" {
		m.passOver("no order of this shop")
		return
	}
	to := m.last.To
	if to == "" {
		hits := m.found.Get(record.KindOrder, number)
		if len(hits) != 1 {
			m.hold("shipment.no_order", fault.Args{"external": s.External}).Because = &record.Key{Kind: record.KindOrder, ID: number}
			return
		}
		to = hits[0].Ref
	}
	m.change(to, s, sum, "tell the shop that order "+number+" was shipped")
}
