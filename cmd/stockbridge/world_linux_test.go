package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

// The world's names and throw-away secrets.
const (
	shopName   = "webshop-nl"
	company    = "CRONUS NL"
	bcUser     = "STOCKBRIDGE"
	bcKey      = "kB7+canary/web-service-key=="
	shopKey    = "ck_canary6789abcdef0123456789abcdef01234567"
	shopSecret = "cs_canary3210fedcba9876543210fedcba98765432"
)

// leaks are all forms a secret could be found in.
func leaks() []string {
	out := []string{bcKey, shopKey, shopSecret}
	for _, s := range []string{bcKey, bcUser + ":" + bcKey, shopKey + ":" + shopSecret, shopSecret} {
		out = append(out, base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)))
	}
	return append(out, "kB7%2Bcanary", `kB7\u002bcanary`)
}

// customer is who orders in the world; what support gets must not name her.
func customer() woosim.Address {
	return woosim.Address{FirstName: "Zoë", LastName: "van den Berg", Address1: "Dorpsstraat 12", Postcode: "3511 AB", City: "Utrecht",
		Country: "NL", Email: "zoe.vandenberg@example.com", Phone: "+31301234567"}
}

// world is both systems behind real TLS, and a data folder that is connected to them.
type world struct {
	t        *testing.T
	bc       *bcsim.Server
	co       *bcsim.Company
	shop     *woosim.Server
	bcFaults sim.Faults
	wcFaults sim.Faults
	dir      string // the data folder
	creds    string // what systemd would lay out
}

// newWorld makes 12 items and 6 paid orders, and imports the connection.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), creds: t.TempDir()}
	var err error
	w.bc, err = bcsim.New(bcsim.Options{User: bcUser, Key: bcKey})
	w.must(err)
	w.co = w.bc.AddCompany(company)
	w.co.SetVAT("NL", "VAT21", decimal.MustNew(21, 0))
	w.shop = woosim.New(woosim.Options{Keys: []woosim.Key{{ConsumerKey: settings.NewSecret(shopKey), ConsumerSecret: settings.NewSecret(shopSecret)}}})
	for i := range 12 {
		item := bcsim.Item{Number: fmt.Sprintf("A-%d", i), Name: fmt.Sprintf("Mok %d", i), TaxGroup: "VAT21", Price: decimal.MustNew(1000, 2), Inventory: decimal.MustNew(50, 0)}
		_, err := w.co.AddItem(item)
		w.must(err)
		if i%2 == 0 {
			w.shop.AddProduct(woosim.Product{Type: "simple", Status: "publish", Name: item.Name, SKU: item.Number, Regular: "10.00", ManageStock: true})
		}
	}
	for i := range 6 {
		w.order("A-" + strconv.Itoa(2*i))
	}
	w.secrets()
	w.connect()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) order(sku string) {
	w.t.Helper()
	_, err := w.shop.PlaceOrder(woosim.OrderRequest{Billing: customer(), Shipping: customer(), PaymentMethod: "bacs", PaymentTitle: "Overboeking",
		Paid: true, Lines: []woosim.OrderLine{{SKU: sku, Quantity: 1}}})
	w.must(err)
}

// secrets lays the secrets out as systemd does for a service, for this process and its children.
func (w *world) secrets() {
	w.t.Helper()
	for name, value := range map[string]string{"bc.password": bcKey, "shop.consumer_key": shopKey, "shop.consumer_secret": shopSecret} {
		w.must(os.WriteFile(filepath.Join(w.creds, "stockbridge."+shopName+"."+name), []byte(value+"\n"), 0o600))
	}
	w.t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	w.t.Setenv("CREDENTIALS_DIRECTORY", w.creds)
}

// connect serves both systems and imports a connection to them through the command line.
func (w *world) connect() {
	w.t.Helper()
	now := time.Now()
	ca, err := sim.NewAuthority(now)
	w.must(err)
	cert, err := ca.Certificate([]string{"127.0.0.1"}, now.Add(-time.Hour), now.Add(time.Hour))
	w.must(err)
	pem := filepath.Join(w.t.TempDir(), "ca.pem")
	w.must(os.WriteFile(pem, ca.PEM(), 0o600))
	bc, err := sim.Serve(w.bcFaults.Wrap(w.bc), cert)
	w.must(err)
	w.t.Cleanup(func() { _ = bc.Close() })
	shop, err := sim.Serve(w.wcFaults.Wrap(w.shop), cert)
	w.must(err)
	w.t.Cleanup(func() { _ = shop.Close() })
	text := fmt.Sprintf("name = %q\n[bc]\nurl = %q\ncompany = %q\nauth = \"basic\"\nuser = %q\nca_file = %q\nsettle = \"1ms\"\n"+
		"[shop]\nplatform = \"woocommerce\"\nurl = %q\nnetwork = \"private\"\nca_file = %q\nsettle = \"1ms\"\n[flows.orders]\nfrom = %s\n",
		shopName, bc.URL+"/BC", company, bcUser, pem, shop.URL, pem, now.Add(-time.Hour).Format(time.RFC3339))
	if a := cliWith(w.t, text, "--data-dir", w.dir, "connection", "import", "-"); a.code != 0 {
		w.t.Fatalf("import: exit %d, %s", a.code, a.errOut)
	}
}
