package plan

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Needs says what must be known of the other side, and of our own links, before Make can decide. The engine reads
// it in bulk. agreed holds one Last per wanted record.
func Needs(wanted []record.Record, agreed Agreed, rules *Rules) []record.Query {
	var n needs
	for i := range wanted {
		w := &wanted[i]
		if w.Err != nil {
			continue
		}
		switch body := w.Body.(type) {
		case *record.Item, *record.Stock, *record.Price:
			n.product(w, &agreed[i])
		case *record.Order:
			n.order(body, w.Ref, &agreed[i], rules)
		case *record.Shipment:
			if number, ok := ShopNumber(body.External, rules.Orders.Prefix); ok && agreed[i].To == "" {
				n.links.add(number)
			}
		}
	}
	return n.queries()
}

// Make decides: every wanted record becomes a change, an agreement or a hold. It never fails.
func Make(wanted []record.Record, agreed Agreed, found Found, rules *Rules) Plan {
	m := maker{wanted: wanted, agreed: agreed, found: found, rules: rules}
	m.plan.Changes = make([]Change, 0, len(wanted))
	for i := range wanted {
		m.i, m.w, m.last = i, &wanted[i], &agreed[i]
		m.decide()
	}
	m.guard()
	return m.plan
}

// maker is the state of one Make.
type maker struct {
	wanted []record.Record
	agreed Agreed
	found  Found
	rules  *Rules
	plan   Plan
	sums   record.Summer

	i    int
	w    *record.Record
	last *Last

	product  product           // the product the records of one row belong to
	shoppers map[string]bool   // customers this plan already makes
	numbers  map[string]string // external numbers this plan already decided on -> the order's ref
}

func (m *maker) decide() {
	if m.w.Err != nil {
		m.holdErr(m.w.Err)
		return
	}
	switch body := m.w.Body.(type) {
	case *record.Item:
		m.enter()
		m.item(body)
	case *record.Stock:
		m.enter()
		m.stock(body)
	case *record.Price:
		m.enter()
		m.price(body)
	case *record.Order:
		m.order(body)
	case *record.Shipment:
		m.shipment(body)
	default:
		m.hold("bug.unclassified", nil)
	}
}

func (m *maker) key() string { return m.w.Key.ID }

// unchanged ends a record that needs nothing.
func (m *maker) unchanged(why string) {
	m.say(why)
	m.plan.Unchanged = append(m.plan.Unchanged, m.i)
}

// settle ends a record that needs no write but is to be remembered.
func (m *maker) settle(to string, sum record.Sum, why string) *Settled {
	m.say(why)
	m.plan.Settled = append(m.plan.Settled, Settled{
		Kind: m.w.Key.Kind, Key: m.key(), Source: m.w.Ref, To: to, Sum: sum, Level: levelOf(m.w.Body),
	})
	return &m.plan.Settled[len(m.plan.Settled)-1]
}

// change ends a record that is written. An empty ref is a create, which gets an intent (invariant 3).
func (m *maker) change(ref string, want record.Body, sum record.Sum, why string) *Change {
	m.say(why)
	c := Change{Change: record.Change{Key: m.w.Key, Ref: ref, Want: want, Source: m.w.Ref}, Sum: sum, Level: levelOf(want)}
	if ref == "" {
		c.Intent = m.intent()
	}
	m.plan.Changes = append(m.plan.Changes, c)
	return &m.plan.Changes[len(m.plan.Changes)-1]
}

func (m *maker) hold(code fault.Code, args fault.Args) *Held {
	if args == nil {
		args = fault.Args{}
	}
	if _, ok := args["key"]; !ok {
		args["key"] = m.key()
	}
	m.trace("held: %s", fault.Fill(fault.Codes[code].Text, code, args))
	m.plan.Held = append(m.plan.Held, Held{
		Kind: m.w.Key.Kind, Key: m.key(), Source: m.w.Ref, To: m.last.To, Code: code, Args: args, Sum: m.sums.Sum(m.w.Body),
	})
	return &m.plan.Held[len(m.plan.Held)-1]
}

func (m *maker) holdErr(err error) *Held {
	e := fault.As(err)
	args := fault.Args{}
	for k, v := range e.Args {
		args[k] = v
	}
	if _, said := args["detail"]; !said && e.Err != nil {
		args["detail"] = e.Err.Error()
	}
	return m.hold(e.Code, args)
}

func (m *maker) trace(format string, args ...any) {
	if m.rules.Trace {
		m.say(fmt.Sprintf(format, args...))
	}
}

// say is trace for a text that is there already; it costs nothing when nobody asked.
func (m *maker) say(text string) {
	if m.rules.Trace {
		m.plan.Trace = append(m.plan.Trace, Step{Kind: m.w.Key.Kind, Key: m.key(), Text: text})
	}
}

func levelOf(b record.Body) int64 {
	if l, ok := b.(record.Leveller); ok {
		return l.Level()
	}
	return 0
}

// intent is the id of the create of the current record; the kinds of one row share it.
func (m *maker) intent() string {
	row := m.product.entered && m.product.source == m.w.Ref && m.w.Key.Kind.Family() == record.KindItem
	if row && m.product.intent != "" {
		return m.product.intent
	}
	id := Intent(m.rules.Installation, m.w.Key.Kind.Family(), m.w.Ref)
	if row {
		m.product.intent = id
	}
	return id
}

// Intent is the durable id of the create that stands for one of the owner's records. The same record always gets
// the same id, so a vendor's idempotency key stays the same after a crash.
func Intent(installation string, family record.Kind, source string) string {
	h := sha256.Sum256([]byte(installation + "\x00" + string(family) + "\x00" + source))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h[:15]))
}
