package sim

import (
	"cmp"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// Product is one product as the shop keeps it. Texts are as stored: "&amp;" in names, no backslashes.
type Product struct {
	ID, ParentID     int
	Type             string // simple, variable, variation, grouped, external
	Status           string // publish, draft, pending, private, future, trash
	Name, Slug       string
	SKU, GTIN        string
	Description      string
	ShortDescription string
	PurchaseNote     string
	Regular, Sale    string // prices as typed, "" is none
	SaleFrom, SaleTo time.Time
	TaxStatus        string // taxable, shipping, none
	TaxClass         string // "" is the standard class
	ManageStock      bool
	HasStock         bool            // a managed product can still have no quantity (NOTES §5)
	Stock            decimal.Decimal // meaningful with HasStock
	StockStatus      string          // instock, outofstock, onbackorder
	Backorders       string          // no, notify, yes
	Weight           string
	Length           string
	Width, Height    string
	Visibility       string
	ShippingClass    string
	Featured         bool
	Virtual          bool
	Downloadable     bool
	SoldIndividually bool
	NoReviews        bool
	MenuOrder        int
	TotalSales       int
	CategoryIDs      []int
	UpsellIDs        []int
	CrossSellIDs     []int
	GroupedIDs       []int
	Attributes       []Attribute
	Meta             []Meta
	Created          time.Time // UTC
	Modified         time.Time // UTC
}

// Attribute is a product's own attribute; of a variation, the one option it stands for.
type Attribute struct {
	Name      string
	Options   []string
	Visible   bool
	Variation bool
}

// Category is a product category.
type Category struct {
	ID, Parent int
	Name, Slug string
}

// catalogue keeps the products and files them by SKU.
type catalogue struct {
	shelf[*Product]
	bySKU map[string][]int // folded SKU to ids, trashed ones too
	slugs map[string]int   // to ids
}

func newCatalogue() catalogue {
	return catalogue{
		shelf: newShelf(func(p *Product) int { return p.ID }, compareBy),
		bySKU: map[string][]int{},
		slugs: map[string]int{},
	}
}

// file puts a product that is new or changed on the shelf. was is the SKU it was filed under; "" is none.
func (c *catalogue) file(p *Product, was string) {
	_, known := c.byID[p.ID]
	c.put(p)
	c.slugs[p.Slug] = p.ID
	if known && was == p.SKU {
		return
	}
	c.unfile(was, p.ID)
	if p.SKU != "" {
		key := fold(p.SKU)
		c.bySKU[key] = append(c.bySKU[key], p.ID)
	}
}

func (c *catalogue) remove(p *Product) {
	c.drop(p.ID)
	delete(c.slugs, p.Slug)
	c.unfile(p.SKU, p.ID)
}

func (c *catalogue) unfile(sku string, id int) {
	if sku == "" {
		return
	}
	key := fold(sku)
	rest := slices.DeleteFunc(c.bySKU[key], func(x int) bool { return x == id })
	if len(rest) == 0 {
		delete(c.bySKU, key)
		return
	}
	c.bySKU[key] = rest
}

func compareBy(by string, a, b *Product) int {
	switch by {
	case "date":
		return a.Created.Compare(b.Created)
	case "modified":
		return a.Modified.Compare(b.Modified)
	case "title":
		return cmp.Compare(fold(a.Name), fold(b.Name))
	case "slug":
		return cmp.Compare(a.Slug, b.Slug)
	case "price":
		return amount(a.Regular).Cmp(amount(b.Regular))
	case "popularity", "sales":
		return cmp.Compare(a.TotalSales, b.TotalSales)
	case "menu_order":
		return cmp.Compare(a.MenuOrder, b.MenuOrder)
	}
	return 0
}

// holder is the product other than self that has the SKU; 0 is none.
func (c *catalogue) holder(sku string, self int, trashed bool) int {
	for _, id := range c.bySKU[fold(sku)] {
		if id != self && (c.byID[id].Status == "trash") == trashed {
			return id
		}
	}
	return 0
}

// withSKU is the product an order line means by a SKU: the oldest live one.
func (c *catalogue) withSKU(sku string) *Product {
	var found *Product
	for _, id := range c.bySKU[fold(sku)] {
		if p := c.byID[id]; p.Status != "trash" && (found == nil || p.ID < found.ID) {
			found = p
		}
	}
	return found
}

// Price is what the product costs now: the sale price while it runs, else the regular one; "" is none.
func (p *Product) Price(now time.Time) string {
	if p.onSale(now) {
		return p.Sale
	}
	return p.Regular
}

func (p *Product) onSale(now time.Time) bool {
	return p.Sale != "" && p.Regular != "" && amount(p.Sale).Cmp(amount(p.Regular)) < 0 &&
		(p.SaleFrom.IsZero() || !now.Before(p.SaleFrom)) && (p.SaleTo.IsZero() || now.Before(p.SaleTo))
}

// settleStock keeps quantity and status together: an unmanaged product has no quantity, a managed one the status its
// quantity gives, whatever was sent (golden 056-060).
func (p *Product) settleStock() {
	if !p.ManageStock {
		p.HasStock, p.Stock, p.Backorders = false, decimal.Decimal{}, "no"
		return
	}
	switch {
	case p.HasStock && p.Stock.IsPos():
		p.StockStatus = "instock"
	case p.Backorders == "no":
		p.StockStatus = "outofstock"
	default:
		p.StockStatus = "onbackorder"
	}
}

// copied is a copy that shares nothing with the shop's own.
func (p *Product) copied() Product {
	q := *p
	q.CategoryIDs = slices.Clone(p.CategoryIDs)
	q.UpsellIDs = slices.Clone(p.UpsellIDs)
	q.CrossSellIDs = slices.Clone(p.CrossSellIDs)
	q.GroupedIDs = slices.Clone(p.GroupedIDs)
	q.Attributes = slices.Clone(p.Attributes)
	q.Meta = slices.Clone(p.Meta)
	return q
}
