package sim

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// Item is an item as a person keeps it. Zero fields take BC's defaults; Unit is PCS, Type is Inventory.
type Item struct {
	ID, Number, Name string
	GTIN             string
	Type             string // Inventory, Service, Non_x002D_Inventory
	TaxGroup         string // made if new; give it a rate with SetVAT before it is sold
	Unit             string
	Price, Cost      decimal.Decimal
	PriceIncludesTax bool
	Inventory        decimal.Decimal
	Blocked          bool
	Modified         time.Time // when read back
}

// Customer is a customer as a person keeps it.
type Customer struct {
	ID, Number, Name            string // Number "" takes the next of the series
	Line1, Line2                string
	PostCode, City, State       string
	Country                     string // "" is the company's own
	Phone, Email, TaxNumber     string
	Currency                    string // "" is the local currency
	Blocked                     string // "", "Ship", "Invoice", "All"
	PricesIncludeTax, NoPosting bool   // NoPosting: posting groups were never filled in
	Modified                    time.Time
}

// write runs f as one transaction under the server's lock; an error undoes it.
func (c *Company) write(f func(t *tx) error) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	t := &tx{co: c}
	if err := f(t); err != nil {
		t.rollback(0)
		return err
	}
	return nil
}

// insert makes a row from values by field name.
func (t *tx) insertValues(set, id string, values map[string]any) *row {
	tb := t.co.tables[set]
	if id == "" {
		id = t.co.s.newID()
	}
	r := tb.newRow(id)
	for name, v := range values {
		t.set(r, name, v)
	}
	t.touch(r)
	t.insert(r)
	return r
}

// AddItem makes an item, with an opening entry for its inventory, and returns its id. Error: the number is taken.
func (c *Company) AddItem(i Item) (id string, err error) {
	err = c.write(func(t *tx) error {
		if c.tables["items"].one("number", i.Number) != nil {
			return duplicate("Item", i.Number)
		}
		if i.Unit == "" {
			i.Unit = "PCS"
		}
		if i.Type == "" {
			i.Type = "Inventory"
		}
		unit := c.addSimple(t, "unitsOfMeasure", i.Unit, i.Unit)
		r := t.insertValues("items", i.ID, map[string]any{
			"number": i.Number, "displayName": i.Name, "gtin": i.GTIN, "type": i.Type, "blocked": i.Blocked,
			"unitPrice": i.Price, "unitCost": i.Cost, "priceIncludesTax": i.PriceIncludesTax,
			"baseUnitOfMeasureId": unit.id, "baseUnitOfMeasureCode": i.Unit,
			"generalProductPostingGroupCode": "RETAIL", "inventoryPostingGroupCode": "RESALE",
		})
		if i.TaxGroup != "" {
			t.useTaxGroup(r, i.TaxGroup)
		}
		id = r.id
		return t.adjust(r, i.Inventory)
	})
	return id, err
}

func (t *tx) useTaxGroup(item *row, code string) {
	g := t.co.addTaxGroup(t, code)
	t.set(item, "taxGroupId", g.id)
	t.set(item, "taxGroupCode", g.text("code"))
}

func (c *Company) addTaxGroup(t *tx, code string) *row {
	g := c.addSimple(t, "taxGroups", code, code)
	t.set(g, "taxType", "VAT")
	return g
}

// AddVariant makes a variant of an item and returns its id.
func (c *Company) AddVariant(item, code, description string) (id string, err error) {
	err = c.change("items", item, func(t *tx, r *row) error {
		id = t.insertValues("itemVariants", "", map[string]any{
			"itemId": r.id, "itemNumber": r.text("number"), "code": code, "description": description,
		}).id
		return nil
	})
	return id, err
}

// AddCustomer makes a customer and returns its id. Errors: a number that is taken, an unknown currency.
func (c *Company) AddCustomer(v Customer) (id string, err error) {
	err = c.write(func(t *tx) error {
		if v.Number == "" {
			v.Number = t.nextNumber("customer", "C")
		}
		if c.tables["customers"].one("number", v.Number) != nil {
			return duplicate("Customer", v.Number)
		}
		if v.Country == "" {
			v.Country = c.s.opt.Country
		}
		posting, blocked := "DOMESTIC", v.Blocked
		if v.NoPosting {
			posting = ""
		}
		if blocked == "" {
			blocked = "_x0020_"
		}
		r := t.insertValues("customers", v.ID, map[string]any{
			"number": v.Number, "displayName": v.Name, "addressLine1": v.Line1, "addressLine2": v.Line2,
			"postalCode": v.PostCode, "city": v.City, "state": v.State, "country": v.Country, "phoneNumber": v.Phone,
			"email": v.Email, "taxRegistrationNumber": v.TaxNumber, "blocked": blocked,
			".postingGroup": posting, ".vatGroup": v.Country, ".pricesIncludeTax": v.PricesIncludeTax,
		})
		id = r.id
		return setCurrency(t, r, v.Currency)
	})
	return id, err
}

