package sim

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

// applyProduct sets what a body sends on a draft of a product. Nulls count as not sent, but for the quantity, which
// they set to 0 (golden 048, 054, 629-631).
func (s *Server) applyProduct(p *Product, body object) *failure {
	s.applyText(p, body)
	s.applyPrices(p, body)
	s.applyPlace(p, body)
	applyShape(p, body)
	if f := s.applySKU(p, body); f != nil {
		return f
	}
	applyStock(p, body)
	if f := noMedia(body); f != nil {
		return f
	}
	if v, ok := sent(body, "meta_data"); ok {
		p.Meta = s.setMeta(p.Meta, v)
	}
	return nil
}

// sent is a parameter that came with a value.
func sent(body object, name string) (any, bool) {
	v, ok := body[name]
	return v, ok && v != nil
}

// set puts a parameter through a cleaner into a field.
func set(body object, name string, field *string, clean func(string) string) {
	if v, ok := sent(body, name); ok {
		*field = clean(text(v))
	}
}

func setFlag(body object, name string, field *bool) {
	if v, ok := sent(body, name); ok {
		*field = truth(v)
	}
}

func asIs(s string) string { return s }

func (s *Server) applyText(p *Product, body object) {
	if v, ok := sent(body, "name"); ok {
		if name := stored(text(v)); name != "" { // an empty name is ignored
			p.Name = name
		}
	}
	set(body, "description", &p.Description, stored)
	set(body, "short_description", &p.ShortDescription, stored)
	set(body, "purchase_note", &p.PurchaseNote, stored)
	set(body, "type", &p.Type, asIs)
	set(body, "status", &p.Status, asIs)
	set(body, "catalog_visibility", &p.Visibility, asIs)
	if s.hpos() {
		set(body, "global_unique_id", &p.GTIN, cleanGTIN)
	}
	s.applyCreated(p, body)
}

// applyCreated reads the date without a zone as UTC (NOTES §5, golden 637, 638) and remembers the day it replaces.
func (s *Server) applyCreated(p *Product, body object) {
	v, ok := sent(body, "date_created")
	if w, gmt := sent(body, "date_created_gmt"); gmt {
		v, ok = w, true
	}
	if !ok {
		return
	}
	t, good := readDate(v, time.UTC)
	if !good {
		return
	}
	was, is := p.Created.In(s.opts.Zone).Format("2006-01-02"), t.In(s.opts.Zone).Format("2006-01-02")
	if p.ID != 0 && was != is {
		p.Meta = append(p.Meta, Meta{take(&s.next.meta), "_wp_old_date", was})
	}
	p.Created = t
}

func (s *Server) applyPrices(p *Product, body object) {
	set(body, "regular_price", &p.Regular, cleanPrice)
	set(body, "sale_price", &p.Sale, cleanPrice)
	if v, ok := sent(body, "date_on_sale_from"); ok {
		p.SaleFrom, _ = readDate(v, s.opts.Zone)
	}
	if v, ok := sent(body, "date_on_sale_from_gmt"); ok {
		p.SaleFrom, _ = readDate(v, time.UTC)
	}
	if v, ok := sent(body, "date_on_sale_to"); ok {
		p.SaleTo, _ = readDate(v, s.opts.Zone)
	}
	if v, ok := sent(body, "date_on_sale_to_gmt"); ok {
		p.SaleTo, _ = readDate(v, time.UTC)
	}
	if p.Sale != "" && amount(p.Sale).Cmp(amount(p.Regular)) > 0 {
		p.Sale = "" // a sale price above the regular one is dropped (golden 046)
	}
}

func (s *Server) applyPlace(p *Product, body object) {
	if v, ok := sent(body, "tax_class"); ok {
		p.TaxClass = s.knownClass(text(v))
	}
	set(body, "tax_status", &p.TaxStatus, asIs)
	if v, ok := sent(body, "categories"); ok {
		p.CategoryIDs = nil
		for _, x := range items(v) {
			if o, isObject := x.(object); isObject {
				if id := whole(o["id"]); s.category(id) != nil {
					p.CategoryIDs = append(p.CategoryIDs, id)
				}
			}
		}
		if len(p.CategoryIDs) == 0 {
			p.CategoryIDs = []int{s.categories[0].ID}
		}
	}
	if v, ok := sent(body, "attributes"); ok {
		p.Attributes = readAttributes(v)
	}
}

