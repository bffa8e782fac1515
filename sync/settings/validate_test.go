package settings

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

func TestValidateTellsEveryMistakeAtOnce(t *testing.T) {
	var c Connection
	got := sentences(c.Validate())
	for _, field := range []string{"name", "[bc] url", "[bc] company", "[bc] user", "[shop] platform", "[shop] url"} {
		found := 0
		for _, s := range got {
			if strings.HasPrefix(s, "settings.missing: "+field+" is missing.") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s is told %d times", field, found)
		}
	}
	if len(got) != 6 {
		t.Errorf("an empty connection has %d mistakes: %s", len(got), strings.Join(got, "\n"))
	}
}

type spoiled struct {
	spoil func(*Connection)
	want  string // the beginning of the only sentence; "" is valid
}

// spoiledSides are mistakes of the sides.
func spoiledSides() []spoiled {
	return []spoiled{
		{func(*Connection) {}, ""},
		{func(c *Connection) { c.Defaults(time.Unix(1e9, 0)) }, ""},
		{func(c *Connection) { c.Name = "Webshop" }, `settings.invalid: name is "Webshop"; allowed: 1 to 20 of a-z`},
		{func(c *Connection) { c.Name = strings.Repeat("a", 21) }, "settings.invalid: name is"},
		{func(c *Connection) { c.Name = "../x" }, "settings.invalid: name is"},
		{func(c *Connection) { c.Name = "a\n" }, "settings.invalid: name is"},
		{func(c *Connection) { c.Name = "con" }, "settings.invalid: name is"},
		{func(c *Connection) { c.BC.URL = "http://bc01:7048/BC" }, `url.not_https: [bc] url is "http://bc01:7048/BC"; plain http`},
		{func(c *Connection) { c.BC.URL = "http://127.0.0.1:7048/BC" }, ""},
		{func(c *Connection) { c.BC.URL = "http://[::1]:7048/BC" }, ""},
		{func(c *Connection) { c.Shop.URL = "http://localhost" }, ""},
		{func(c *Connection) { c.Shop.URL = "http://localhost.example.nl" }, "url.not_https: [shop] url"},
		{func(c *Connection) { c.Shop.URL = "shop.example.nl" }, `url.invalid: [shop] url is "shop.example.nl"; allowed is an address such as https://shop.example.nl.`},
		{func(c *Connection) { c.Shop.URL = "ftp://shop.example.nl" }, "url.invalid: [shop] url"},
		{func(c *Connection) { c.Shop.URL = "https://shop.example.nl:99999" }, "url.invalid: [shop] url"},
		{func(c *Connection) { c.Shop.URL = "https://shop.example.nl/?a=b" }, "url.invalid: [shop] url"},
		{func(c *Connection) { c.Shop.URL = "https://u:p@shop.example.nl" }, `url.invalid: [shop] url is "•••@shop.example.nl"`},
		{func(c *Connection) { c.BC.Company = strings.Repeat("x", 31) }, "settings.invalid: [bc] company"},
		{func(c *Connection) { c.BC.User = "a:b" }, "settings.invalid: [bc] user"},
		{func(c *Connection) { c.BC.Auth = "ntlm" }, `bc.auth_unsupported: [bc] auth is "ntlm"; allowed: basic.`},
		{func(c *Connection) { c.BC.Network = "intranet" }, `settings.invalid: [bc] network is "intranet"; allowed: "private", "public".`},
		{func(c *Connection) { c.BC.Parallel = 5 }, "settings.invalid: [bc] parallel is 5; allowed: 1 to 4."},
		{func(c *Connection) { c.BC.PageSize = -1 }, "settings.invalid: [bc] page_size is -1; allowed: 1 to 20000."},
		{func(c *Connection) { c.BC.Overlap = Duration(25 * time.Hour) }, "settings.invalid: [bc] overlap is 25h; allowed: 1s to 24h."},
		{func(c *Connection) { c.BC.Pin = "sha256/AAAA" }, "settings.invalid: [bc] pin is"},
		{func(c *Connection) { c.BC.Pin = base64.StdEncoding.EncodeToString(make([]byte, 32)) }, "settings.invalid: [bc] pin is"},
		{func(c *Connection) { c.BC.Pin = "sha256/" + base64.StdEncoding.EncodeToString(make([]byte, 32)) }, ""},
		{func(c *Connection) { c.Shop.Platform = "magento" }, `shop.platform: [shop] platform is "magento"; allowed: "woocommerce".`},
		{func(c *Connection) { c.Shop.Parallel = 5 }, "settings.invalid: [shop] parallel"},
	}
}

