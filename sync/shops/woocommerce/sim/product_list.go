package sim

import (
	"net/http"
	"slices"
	"strings"
)

// productOrders are the sortings of golden 095, in the words and order of its message.
func (s *Server) productOrders() []string {
	words := []string{"date", "id", "include", "title", "slug", "modified", "popularity", "rating"}
	if s.hpos() {
		words = append(words, "post__in", "price", "sales", "menu_order", "random")
	}
	return append(words, "popularity", "rating", "menu_order", "price", "popularity", "rating")
}

func (c *call) listProducts() (any, int, *failure) {
	bad := map[string]complaint{}
	statuses := []string{"any", "future", "trash", "draft", "pending", "private", "publish"}
	if v := c.query.Get("status"); v != "" && !slices.Contains(statuses, v) {
		bad["status"] = *notOneOf("status", statuses)
	}
	w, f := c.readWindow(c.s.productOrders(), bad)
	if f != nil {
		return nil, 0, f
	}
	found := c.filterProducts(&w)
	c.totals(len(found), &w)
	from, to := w.cut(len(found))
	out := make([]object, 0, to-from)
	for _, p := range found[from:to] {
		out = append(out, c.productJSON(p))
	}
	return out, http.StatusOK, nil
}

// filterProducts are the products asked for, in order. The all but universal cases cost little: the whole list by id
// is ready, and a list of SKUs or ids is looked up.
func (c *call) filterProducts(w *window) []*Product {
	from := c.candidates(w)
	matches := c.productFilter()
	out := make([]*Product, 0, len(from))
	for _, p := range from {
		if w.admits(p.ID, p.Created, p.Modified, c.s.opts.Zone) && matches(p) {
			out = append(out, p)
		}
	}
	switch {
	case w.orderBy == "include" || w.orderBy == "post__in":
		slices.SortStableFunc(out, func(a, b *Product) int {
			return slices.Index(w.include, a.ID) - slices.Index(w.include, b.ID)
		})
	case w.descending:
		slices.Reverse(out)
	}
	return out
}

// candidates are the products to look through, ascending in the order asked for.
func (c *call) candidates(w *window) []*Product {
	cat := &c.s.catalogue
	var narrow []*Product
	skus := splitList(c.query.Get("sku"))
	switch {
	case len(skus) > 0:
		seen := map[int]bool{}
		// A SKU may itself contain a comma; the whole text is one more thing to look for.
		for _, sku := range append(skus, c.query.Get("sku")) {
			for _, id := range cat.bySKU[fold(sku)] {
				if !seen[id] {
					seen[id] = true
					narrow = append(narrow, cat.byID[id])
				}
			}
		}
	case w.includes != nil:
		for id := range w.includes {
			if p := cat.byID[id]; p != nil {
				narrow = append(narrow, p)
			}
		}
	default:
		return cat.inOrder(w.orderBy)
	}
	return cat.sorted(slices.Values(narrow), w.orderBy)
}

// productFilter is the test of all filters but ids and dates. A SKU filter finds variations too; nothing else does.
func (c *call) productFilter() func(*Product) bool {
	q := c.query
	partSKU, search := fold(q.Get("search_sku")), fold(q.Get("search"))
	variations := q.Get("sku") != "" || partSKU != ""
	status, kind, stock, gtin := q.Get("status"), q.Get("type"), q.Get("stock_status"), ""
	if c.s.hpos() {
		gtin = q.Get("global_unique_id") // 8.9.3 ignores it (golden 089)
	}
	category := whole(q.Get("category"))
	return func(p *Product) bool {
		return p.listed(status, variations) && is(kind, p.Type) && is(stock, p.StockStatus) && is(gtin, p.GTIN) &&
			(category == 0 || slices.Contains(p.CategoryIDs, category)) &&
			(partSKU == "" || strings.Contains(fold(p.SKU), partSKU)) &&
			(search == "" || strings.Contains(fold(p.Name+" "+p.Description+" "+p.ShortDescription), search))
	}
}

// is reports whether a filter, if there is one, wants the value.
func is(filter, have string) bool { return filter == "" || filter == have }

// listed reports whether a list of that status shows the product. "any" hides the trash (golden 250).
func (p *Product) listed(status string, variations bool) bool {
	if p.Type == "variation" && !variations {
		return false
	}
	if status == "" || status == "any" {
		return p.Status != "trash"
	}
	return p.Status == status
}
