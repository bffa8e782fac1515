package settings

import (
	"time"

	"stockbridge/sync/record"
)

// Connection is one BC company with one shop, as its TOML file says. The zero value of a field means "as documented
// by default"; Defaults fills it in. No field ever holds a secret.
type Connection struct {
	Name  string `toml:"name" json:"name"`
	BC    BC     `toml:"bc" json:"bc"`
	Shop  Shop   `toml:"shop" json:"shop"`
	Proxy Proxy  `toml:"proxy,omitempty" json:"proxy,omitzero"`
	Flows Flows  `toml:"flows,omitempty" json:"flows"`
	// Safety holds the limits above which a mass change waits for a person.
	Safety Safety `toml:"safety,omitempty" json:"safety,omitzero"`
	// Journal limits what the record of exchanges takes of the disk.
	Journal Journal `toml:"journal,omitempty" json:"journal,omitzero"`
	// Audit says how long the trail of what was done is kept.
	Audit Audit `toml:"audit,omitempty" json:"audit,omitzero"`
}

// BC says where Business Central is and who we are there.
type BC struct {
	URL     string `toml:"url" json:"url"` // server and instance: https://bc01.example.nl:7048/BC
	Company string `toml:"company" json:"company"`
	Tenant  string `toml:"tenant,omitempty" json:"tenant,omitempty"`
	// WebURL is where people use Business Central in the browser; "" offers no links to it.
	WebURL  string `toml:"web_url,omitempty" json:"web_url,omitempty"`
	Auth    string `toml:"auth" json:"auth"` // basic
	User    string `toml:"user" json:"user"`
	Network string `toml:"network,omitempty" json:"network,omitempty"` // private (default) | public
	CAFile  string `toml:"ca_file,omitempty" json:"ca_file,omitempty"`
	Pin     string `toml:"pin,omitempty" json:"pin,omitempty"` // sha256/BASE64 of the certificate
	// PageSize is the number of rows asked for at once; 0 is 5000. BC clamps it to its own limit.
	PageSize int `toml:"page_size,omitempty" json:"page_size,omitempty"`
	// Parallel is how many write calls run at once, 1 to 4; 0 is 2.
	Parallel int `toml:"parallel,omitempty" json:"parallel,omitempty"`
	// Overlap is how far a change cursor looks back, because BC commits late; 0 is 5 minutes.
	Overlap Duration `toml:"overlap,omitempty" json:"overlap,omitzero"`
	// Ripen is how old a posted shipment is, by the server's clock, before the shop is told: BC shows postings that may
	// still be rolled back. 0 is 1 minute; below a second it is told at once.
	Ripen Duration `toml:"ripen,omitempty" json:"ripen,omitzero"`
	// Settle is how long a create whose answer was lost may still come through; 0 is 8 minutes, the server's own limit.
	Settle Duration `toml:"settle,omitempty" json:"settle,omitzero"`
}

// Shop says where the shop is.
type Shop struct {
	Platform string `toml:"platform" json:"platform"` // woocommerce
	URL      string `toml:"url" json:"url"`
	Network  string `toml:"network,omitempty" json:"network,omitempty"` // public (default) | private
	CAFile   string `toml:"ca_file,omitempty" json:"ca_file,omitempty"`
	Pin      string `toml:"pin,omitempty" json:"pin,omitempty"`
	Parallel int    `toml:"parallel,omitempty" json:"parallel,omitempty"` // write calls at once, 1 to 4; 0 is 4
	// Settle is how long a create whose answer was lost may still come through; 0 is 5 minutes.
	Settle Duration `toml:"settle,omitempty" json:"settle,omitzero"`
	// WooCommerce holds what only that platform knows.
	WooCommerce WooCommerce `toml:"woocommerce,omitempty" json:"woocommerce,omitzero"`
}

// WooCommerce holds the settings of [shop.woocommerce].
type WooCommerce struct {
	// Batch is the largest number of products in one call, 1 to 100; 0 is 100.
	Batch int `toml:"batch,omitempty" json:"batch,omitempty"`
	// Statuses maps statuses of plug-ins to ours: "wc-picked" = "processing".
	Statuses map[string]string `toml:"statuses,omitempty" json:"statuses,omitempty"`
}

// Proxy is an HTTP proxy; "" uses the system's (environment), "none" uses none.
type Proxy struct {
	URL  string `toml:"url,omitempty" json:"url,omitempty"`
	User string `toml:"user,omitempty" json:"user,omitempty"`
}

// Flows holds each flow's schedule and rules.
type Flows struct {
	Items     ItemsFlow     `toml:"items,omitempty" json:"items"`
	Stock     StockFlow     `toml:"stock,omitempty" json:"stock"`
	Prices    PricesFlow    `toml:"prices,omitempty" json:"prices"`
	Orders    OrdersFlow    `toml:"orders,omitempty" json:"orders"`
	Shipments ShipmentsFlow `toml:"shipments,omitempty" json:"shipments"`
}

