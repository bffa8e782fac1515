package plan

import (
	"stockbridge/sync/record"
)

// keySet collects distinct keys in the order they came.
type keySet struct {
	list []string
	seen map[string]bool
}

func (s *keySet) add(key string) {
	if key == "" || s.seen[key] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[key] = true
	s.list = append(s.list, key)
}

type needs struct {
	skus                   keySet // products at the shop
	kinds                  [3]bool
	orders, shoppers, item keySet // at BC
	links                  keySet // our own orders
}

// product asks for the shop's product of a record on which nothing is agreed: one that is not linked yet, or whose link
// is known and the rest not believed, as after a restore.
func (n *needs) product(w *record.Record, last *Last) {
	if last.To != "" && last.Of(w.Key.Kind).Set || last.To == "" && restsOutside(w, last) {
		return
	}
	n.skus.add(w.Key.ID)
	n.kinds[slot(w.Key.Kind)] = true
}

// restsOutside reports whether a record's item is not in the shop on purpose, and nothing about it says otherwise:
// it was left out before, and it is still blocked, or only its stock or price has moved.
func restsOutside(w *record.Record, last *Last) bool {
	if !last.Of(record.KindItem).Set {
		return false
	}
	item, ok := w.Body.(*record.Item)
	return !ok || item.Blocked
}

// order asks for everything a new document needs: itself, its customer, its items.
func (n *needs) order(o *record.Order, ref string, last *Last, rules *Rules) {
	if mayStand(o, last, rules) {
		n.orders.add(External(rules.Orders.Prefix, o.Number))
	}
	if last.To != "" && last.Of(record.KindOrder).Set && !again(ref, rules) || verdict(o, rules) != take {
		return
	}
	n.orders.add(External(rules.Orders.Prefix, o.Number))
	n.links.add(o.Number)
	n.shoppers.add(asked(o, rules))
	for _, l := range o.Lines {
		n.item.add(l.SKU)
	}
}

func (n *needs) queries() []record.Query {
	var qs []record.Query
	add := func(side record.Side, s keySet, kinds ...record.Kind) {
		if len(s.list) > 0 {
			qs = append(qs, record.Query{Side: side, Kinds: kinds, Keys: s.list})
		}
	}
	kinds := []record.Kind{record.KindItem}
	if n.kinds[slot(record.KindStock)] {
		kinds = append(kinds, record.KindStock)
	}
	if n.kinds[slot(record.KindPrice)] {
		kinds = append(kinds, record.KindPrice)
	}
	add(record.Other, n.skus, kinds...)
	add(record.Other, n.orders, record.KindOrder)
	add(record.Other, n.shoppers, record.KindShopper)
	add(record.Other, n.item, record.KindItem)
	add(record.Links, n.links, record.KindOrder)
	return qs
}

// asked is what an order's customer is asked for by; "" where nothing tells who it is.
func asked(o *record.Order, rules *Rules) string {
	email, guest := record.FoldEmail(o.Email), rules.Orders.GuestCustomer
	if email != "" || guest == "" {
		return email
	}
	return guestKey(guest)
}

// guestKey is how a customer is asked for by number instead of by e-mail.
func guestKey(number string) string { return "#" + number }
