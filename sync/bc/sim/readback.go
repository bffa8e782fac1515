package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Address is an address part of a document.
type Address struct{ Name, Line1, Line2, PostCode, City, State, Country string }

// Line is a document's line. Amounts are after every discount.
type Line struct {
	Sequence                      int64
	Type, Number, Description     string
	Quantity, UnitPrice, Discount decimal.Decimal
	TaxCode                       string
	TaxPercent, Net, Tax, Gross   decimal.Decimal
	Shipped, Invoiced             decimal.Decimal // of orders
}

// Document is what orders, invoices and shipments have in common; a shipment has no amounts.
type Document struct {
	ID, Number, External         string
	CustomerNumber, CustomerName string
	Email, Phone, Currency       string
	SellTo, ShipTo               Address
	Date, Posted, Modified       time.Time
	PricesIncludeTax             bool
	Net, Tax, Total              decimal.Decimal
	Lines                        []Line
}

// Order is an open sales order.
type Order struct {
	Document
	Status                 string // Draft, In_x0020_Review, Open
	Released, FullyShipped bool
}

// Invoice is a draft or posted sales invoice.
type Invoice struct {
	Document
	OrderNumber, Status string
	Draft               bool
	Remaining           decimal.Decimal
}

// Shipment is a posted shipment.
type Shipment struct {
	Document
	OrderNumber string
}

// read copies the rows of a set, in the order of their numbers.
func read[T any](c *Company, set string, f func(r *row) T) []T {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	rows := slices.Clone(c.tables[set].sorted)
	slices.SortFunc(rows, func(a, b *row) int {
		x, y := a.text("number"), b.text("number")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		out = append(out, f(r))
	}
	return out
}

// Orders are the open orders.
func (c *Company) Orders() []Order {
	return read(c, "salesOrders", func(r *row) Order {
		return Order{c.copyDocument(r, "orderDate"), r.text("status"), r.flag(".released"), r.flag("fullyShipped")}
	})
}

// Invoices are the drafts and the posted invoices.
func (c *Company) Invoices() []Invoice {
	return read(c, "salesInvoices", func(r *row) Invoice {
		return Invoice{c.copyDocument(r, "invoiceDate"), r.text("orderNumber"), r.text("status"), !r.flag(".posted"), r.amount("remainingAmount")}
	})
}

// Shipments are the posted shipments.
func (c *Company) Shipments() []Shipment {
	return read(c, "salesShipments", func(r *row) Shipment {
		return Shipment{c.copyDocument(r, "invoiceDate"), r.text("orderNumber")}
	})
}

// maybe is a value of a field that not every set has.
func maybe[T any](r *row, name string) (v T) {
	if f := r.in.set.byName[name]; f != nil {
		v, _ = r.v[f.index].(T)
	}
	return v
}

func (c *Company) copyDocument(r *row, date string) Document {
	d := Document{
		ID: r.id, Number: r.text("number"), External: r.text("externalDocumentNumber"),
		CustomerNumber: r.text("customerNumber"), CustomerName: r.text("customerName"),
		Email: r.text("email"), Phone: r.text("phoneNumber"), Currency: r.text("currencyCode"),
		SellTo: copyAddress(r, "sellTo", "customerName"), ShipTo: copyAddress(r, "shipTo", "shipToName"),
		Date: r.time(date), Posted: r.time("postingDate"), Modified: r.time("lastModifiedDateTime"),
		PricesIncludeTax: r.flag("pricesIncludeTax"),
		Net:              maybe[decimal.Decimal](r, "totalAmountExcludingTax"),
		Tax:              maybe[decimal.Decimal](r, "totalTaxAmount"),
		Total:            maybe[decimal.Decimal](r, "totalAmountIncludingTax"),
	}
	for _, l := range c.lines(r) {
		d.Lines = append(d.Lines, Line{
			Sequence: l.number("sequence"), Type: l.text("lineType"), Number: l.text("lineObjectNumber"), Description: l.text("description"),
			Quantity: l.amount("quantity"), UnitPrice: l.amount("unitPrice"),
			Discount: maybe[decimal.Decimal](l, "discountAmount"), TaxCode: maybe[string](l, "taxCode"),
			TaxPercent: l.amount("taxPercent"), Net: maybe[decimal.Decimal](l, "netAmount"),
			Tax: maybe[decimal.Decimal](l, "netTaxAmount"), Gross: maybe[decimal.Decimal](l, "netAmountIncludingTax"),
			Shipped: maybe[decimal.Decimal](l, "shippedQuantity"), Invoiced: maybe[decimal.Decimal](l, "invoicedQuantity"),
		})
	}
	return d
}

func copyAddress(r *row, part, name string) Address {
	return Address{
		r.text(name), r.text(part + "AddressLine1"), r.text(part + "AddressLine2"), r.text(part + "PostCode"),
		r.text(part + "City"), r.text(part + "State"), r.text(part + "Country"),
	}
}

// Items are all items.
func (c *Company) Items() []Item {
	return read(c, "items", func(r *row) Item {
		return Item{
			ID: r.id, Number: r.text("number"), Name: r.text("displayName"), GTIN: r.text("gtin"), Type: r.text("type"),
			TaxGroup: r.text("taxGroupCode"), Unit: r.text("baseUnitOfMeasureCode"), Price: r.amount("unitPrice"),
			Cost: r.amount("unitCost"), PriceIncludesTax: r.flag("priceIncludesTax"), Inventory: r.amount("inventory"),
			Blocked: r.flag("blocked"), Modified: r.time("lastModifiedDateTime"),
		}
	})
}

// Customers are all customers.
func (c *Company) Customers() []Customer {
	return read(c, "customers", func(r *row) Customer {
		return Customer{
			ID: r.id, Number: r.text("number"), Name: r.text("displayName"), Line1: r.text("addressLine1"), Line2: r.text("addressLine2"),
			PostCode: r.text("postalCode"), City: r.text("city"), State: r.text("state"), Country: r.text("country"),
			Phone: r.text("phoneNumber"), Email: r.text("email"), TaxNumber: r.text("taxRegistrationNumber"), Currency: r.text("currencyCode"),
			Blocked: strings.TrimSpace(decodeName(r.text("blocked"))), PricesIncludeTax: r.flag(".pricesIncludeTax"),
			NoPosting: r.text(".postingGroup") == "", Modified: r.time("lastModifiedDateTime"),
		}
	})
}
