package settings

import (
	"cmp"
	"time"

	"github.com/govalues/decimal"
)

const (
	platformWooCommerce = "woocommerce"
	authBasic           = "basic"
	networkPublic       = "public"
	networkPrivate      = "private"
)

// Defaults fills in what a connection leaves open, as the package comment lists it. now is the cut-over moment of a
// connection that has none; Folder.Save has stored one already, so that it never moves by itself.
func (c *Connection) Defaults(now time.Time) {
	set(&c.BC.Auth, authBasic)
	set(&c.BC.Network, networkPrivate)
	set(&c.BC.PageSize, 5000)
	set(&c.BC.Parallel, 2)
	set(&c.BC.Overlap, minutes(5))
	set(&c.BC.Ripen, minutes(1))
	set(&c.BC.Settle, minutes(8))
	set(&c.Shop.Settle, minutes(5))
	set(&c.Shop.Network, networkPublic)
	set(&c.Shop.Parallel, 4)
	set(&c.Shop.WooCommerce.Batch, 100)

	f := &c.Flows
	f.Items.often(minutes(15))
	f.Stock.often(minutes(5))
	f.Prices.often(minutes(15))
	f.Orders.often(minutes(2))
	f.Shipments.often(minutes(10))
	c.begin(now)
	if c.Name != "" {
		set(&f.Orders.ExternalPrefix, c.Name+"-")
	}
	setDecimal(&f.Orders.RoundingMax, decimal.MustNew(5, 2))

	setDecimal(&c.Safety.Share, decimal.MustNew(1, 1))
	set(&c.Safety.Min, 20)
	setDecimal(&c.Safety.PriceFactor, decimal.MustNew(3, 0))
	setDecimal(&c.Safety.PriceDrop, decimal.MustNew(5, 1))

	set(&c.Journal.Days, 30)
	set(&c.Journal.Megabytes, 512)
	set(&c.Audit.Years, 7)
}

// often fills in how often a flow runs, where it doesn't run at a time.
func (s *Schedule) often(every Duration) {
	if s.At == "" && s.Once.IsZero() {
		set(&s.Every, every)
	}
}

// begin fixes the cut-over moment of a new connection, to the second.
func (c *Connection) begin(now time.Time) {
	if c.Flows.Orders.From.IsZero() {
		c.Flows.Orders.From = now.Truncate(time.Second)
	}
}

func set[T comparable](field *T, value T) { *field = cmp.Or(*field, value) }

func setDecimal(field *Decimal, value decimal.Decimal) {
	if field.IsZero() {
		field.Decimal = value
	}
}

func minutes(n int) Duration { return Duration(time.Duration(n) * time.Minute) }
