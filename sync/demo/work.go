package demo

import (
	"fmt"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/plan"
)

// work does a day's work in Business Central: every third open order is shipped and invoiced, another third in part,
// goods come in on every item, and some prices go up.
func (w *World) work(s *stock) (shipped, changed int, err error) {
	for n, o := range w.Company.Orders() {
		b := s.basketOf(o.External)
		if b == nil {
			return shipped, changed, fmt.Errorf("sales order %s (%s) belongs to no order of the shop", o.Number, o.External)
		}
		switch n % 3 {
		case 0:
			if err := w.Company.Ship(o.Number, nil, true); err != nil {
				return shipped, changed, fmt.Errorf("shipping %s: %w", o.Number, err)
			}
			b.complete = true
			shipped++
		case 1:
			part := firstItem(o.Lines)
			if err := w.Company.Ship(o.Number, part, false); err != nil {
				return shipped, changed, fmt.Errorf("shipping a part of %s: %w", o.Number, err)
			}
			b.complete = len(part) == 0
			shipped++
		}
	}
	for n, i := range s.items {
		if i.service || i.planted {
			continue
		}
		if err := w.Company.Receive(i.number, decimal.MustNew(int64(n%4+1), 0)); err != nil {
			return shipped, changed, err
		}
		if !i.blocked || i.inShop {
			changed++
		}
	}
	return shipped, changed, w.raise(s)
}

// basketOf is the shop's order behind an External Document No.; nil for none.
func (s *stock) basketOf(external string) *basket {
	for i := range s.baskets {
		if plan.External(connectionName+"-", s.baskets[i].number) == external {
			return &s.baskets[i]
		}
	}
	return nil
}

// raise puts every tenth price up by five per cent.
func (w *World) raise(s *stock) error {
	have := map[string]decimal.Decimal{}
	for _, i := range w.Company.Items() {
		have[i.Number] = i.Price
	}
	for n, i := range s.items {
		if n%10 != 7 || i.planted {
			continue
		}
		price, err := have[i.number].Mul(decimal.MustNew(105, 2))
		if err != nil {
			return err
		}
		if err := w.Company.SetPrice(i.number, price.Ceil(2)); err != nil {
			return err
		}
	}
	return nil
}

// firstItem is one piece of an order's first item line when there is more to ship than that, else nil: all of it.
func firstItem(lines []bcsim.Line) map[string]decimal.Decimal {
	pieces := 0
	var number string
	for _, l := range lines {
		if l.Type != "Item" {
			continue
		}
		if pieces == 0 {
			number = l.Number
		}
		pieces++
		if l.Quantity.Cmp(decimal.One) > 0 {
			pieces++
		}
	}
	if pieces < 2 {
		return nil
	}
	return map[string]decimal.Decimal{number: decimal.One}
}