// Schedule says when a flow runs.
type Schedule struct {
	Off     bool     `toml:"off,omitempty" json:"off,omitempty"`
	Every   Duration `toml:"every,omitempty" json:"every,omitzero"`
	Between string   `toml:"between,omitempty" json:"between,omitempty"` // "06:00-23:00", local time; may cross midnight
	Days    []string `toml:"days,omitempty" json:"days,omitempty"`       // "mon" to "sun"; none means every day
	// At is a time of day, "03:30": the flow runs once a day then, in place of Every and Between.
	At string `toml:"at,omitempty" json:"at,omitempty"`
	// Once is a moment: the flow runs then and never again by itself, in place of all of the above.
	Once time.Time `toml:"once,omitempty" json:"once,omitzero"`
}

// ItemsFlow is [flows.items], BC -> shop.
type ItemsFlow struct {
	Schedule
	LinkOnly   bool              `toml:"link_only,omitempty" json:"link_only,omitempty"`     // never make a product
	KeepNames  bool              `toml:"keep_names,omitempty" json:"keep_names,omitempty"`   // the shop's names stay as they are
	TaxClasses map[string]string `toml:"tax_classes,omitempty" json:"tax_classes,omitempty"` // BC tax group -> shop tax class
}

// StockFlow is [flows.stock], BC -> shop.
type StockFlow struct {
	Schedule
	Buffer Decimal `toml:"buffer,omitempty" json:"buffer,omitzero"` // kept back from the shop
	Cap    Decimal `toml:"cap,omitempty" json:"cap,omitzero"`       // never show more; 0 is no cap
}

// PricesFlow is [flows.prices], BC -> shop.
type PricesFlow struct {
	Schedule
	VAT map[string]Decimal `toml:"vat,omitempty" json:"vat,omitempty"` // BC tax group -> percent, where one side's prices include VAT
}

// OrdersFlow is [flows.orders], shop -> BC.
type OrdersFlow struct {
	Schedule
	From            time.Time `toml:"from,omitempty" json:"from,omitzero"` // the cut-over moment; set when the connection is made
	ExternalPrefix  string    `toml:"external_prefix,omitempty" json:"external_prefix,omitempty"`
	TakeUnpaid      []string  `toml:"take_unpaid,omitempty" json:"take_unpaid,omitempty"` // "pending", "on hold"
	ShippingAccount string    `toml:"shipping_account,omitempty" json:"shipping_account,omitempty"`
	FeeAccount      string    `toml:"fee_account,omitempty" json:"fee_account,omitempty"`
	// TaxCodes maps a VAT percent to the BC tax code of shipping and fee lines, because a shop takes their rate from
	// what is in the basket: "9" = "VAT9".
	TaxCodes        map[string]string `toml:"tax_codes,omitempty" json:"tax_codes,omitempty"`
	RoundingAccount string            `toml:"rounding_account,omitempty" json:"rounding_account,omitempty"`
	RoundingMax     Decimal           `toml:"rounding_max,omitempty" json:"rounding_max,omitzero"` // 0 is 0.05
	GuestCustomer   string            `toml:"guest_customer,omitempty" json:"guest_customer,omitempty"`
	MatchOnly       bool              `toml:"match_only,omitempty" json:"match_only,omitempty"` // never make a BC customer
	NoNotes         bool              `toml:"no_notes,omitempty" json:"no_notes,omitempty"`     // leave no note at the shop's order
}

// ShipmentsFlow is [flows.shipments], BC -> shop.
type ShipmentsFlow struct {
	Schedule
}

// Safety is [safety].
type Safety struct {
	Share       Decimal `toml:"share,omitempty" json:"share,omitzero"`               // 0 is 0.1: a tenth of the records
	Min         int     `toml:"min,omitempty" json:"min,omitempty"`                  // 0 is 20
	PriceFactor Decimal `toml:"price_factor,omitempty" json:"price_factor,omitzero"` // 0 is 3
	PriceDrop   Decimal `toml:"price_drop,omitempty" json:"price_drop,omitzero"`     // 0 is 0.5
}

// Audit is [audit].
type Audit struct {
	Years int `toml:"years,omitempty" json:"years,omitempty"` // 0 is 7: how long books are kept in the Netherlands
}

// Journal is [journal].
type Journal struct {
	Days      int `toml:"days,omitempty" json:"days,omitempty"`           // 0 is 30
	Megabytes int `toml:"megabytes,omitempty" json:"megabytes,omitempty"` // 0 is 512
}

// Schedule returns the schedule of a flow.
func (f *Flows) Schedule(k record.Kind) *Schedule {
	switch k {
	case record.KindItem:
		return &f.Items.Schedule
	case record.KindStock:
		return &f.Stock.Schedule
	case record.KindPrice:
		return &f.Prices.Schedule
	case record.KindOrder:
		return &f.Orders.Schedule
	}
	return &f.Shipments.Schedule
}
