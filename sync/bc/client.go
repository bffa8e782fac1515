// Package bc connects to Business Central's API v2.0: it reads items, stock, prices, customers, orders, shipments and
// posted invoices, and makes sales orders and customers. It installs nothing in BC and uses no published page.
//
// What it relies on is in the vendor contract (business-central/NOTES.md, cited by section). Decisions of its own:
// rows are decoded one by one so that a bad one is rejected alone; look-ups go out as $batch of GETs; every answer of
// a look-up is compared again here, because a server's filters may fold case or read operators into a value; a key
// that was asked for comes back in Record.Key exactly as it was asked, whatever case BC keeps it in.
package bc

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
	"stockbridge/sync/web"
)

const (
	system          = "Business Central"
	apiRoot         = "api/v2.0/"
	defaultPageSize = 5000
	defaultParallel = 2
	defaultOverlap  = 5 * time.Minute
)

// Client is one company of one Business Central. It implements endpoint.Endpoint.
type Client struct {
	conn settings.Connection
	doer web.Doer

	mu sync.Mutex // guards what the first call finds out
	co *company
}

var _ endpoint.Endpoint = (*Client)(nil)

// Options returns how to reach and sign in to the BC of a connection: bc.auth_unsupported, bc.secret_missing, or
// what the keychain says.
func Options(c settings.Connection, secrets settings.Secrets) (web.Options, error) {
	if a := c.BC.Auth; a != "" && a != "basic" {
		return web.Options{}, fault.New("bc.auth_unsupported", fault.Args{"value": a})
	}
	key, err := secrets("bc", "password")
	if err != nil {
		return web.Options{}, err
	}
	if key.Empty() {
		return web.Options{}, fault.New("bc.secret_missing", fault.Args{"connection": c.Name})
	}
	user := c.BC.User
	return web.Options{
		Connection: c.Name, Side: "bc", URL: c.BC.URL, CAFile: c.BC.CAFile, Pin: c.BC.Pin, ProxyURL: c.Proxy.URL,
		Private: c.BC.Network != "public",
		SignIn:  func(r *http.Request) { r.SetBasicAuth(user, key.Reveal()) },
		// BC serves five requests of a user at once and queues the rest (NOTES §5); we leave it some.
		Parallel: 4,
		// BC itself gives up after eight minutes (NOTES §5).
		Timeout: 8 * time.Minute,
	}, nil
}

// New makes a client. It opens no connection; c has been through settings' own checks.
func New(c settings.Connection, doer web.Doer) *Client { return &Client{conn: c, doer: doer} }

// Limits says how hard BC may be driven: an order a call, which is one request anyhow, so that a stop is prompt and leaves
// few outcomes open; and few calls at once (NOTES §5).
func Limits(c settings.Connection) endpoint.Limits {
	p := c.BC.Parallel
	if p <= 0 {
		p = defaultParallel
	}
	settle := time.Duration(c.BC.Settle)
	if settle <= 0 {
		settle = operationTimeout
	}
	return endpoint.Limits{Batch: 1, Parallel: min(p, 4), Settle: settle}
}

// operationTimeout is how long BC works on a request whose caller has gone (limits.json, ODataServicesOperationTimeout).
const operationTimeout = 8 * time.Minute

func (c *Client) pageSize(limit int) int {
	n := c.conn.BC.PageSize
	if n <= 0 {
		n = defaultPageSize
	}
	if limit > 0 {
		n = min(n, limit)
	}
	return n
}

func (c *Client) overlap() time.Duration {
	if d := time.Duration(c.conn.BC.Overlap); d > 0 {
		return d
	}
	return defaultOverlap
}

// ripen is how old a posting is before it is believed; 0 believes it at once.
func (c *Client) ripen() time.Duration { return time.Duration(c.conn.BC.Ripen) }

// withTenant adds the tenant of a multitenant server, which every call needs (NOTES §1).
func (c *Client) withTenant(path string) string {
	if c.conn.BC.Tenant == "" || strings.Contains(path, "tenant=") {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "tenant=" + escape(c.conn.BC.Tenant)
}
