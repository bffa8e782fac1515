// Package sim is a WooCommerce REST v3 shop in memory, for tests and the demo: it answers as the two recorded shops do,
// version 11.0.1 with orders in their own tables and 8.9.3 with legacy order storage (contracts/woocommerce, NOTES.md).
//
// It is a plain http.Handler that knows TLS by the request alone. State is in maps behind one mutex; products keep an
// index by SKU and lists keep their order, so that ten thousand products answer as fast as ten. Faults of the network
// are injected from outside; the faults of the platform itself (an update running, a lost database) are switched here.
//
// What a recording shows drives the behaviour. Where no recording speaks, the code says so and follows WooCommerce's
// documented settings. Amounts are github.com/govalues/decimal values: exact, as everywhere in the project.
package sim

import (
	"net/http"
	"sync"
	"time"
)

// The recorded versions.
const (
	Version11 = "11.0.1" // orders in own tables (HPOS)
	Version8  = "8.9.3"  // orders as posts (legacy storage)
)

// Options describe the shop. The zero value is the recorded shop of version 11.0.1 without keys.
type Options struct {
	Version          string           // Version11 (default) or Version8
	Keys             []Key            // who may sign in
	Zone             *time.Location   // the site's zone; Europe/Amsterdam by default
	Now              func() time.Time // the shop's clock; time.Now by default
	Currency         string           // ISO 4217; EUR by default
	Country          string           // the shop's own country, for tax without an address; NL by default
	PricesIncludeTax bool             // product prices are entered including tax
	RoundAtSubtotal  bool             // tax is rounded per order, not per line
	StoreID          string           // made once, when the shop was installed; that of the recorded shop by default
	Rates            []TaxRate        // nil: NL 21/9/0 %, BE 21 %, DE 19 %, as recorded; empty: no tax
}

// Server is the shop. Use New.
type Server struct {
	mu     sync.Mutex
	opts   Options
	routes []route

	next       counters
	catalogue  catalogue
	orders     orderBook
	customers  customerBook
	coupons    map[string]*Coupon
	rates      []TaxRate
	classes    []taxClass
	categories []Category

	trouble Trouble
	plain   bool
}

// counters are the next free ids. WooCommerce counts products, orders, refunds and coupons in one row.
type counters struct{ post, item, meta, user, note, rate int }

// New opens a shop.
func New(o Options) *Server {
	if o.Version == "" {
		o.Version = Version11
	}
	if o.Zone == nil {
		o.Zone = amsterdam()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Currency == "" {
		o.Currency = "EUR"
	}
	if o.StoreID == "" {
		o.StoreID = "79fc2a18-4cca-464d-bfbf-c50b3de78dd6"
	}
	if o.Country == "" {
		o.Country = "NL"
	}
	if o.Rates == nil {
		o.Rates = recordedRates()
	}
	s := &Server{
		opts:   o,
		routes: routes(),
		// A new WordPress has ten pages and posts and one comment before the shop makes anything.
		next:       counters{post: 11, item: 1, meta: 1, user: 1, note: 2, rate: 1},
		catalogue:  newCatalogue(),
		orders:     newOrderBook(),
		customers:  newCustomerBook(),
		coupons:    map[string]*Coupon{},
		classes:    taxClasses(),
		categories: []Category{{ID: 15, Name: "Uncategorized", Slug: "uncategorized"}},
	}
	for _, r := range o.Rates {
		s.addRate(r)
	}
	s.addAdministrator()
	return s
}

// amsterdam is the recorded shops' zone. Without a time zone database winter time stands in for it.
func amsterdam() *time.Location {
	if z, err := time.LoadLocation("Europe/Amsterdam"); err == nil {
		return z
	}
	return time.FixedZone("CET", 3600)
}

// hpos reports whether the shop is the recorded version 11.0.1; every difference between the two hangs on it.
func (s *Server) hpos() bool { return s.opts.Version != Version8 }

// now is the shop's clock: UTC, whole seconds, as its database keeps time.
func (s *Server) now() time.Time { return s.opts.Now().UTC().Truncate(time.Second) }

// take returns a counter's value and moves it on.
func take(counter *int) int {
	id := *counter
	*counter++
	return id
}

// SetPricesIncludeTax changes the setting for later orders; orders keep the mode they were made in.
func (s *Server) SetPricesIncludeTax(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.PricesIncludeTax = on
}

// SetRoundAtSubtotal changes the tax rounding of later calculations.
func (s *Server) SetRoundAtSubtotal(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.RoundAtSubtotal = on
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The body is read before the lock is taken: a slow sender must not stop the shop.
	c, bad := newCall(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.platform(w, r) {
		return
	}
	c.s = s
	a := answer{header: http.Header{}}
	c.header = a.header
	if bad != nil {
		a.fail(bad)
	} else if value, status, err := c.dispatch(); err != nil {
		a.fail(err)
	} else {
		a.status, a.value = status, c.pick(value)
	}
	a.write(w, c)
}
