package sim

import (
	"net/http"
	"strconv"
)

func (c *call) getProduct() (any, int, *failure) {
	p, ok := c.s.catalogue.byID[c.ids[0]]
	if !ok {
		return nil, 0, invalidProduct(http.StatusNotFound)
	}
	return c.productJSON(p), http.StatusOK, nil
}

func (c *call) createProduct() (any, int, *failure) {
	if f := c.validate(productRules()); f != nil {
		return nil, 0, f
	}
	p, f := c.newProduct(c.body)
	if f != nil {
		return nil, 0, f
	}
	c.header.Set("Location", c.url("products", p.ID))
	return c.productJSON(p), http.StatusCreated, nil
}

// newProduct makes a product of a body, checked or not. A body without a name makes a live product named "Product"
// (golden 026, 065).
func (c *call) newProduct(body object) (*Product, *failure) {
	s := c.s
	if whole(body["id"]) != 0 {
		return nil, fail(http.StatusBadRequest, "woocommerce_rest_product_exists", "Cannot create existing product.")
	}
	now := s.now()
	p := &Product{Type: "simple", Status: "publish", Name: "Product", TaxStatus: "taxable", StockStatus: "instock",
		Backorders: "no", Visibility: "visible", CategoryIDs: []int{15}, Created: now, Modified: now}
	draft := p.copied()
	if f := s.applyProduct(&draft, body); f != nil {
		return nil, f
	}
	if holder := s.catalogue.holder(draft.SKU, 0, true); draft.SKU != "" && holder != 0 && s.hpos() {
		return nil, fail(http.StatusBadRequest, "woocommerce_rest_product_not_created", "The product with SKU ("+draft.SKU+
			") you are trying to insert is already present in the lookup table")
	}
	draft.ID = take(&s.next.post)
	draft.Slug = s.freeSlug(slugOf(draft.Name), 0)
	if draft.Created.After(now) && draft.Status == "publish" {
		draft.Status, draft.Modified = "future", draft.Created // golden 639
	}
	*p = draft
	s.catalogue.file(p, "")
	return p, nil
}

func (c *call) updateProduct() (any, int, *failure) {
	if f := c.validate(productRules()); f != nil {
		return nil, 0, f
	}
	p, f := c.changeProduct(c.id(), c.body)
	if f != nil {
		return nil, 0, f
	}
	return c.productJSON(p), http.StatusOK, nil
}

// changeProduct applies a body to a product. Any change, even an empty one, moves date_modified (NOTES §3).
func (c *call) changeProduct(id int, body object) (*Product, *failure) {
	s := c.s
	p, ok := s.catalogue.byID[id]
	if !ok {
		return nil, invalidProduct(http.StatusBadRequest)
	}
	if p.Type == "variation" {
		return nil, fail(http.StatusNotFound, "woocommerce_rest_invalid_product_id", "To manipulate product variations you "+
			"should use the /products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint.")
	}
	draft := p.copied()
	if f := s.applyProduct(&draft, body); f != nil {
		return nil, f
	}
	was := p.SKU
	draft.Modified = s.now()
	*p = draft
	s.catalogue.file(p, was)
	return p, nil
}

func (c *call) deleteProduct() (any, int, *failure) {
	return c.removeProduct(c.ids[0], c.flag("force"))
}

// removeProduct trashes or deletes. The answer shows the product as it was (golden 245, 253).
func (c *call) removeProduct(id int, force bool) (any, int, *failure) {
	s := c.s
	p, ok := s.catalogue.byID[id]
	if !ok {
		return nil, 0, invalidProduct(http.StatusNotFound)
	}
	answer := c.productJSON(p)
	if force {
		s.catalogue.remove(p)
		s.forgetProduct(p.ID)
		return answer, http.StatusOK, nil
	}
	if p.Status == "trash" {
		return nil, 0, fail(http.StatusGone, "woocommerce_rest_already_trashed", "The product has already been deleted.")
	}
	now := s.now()
	p.Meta = append(p.Meta, Meta{take(&s.next.meta), "_wp_trash_meta_status", p.Status},
		Meta{take(&s.next.meta), "_wp_trash_meta_time", strconv.FormatInt(now.Unix(), 10)})
	p.Status, p.Modified = "trash", now
	s.catalogue.file(p, p.SKU)
	return answer, http.StatusOK, nil
}

func invalidProduct(status int) *failure {
	return fail(status, "woocommerce_rest_product_invalid_id", "Invalid ID.")
}

// freeSlug is the slug, or with a number the first that no other product has. self is the product asking; 0 is a new one.
func (s *Server) freeSlug(slug string, self int) string {
	if slug == "" {
		slug = strconv.Itoa(s.next.post - 1)
	}
	free := slug
	for n := 2; s.catalogue.slugs[free] != 0 && s.catalogue.slugs[free] != self; n++ {
		free = slug + "-" + strconv.Itoa(n)
	}
	return free
}

func productRules() map[string]rule {
	return map[string]rule{
		"name": isText, "slug": isText, "description": isText, "short_description": isText, "sku": isText,
		"global_unique_id": isText, "regular_price": isText, "sale_price": isText, "weight": isText, "tax_class": isText,
		"shipping_class": isText, "purchase_note": isText, "external_url": isText, "button_text": isText,
		"date_on_sale_from": isText, "date_on_sale_to": isText, "date_created": isText, "date_created_gmt": isText,
		"type":               oneOf("simple", "grouped", "external", "variable"),
		"status":             oneOf("draft", "pending", "private", "publish", "future", "auto-draft", "trash"),
		"catalog_visibility": oneOf("visible", "catalog", "search", "hidden"),
		"tax_status":         oneOf("taxable", "shipping", "none"),
		"stock_status":       oneOf("instock", "outofstock", "onbackorder"),
		"backorders":         oneOf("no", "notify", "yes"),
		"stock_quantity":     isInteger, "menu_order": isInteger, "parent_id": isInteger,
		"manage_stock": isFlag, "featured": isFlag, "virtual": isFlag, "downloadable": isFlag, "sold_individually": isFlag,
		"reviews_allowed": isFlag, "upsell_ids": isList, "cross_sell_ids": isList, "grouped_products": isList,
		"meta_data":  {kind: "array", of: map[string]rule{"id": isInteger, "key": isText}},
		"categories": {kind: "array", of: map[string]rule{"id": isInteger}},
		"images":     {kind: "array", of: map[string]rule{"id": isInteger, "src": isText}},
		"attributes": {kind: "array", of: map[string]rule{"id": isInteger, "name": isText}},
		"dimensions": {kind: "object", of: map[string]rule{"length": isText, "width": isText, "height": isText}},
	}
}
