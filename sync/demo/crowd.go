package demo

import (
	"context"
	"fmt"
	random "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/govalues/decimal"
)

// crowd is everybody who works in both systems while the service is killed over and over: shoppers order, and in
// Business Central goods come in, orders are shipped and invoiced, prices go up.
type crowd struct {
	w       *World
	s       *stock
	rnd     *random.Rand
	orders  int           // to be placed in all, those of the seed among them
	share   atomic.Int64  // how much of the chaos is over, in thousandths
	pace    time.Duration // between two deeds
	raised  map[string]int
	ordered map[string]bool // items somebody ordered meanwhile
	placed  int
}

// mostRaises keeps a price, seen late, from looking like a mistake to the service (invariant 5).
const mostRaises = 5

// mostStock is more than any item has.
const mostStock = 10000

func newCrowd(w *World, s *stock, seed uint64, orders int) *crowd {
	return &crowd{w: w, s: s, rnd: random.New(random.NewPCG(seed, 0xc0de)), orders: orders, pace: 40 * time.Millisecond,
		raised: map[string]int{}, ordered: map[string]bool{}}
}

// work goes on until ctx ends. The orders that are left are spread over the whole chaos.
func (c *crowd) work(ctx context.Context) error {
	t := time.NewTicker(c.pace)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if err := c.deed(); err != nil {
			return err
		}
	}
}

// deed does one thing.
func (c *crowd) deed() error {
	left := c.orders - len(c.s.baskets)
	if left > 0 && c.placed*1000 < (c.placed+left)*int(c.share.Load()) {
		return c.order()
	}
	switch n := c.rnd.IntN(60); {
	case n < 1:
		return c.ship()
	case n < 12:
		return c.raise()
	}
	return c.receive(c.item().number)
}

// order places the next order, in the shop itself, which takes it off its own stock.
func (c *crowd) order() error {
	if err := c.w.place(c.s, len(c.s.baskets), shoppers(), blockedShopper()); err != nil {
		return fmt.Errorf("ordering meanwhile: %w", err)
	}
	for _, sku := range c.s.baskets[len(c.s.baskets)-1].skus {
		c.ordered[sku] = true
	}
	c.placed++
	return nil
}

// item is one that has stock and may change.
func (c *crowd) item() item {
	for {
		if i := c.s.items[c.rnd.IntN(len(c.s.items))]; !i.service && !i.planted {
			return i
		}
	}
}

func (c *crowd) receive(number string) error {
	if err := c.w.Company.Receive(number, decimal.MustNew(c.rnd.Int64N(4)+1, 0)); err != nil {
		return fmt.Errorf("receiving meanwhile: %w", err)
	}
	return nil
}

// raise puts a price up by five per cent.
func (c *crowd) raise() error {
	number := c.item().number
	if c.raised[number]++; c.raised[number] > mostRaises {
		return nil
	}
	for _, i := range c.w.Company.Items() {
		if i.Number != number {
			continue
		}
		price, err := i.Price.Mul(decimal.MustNew(105, 2))
		if err == nil {
			err = c.w.Company.SetPrice(number, price.Ceil(2))
		}
		if err != nil {
			return fmt.Errorf("raising a price meanwhile: %w", err)
		}
	}
	return nil
}

// ship ships and invoices an order, or ships a part of one of which nothing has left yet.
func (c *crowd) ship() error {
	open := c.w.Company.Orders()
	if len(open) == 0 {
		return nil
	}
	o := open[c.rnd.IntN(len(open))]
	b := c.s.basketOf(o.External)
	if b == nil {
		return fmt.Errorf("sales order %s (%s) belongs to no order of the shop", o.Number, o.External)
	}
	var part map[string]decimal.Decimal
	if !b.shipped && c.rnd.IntN(2) == 0 {
		part = firstItem(o.Lines)
	}
	if err := c.w.Company.Ship(o.Number, part, part == nil); err != nil {
		return fmt.Errorf("shipping %s meanwhile: %w", o.Number, err)
	}
	b.shipped, b.complete = true, len(part) == 0
	return nil
}

// end places the orders that are left, and brings goods in for everything that was ordered meanwhile: the shop took that
// off its own stock, where it stays off until the next change in Business Central. It is more than ever was there, for a
// stock that is what it was at the last look, after a shipment, is no change. What nobody ordered must be right without.
func (c *crowd) end() error {
	for len(c.s.baskets) < c.orders {
		if err := c.order(); err != nil {
			return err
		}
	}
	for number := range c.ordered {
		if err := c.w.Company.Receive(number, decimal.MustNew(mostStock, 0)); err != nil {
			return fmt.Errorf("receiving what was ordered: %w", err)
		}
	}
	return nil
}
