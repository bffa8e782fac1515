package sim

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Release sets an order's status to Released, after which its lines can't be edited.
func (c *Company) Release(order string) error {
	return c.modify("salesOrders", order, map[string]any{".released": true, "status": "Open"})
}

// Reopen sets it back.
func (c *Company) Reopen(order string) error {
	return c.modify("salesOrders", order, map[string]any{".released": false, "status": "Draft"})
}

// DeleteOrder deletes an open order with its lines, as a person can; nothing of it stays.
func (c *Company) DeleteOrder(order string) error {
	return c.change("salesOrders", order, func(t *tx, r *row) error {
		t.set(r, ".released", false)
		return removeDocument(t, r)
	})
}

// EditLine changes quantity and unit price of an order's line by its item or account number.
func (c *Company) EditLine(order, number string, quantity, price decimal.Decimal) error {
	return c.change("salesOrders", order, func(t *tx, r *row) error {
		for _, l := range c.lines(r) {
			if fold(l.text("lineObjectNumber")) != fold(number) {
				continue
			}
			if err := editLine(t, l); err != nil {
				return err
			}
			if err := setQuantity(t, l, quantity); err != nil {
				return err
			}
			if err := setUnitPrice(t, l, price); err != nil {
				return err
			}
			return finishLine(t, l)
		}
		return fmt.Errorf("order %s has no line of %s", order, number)
	})
}

// Ship posts a shipment of an order: quantities by item or account number, nil is everything left. With invoice, what
// is shipped is invoiced too; an order that is shipped and invoiced completely is gone. Error: nothing to post, or
// more than is left.
func (c *Company) Ship(order string, lines map[string]decimal.Decimal, invoice bool) error {
	return c.change("salesOrders", order, func(t *tx, r *row) error { return t.postOrder(r, lines, invoice) })
}

// Invoice posts an invoice of what is shipped already.
func (c *Company) Invoice(order string) error {
	return c.Ship(order, map[string]decimal.Decimal{}, true)
}

// Pay books a payment on a posted invoice. A part payment moves remainingAmount and nothing else; the last one turns
// the status to Paid and stamps the invoice (NOTES section 4).
func (c *Company) Pay(invoice string, amount decimal.Decimal) error {
	return c.change("salesInvoices", invoice, func(t *tx, r *row) error {
		left, err := r.amount("remainingAmount").Sub(amount)
		if err != nil {
			return err
		}
		t.set(r, "remainingAmount", left)
		if !left.IsPos() {
			t.set(r, "status", "Paid")
			t.touch(r)
		}
		return nil
	})
}

// Track is a tracking number typed after posting: no field of the API shows it, but the shipment's stamp moves.
func (c *Company) Track(shipment string) error {
	return c.modify("salesShipments", shipment, nil)
}

// DeleteItem removes an item and its entries, as a clean-up job can.
func (c *Company) DeleteItem(item string) error {
	return c.change("items", item, func(t *tx, r *row) error {
		for _, e := range c.tables["itemLedgerEntries"].find("itemNumber", item) {
			t.remove(e)
		}
		t.remove(r)
		return nil
	})
}

// DeleteCustomer removes a customer.
func (c *Company) DeleteCustomer(customer string) error {
	return c.change("customers", customer, removeCustomer)
}
