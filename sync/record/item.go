package record

import "github.com/govalues/decimal"

// Item is what a shop must know of a BC item to sell it. Key: the item's No., used as SKU.
type Item struct {
	Name     string // BC displayName, at most 100 characters
	GTIN     string // at most 14 characters
	Tax      string // BC tax group code ("VAT21"); mapped to the shop's tax class by settings
	TaxClass string // the shop's own class; set by plan, "" leaves the shop's as it is
	Unit     string // base unit of measure code
	Managed  bool   // BC type Inventory: the shop counts its stock
	Blocked  bool   // BC Blocked; a blocked item stops selling
	// Status is the shop's own: published or draft. Set by plan on the wanted body and read back from the shop.
	Status ItemStatus
	// SKU is the key under which the shop is to have it; set by plan on the wanted body, so that a renumbered item
	// differs from what was agreed whichever of its kinds was agreed last.
	SKU string
}

// ItemStatus says whether a product can be bought.
type ItemStatus string

// The statuses of a product.
const (
	Published ItemStatus = "published"
	Draft     ItemStatus = "draft"
)

// Kind implements Body.
func (*Item) Kind() Kind { return KindItem }

// AppendSum implements Body.
func (i *Item) AppendSum(dst []byte) []byte {
	dst = appendText(dst, i.Name, i.GTIN, i.Tax, i.TaxClass, i.Unit, string(i.Status), i.SKU)
	return appendBool(dst, i.Managed, i.Blocked)
}

// Stock is a quantity for sale, in the item's base unit. The owner's record holds BC's inventory; plan turns it
// into what the shop is to show (buffer, cap, whole units).
type Stock struct {
	Quantity decimal.Decimal
	Managed  bool // false: the shop doesn't count this product
}

// Kind implements Body.
func (*Stock) Kind() Kind { return KindStock }

// AppendSum implements Body.
func (s *Stock) AppendSum(dst []byte) []byte {
	return appendBool(appendDecimal(dst, s.Quantity), s.Managed)
}

// Level implements Leveller.
func (s *Stock) Level() int64 { return level(s.Quantity) }

// Price is an item's list price.
type Price struct {
	Regular     Money
	IncludesTax bool
	Tax         string // BC tax group code: which VAT rate is in or out
}

// Kind implements Body.
func (*Price) Kind() Kind { return KindPrice }

// AppendSum implements Body.
func (p *Price) AppendSum(dst []byte) []byte {
	dst = appendDecimal(dst, p.Regular.Amount)
	return appendBool(appendText(dst, p.Regular.Currency, p.Tax), p.IncludesTax)
}

// Level implements Leveller.
func (p *Price) Level() int64 { return level(p.Regular.Amount) }
