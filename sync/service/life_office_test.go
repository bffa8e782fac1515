package service_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
)

// What people in Business Central do. They get errors too (a blocked customer, nothing left to ship); that is life.

// thing is something that happens so many times a day, or only in office hours.
type thing struct {
	perDay float64
	office bool
	do     func(*life)
}

// lifeThings is all that can happen.
func lifeThings() []thing {
	return slices.Concat(officeThings(), shopThings(), deskThings(), troubles())
}

func officeThings() []thing {
	return []thing{
		{12, true, (*life).receive}, {2, true, (*life).count}, {4, true, (*life).price}, {2, true, (*life).rename},
		{0.8, true, (*life).block}, {1.6, true, (*life).unblock}, {1, true, (*life).addItem}, {0.2, true, (*life).renumber},
		{12, true, (*life).ship}, {5, true, (*life).shipPart}, {4, true, (*life).invoice}, {3, true, (*life).pay},
		{0.6, true, (*life).release}, {0.4, true, (*life).deleteDocument}, {0.4, true, (*life).editDocument},
		{0.5, true, (*life).blockCustomer}, {1.2, true, (*life).unblockCustomers}, {0.3, false, (*life).adjustCost},
		{0.2, true, (*life).doubleCustomer}, {0.4, true, (*life).mendDouble}, {0.4, true, (*life).halfBuilt},
		{0.8, true, (*life).mendTypo}, {0.08, true, (*life).raiseAll}, {0.06, true, (*life).emptyAll}, {0.5, true, (*life).track},
	}
}

// try does something that may be refused.
func (l *life) try(err error, format string, args ...any) {
	text := "BC: " + fmt.Sprintf(format, args...)
	if err != nil {
		text += ": refused: " + strings.SplitN(err.Error(), "\n", 2)[0]
	}
	l.note("%s", text)
}

func (l *life) anyItem() bcsim.Item { return one(l, l.co.Items()...) }

func pieces(n int64) decimal.Decimal { return decimal.MustNew(n, 0) }

// newItem makes an item, with what real catalogues do to careless programs.
func (l *life) newItem(number string, inclusive bool) {
	names := []string{"Mok", "Théglas", "Lamp \"Noord\"", "Bord & kom", "Kussen 'Zee'", "Vaas 🌷", "Plaid 100% wol", "Tafel 3/4\""}
	i := bcsim.Item{Number: number, Name: fmt.Sprintf("%s %s", one(l, names...), number), TaxGroup: one(l, "VAT21", "VAT21", "VAT9"),
		Price: decimal.MustNew(l.rnd.Int64N(9000)+195, 2), PriceIncludesTax: inclusive, Inventory: pieces(l.rnd.Int64N(200) + 5)}
	if l.chance(0.1) {
		i.Inventory = decimal.MustNew(l.rnd.Int64N(500)+10, 1) // half a roll is left
	}
	_, err := l.co.AddItem(i)
	l.try(err, "new item %s", number)
}

func (l *life) addItem() {
	l.newItem(fmt.Sprintf("NEU-%d", 2000+l.rnd.IntN(5000)), l.co.Items()[0].PriceIncludesTax)
}

func (l *life) receive() {
	i, n := l.anyItem(), pieces(l.rnd.Int64N(20)+1)
	l.try(l.co.Receive(i.Number, n), "%s of %s came in", n, i.Number)
}

func (l *life) count() {
	i, n := l.anyItem(), pieces(l.rnd.Int64N(50))
	if l.chance(0.3) {
		n = decimal.Zero
	}
	l.try(l.co.SetInventory(i.Number, n), "%s of %s were counted", n, i.Number)
}

func (l *life) price() {
	i, p := l.anyItem(), decimal.MustNew(l.rnd.Int64N(9000)+195, 2)
	l.try(l.co.SetPrice(i.Number, p), "%s costs %s", i.Number, p)
}

func (l *life) rename() {
	i := l.anyItem()
	name := fmt.Sprintf("%s, %s", strings.SplitN(i.Name, ",", 2)[0], one(l, "blauw", "groen & geel", "Ø 20 cm", "zwart/wit", "<groot>"))
	l.try(l.co.SetItemName(i.Number, name), "%s is called %q", i.Number, name)
}

func (l *life) block() {
	i := l.anyItem()
	l.try(l.co.SetBlocked(i.Number, true), "%s is blocked", i.Number)
}

func (l *life) unblock() {
	for _, i := range l.co.Items() {
		if i.Blocked && l.chance(0.7) {
			l.try(l.co.SetBlocked(i.Number, false), "%s is unblocked", i.Number)
			return
		}
	}
}

func (l *life) renumber() {
	i := l.anyItem()
	to := fmt.Sprintf("NUM-%d", 7000+l.rnd.IntN(2000))
	l.try(l.co.RenameItem(i.Number, to), "%s is %s from now on", i.Number, to)
}

// document draws an open order.
func (l *life) document() (bcsim.Order, bool) {
	open := l.co.Orders()
	if len(open) == 0 {
		return bcsim.Order{}, false
	}
	return open[l.rnd.IntN(len(open))], true
}

func (l *life) ship() {
	if o, ok := l.document(); ok {
		invoice := l.chance(0.7)
		l.try(l.co.Ship(o.Number, nil, invoice), "%s (%s) shipped, invoiced: %v", o.Number, o.External, invoice)
	}
}

