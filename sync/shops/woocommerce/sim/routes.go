package sim

import (
	"net/http"
	"strconv"
	"strings"
)

// handler answers one route: a JSON value and the HTTP status, or a failure.
type handler func(*call) (any, int, *failure)

// route is a path below wc/v3 and its methods. "{id}" takes digits, "{word}" a slug.
type route struct {
	parts   []string
	methods map[string]handler
}

func under(p string, methods map[string]handler) route {
	return route{strings.Split(p, "/"), methods}
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// edit is how WooCommerce binds one handler to all ways of changing a record.
func edit(read, change, del handler) map[string]handler {
	return map[string]handler{get: read, post: change, put: change, patch: change, remove: del}
}

func batch(h handler) map[string]handler { return map[string]handler{post: h, put: h, patch: h} }

func only(read handler) map[string]handler { return map[string]handler{get: read} }

func routes() []route {
	return []route{
		under("products", map[string]handler{get: (*call).listProducts, post: (*call).createProduct}),
		under("products/batch", batch((*call).batchProducts)),
		under("products/categories", only((*call).listCategories)),
		under("products/categories/{id}", only((*call).getCategory)),
		under("products/{id}", edit((*call).getProduct, (*call).updateProduct, (*call).deleteProduct)),
		under("orders", map[string]handler{get: (*call).listOrders, post: (*call).createOrder}),
		under("orders/batch", batch((*call).batchOrders)),
		under("orders/statuses", only((*call).orderStatuses)),
		under("orders/{id}", edit((*call).getOrder, (*call).updateOrder, (*call).deleteOrder)),
		under("orders/{id}/notes", map[string]handler{get: (*call).listNotes, post: (*call).createNote}),
		under("orders/{id}/notes/{id}", map[string]handler{get: (*call).getNote, remove: (*call).deleteNote}),
		under("orders/{id}/refunds", map[string]handler{get: (*call).listRefunds, post: (*call).createRefund}),
		under("orders/{id}/refunds/{id}", map[string]handler{get: (*call).getRefund, remove: (*call).deleteRefund}),
		under("refunds", only((*call).listAllRefunds)),
		under("coupons", map[string]handler{post: (*call).createCoupon}),
		under("customers", map[string]handler{get: (*call).listCustomers, post: (*call).createCustomer}),
		under("customers/batch", batch((*call).batchCustomers)),
		under("customers/{id}", edit((*call).getCustomer, (*call).updateCustomer, (*call).deleteCustomer)),
		under("taxes", map[string]handler{get: (*call).listTaxes, post: (*call).createTax}),
		under("taxes/classes", map[string]handler{get: (*call).listTaxClasses, post: (*call).createTaxClass}),
		under("taxes/{id}", only((*call).getTax)),
		under("settings/{word}", only((*call).listSettings)),
		under("settings/{word}/{word}", only((*call).getSetting)),
		under("data/currencies/current", only((*call).currentCurrency)),
		under("system_status", only((*call).systemStatus)),
		under("payment_gateways", only((*call).listGateways)),
		under("shipping/zones", only((*call).listZones)),
		under("shipping/zones/{id}/methods", only((*call).listZoneMethods)),
	}
}

// dispatch signs the caller in, finds the route and runs it. A wrong secret answers before the route is looked for,
// a missing key after it (golden 003, 018).
func (c *call) dispatch() (any, int, *failure) {
	signedIn, bad := c.signIn()
	if bad != nil {
		return nil, 0, bad
	}
	if c.r.URL.Query().Has("rest_route") && !strings.HasPrefix(c.r.URL.Path, restRoot) {
		signedIn = false // keys don't reach the shop this way (golden 022, 712, 713)
	}
	switch c.path {
	case "":
		return c.siteIndex(), http.StatusOK, nil
	case "wc/v3":
		return c.apiIndex(), http.StatusOK, nil
	}
	h := c.find()
	if h == nil {
		return nil, 0, noRoute()
	}
	if !signedIn {
		return nil, 0, c.stranger()
	}
	return h(c)
}

// find looks the route up and notes what its path names. Nil: there is none.
func (c *call) find() handler {
	rest, ok := strings.CutPrefix(c.path, "wc/v3/")
	if !ok {
		return nil
	}
	parts := strings.Split(rest, "/")
	method := c.method
	if method == http.MethodHead {
		method = get
	}
	for _, r := range c.s.routes {
		ids, words, ok := r.match(parts)
		if !ok || !c.s.offers(r) {
			continue
		}
		if h := r.methods[method]; h != nil {
			c.ids, c.words = ids, words
			return h
		}
	}
	return nil
}

// offers leaves out what the older version has not (golden 369, 450).
func (s *Server) offers(r route) bool {
	p := strings.Join(r.parts, "/")
	return s.hpos() || p != "refunds" && p != "orders/statuses"
}

func (r route) match(parts []string) (ids []int, words []string, _ bool) {
	if len(parts) != len(r.parts) {
		return nil, nil, false
	}
	for i, want := range r.parts {
		switch want {
		case "{id}":
			id, err := strconv.Atoi(parts[i])
			if err != nil || id < 0 {
				return nil, nil, false
			}
			ids = append(ids, id)
		case "{word}":
			words = append(words, parts[i])
		default:
			if parts[i] != want {
				return nil, nil, false
			}
		}
	}
	return ids, words, true
}
