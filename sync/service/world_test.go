package service_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/store/secret"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/service"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

// The world's names and throw-away secrets.
const (
	shopName   = "webshop-nl"
	company    = "CRONUS AG & Co. / Süd"
	bcUser     = "STOCKBRIDGE"
	bcKey      = "kB7+web-service-key=="
	shopKey    = "ck_0123456789abcdef0123456789abcdef01234567"
	shopSecret = "cs_76543210fedcba9876543210fedcba9876543210"
)

// atOnce lets shipments be told as soon as they are posted.
const atOnce = settings.Duration(time.Millisecond)

// world is both systems and a service that keeps them in step, called through its ipc client.
type world struct {
	t    *testing.T
	bc   *bcsim.Server
	co   *bcsim.Company
	shop *woosim.Server
	// What goes wrong in front of each system.
	bcFaults, shopFaults sim.Faults
	conf                 settings.Connection
	opts                 service.Options
	s                    *service.Service
	api                  *ipc.Client

	mu   sync.Mutex
	seen []request
}

// request is one that reached a system.
type request struct {
	at         time.Time
	side       string
	method     string
	path, body string
}

// newWorld makes both systems with three items in Business Central. No service runs yet. Both listen in memory; see
// serve for real sockets.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	var err error
	if w.bc, err = bcsim.New(bcsim.Options{User: bcUser, Key: bcKey}); err != nil {
		t.Fatal(err)
	}
	w.bc.AddCompany("CRONUS International Ltd.")
	w.co = w.bc.AddCompany(company)
	w.shop = woosim.New(woosim.Options{Keys: []woosim.Key{{ConsumerKey: settings.NewSecret(shopKey), ConsumerSecret: settings.NewSecret(shopSecret)}}})
	w.co.SetVAT("NL", "VAT21", decimal.MustNew(21, 0))
	for _, a := range [][2]string{{"8410", "Verzendkosten"}, {"8490", "Afrondingsverschillen"}} {
		if _, err := w.co.AddAccount(a[0], a[1], "VAT21"); err != nil {
			t.Fatal(err)
		}
	}
	for _, number := range []string{"A-1", "A-2", "A-3"} {
		w.item(number, 10)
	}
	w.conf = settings.Connection{
		Name: shopName,
		BC:   settings.BC{URL: "https://bc01.example.nl:7048/BC", Company: company, User: bcUser, Ripen: atOnce},
		Shop: settings.Shop{Platform: "woocommerce", URL: "https://shop.example.nl"},
	}
	w.conf.Flows.Orders.From = time.Now().Add(-time.Hour)
	w.conf.Flows.Orders.ShippingAccount, w.conf.Flows.Orders.RoundingAccount = "8410", "8490"
	w.opts = service.Options{Dir: t.TempDir(), Keychain: secret.Memory(), Version: "1.2.3", NoSync: true, Transport: w.transport}
	return w
}

// started is a world whose service knows the connection and its secrets.
func started(t *testing.T, change ...func(*settings.Connection)) *world {
	t.Helper()
	w := newWorld(t)
	for _, f := range change {
		f(&w.conf)
	}
	w.open()
	w.connect()
	return w
}

// item makes an item in Business Central at EUR 10.00.
func (w *world) item(number string, inventory int64) {
	w.t.Helper()
	_, err := w.co.AddItem(bcsim.Item{Number: number, Name: "Mok " + number, TaxGroup: "VAT21", Price: decimal.MustNew(1000, 2), Inventory: decimal.MustNew(inventory, 0)})
	w.must(err)
}

// order places a paid order of one piece of each product and returns its id, which is its number too.
func (w *world) order(skus ...string) int {
	w.t.Helper()
	who := woosim.Address{FirstName: "Jan", LastName: "de Vries", Address1: "Dorpsstraat 12", Postcode: "3511 AB", City: "Utrecht", Country: "NL", Email: "jan@example.com"}
	r := woosim.OrderRequest{Billing: who, Shipping: who, PaymentMethod: "bacs", PaymentTitle: "Overboeking", Paid: true}
	for _, s := range skus {
		r.Lines = append(r.Lines, woosim.OrderLine{SKU: s, Quantity: 1})
	}
	id, err := w.shop.PlaceOrder(r)
	w.must(err)
	return id
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// transport is the network of a side, in memory.
func (w *world) transport(side string) http.RoundTripper {
	return &sim.Transport{Handler: w.front(side)}
}

// front is a system with its faults and the list of requests in front.
func (w *world) front(side string) http.Handler {
	next := w.shopFaults.Wrap(w.shop)
	if side == "bc" {
		next = w.bcFaults.Wrap(w.bc)
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		w.seen = append(w.seen, request{time.Now(), side, r.Method, r.URL.Path, string(body)})
		w.mu.Unlock()
		next.ServeHTTP(rw, r)
	})
}

// requests returns what reached both systems since the last call.
func (w *world) requests() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