// shipPart ships one piece of one line.
func (l *life) shipPart() {
	o, ok := l.document()
	if !ok {
		return
	}
	for _, line := range o.Lines {
		if line.Type == "Item" && line.Quantity.Cmp(line.Shipped) > 0 {
			l.try(l.co.Ship(o.Number, map[string]decimal.Decimal{line.Number: decimal.One}, l.chance(0.3)), "one %s of %s (%s) shipped", line.Number, o.Number, o.External)
			return
		}
	}
}

func (l *life) invoice() {
	if o, ok := l.document(); ok {
		l.try(l.co.Invoice(o.Number), "%s (%s) invoiced", o.Number, o.External)
	}
}

func (l *life) pay() {
	for _, i := range l.co.Invoices() {
		if !i.Draft && i.Remaining.IsPos() {
			l.try(l.co.Pay(i.Number, i.Remaining), "invoice %s paid", i.Number)
			return
		}
	}
}

func (l *life) release() {
	if o, ok := l.document(); ok {
		if o.Released {
			l.try(l.co.Reopen(o.Number), "%s reopened", o.Number)
			return
		}
		l.try(l.co.Release(o.Number), "%s released", o.Number)
	}
}

func (l *life) deleteDocument() {
	o, ok := l.document()
	if !ok {
		return
	}
	if err := l.co.DeleteOrder(o.Number); err != nil {
		l.try(err, "%s (%s) deleted", o.Number, o.External)
		return
	}
	l.try(nil, "%s (%s) deleted", o.Number, o.External)
	if mine := l.byExternal[o.External]; mine != nil {
		mine.deleted = true
	}
}

func (l *life) editDocument() {
	o, ok := l.document()
	if !ok || len(o.Lines) == 0 {
		return
	}
	line := one(l, o.Lines...)
	err := l.co.EditLine(o.Number, line.Number, pieces(l.rnd.Int64N(5)+1), line.UnitPrice)
	l.try(err, "%s (%s): %s edited", o.Number, o.External, line.Number)
	if mine := l.byExternal[o.External]; mine != nil && err == nil {
		mine.inBC = true
	}
}

func (l *life) blockCustomer() {
	c := one(l, l.co.Customers()...)
	l.try(l.co.SetCustomerBlocked(c.Number, one(l, "All", "Ship", "Invoice")), "customer %s is blocked", c.Number)
}

func (l *life) unblockCustomers() {
	for _, c := range l.co.Customers() {
		if c.Blocked != "" {
			l.try(l.co.SetCustomerBlocked(c.Number, ""), "customer %s is unblocked", c.Number)
		}
	}
}

// adjustCost is the job that stamps every item alike.
func (l *life) adjustCost() {
	l.co.AdjustCost()
	l.note("BC: Adjust Cost has run")
}

const doubled = "DUBBEL"

// doubleCustomer is a second customer under one e-mail address.
func (l *life) doubleCustomer() {
	p := one(l, l.people...)
	_, err := l.co.AddCustomer(bcsim.Customer{Name: doubled + " " + p.LastName, Line1: p.Address1, PostCode: p.Postcode, City: p.City, Country: p.Country, Email: p.Email})
	l.try(err, "a second customer with %s", p.Email)
}

func (l *life) mendDouble() {
	for _, c := range l.co.Customers() {
		if strings.HasPrefix(c.Name, doubled) {
			l.try(l.co.DeleteCustomer(c.Number), "customer %s deleted", c.Number)
		}
	}
}

// halfBuilt is somebody's order that others see before it is committed, and that is then rolled back. It has the
// number of an order that Stockbridge is about to make.
func (l *life) halfBuilt() {
	id, ok := l.placeOne()
	if !ok {
		return
	}
	customer := l.co.Customers()[0].Number
	rollback, err := l.co.HalfBuiltOrder(customer, l.orders[id].external)
	l.try(err, "an order %s is being made by hand", l.orders[id].external)
	if err == nil {
		l.half[l.orders[id].external] = true
		l.after(l.between(time.Second, 9*time.Minute), func() {
			rollback()
			delete(l.half, l.orders[id].external)
			l.note("BC: the order %s is rolled back", l.orders[id].external)
		})
	}
}

// mendTypo makes the item that orders name.
func (l *life) mendTypo() {
	if len(l.typos) > 0 {
		l.newItem(l.typos[0], l.co.Items()[0].PriceIncludesTax)
		l.typos = l.typos[1:]
	}
}

// raiseAll multiplies every price: a slip that must wait for a person.
func (l *life) raiseAll() {
	by := one(l, int64(105), 400, 10)
	for _, i := range l.co.Items() {
		if p, err := i.Price.Mul(decimal.MustNew(by, 2)); err == nil {
			l.try(l.co.SetPrice(i.Number, p.Ceil(2)), "%s costs %s", i.Number, p.Ceil(2))
		}
	}
}

// emptyAll takes everything off the shelf, and puts it back a day later.
func (l *life) emptyAll() {
	had := l.co.Items()
	l.note("BC: everything is counted as zero")
	for _, i := range had {
		_ = l.co.SetInventory(i.Number, decimal.Zero)
	}
	l.after(l.between(time.Hour, 24*time.Hour), func() {
		l.note("BC: it is put back")
		for _, i := range had {
			_ = l.co.SetInventory(i.Number, i.Inventory) // some have another number now
		}
	})
}

func (l *life) track() {
	if all := l.co.Shipments(); len(all) > 0 {
		s := all[l.rnd.IntN(len(all))]
		l.try(l.co.Track(s.Number), "shipment %s got a tracking number", s.Number)
	}
}
