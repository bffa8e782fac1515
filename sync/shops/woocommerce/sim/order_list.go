package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (c *call) listOrders() (any, int, *failure) {
	bad := map[string]complaint{}
	allowed := append([]string{"any", "trash"}, orderStatusWords()...)
	statuses := c.queryList("status")
	for i, st := range statuses {
		if !slices.Contains(allowed, st) {
			bad["status"] = *notOneOf("status["+strconv.Itoa(i)+"]", allowed)
			break
		}
	}
	w, f := c.readWindow([]string{"date", "id", "include", "title", "slug", "modified"}, bad)
	if f != nil {
		return nil, 0, f
	}
	if len(statuses) == 0 {
		statuses = []string{"any"}
	}
	found := c.filterOrders(&w, statuses)
	from, to := w.cut(len(found))
	total := len(found)
	if from == to && w.page > 1 && c.s.hpos() {
		total = 0 // beyond the end version 11 forgets how many there are (golden 398)
	}
	c.totals(total, &w, c.orderLinkParams(statuses, to > from)...)
	out := make([]object, 0, to-from)
	for _, o := range found[from:to] {
		out = append(out, c.orderJSON(o))
	}
	return out, http.StatusOK, nil
}

// orderLinkParams are the parameters the shop adds to the links of an order list (golden 387, 398, 400).
func (c *call) orderLinkParams(statuses []string, rows bool) [][2]string {
	var out [][2]string
	for i, st := range statuses {
		out = append(out, [2]string{"status[" + strconv.Itoa(i) + "]", st})
	}
	if rows {
		out = append(out, [2]string{"dp", strconv.Itoa(c.decimals())}, [2]string{"context", "view"})
	}
	return out
}

func (c *call) filterOrders(w *window, statuses []string) []*Order {
	from := c.s.orders.inOrder(w.orderBy)
	if w.includes != nil {
		var narrow []*Order
		for id := range w.includes {
			if o := c.s.orders.byID[id]; o != nil {
				narrow = append(narrow, o)
			}
		}
		from = c.s.orders.sorted(slices.Values(narrow), w.orderBy)
	}
	listed, matches := c.s.statusFilter(statuses), c.orderFilter()
	out := make([]*Order, 0, len(from))
	for _, o := range from {
		if w.admits(o.ID, o.Created, o.Modified, c.s.opts.Zone) && listed(o) && matches(o) {
			out = append(out, o)
		}
	}
	switch {
	case w.orderBy == "include":
		slices.SortStableFunc(out, func(a, b *Order) int { return slices.Index(w.include, a.ID) - slices.Index(w.include, b.ID) })
	case w.descending:
		slices.Reverse(out)
	}
	return out
}

// statusFilter says which orders a list of statuses shows. "any" hides the trash, also when trash is named beside it;
// drafts of the block checkout are hidden by version 11 only; auto-drafts are never listed by version 11, while
// 8.9.3 answers status=auto-draft with every order (NOTES §3).
func (s *Server) statusFilter(statuses []string) func(*Order) bool {
	switch {
	case slices.Contains(statuses, "any"):
		return func(o *Order) bool {
			return o.Status != "trash" && o.Status != "auto-draft" && (!s.hpos() || o.Status != "checkout-draft")
		}
	case !s.hpos() && slices.Equal(statuses, []string{"auto-draft"}):
		return func(*Order) bool { return true }
	}
	return func(o *Order) bool { return o.Status != "auto-draft" && slices.Contains(statuses, o.Status) }
}

func (c *call) orderFilter() func(*Order) bool {
	q := c.query
	customer, byCustomer := whole(q.Get("customer")), q.Has("customer")
	product, search := whole(q.Get("product")), fold(q.Get("search"))
	var via []string
	if c.s.hpos() {
		via = c.queryList("created_via") // 8.9.3 has no such filter
	}
	return func(o *Order) bool {
		return (!byCustomer || o.CustomerID == customer) && (via == nil || slices.Contains(via, o.CreatedVia)) &&
			(product == 0 || slices.ContainsFunc(o.Lines, func(l Line) bool { return l.ProductID == product })) &&
			(search == "" || o.found(search))
	}
}

// found searches number, addresses and line names.
func (o *Order) found(search string) bool {
	if o.Number == search {
		return true
	}
	var b strings.Builder
	for _, a := range []*Address{&o.Billing, &o.Shipping} {
		for _, s := range []string{a.FirstName, a.LastName, a.Company, a.Address1, a.Address2, a.City, a.State, a.Postcode, a.Country, a.Email, a.Phone} {
			b.WriteString(s + "\n")
		}
	}
	for _, l := range o.Lines {
		b.WriteString(l.Name + "\n")
	}
	return strings.Contains(fold(b.String()), search)
}

func (c *call) batchOrders() (any, int, *failure) {
	return c.runBatch(batchOf{
		create: func(body object) (object, *failure) {
			o, f := c.placeOrder(body)
			if f != nil {
				return nil, f
			}
			return c.orderJSON(o), nil
		},
		update: func(id int, body object) (object, *failure) {
			o, f := c.changeOrder(id, body)
			if f != nil {
				return nil, f
			}
			return c.orderJSON(o), nil
		},
		remove: func(id int) (object, *failure) { return first(c.removeOrder(id, true)) },
	})
}
