// Package woocommerce makes a WooCommerce shop an endpoint, over its REST API wc/v3. Everything it knows of that API was
// measured on two real shops, 8.9.3 and 11.0.1; "NOTES" in comments is the record of those measurements. It needs
// govalues/decimal for amounts, as every package that touches money does.
//
// Three decisions the design leaves open:
//   - An item's empty tax class leaves the product's class as it is; "standard" sets the shop's standard class. So a
//     merchant who maps no tax groups never finds his reduced-rate products at the full rate.
//   - A SKU is the same when it differs in case and blanks only, as for the shop itself. The shop also ignores
//     accents; such a pair is reported as taken (shop.sku_taken) instead of linked by guess.
//   - A product in the shop's bin counts as found, with the fault shop.sku_in_trash: 11.0.1 refuses its SKU and 8.9.3
//     would make a second product (NOTES §5), so a person decides on either.
package woocommerce

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/web"
)

const (
	// ID is the platform's name in a connection file.
	ID = "woocommerce"
	// Name is the platform's name for people.
	Name = "WooCommerce"

	api      = "/wp-json/wc/v3/"
	maxBatch = 100 // more objects are refused whole (NOTES §4: 413)
	maxPage  = 100 // per_page above it is refused (NOTES §3)

	keyField    = "consumer_key"
	secretField = "consumer_secret"
)

// Secrets lists the secret fields of this platform.
func Secrets() []string { return []string{keyField, secretField} }

// Options says how the shop of a connection is reached. A missing key is shop.secret_missing.
func Options(c settings.Connection, secrets settings.Secrets) (web.Options, error) {
	key, err := secret(c, secrets, keyField)
	if err != nil {
		return web.Options{}, err
	}
	password, err := secret(c, secrets, secretField)
	if err != nil {
		return web.Options{}, err
	}
	if u, err := url.Parse(c.Shop.URL); err == nil && u.Scheme == "http" {
		// Over plain http the shop would also refuse the key (NOTES §4), after having seen it.
		return web.Options{}, fault.New("url.not_https", fault.Args{"field": "[shop] url", "value": u.Redacted()})
	}
	return web.Options{
		Connection: c.Name,
		Side:       "shop",
		URL:        c.Shop.URL,
		Private:    c.Shop.Network == "private",
		CAFile:     c.Shop.CAFile,
		Pin:        c.Shop.Pin,
		ProxyURL:   c.Proxy.URL,
		Parallel:   Limits(c).Parallel,
		SignIn:     func(r *http.Request) { r.SetBasicAuth(key.Reveal(), password.Reveal()) },
	}, nil
}

func secret(c settings.Connection, secrets settings.Secrets, field string) (settings.Secret, error) {
	s, err := secrets("shop", field)
	if err != nil {
		return s, err
	}
	if s.Empty() {
		return s, fault.New("shop.secret_missing", fault.Args{"connection": c.Name, "field": field})
	}
	return s, nil
}

// longestRequest is how long PHP may go on with a request whose caller has gone. Hosts set their own limit, 30 s to 5
// minutes; a batch on a cold shop took 19 s (NOTES section 2).
const longestRequest = 5 * time.Minute

// Limits says how hard the shop may be driven: 100 products a call by default, four calls at once.
func Limits(c settings.Connection) endpoint.Limits {
	l := endpoint.Limits{Batch: c.Shop.WooCommerce.Batch, Parallel: c.Shop.Parallel, Settle: time.Duration(c.Shop.Settle)}
	if l.Batch <= 0 || l.Batch > maxBatch {
		l.Batch = maxBatch
	}
	if l.Parallel <= 0 {
		l.Parallel = 4
	}
	if l.Settle <= 0 {
		l.Settle = longestRequest
	}
	return l
}

// Client is one WooCommerce shop. It is safe for concurrent use.
type Client struct {
	doer     web.Doer
	name     string // the connection, for sentences
	host     string
	batch    int
	statuses map[string]record.OrderStatus
	listed   string // the statuses order lists are asked for, as a query value

	mu    sync.Mutex // guards the rest
	terms *terms     // nil until asked
	// binEmpty is for how many more look-ups the bin is taken to be empty, as it was when last asked.
	binEmpty int
}

var _ endpoint.Endpoint = (*Client)(nil)

// New makes a client of a connection's shop on top of doer. It sends nothing.
func New(c settings.Connection, doer web.Doer) *Client {
	cl := &Client{doer: doer, name: c.Name, host: c.Shop.URL, batch: Limits(c).Batch}
	if u, err := url.Parse(c.Shop.URL); err == nil && u.Host != "" {
		cl.host = u.Host
	}
	cl.statuses, cl.listed = statusMap(c.Shop.WooCommerce.Statuses)
	return cl
}
