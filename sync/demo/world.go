package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"stockbridge/store/secret"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

// The names of the demo's world.
const (
	connectionName = "demo-shop"
	companyName    = "CRONUS AG & Co. / Süd"
	bcUser         = "STOCKBRIDGE"
	shipAccount    = "8410"
	feeAccount     = "8420"
	roundAccount   = "8490"
)

// settle is how long a create whose answer was lost may still come through where both systems commit at once.
const settle = 20 * time.Millisecond

// World is both sides, each behind HTTPS on loopback with a certificate of a throw-away authority.
type World struct {
	BC      *bcsim.Server
	Company *bcsim.Company
	Shop    *woosim.Server

	bcFaults, shopFaults sim.Faults
	bcServer, shopServer *sim.Server
	visitor              *visitor
	caFile               string
	secrets              map[secret.Name]string
}

// newWorld starts both simulators. The secrets are random, live in memory and end with the process.
func newWorld(dir string, seed uint64, now time.Time) (*World, error) {
	w := &World{}
	bcKey, key, hidden := randomText(44), "ck_"+randomHex(40), "cs_"+randomHex(40)
	var err error
	if w.BC, err = bcsim.New(bcsim.Options{User: bcUser, Key: bcKey, Seed: seed}); err != nil {
		return nil, err
	}
	w.BC.AddCompany("CRONUS International Ltd.") // another company on the server, which must stay untouched
	w.Company = w.BC.AddCompany(companyName)
	w.Shop = woosim.New(woosim.Options{Keys: []woosim.Key{{ConsumerKey: settings.NewSecret(key), ConsumerSecret: settings.NewSecret(hidden)}}})
	w.visitor = newVisitor(w.Shop, key, hidden)
	w.secrets = map[secret.Name]string{
		{Connection: connectionName, Side: "bc", Field: "password"}:          bcKey,
		{Connection: connectionName, Side: "shop", Field: "consumer_key"}:    key,
		{Connection: connectionName, Side: "shop", Field: "consumer_secret"}: hidden,
	}
	ca, err := sim.NewAuthority(now)
	if err != nil {
		return nil, err
	}
	w.caFile = filepath.Join(dir, "demo-ca.pem")
	if err := os.WriteFile(w.caFile, ca.PEM(), 0o600); err != nil {
		return nil, err
	}
	cert, err := ca.Certificate([]string{"127.0.0.1", "localhost"}, now.Add(-time.Hour), now.Add(48*time.Hour))
	if err != nil {
		return nil, err
	}
	if w.bcServer, err = sim.Serve(w.bcFaults.Wrap(w.BC), cert); err != nil {
		return nil, err
	}
	if w.shopServer, err = sim.Serve(w.shopFaults.Wrap(w.Shop), cert); err != nil {
		return nil, errors.Join(err, w.bcServer.Close())
	}
	return w, nil
}

// close stops both servers.
func (w *World) close() error { return errors.Join(w.bcServer.Close(), w.shopServer.Close()) }

// atOnce lets shipments be told as soon as they are posted: this Business Central commits at once.
const atOnce = settings.Duration(time.Millisecond)

// connection is the file an installer would write for this world. An impatient one runs all the time and gives lost
// creates no more than a moment to come through: these systems commit at once.
func (w *World) connection(from time.Time, impatient bool) (string, error) {
	c := settings.Connection{
		Name: connectionName,
		BC:   settings.BC{URL: w.bcServer.URL + "/BC", Company: companyName, Auth: "basic", User: bcUser, CAFile: w.caFile, Ripen: atOnce},
		Shop: settings.Shop{Platform: "woocommerce", URL: w.shopServer.URL, Network: "private", CAFile: w.caFile},
	}
	c.Flows.Items.TaxClasses = map[string]string{"VAT9": "reduced-rate"}
	c.Flows.Orders.From = from
	c.Flows.Orders.ShippingAccount, c.Flows.Orders.FeeAccount, c.Flows.Orders.RoundingAccount = shipAccount, feeAccount, roundAccount
	c.Flows.Orders.TaxCodes = map[string]string{"21": "VAT21", "19": "VAT21", "9": "VAT9"}
	if impatient {
		c.BC.Settle, c.Shop.Settle = settings.Duration(settle), settings.Duration(settle)
		for _, every := range []*settings.Duration{&c.Flows.Items.Every, &c.Flows.Stock.Every, &c.Flows.Prices.Every, &c.Flows.Orders.Every, &c.Flows.Shipments.Every} {
			*every = settings.Duration(time.Second)
		}
	}
	text, err := settings.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("the demo's connection: %w", err)
	}
	return string(text), nil
}
