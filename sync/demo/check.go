package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// verify compares what both systems themselves hold, and the problems with those planted.
func (d *demo) verify(problems []ipc.Problem) {
	products, err := d.world.visitor.products()
	if err != nil {
		d.rep.wrong("the shop's products can't be read: %v", err)
		return
	}
	orders, err := d.world.visitor.orders()
	if err != nil {
		d.rep.wrong("the shop's orders can't be read: %v", err)
		return
	}
	d.rep.Items, d.rep.Orders, d.rep.Seed = len(d.stock.items), len(d.stock.baskets), d.o.Seed
	d.verifyProducts(products)
	d.verifyOrders(orders)
	d.verifyProblems(problems)
	if d.rep.ThirdRunWritten != 0 {
		d.rep.wrong("the third run wrote %d records", d.rep.ThirdRunWritten)
	}
}

func (d *demo) verifyProducts(products []shopProduct) {
	bySKU := map[string][]shopProduct{}
	for _, p := range products {
		bySKU[strings.ToLower(p.SKU)] = append(bySKU[strings.ToLower(p.SKU)], p)
	}
	seeded := map[string]item{}
	for _, i := range d.stock.items {
		seeded[i.number] = i
	}
	for _, bc := range d.world.Company.Items() {
		i, have := seeded[bc.Number], bySKU[strings.ToLower(bc.Number)]
		if i.planted {
			continue
		}
		if bc.Blocked && !i.inShop {
			if len(have) != 0 {
				d.rep.wrong("blocked item %s was put into the shop", bc.Number)
			}
			continue
		}
		if len(have) != 1 {
			d.rep.wrong("item %s is in the shop %d times", bc.Number, len(have))
			continue
		}
		d.verifyProduct(have[0], bc.Name, bc.Blocked)
		d.verifyNumbers(have[0], i, bc.Inventory, bc.Price)
	}
}

func (d *demo) verifyProduct(p shopProduct, name string, blocked bool) {
	if got := unescape(p.Name); got != name {
		d.rep.wrong("product %s is called %q, in Business Central %q", p.SKU, got, name)
	}
	if want := map[bool]string{true: "draft", false: "publish"}[blocked]; p.Status != want {
		d.rep.wrong("product %s has status %s, not %s", p.SKU, p.Status, want)
	}
}

// unescape undoes what WordPress does to texts.
func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#039;", "'").Replace(s)
}

func (d *demo) verifyNumbers(p shopProduct, i item, inventory, price decimal.Decimal) {
	have, err := record.ParseAmount(p.Stock.String())
	if inventory.IsNeg() { // more was shipped than there was; a shop has nothing to sell then
		inventory = decimal.Zero
	}
	switch {
	case i.service && p.Stock == "":
		d.rep.Verified.StockEqual++
	case err != nil || have.Cmp(inventory.Floor(0)) != 0:
		d.rep.Verified.StockWrong++
		d.rep.wrong("product %s shows stock %s, Business Central has %s", p.SKU, p.Stock, inventory)
	default:
		d.rep.Verified.StockEqual++
	}
	if have, err := record.ParseAmount(p.Price); err != nil || have.Cmp(price) != 0 {
		d.rep.wrong("product %s costs %s, in Business Central %s", p.SKU, p.Price, price)
		return
	}
	d.rep.Verified.PricesEqual++
}

// document is an order as BC holds it, open or posted.
type document struct {
	number, currency string
	total            decimal.Decimal
}

// documents are BC's orders by external document number: the open ones, and the posted invoices of those that are
// gone.
func (d *demo) documents() map[string][]document {
	out := map[string][]document{}
	open := map[string]bool{}
	for _, o := range d.world.Company.Orders() {
		open[o.Number] = true
		out[o.External] = append(out[o.External], document{o.Number, o.Currency, o.Total})
	}
	for _, i := range d.world.Company.Invoices() {
		if !i.Draft && !open[i.OrderNumber] {
			out[i.External] = append(out[i.External], document{i.Number, i.Currency, i.Total})
		}
	}
	return out
}

func (d *demo) verifyOrders(orders []shopOrder) {
	v := &d.rep.Verified
	docs := d.documents()
	status := map[string]shopOrder{}
	for _, o := range orders {
		status[o.Number] = o
	}
	apart := decimal.Zero
	for _, b := range d.stock.baskets {
		o, have := status[b.number], docs[plan.External(connectionName+"-", b.number)]
		delete(docs, plan.External(connectionName+"-", b.number))
		if !b.belongs {
			if len(have) > 0 {
				d.rep.wrong("order %s must not be in Business Central and is there as %s", b.number, have[0].number)
			}
			continue
		}
		v.OrdersShop++
		v.OrdersTwice += max(0, len(have)-1)
		v.OrdersLost += max(0, 1-len(have))
		if len(have) != 1 {
			d.rep.wrong("order %s is in Business Central %d times", b.number, len(have))
			continue
		}
		v.OrdersBC++
		apart = d.verifyTotal(o, have[0], apart)
		if want := map[bool]string{true: "completed", false: "processing"}[b.complete]; o.Status != want {
			d.rep.wrong("order %s has status %s, not %s", b.number, o.Status, want)
		} else if b.complete {
			v.Shipped++
		}
	}
	for external := range docs {
		d.rep.wrong("Business Central has a document %s that no order of the shop belongs to", external)
	}
	v.CentsApart = apart.Pad(2).String()
}

func (d *demo) verifyTotal(o shopOrder, doc document, apart decimal.Decimal) decimal.Decimal {
	total, err := record.ParseAmount(o.Total)
	if err != nil {
		d.rep.wrong("order %s has total %q", o.Number, o.Total)
		return apart
	}
	diff, err := total.Sub(doc.total)
	if err != nil || !diff.IsZero() || o.Currency != doc.currency {
		d.rep.wrong("order %s is %s %s in the shop and %s %s in Business Central", o.Number, o.Currency, o.Total, doc.currency, doc.total)
	}
	sum, err := apart.Add(diff.Abs())
	if err != nil {
		return apart
	}
	return sum
}

func (d *demo) verifyProblems(problems []ipc.Problem) {
	want := map[Problem]bool{}
	for _, p := range d.stock.planted {
		want[p] = true
	}
	for _, p := range problems {
		got := Problem{Kind: p.Kind, Key: p.Key, Code: string(p.Fault.Code)}
		d.rep.Problems = append(d.rep.Problems, got)
		if !want[got] {
			d.rep.wrong("a problem nobody planted: %s %s: %s", p.Kind, p.Key, p.Fault.Text)
		}
		delete(want, got)
	}
	for p := range want {
		d.rep.wrong("a planted problem was not noticed: %s %s %s", p.Kind, p.Key, p.Code)
	}
	slices.SortFunc(d.rep.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	if d.rep.Wrong == nil {
		d.rep.Wrong = []string{}
	}
	slices.Sort(d.rep.Wrong)
	if len(d.rep.Wrong) > maxWrong {
		d.rep.Wrong = append(d.rep.Wrong[:maxWrong], fmt.Sprintf("and %d more", len(d.rep.Wrong)-maxWrong))
	}
}

// maxWrong is how much of what is wrong is listed.
const maxWrong = 50
