package plan

import (
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// product is what the records of one row (item, stock, price) share: where they go.
type product struct {
	source  string
	entered bool
	ref     string // the shop's product
	linked  bool   // found at the shop now
	known   bool   // remembered, so that what is agreed on it counts
	create  bool   // this plan makes it
	absent  bool   // not in the shop on purpose
	held    bool   // the item itself waits
	err     error
	intent  string // of its create, once asked for
}

// enter finds the product of the current record, once per row.
func (m *maker) enter() {
	if m.product.entered && m.product.source == m.w.Ref {
		return
	}
	p := product{source: m.w.Ref, entered: true, ref: m.last.To, known: m.last.To != ""}
	hits := m.found.Get(record.KindItem, m.key())
	switch {
	case p.known:
		// Looked up all the same: what it is compared with is the product the link leads to, whatever has its SKU now.
		p.linked = len(hits) == 1 && hits[0].Ref == p.ref && hits[0].Err == nil
	case restsOutside(m.w, m.last):
		p.absent = true // whatever another row of this key made known
	case len(hits) == 0:
		p.absent = m.last.Of(record.KindItem).Set
	case len(hits) == 1:
		p.ref, p.linked, p.err = hits[0].Ref, true, hits[0].Err
	default:
		refs := make([]string, len(hits))
		for i := range hits {
			refs[i] = hits[i].Ref
		}
		p.err = fault.New("item.duplicate_sku", fault.Args{"key": m.key(), "refs": strings.Join(refs, ", ")})
	}
	m.product = p
}

// item decides on a product itself: its name, status and tax class.
func (m *maker) item(have *record.Item) {
	p := &m.product
	want := m.wantedItem(have)
	sum, last := m.itemSum(want), m.last.Of(record.KindItem)
	switch {
	case p.err != nil:
		p.held = true
		m.holdErr(p.err)
	case p.known && last.Set && last.Sum == sum:
		m.unchanged("the shop has it as agreed")
	case have.Name == "" && !have.Blocked:
		p.held = true
		m.hold("item.no_name", nil)
	case p.ref == "" && (have.Blocked || !m.rules.Items.Create):
		m.leaveOut(have, sum, last)
	case p.ref == "" && m.unsettled():
		p.held = true
	case p.ref == "":
		p.create, p.absent = true, false
		m.change("", want, sum, "the shop has no product with this SKU: make one")
		m.recall()
	case p.linked && sameItem(want, m.foundItem()):
		m.settle(p.ref, sum, "the shop already has it, by SKU, and equal: link only").Linked = true
		m.recall()
	case p.linked:
		m.change(p.ref, want, sum, "the shop already has a product with this SKU: link and update it").Linked = true
		m.recall()
	default:
		m.change(p.ref, want, sum, "changed in Business Central: update the product")
	}
}

// recall makes the stock and price of an item that was left out until now come along, where they are not read with it:
// their flows have passed them over and would not read them again by themselves.
func (m *maker) recall() {
	if !m.last.Of(record.KindItem).Set {
		return
	}
	here := map[record.Kind]bool{}
	for i := m.i + 1; i < len(m.wanted) && m.wanted[i].Ref == m.w.Ref; i++ {
		here[m.wanted[i].Key.Kind] = true
	}
	for _, k := range []record.Kind{record.KindStock, record.KindPrice} {
		if !here[k] {
			m.plan.Held = append(m.plan.Held, Held{Kind: k, Key: m.key(), Source: m.w.Ref, Code: "item.not_in_shop",
				Args: fault.Args{"key": m.key()}, Because: &record.Key{Kind: record.KindItem, ID: m.key()}, Quiet: true})
		}
	}
}

// leaveOut ends an item that is not in the shop on purpose.
func (m *maker) leaveOut(have *record.Item, sum record.Sum, last *Agreement) {
	m.product.absent = true
	why := "blocked in Business Central and not in the shop: nothing to do"
	if !have.Blocked {
		why = "not in the shop, and link_only is set: nothing to do"
	}
	if last.Set && last.Sum == sum {
		m.unchanged(why)
		return
	}
	m.settle("", sum, why)
}

func (m *maker) wantedItem(have *record.Item) *record.Item {
	want := *have
	want.SKU = m.key()
	want.Status = record.Published
	if have.Blocked {
		want.Status = record.Draft
	}
	want.TaxClass = m.rules.Items.TaxClasses[have.Tax]
	if !m.rules.Items.Names && m.product.ref != "" {
		want.Name = "" // the shop's own name stays
	}
	return &want
}

// itemSum digests what is agreed on an item: not its name, where names are the shop's after the first time.
func (m *maker) itemSum(want *record.Item) record.Sum {
	if m.rules.Items.Names {
		return m.sums.Sum(want)
	}
	nameless := *want
	nameless.Name = ""
	return m.sums.Sum(&nameless)
}

func (m *maker) foundItem() *record.Item {
	if b, ok := m.foundBody(record.KindItem).(*record.Item); ok {
		return b
	}
	return nil
}

// foundBody is the shop's body of the product just linked, for one kind.
func (m *maker) foundBody(k record.Kind) record.Body {
	if hits := m.found.Get(k, m.key()); len(hits) == 1 {
		return hits[0].Body
	}
	return nil
}

// sameItem compares what is ours of a product. A name or tax class nobody wants stays as it is.
func sameItem(want, found *record.Item) bool {
	return found != nil && found.Status == want.Status &&
		(want.Name == "" || found.Name == want.Name) && (want.TaxClass == "" || found.TaxClass == want.TaxClass)
}

// follow ends a stock or price record whose product can't be written, and reports whether it did.
func (m *maker) follow() bool {
	p := &m.product
	switch {
	case p.held:
		m.hold("item.not_in_shop", nil).Because = &record.Key{Kind: record.KindItem, ID: m.key()}
	case p.err != nil:
		// The item itself is not in this run, so its trouble is told here; once only, where it has its own problem already.
		m.holdErr(p.err).Because = &record.Key{Kind: record.KindItem, ID: m.key()}
	case p.absent:
		m.unchanged("its item is not in the shop on purpose")
	case p.ref == "" && !p.create:
		m.hold("item.not_in_shop", nil).Because = &record.Key{Kind: record.KindItem, ID: m.key()}
	default:
		return false
	}
	return true
}

// put ends a stock or price record whose product can be written.
func (m *maker) put(want record.Body, same func(record.Body) bool) {
	p, last := &m.product, m.last.Of(m.w.Key.Kind)
	sum := m.sums.Sum(want)
	switch {
	case p.create:
		m.change("", want, sum, "goes with the new product")
	case p.known && last.Set && last.Sum == sum:
		m.unchanged("the shop has it as agreed")
	case p.linked && same(m.foundBody(m.w.Key.Kind)):
		s := m.settle(p.ref, sum, "the shop already shows it")
		s.Linked, s.Level = true, levelOf(want)
	default:
		c := m.change(p.ref, want, sum, "differs from what was agreed: write it")
		c.Linked = p.linked
	}
}

func (m *maker) stock(have *record.Stock) {
	if m.follow() {
		return
	}
	want := sellable(have, m.rules.Stock)
	if m.rules.Trace {
		m.say(sellableText(have, want, m.rules.Stock))
	}
	m.put(want, func(b record.Body) bool {
		f, ok := b.(*record.Stock)
		return ok && f.Managed == want.Managed && (!want.Managed || f.Quantity.Cmp(want.Quantity) == 0)
	})
}

// sellable is the stock formula: inventory - buffer, capped, in whole units, never below zero.
func sellable(have *record.Stock, rules StockRules) *record.Stock {
	if !have.Managed {
		return &record.Stock{}
	}
	q, err := have.Quantity.Sub(rules.Buffer)
	if err != nil || q.IsNeg() {
		q = decimal.Zero
	}
	if rules.Cap.IsPos() && q.Cmp(rules.Cap) > 0 {
		q = rules.Cap
	}
	return &record.Stock{Quantity: q.Floor(0).Trim(0), Managed: true}
}

// sellableText is the formula term by term.
func sellableText(have, want *record.Stock, rules StockRules) string {
	if !have.Managed {
		return "no inventory item: the shop doesn't count it"
	}
	why := ""
	if !rules.Buffer.IsZero() || !rules.Cap.IsZero() {
		why = " - buffer " + record.Text(rules.Buffer) + ", cap " + record.Text(rules.Cap)
	}
	return "sellable " + record.Text(want.Quantity) + " = inventory " + record.Text(have.Quantity) + why + ", whole units, not below 0"
}

func (m *maker) price(have *record.Price) {
	if m.follow() {
		return
	}
	if have.Regular.Currency != m.rules.ShopCurrency {
		m.hold("price.currency", fault.Args{"bc": have.Regular.Currency, "shop": m.rules.ShopCurrency})
		return
	}
	if !have.Regular.Amount.IsPos() {
		m.hold("price.zero", nil)
		return
	}
	want, ok := m.shopPrice(have)
	if !ok {
		return
	}
	m.put(want, func(b record.Body) bool {
		f, ok := b.(*record.Price)
		return ok && f.Regular.Amount.Cmp(want.Regular.Amount) == 0
	})
}

var hundred = decimal.MustNew(100, 0)

// shopPrice turns BC's price into the shop's terms: VAT in or out, two decimals when VAT had to be calculated.
func (m *maker) shopPrice(have *record.Price) (*record.Price, bool) {
	want := *have
	shopIn := m.rules.Prices.ShopIncludesTax
	want.IncludesTax = shopIn
	if have.IncludesTax == shopIn {
		return &want, true
	}
	rate, known := m.rules.Prices.VAT[have.Tax]
	if !known {
		m.hold("price.vat_unknown", fault.Args{"shop": inOrOut(shopIn), "bc": inOrOut(have.IncludesTax), "group": have.Tax})
		return nil, false
	}
	amount, err := withVAT(have.Regular.Amount, rate, shopIn)
	if err != nil {
		m.hold("record.invalid", fault.Args{"side": "Business Central", "field": "unitPrice",
			"value": record.Text(have.Regular.Amount), "allowed": "at most 19 digits"})
		return nil, false
	}
	m.trace("price %s %s VAT of %s %% = %s", record.Text(have.Regular.Amount), map[bool]string{true: "plus", false: "minus"}[shopIn], rate, amount)
	want.Regular.Amount = amount
	return &want, true
}

func withVAT(amount, rate decimal.Decimal, add bool) (decimal.Decimal, error) {
	factor, err := hundred.Add(rate)
	if err != nil {
		return amount, err
	}
	num, den := factor, hundred
	if !add {
		num, den = hundred, factor
	}
	product, err := amount.Mul(num)
	if err != nil {
		return amount, err
	}
	q, err := product.Quo(den)
	return record.Round(q, 2), err
}

func inOrOut(in bool) string {
	if in {
		return "include"
	}
	return "exclude"
}