// writes reports whether a request can change something: all but reads, a $batch of reads, and the empty batches by
// which the shop's connector finds out whether it may write.
func (r *request) writes() bool {
	if r.method == http.MethodGet || r.method == http.MethodHead {
		return false
	}
	switch {
	case r.side == "bc" && strings.HasSuffix(r.path, "/$batch"):
		return strings.Count(r.body, `"method":"GET"`) != strings.Count(r.body, `"method":`)
	case r.side == "shop" && strings.HasSuffix(r.path, "/batch"):
		return r.body != "{}"
	}
	return true
}

// written lists the writes that reached both systems since the last call to requests.
func (w *world) written() (out []string) {
	for _, r := range w.requests() {
		if r.writes() {
			out = append(out, r.side+" "+r.method+" "+r.path)
		}
	}
	return out
}

// open opens the service; the test's end closes it.
func (w *world) open() {
	w.t.Helper()
	s, err := service.Open(w.opts)
	w.must(err)
	w.s = s
	w.api = ipc.Direct(ipc.NewServer(s, slog.New(slog.DiscardHandler)), ipc.RoleAdministrator)
	w.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

// reopen closes the service and opens it again, as a restart does.
func (w *world) reopen() {
	w.t.Helper()
	w.must(w.s.Close())
	w.open()
}

// connect imports the connection and sets its secrets.
func (w *world) connect() {
	w.t.Helper()
	w.importConf()
	for field, value := range map[string]string{"bc password": bcKey, "shop consumer_key": shopKey, "shop consumer_secret": shopSecret} {
		w.secret(field, value)
	}
}

func (w *world) importConf() {
	w.t.Helper()
	text, err := settings.Marshal(w.conf)
	w.must(err)
	_, err = w.api.Import(w.ctx(), ipc.ConnectionFile{TOML: string(text)})
	w.must(err)
}

func (w *world) secret(field, value string) {
	w.t.Helper()
	side, name, _ := strings.Cut(field, " ")
	w.must(w.api.SetSecret(w.ctx(), ipc.SecretRequest{Connection: w.conf.Name, Side: side, Field: name, Value: value}))
}

func (w *world) ctx() context.Context { return w.t.Context() }

// sync runs everything, or some kinds, and returns the runs by kind. A fault fails the test.
func (w *world) sync(kinds ...record.Kind) map[record.Kind]ipc.Run {
	w.t.Helper()
	last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: w.conf.Name, Kinds: kinds}, nil)
	w.must(err)
	if last.Fault != nil {
		w.t.Fatalf("the run ended with %s: %s", last.Fault.Code, last.Fault.Text)
	}
	runs := map[record.Kind]ipc.Run{}
	for _, r := range last.Runs {
		runs[r.Kind] = r
	}
	return runs
}

// status is the connection on the board.
func (w *world) status() ipc.ConnectionStatus {
	w.t.Helper()
	st, err := w.api.Status(w.ctx())
	w.must(err)
	for _, c := range st.Connections {
		if c.Name == w.conf.Name {
			return c
		}
	}
	w.t.Fatalf("%s is not on the board: %+v", w.conf.Name, st)
	return ipc.ConnectionStatus{}
}

// flow is one flow on the board.
func (w *world) flow(k record.Kind) ipc.FlowStatus {
	w.t.Helper()
	for _, f := range w.status().Flows {
		if f.Kind == k {
			return f
		}
	}
	w.t.Fatalf("no flow of %s on the board", k)
	return ipc.FlowStatus{}
}

// problems lists what waits as "kind key code".
func (w *world) problems() (out []string) {
	w.t.Helper()
	list, err := w.api.Problems(w.ctx(), "", "")
	w.must(err)
	for _, p := range list {
		out = append(out, string(p.Kind)+" "+p.Key+" "+string(p.Fault.Code))
	}
	return out
}

// problem returns the one problem that waits.
func (w *world) problem() ipc.Problem {
	w.t.Helper()
	list, err := w.api.Problems(w.ctx(), w.conf.Name, "")
	w.must(err)
	if len(list) != 1 {
		w.t.Fatalf("%d problems wait, not one: %+v", len(list), list)
	}
	return list[0]
}

// product is the shop's product with a SKU.
func (w *world) product(sku string) woosim.Product {
	w.t.Helper()
	p, ok := w.shop.ProductBySKU(sku)
	if !ok {
		w.t.Fatalf("the shop has no product %s", sku)
	}
	return p
}

// editProduct changes a product through the shop's own API, as a person in the shop would.
func (w *world) editProduct(id int, body string) {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPut, "https://shop.example.nl/wp-json/wc/v3/products/"+strconv.Itoa(id), strings.NewReader(body))
	w.must(err)
	req.SetBasicAuth(shopKey, shopSecret)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&sim.Transport{Handler: w.shop}).RoundTrip(req)
	w.must(err)
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("product %d: status %d", id, res.StatusCode)
	}
}

// orderID is the shop's id of an order number.
func (w *world) orderID(number string) int {
	w.t.Helper()
	for _, o := range w.shop.Orders() {
		if o.Number == number {
			return o.ID
		}
	}
	w.t.Fatalf("the shop has no order %s", number)
	return 0
}

// denied takes rights away in Business Central; none gives them back.
func denied(rights ...string) func(*bcsim.Options) {
	return func(o *bcsim.Options) { o.Denied = rights }
}
