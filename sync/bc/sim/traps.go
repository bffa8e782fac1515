package sim

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"
)

// The methods here make the timestamp traps of NOTES section 4 happen.

// AdjustCost is the Adjust Cost job: it changes the unit cost of every item and stamps all of them alike.
func (c *Company) AdjustCost() {
	_ = c.write(func(t *tx) error { // nothing in it can fail
		now := c.s.now()
		for _, r := range c.tables["items"].sorted {
			cost, err := r.amount("unitCost").Add(decimal.MustNew(1, priceDigits))
			if err == nil {
				t.set(r, "unitCost", cost)
			}
			t.set(r, "lastModifiedDateTime", now)
		}
		return nil
	})
}

// Stamp sets the lastModifiedDateTime of rows of a set, by number: equal stamps, or a long transaction that commits
// with an old one.
func (c *Company) Stamp(set string, at time.Time, numbers ...string) error {
	for _, n := range numbers {
		err := c.change(set, n, func(t *tx, r *row) error {
			t.set(r, "lastModifiedDateTime", at.UTC().Truncate(time.Millisecond))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// StampEntry is Stamp for the newest item ledger entry of an item.
func (c *Company) StampEntry(item string, at time.Time) error {
	return c.write(func(t *tx) error {
		var last *row
		for _, e := range c.tables["itemLedgerEntries"].find("itemNumber", item) {
			if last == nil || e.number("entryNumber") > last.number("entryNumber") {
				last = e
			}
		}
		if last == nil {
			return fmt.Errorf("item %s has no ledger entry", item)
		}
		t.set(last, "lastModifiedDateTime", at.UTC().Truncate(time.Millisecond))
		return nil
	})
}

// UncommittedPosting is a shipment and invoice of an order that another session has not committed: reads see them, and
// the function returned rolls them back.
func (c *Company) UncommittedPosting(order string) (rollback func(), err error) {
	var t *tx
	err = c.change("salesOrders", order, func(now *tx, r *row) error {
		t, now.open = now, true
		return now.postOrder(r, nil, true)
	})
	return func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		t.rollback(0)
	}, err
}

// HalfBuiltOrder is an order another session has not committed: reads see it, and the function returned rolls it back.
func (c *Company) HalfBuiltOrder(customer, external string) (rollback func(), err error) {
	var t *tx
	err = c.write(func(now *tx) error {
		t = now
		tb := c.tables["salesOrders"]
		r := tb.newRow(c.s.newID())
		number := tb.set.byName["customerNumber"]
		if err := c.s.prepareDocument(t, r, []member{{f: number, v: customer}}); err != nil {
			return err
		}
		t.set(r, "externalDocumentNumber", external)
		t.touch(r)
		t.insert(r)
		return nil
	})
	return func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		t.rollback(0)
	}, err
}