// readAttributes keeps the product's own attributes; shared ones (by id) are not simulated and, as any unknown id,
// silently dropped (NOTES §5).
func readAttributes(v any) []Attribute {
	var out []Attribute
	for _, x := range items(v) {
		o, ok := x.(object)
		if !ok || whole(o["id"]) != 0 || text(o["name"]) == "" {
			continue
		}
		a := Attribute{Name: cleanLine(text(o["name"])), Visible: truth(o["visible"]), Variation: truth(o["variation"])}
		for _, option := range items(o["options"]) {
			a.Options = append(a.Options, cleanLine(text(option)))
		}
		out = append(out, a)
	}
	return out
}

func applyShape(p *Product, body object) {
	set(body, "weight", &p.Weight, cleanPrice)
	if v, ok := sent(body, "dimensions"); ok {
		if o, isObject := v.(object); isObject {
			set(o, "length", &p.Length, cleanPrice)
			set(o, "width", &p.Width, cleanPrice)
			set(o, "height", &p.Height, cleanPrice)
		}
	}
	setFlag(body, "featured", &p.Featured)
	setFlag(body, "virtual", &p.Virtual)
	setFlag(body, "downloadable", &p.Downloadable)
	setFlag(body, "sold_individually", &p.SoldIndividually)
	if v, ok := sent(body, "reviews_allowed"); ok {
		p.NoReviews = !truth(v)
	}
	if v, ok := sent(body, "menu_order"); ok {
		p.MenuOrder = whole(v)
	}
	for name, field := range map[string]*[]int{"upsell_ids": &p.UpsellIDs, "cross_sell_ids": &p.CrossSellIDs, "grouped_products": &p.GroupedIDs} {
		if v, ok := sent(body, name); ok {
			*field = ids(v) // unknown ids are kept (golden 627)
		}
	}
}

func (s *Server) applySKU(p *Product, body object) *failure {
	v, ok := sent(body, "sku")
	if ok {
		sku := cleanLine(text(v))
		if holder := s.catalogue.holder(sku, p.ID, false); sku != "" && holder != 0 {
			return fail(http.StatusBadRequest, "product_invalid_sku", "Invalid or duplicated SKU.",
				"resource_id", holder, "unique_sku", s.freeSKU(sku))
		}
		p.SKU = sku
	}
	if _, ok := sent(body, "global_unique_id"); ok && s.hpos() && p.GTIN != "" {
		for _, other := range s.catalogue.inOrder("id") {
			if other.GTIN == p.GTIN && other.ID != p.ID && other.Status != "trash" {
				return fail(http.StatusBadRequest, "product_invalid_global_unique_id",
					"Invalid or duplicated GTIN, UPC, EAN or ISBN.", "resource_id", other.ID)
			}
		}
	}
	return nil
}

func (s *Server) freeSKU(sku string) string {
	for n := 1; ; n++ {
		if free := sku + "-" + strconv.Itoa(n); len(s.catalogue.bySKU[fold(free)]) == 0 {
			return free
		}
	}
}

// applyStock is the stock part. The quantity counts only while the product is managed (golden 051-062).
func applyStock(p *Product, body object) {
	setFlag(body, "manage_stock", &p.ManageStock)
	set(body, "backorders", &p.Backorders, asIs)
	set(body, "stock_status", &p.StockStatus, asIs)
	if p.ManageStock {
		if v, ok := body["stock_quantity"]; ok {
			p.HasStock, p.Stock = true, wholeAmount(v)
		} else if v, ok := sent(body, "inventory_delta"); ok {
			p.HasStock, p.Stock = true, plus(p.Stock, wholeAmount(v))
		}
	}
	p.settleStock()
}

// wholeAmount is a quantity as the shop counts it: whole, and 0 for what is no number (golden 264).
func wholeAmount(v any) decimal.Decimal { return amount(v).Trunc(0) }

// noMedia refuses images: the shop has no library, so every id is unknown, and it never calls out (golden 071, 072).
func noMedia(body object) *failure {
	for _, x := range items(body["images"]) {
		o, ok := x.(object)
		if !ok {
			continue
		}
		if id := whole(o["id"]); id != 0 {
			return fail(http.StatusBadRequest, "woocommerce_product_invalid_image_id",
				"#"+strconv.Itoa(id)+" is an invalid image ID.")
		}
		if src := text(o["src"]); src != "" {
			return fail(http.StatusBadRequest, "woocommerce_product_image_upload_error",
				"Error getting remote image "+src+". Error: the shop calls no other host.")
		}
	}
	return nil
}

func (s *Server) category(id int) *Category {
	at := slices.IndexFunc(s.categories, func(c Category) bool { return c.ID == id })
	if at < 0 {
		return nil
	}
	return &s.categories[at]
}