// spoiledRest are the other mistakes.
func spoiledRest() []spoiled {
	return []spoiled{
		{func(c *Connection) { c.Shop.WooCommerce.Batch = 101 }, "settings.invalid: [shop.woocommerce] batch is 101; allowed: 1 to 100."},
		{func(c *Connection) { c.Shop.WooCommerce.Statuses = map[string]string{"wc-picked": "done"} },
			`settings.invalid: [shop.woocommerce.statuses] wc-picked is "done"; allowed: "pending", "on hold", "processing"`},
		{func(c *Connection) { c.Shop.WooCommerce.Statuses = map[string]string{"wc-picked": ""} }, "settings.invalid: [shop.woocommerce.statuses] wc-picked"},
		{func(c *Connection) { c.Proxy.URL = "none" }, ""},
		{func(c *Connection) { c.Proxy = Proxy{URL: "http://proxy:3128", User: "jan"} }, ""},
		{func(c *Connection) { c.Proxy.URL = "proxy:3128" }, `url.invalid: [proxy] url is "proxy:3128"`},
		{func(c *Connection) { c.Proxy.URL = "http://u:p@proxy:3128" }, `url.invalid: [proxy] url is "•••@proxy:3128"`},
		{func(c *Connection) { c.Proxy.User = "jan" }, "settings.missing: [proxy] url is missing."},
		{func(c *Connection) { c.Flows.Items.Every = -1 }, "settings.invalid: [flows.items] every is -1ns; allowed: 1s to 744h."},
		{func(c *Connection) { c.Flows.Stock.Between = "6-23" }, `settings.invalid: [flows.stock] between is "6-23"; allowed: hours such as`},
		{func(c *Connection) { c.Flows.Prices.Days = []string{"mon", "xyz"} }, `settings.invalid: [flows.prices] days is "xyz"; allowed: "mon"`},
		{func(c *Connection) { c.Flows.Items.At = "3:30" }, `settings.invalid: [flows.items] at is "3:30"; allowed: a time of day such as "03:30".`},
		{func(c *Connection) { c.Flows.Items.At, c.Flows.Items.Days = "03:30", []string{"sun"} }, ""},
		{func(c *Connection) { c.Flows.Stock.At = "03:30" }, `settings.invalid: [flows.stock] every is "5m"; allowed: none beside at, which`},
		{func(c *Connection) { c.Flows.Prices.At, c.Flows.Prices.Between = "03:30", "01:00-05:00" },
			`settings.invalid: [flows.prices] between is "01:00-05:00"; allowed: none beside at, which`},
		{func(c *Connection) { c.Flows.Items.Once = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC) }, ""},
		{func(c *Connection) {
			c.Flows.Items.Once, c.Flows.Items.At = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), "03:30"
		}, `settings.invalid: [flows.items] at is "03:30"; allowed: none beside once, which`},
		{func(c *Connection) { c.Flows.Items.TaxClasses = map[string]string{" ": "x"} }, "settings.invalid: a key of [flows.items.tax_classes] is"},
		{func(c *Connection) { c.Flows.Stock.Buffer = Decimal{decimal.MustParse("-1")} }, "settings.invalid: [flows.stock] buffer is -1; allowed: 0 to"},
		{func(c *Connection) {
			c.Flows.Prices.VAT = map[string]Decimal{"V": {decimal.MustParse("100.01")}}
		}, "settings.invalid: [flows.prices.vat] V is 100.01; allowed: 0 to 100."},
		{func(c *Connection) { c.Flows.Orders.ExternalPrefix = strings.Repeat("A", 25) }, ""},
		{func(c *Connection) { c.Flows.Orders.ExternalPrefix = strings.Repeat("A", 26) }, "settings.invalid: [flows.orders] external_prefix"},
		{func(c *Connection) { c.Flows.Orders.ExternalPrefix = "A'B" }, "settings.invalid: [flows.orders] external_prefix"},
		{func(c *Connection) { c.Flows.Orders.TakeUnpaid = []string{"on hold", "pending"} }, ""},
		{func(c *Connection) { c.Flows.Orders.TakeUnpaid = []string{"failed"} }, `settings.invalid: [flows.orders] take_unpaid is "failed"; allowed: "pending", "on hold".`},
		{func(c *Connection) { c.Flows.Orders.TakeUnpaid = []string{""} }, "settings.invalid: [flows.orders] take_unpaid"},
		{func(c *Connection) { c.Flows.Orders.FeeAccount = strings.Repeat("8", 21) }, "settings.invalid: [flows.orders] fee_account"},
		{func(c *Connection) { c.Flows.Orders.GuestCustomer = " C1" }, "settings.invalid: [flows.orders] guest_customer"},
		{func(c *Connection) { c.Flows.Orders.RoundingMax = Decimal{decimal.MustParse("10.01")} }, "settings.invalid: [flows.orders] rounding_max is 10.01"},
		{func(c *Connection) { c.Safety.Share = Decimal{decimal.MustParse("1.1")} }, "settings.invalid: [safety] share is 1.1"},
		{func(c *Connection) { c.Journal.Days = 3651 }, "settings.invalid: [journal] days is 3651"},
		{func(c *Connection) { c.Journal.Megabytes = 7 }, "settings.invalid: [journal] megabytes is 7"},
		{func(c *Connection) { c.Audit.Years = -1 }, "settings.invalid: [audit] years is -1"},
		{func(c *Connection) { c.Audit.Years = 101 }, "settings.invalid: [audit] years is 101"},
		{func(c *Connection) { c.Safety.Min = -1 }, "settings.invalid: [safety] min is -1"},
		{func(c *Connection) { c.Safety.PriceFactor = Decimal{decimal.MustParse("1")} }, "settings.invalid: [safety] price_factor is 1;"},
		{func(c *Connection) { c.Safety.PriceDrop = Decimal{decimal.MustParse("1.5")} }, "settings.invalid: [safety] price_drop is 1.5; allowed: 0.001 to 0.99"},
	}
}

func TestValidate(t *testing.T) {
	for _, c := range append(spoiledSides(), spoiledRest()...) {
		connection := mustParse(t, sample)
		c.spoil(&connection)
		got := sentences(connection.Validate())
		if c.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || c.want == "" || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("got %s\nwant %s", strings.Join(got, "\n"), c.want)
		}
	}
}
