package record

import (
	"time"

	"github.com/govalues/decimal"
)

// SalesOrder is a shop order as BC is to hold it, or as BC holds it when read back. Key: the shop's order number.
type SalesOrder struct {
	External   string // BC External Document No.: at most 35 characters, unique to shop and order
	Number     string // BC's own No., when read back
	CustomerID string // BC SystemId of the customer; filled by Link when the customer is created in the same run
	Customer   Key    // the shopper it belongs to
	Date       time.Time
	Currency   string // ISO code; the local currency's code is allowed
	// IncludesTax says how the lines' prices are meant.
	IncludesTax    bool
	SellTo, ShipTo Address
	Email, Phone   string
	Lines          []SalesLine
	Total          decimal.Decimal // including tax, to the cent
	Tax            decimal.Decimal
	// TaxSlack is how far BC's own tax may be from the shop's before a person must look (same currency).
	TaxSlack decimal.Decimal
	Shipped  bool // BC: everything is shipped
	Posted   bool // found as a posted document only
	Draft    bool // BC: open, and nobody has released it
}

// LineType is what a sales line is about.
type LineType string

// The line types of a sales order this program writes (BC enum "Invoice Line Agg. Line Type").
const (
	LineItem    LineType = "Item"
	LineAccount LineType = "Account"
	LineComment LineType = "Comment"
)

// SalesLine is one line of a SalesOrder.
type SalesLine struct {
	Type        LineType
	ItemID      string // BC SystemId
	Account     string // G/L account No., for LineAccount
	Tax         string // BC tax code (VAT product posting group, or tax group) of an account line; "" is the account's own
	Description string // at most 100 characters
	Quantity    decimal.Decimal
	UnitPrice   decimal.Decimal // at most 5 decimals
	Discount    decimal.Decimal // of the whole line, positive
}

// Kind implements Body.
func (*SalesOrder) Kind() Kind { return KindOrder }

// AppendSum implements Body.
func (o *SalesOrder) AppendSum(dst []byte) []byte {
	dst = appendText(dst, o.External, o.Currency, o.Email, o.Phone, o.Customer.ID)
	dst = o.ShipTo.appendSum(o.SellTo.appendSum(dst))
	for _, l := range o.Lines {
		dst = appendText(dst, string(l.Type), l.ItemID, l.Account, l.Tax, l.Description)
		dst = appendDecimal(appendDecimal(appendDecimal(dst, l.Quantity), l.UnitPrice), l.Discount)
	}
	return appendDecimal(appendDecimal(dst, o.Total), o.Tax)
}

// Link implements Linker: it fills in the customer created for this order.
func (o *SalesOrder) Link(key Key, ref string) Body {
	if key != o.Customer {
		return o
	}
	c := *o
	c.CustomerID = ref
	return &c
}

// Shipment is a posted BC sales shipment, and what the shop is told of it. Key: the shipment's No.
type Shipment struct {
	Number   string
	Order    string // BC order No.
	External string // BC External Document No., which names the shop's order
	Date     time.Time
	Lines    []ShippedLine
	Complete bool // with this shipment the whole order is shipped
}

// ShippedLine is one line of a shipment.
type ShippedLine struct {
	SKU, Description string
	Quantity         decimal.Decimal
}

// Kind implements Body.
func (*Shipment) Kind() Kind { return KindShipment }

// AppendSum implements Body.
func (s *Shipment) AppendSum(dst []byte) []byte {
	dst = appendBool(appendText(dst, s.Number, s.Order, s.External, s.Date.Format(time.DateOnly)), s.Complete)
	for _, l := range s.Lines {
		dst = appendDecimal(appendText(dst, l.SKU, l.Description), l.Quantity)
	}
	return dst
}

// Invoice is a posted BC sales invoice, read to find out whether an order that is gone was invoiced. Key: its No.
type Invoice struct {
	Number, Order, External string
	Total                   Money
}

// Kind implements Body.
func (*Invoice) Kind() Kind { return KindInvoice }

// AppendSum implements Body.
func (i *Invoice) AppendSum(dst []byte) []byte {
	return appendDecimal(appendText(dst, i.Number, i.Order, i.External, i.Total.Currency), i.Total.Amount)
}
