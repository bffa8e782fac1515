package sim

import (
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Order is one order as the shop keeps it. Amounts of lines are without tax, also where prices include it.
type Order struct {
	ID               int
	Number           string
	Status           string
	Currency         string
	PricesIncludeTax bool
	Created          time.Time // UTC, as all dates here; zero is none
	Modified         time.Time
	Paid, Completed  time.Time
	CustomerID       int // 0 is a guest
	Key              string
	Billing          Address
	Shipping         Address
	PaymentMethod    string
	PaymentTitle     string
	TransactionID    string
	CreatedVia       string
	CustomerNote     string
	Lines            []Line
	ShippingLines    []Charge
	FeeLines         []Charge
	CouponLines      []CouponLine
	TaxLines         []TaxLine
	DiscountTotal    decimal.Decimal
	DiscountTax      decimal.Decimal
	ShippingTotal    decimal.Decimal
	ShippingTax      decimal.Decimal
	CartTax          decimal.Decimal
	Total            decimal.Decimal
	Meta             []Meta
	Notes            []Note
	Refunds          []Refund

	reduced bool // stock has been taken for this order
	counted bool // its lines are in the products' sales counts
}

// TotalTax is the order's whole tax.
func (o *Order) TotalTax() decimal.Decimal { return plus(o.CartTax, o.ShippingTax) }

// Line is a product line. Amounts are of the whole line, without tax, to six decimals.
type Line struct {
	ID                     int
	ProductID, VariationID int
	SKU                    string // the product's SKU now; only in copies handed out
	Name                   string
	Quantity               decimal.Decimal
	TaxClass               string
	Subtotal, SubtotalTax  decimal.Decimal // before discount
	Total, TotalTax        decimal.Decimal // after discount
	Taxes                  []LineTax
	Meta                   []Meta
}

// LineTax is one rate's tax on a line, not rounded.
type LineTax struct {
	RateID          int
	Total, Subtotal decimal.Decimal
}

// Charge is a shipping or fee line.
type Charge struct {
	ID         int
	Title      string
	Method     string // of shipping: "flat_rate"
	InstanceID string
	TaxClass   string // of a fee
	TaxStatus  string
	Total, Tax decimal.Decimal
	Taxes      []LineTax
	Meta       []Meta
}

// TaxLine is what one rate takes on the whole order.
type TaxLine struct {
	ID, RateID         int
	Code, Label        string
	Percent            decimal.Decimal
	Total, ShippingTax decimal.Decimal
}

// Address is a billing or shipping address; Email is billing only.
type Address struct {
	FirstName, LastName, Company, Address1, Address2, City, State, Postcode, Country, Email, Phone string
}

// orderBook keeps the orders.
type orderBook struct{ shelf[*Order] }

func newOrderBook() orderBook {
	return orderBook{newShelf(func(o *Order) int { return o.ID }, func(by string, a, b *Order) int {
		switch by {
		case "date":
			return a.Created.Compare(b.Created)
		case "modified":
			return a.Modified.Compare(b.Modified)
		}
		return 0
	})}
}

// newOrder opens an order with an id and a key that is unlike any other.
func (s *Server) newOrder() *Order {
	id, now := take(&s.next.post), s.now()
	sum := sha256.Sum256([]byte(strconv.Itoa(id) + now.String()))
	return &Order{ID: id, Number: strconv.Itoa(id), Status: "pending", Currency: s.opts.Currency,
		PricesIncludeTax: s.opts.PricesIncludeTax, Created: now, Modified: now, CreatedVia: "rest-api",
		Key: "wc_order_" + base32.StdEncoding.EncodeToString(sum[:])[:13]}
}

func (c *call) order(id int) (*Order, *failure) {
	o, ok := c.s.orders.byID[id]
	if !ok {
		return nil, fail(http.StatusNotFound, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
	}
	return o, nil
}

func (c *call) getOrder() (any, int, *failure) {
	o, f := c.order(c.ids[0])
	if f != nil {
		return nil, 0, f
	}
	return c.orderJSON(o), http.StatusOK, nil
}

func (c *call) deleteOrder() (any, int, *failure) { return c.removeOrder(c.ids[0], c.flag("force")) }

// removeOrder trashes or deletes; the answer shows the order as it was (golden 402, 405).
func (c *call) removeOrder(id int, force bool) (any, int, *failure) {
	o, f := c.order(id)
	if f != nil {
		return nil, 0, f
	}
	answer := c.orderJSON(o)
	if force {
		o.Status = "trash" // what it counted for goes with it
		c.s.countSales(o)
		c.s.orders.drop(o.ID)
		return answer, http.StatusOK, nil
	}
	if o.Status == "trash" {
		return nil, 0, fail(http.StatusGone, "woocommerce_rest_already_trashed", "The shop_order has already been deleted.")
	}
	now := c.s.now()
	o.Meta = append(o.Meta, Meta{take(&c.s.next.meta), "_wp_trash_meta_status", "wc-" + o.Status},
		Meta{take(&c.s.next.meta), "_wp_trash_meta_time", strconv.FormatInt(now.Unix(), 10)})
	if !c.s.hpos() {
		o.Meta = append(o.Meta, c.postTrash(o)...)
	}
	o.Status, o.Modified = "trash", now
	c.s.countSales(o)
	c.s.orders.put(o)
	return answer, http.StatusOK, nil
}

// postTrash is what WordPress adds to an order that is a post: its address and the state of its notes (golden 405 of 8.9.3).
func (c *call) postTrash(o *Order) []Meta {
	notes := object{}
	for _, n := range o.Notes {
		notes[strconv.Itoa(n.ID)] = "1"
	}
	slug := "order-" + strings.ToLower(o.Created.UTC().Format("Jan-02-2006-0304-pm"))
	return []Meta{{take(&c.s.next.meta), "_wp_desired_post_slug", slug}, {take(&c.s.next.meta), "_wp_trash_meta_comments_status", notes}}
}

func (c *call) orderStatuses() (any, int, *failure) {
	out := []object{}
	for _, st := range statusNames() {
		out = append(out, object{"slug": st[0], "name": st[1]})
	}
	return out, http.StatusOK, nil
}

// statusNames are the statuses of an order and what the shop's pages call them (golden 450).
func statusNames() [][2]string {
	return [][2]string{{"pending", "Pending payment"}, {"processing", "Processing"}, {"on-hold", "On hold"},
		{"completed", "Completed"}, {"cancelled", "Cancelled"}, {"refunded", "Refunded"}, {"failed", "Failed"},
		{"checkout-draft", "Draft"}}
}

func statusName(slug string) string {
	at := slices.IndexFunc(statusNames(), func(n [2]string) bool { return n[0] == slug })
	if at < 0 {
		return slug
	}
	return statusNames()[at][1]
}

// forgetProduct takes a deleted product off the order lines: its id becomes 0, its name stays (golden 663).
func (s *Server) forgetProduct(id int) {
	for _, o := range s.orders.byID {
		for i := range o.Lines {
			if o.Lines[i].ProductID == id || o.Lines[i].VariationID == id {
				o.Lines[i].ProductID, o.Lines[i].VariationID = 0, 0
			}
		}
	}
}