// AddAccount makes a G/L account for direct posting and returns its id. taxGroup "" is without VAT.
func (c *Company) AddAccount(number, name, taxGroup string) (id string, err error) {
	err = c.write(func(t *tx) error {
		if c.tables["accounts"].one("number", number) != nil {
			return duplicate("G/L Account", number)
		}
		if taxGroup != "" {
			c.addTaxGroup(t, taxGroup)
		}
		id = t.insertValues("accounts", "", map[string]any{
			"number": number, "displayName": name, "category": "Income", "directPosting": true, ".taxGroup": taxGroup,
		}).id
		return nil
	})
	return id, err
}

// AddCurrency makes a foreign currency; rate is how much of it one unit of the local currency buys.
func (c *Company) AddCurrency(code, name string, rate decimal.Decimal) error {
	return c.write(func(t *tx) error {
		r := c.addSimple(t, "currencies", code, name)
		t.set(r, "amountDecimalPlaces", "2:2")
		t.set(r, "amountRoundingPrecision", decimal.MustNew(1, cents))
		t.set(r, ".rate", rate)
		return nil
	})
}

// AddCountry makes a country code known.
func (c *Company) AddCountry(code string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.lands[code] = true
}

// SetVAT is one line of VAT Posting Setup: the rate for customers of a country ("" is any other) and a tax group.
func (c *Company) SetVAT(country, taxGroup string, percent decimal.Decimal) {
	_ = c.write(func(t *tx) error { // nothing in it can fail
		c.addTaxGroup(t, taxGroup)
		c.vat[[2]string{country, taxGroup}] = percent
		return nil
	})
}

// change finds a row by number and changes it.
func (c *Company) change(set, number string, f func(t *tx, r *row) error) error {
	return c.write(func(t *tx) error {
		r := c.tables[set].one("number", number)
		if r == nil {
			return fmt.Errorf("%s has no %s %q", c.Name, c.tables[set].set.entity, number)
		}
		return f(t, r)
	})
}

// modify changes fields of a row and stamps it.
func (c *Company) modify(set, number string, values map[string]any) error {
	return c.change(set, number, func(t *tx, r *row) error {
		for name, v := range values {
			t.set(r, name, v)
		}
		t.touch(r)
		return nil
	})
}

// SetPrice changes an item's unit price.
func (c *Company) SetPrice(item string, price decimal.Decimal) error {
	return c.modify("items", item, map[string]any{"unitPrice": record.Round(price, priceDigits)})
}

// SetBlocked blocks or unblocks an item.
func (c *Company) SetBlocked(item string, blocked bool) error {
	return c.modify("items", item, map[string]any{"blocked": blocked})
}

// SetItemName changes an item's description.
func (c *Company) SetItemName(item, name string) error {
	return c.modify("items", item, map[string]any{"displayName": name})
}

// RenameItem gives an item another number.
func (c *Company) RenameItem(item, number string) error {
	return c.change("items", item, func(t *tx, r *row) error {
		defer t.touch(r)
		return renameItem(t, r, number)
	})
}

// SetInventory posts the difference to a wanted inventory; the item itself is not stamped.
func (c *Company) SetInventory(item string, quantity decimal.Decimal) error {
	return c.change("items", item, func(t *tx, r *row) error { return t.adjust(r, quantity) })
}

// Receive posts a purchase receipt.
func (c *Company) Receive(item string, quantity decimal.Decimal) error {
	return c.change("items", item, func(t *tx, r *row) error {
		return t.ledger(r, quantity, movement{
			kind: "Purchase", document: "PR-1", documentType: "Purchase_x0020_Receipt", sourceType: "Vendor", source: "V10000",
		})
	})
}

// SetCustomerBlocked blocks a customer: "", "Ship", "Invoice" or "All".
func (c *Company) SetCustomerBlocked(customer, reason string) error {
	if reason == "" {
		reason = "_x0020_"
	}
	return c.modify("customers", customer, map[string]any{"blocked": reason})
}

// FillPosting gives a customer the posting groups it was made without.
func (c *Company) FillPosting(customer string) error {
	return c.modify("customers", customer, map[string]any{".postingGroup": "DOMESTIC"})
}
