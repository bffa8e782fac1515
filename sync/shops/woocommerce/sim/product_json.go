package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// productJSON is a product as answered: the fields and JSON types of golden 025 and 032. A write answers with the
// stored texts, a read with the texts made for readers.
func (c *call) productJSON(p *Product) object {
	s, now := c.s, c.s.now()
	price := p.Price(now)
	at := c.url("products", p.ID)
	o := object{
		"id": p.ID, "name": p.Name, "slug": p.Slug, "permalink": c.permalink(p),
		"type": p.Type, "status": p.Status, "featured": p.Featured, "catalog_visibility": p.Visibility,
		"description": p.Description, "short_description": p.ShortDescription, "sku": p.SKU,
		"price": price, "regular_price": p.Regular, "sale_price": p.Sale, "on_sale": p.onSale(now),
		"purchasable": price != "" && p.Status == "publish", "total_sales": p.TotalSales, "virtual": p.Virtual,
		"downloadable": p.Downloadable, "downloads": []any{}, "download_limit": -1, "download_expiry": -1,
		"external_url": "", "button_text": "", "tax_status": p.TaxStatus, "tax_class": p.TaxClass,
		"weight": p.Weight, "dimensions": object{"length": p.Length, "width": p.Width, "height": p.Height},
		"shipping_required": !p.Virtual, "shipping_taxable": !p.Virtual && p.TaxStatus == "taxable",
		"shipping_class": p.ShippingClass, "shipping_class_id": 0, "reviews_allowed": !p.NoReviews, "average_rating": "0.00",
		"rating_count": 0, "upsell_ids": list(p.UpsellIDs), "cross_sell_ids": list(p.CrossSellIDs), "parent_id": p.ParentID,
		"purchase_note": p.PurchaseNote, "categories": c.categoriesOf(p), "tags": []any{}, "images": []any{},
		"attributes": attributesJSON(p), "default_attributes": []any{}, "variations": []any{},
		"grouped_products": list(p.GroupedIDs), "menu_order": p.MenuOrder, "price_html": c.priceHTML(p, price),
		"related_ids": c.related(p), "meta_data": metaJSON(p.Meta, false), "has_options": false, "post_password": "",
		"_links": c.links(at, c.url("products"), all()...),
	}
	c.putStock(o, p)
	s.putDate(o, "date_created", p.Created)
	s.putDate(o, "date_modified", p.Modified)
	s.putDate(o, "date_on_sale_from", p.SaleFrom)
	s.putDate(o, "date_on_sale_to", p.SaleTo)
	if s.hpos() {
		o["global_unique_id"], o["brands"] = p.GTIN, []any{}
	}
	if c.editing() {
		o["average_rating"] = "0"
		o["permalink_template"] = base(c.r) + "/product/%pagename%/"
		o["generated_slug"] = readableSlug(s.freeSlug(slugOf(p.Name), p.ID))
	} else {
		o["description"], o["short_description"], o["purchase_note"] = shown(p.Description), typeset(shown(p.ShortDescription)), shown(p.PurchaseNote)
	}
	return o
}

// permalink is the product's page. One that is not on sale yet has no address of its own (golden 639).
func (c *call) permalink(p *Product) string {
	switch p.Status {
	case "draft", "pending", "future":
		return base(c.r) + "/?post_type=product&p=" + strconv.Itoa(p.ID)
	}
	return base(c.r) + "/product/" + p.Slug + "/"
}

// readableSlug is a slug with its letters instead of their octets.
func readableSlug(slug string) string {
	if s, err := url.PathUnescape(slug); err == nil {
		return s
	}
	return slug // cut in the middle of a letter
}

func (c *call) putStock(o object, p *Product) {
	o["manage_stock"], o["stock_quantity"], o["stock_status"] = p.ManageStock, nil, p.StockStatus
	if p.HasStock {
		o["stock_quantity"] = json.Number(p.Stock.Trunc(0).String())
	}
	o["backorders"], o["backorders_allowed"] = p.Backorders, p.Backorders != "no"
	o["backordered"] = p.StockStatus == "onbackorder"
	o["low_stock_amount"], o["sold_individually"] = nil, p.SoldIndividually
}

func list(have []int) []int {
	if have == nil {
		return []int{}
	}
	return have
}

func (c *call) categoriesOf(p *Product) []object {
	out := make([]object, 0, len(p.CategoryIDs))
	for _, id := range p.CategoryIDs {
		if cat := c.s.category(id); cat != nil {
			out = append(out, object{"id": cat.ID, "name": cat.Name, "slug": cat.Slug})
		}
	}
	return out
}

func attributesJSON(p *Product) []object {
	out := make([]object, 0, len(p.Attributes))
	for i, a := range p.Attributes {
		out = append(out, object{"id": 0, "name": a.Name, "slug": a.Name, "position": i, "visible": a.Visible,
			"variation": a.Variation, "options": a.Options})
	}
	return out
}

// related are up to five other products of the shop. The real shop picks them at random.
func (c *call) related(p *Product) []int {
	out := make([]int, 0, 5)
	for _, other := range c.s.catalogue.inOrder("id") {
		if len(out) == 5 {
			break
		}
		if other != p && other.Status == "publish" && other.Type != "variation" {
			out = append(out, other.ID)
		}
	}
	return out
}

// priceHTML is the price as the shop's pages show it: without tax, as the recorded shops do. A sale shows its price only.
func (c *call) priceHTML(p *Product, price string) string {
	if price == "" {
		return ""
	}
	net := amount(price).Max(decimal.Decimal{}) // pages show no price below zero (golden 042)
	if c.s.opts.PricesIncludeTax && p.TaxStatus == "taxable" {
		net = minus(net, sumTaxes(inclusiveTaxes(net, c.s.ratesFor(c.s.opts.Country, p.TaxClass))))
	}
	mark := ""
	if c.s.hpos() {
		mark = ` translate="no"`
	}
	return `<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol"` + mark + `>` +
		currencyEntity(c.s.opts.Currency) + `</span>&nbsp;` + dutch(money(net, cents)) + `</bdi></span>`
}

// dutch writes an amount with the shop's separators: 1234.50 is 1.234,50.
func dutch(s string) string {
	sign, digits := "", s
	if strings.HasPrefix(s, "-") {
		sign, digits = "-", s[1:]
	}
	front, back, _ := strings.Cut(digits, ".")
	for i := len(front) - 3; i > 0; i -= 3 {
		front = front[:i] + "." + front[i:]
	}
	return sign + front + "," + back
}

func (c *call) listCategories() (any, int, *failure) {
	out := make([]object, 0, len(c.s.categories))
	for i := range c.s.categories {
		out = append(out, c.categoryJSON(&c.s.categories[i]))
	}
	return c.paged(out)
}

func (c *call) getCategory() (any, int, *failure) {
	cat := c.s.category(c.ids[0])
	if cat == nil {
		return nil, 0, fail(http.StatusNotFound, "woocommerce_rest_term_invalid", "Resource does not exist.")
	}
	return c.categoryJSON(cat), http.StatusOK, nil
}

func (c *call) categoryJSON(cat *Category) object {
	count := 0
	for _, p := range c.s.catalogue.byID {
		for _, id := range p.CategoryIDs {
			if id == cat.ID && p.Status == "publish" {
				count++
			}
		}
	}
	return object{"id": cat.ID, "name": cat.Name, "slug": cat.Slug, "parent": cat.Parent, "description": "",
		"display": "default", "image": nil, "menu_order": 0, "count": count,
		"_links": c.links(c.url("products/categories", strconv.Itoa(cat.ID)), c.url("products/categories"), all()...)}
}
