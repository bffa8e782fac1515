package record

import (
	"time"

	"github.com/govalues/decimal"
)

// OrderStatus is a shop order's state in words common to all shops.
type OrderStatus string

// The statuses of a shop order.
const (
	OrderPending    OrderStatus = "pending"    // not paid
	OrderOnHold     OrderStatus = "on hold"    // waits for a bank transfer or a person
	OrderProcessing OrderStatus = "processing" // paid, to be shipped
	OrderCompleted  OrderStatus = "completed"
	OrderCancelled  OrderStatus = "cancelled"
	OrderRefunded   OrderStatus = "refunded"
	OrderFailed     OrderStatus = "failed"
	OrderUnknown    OrderStatus = "unknown" // a status of a plug-in; Raw has it
)

// Order is a shop order as the shop holds it. Key: the order number. All amounts are in Currency.
type Order struct {
	Number      string
	Status      OrderStatus
	Raw         string // the shop's own word for the status
	Paid        bool
	Created     time.Time // UTC
	Currency    string
	Email       string
	CustomerRef string // the shop's customer id; "" is a guest
	Billing     Address
	Shipping    Address
	Lines       []OrderLine
	Charges     []Charge // shipping and fees, in the shop's order
	Payment     Payment
	Note        string          // what the shopper wrote
	Coupons     []string        // codes; their amounts are already in the lines
	Total       decimal.Decimal // including tax: what the shopper paid or has to pay
	Tax         decimal.Decimal
	Refunded    decimal.Decimal // positive
	// MarkedBy is the installation that left its mark on the order, MarkedAs the document it named, MarkedRun the run of
	// the service that left it (Mark.Run).
	MarkedBy, MarkedAs, MarkedRun string
}

// OrderLine is one product line. Amounts are of the whole line.
type OrderLine struct {
	ID          string
	SKU         string
	Name        string
	Quantity    decimal.Decimal
	Subtotal    decimal.Decimal // before discount, excluding tax
	SubtotalTax decimal.Decimal
	Total       decimal.Decimal // after discount, excluding tax
	TotalTax    decimal.Decimal
}

// Charge is a shipping or fee line. Fees can be negative.
type Charge struct {
	ID    string
	Fee   bool // false: shipping
	Title string
	Code  string          // the shop's method id ("flat_rate")
	Total decimal.Decimal // excluding tax
	Tax   decimal.Decimal
}

// Payment is how the order was paid.
type Payment struct {
	Method      string // the gateway's id ("bacs")
	Title       string // as the shopper saw it
	Transaction string // the gateway's reference; never a card number
	Amount      decimal.Decimal
}

// Kind implements Body.
func (*Order) Kind() Kind { return KindOrder }

// Dead reports whether the order will never be delivered.
func (o *Order) Dead() bool {
	return o.Status == OrderCancelled || o.Status == OrderRefunded || o.Status == OrderFailed
}

// AppendSum implements Body. It covers what the document in BC was made from. Marks, the payment's reference and the
// steps from paid to completed are left out: those are our own writes coming back, not edits.
func (o *Order) AppendSum(dst []byte) []byte {
	dst = appendText(dst, o.Number, o.Currency, FoldEmail(o.Email))
	dst = appendBool(dst, o.Dead())
	dst = o.Shipping.appendSum(o.Billing.appendSum(dst))
	for _, l := range o.Lines {
		dst = appendText(dst, "line", l.ID, l.SKU)
		for _, d := range [...]decimal.Decimal{l.Quantity, l.Subtotal, l.SubtotalTax, l.Total, l.TotalTax} {
			dst = appendDecimal(dst, d)
		}
	}
	for _, c := range o.Charges {
		dst = appendText(dst, "charge", c.ID, c.Code)
		dst = appendDecimal(appendDecimal(appendBool(dst, c.Fee), c.Total), c.Tax)
	}
	return appendDecimal(appendDecimal(appendDecimal(dst, o.Total), o.Tax), o.Refunded)
}

// Mark is what we leave on an order we have taken: who we are and the document's number. An acknowledgement, not a
// record (invariant 1).
type Mark struct {
	Installation string
	Document     string   // the BC order's No.
	Over         []string // installations whose mark this one may replace: a person said that they are gone
	// Run tells one start of the service from the next: two copies of one installation (a cloned machine) have the same
	// id, but not the same runs. "" leaves none.
	Run  string
	Note bool // also write a note that the shop's staff can read
}

// Kind implements Body.
func (*Mark) Kind() Kind { return KindMark }

// AppendSum implements Body.
func (m *Mark) AppendSum(dst []byte) []byte { return appendText(dst, m.Installation, m.Document) }

// Binned reports whether the order lies in the shop's bin: a connector returns it then as cancelled, with this Raw.
func (o *Order) Binned() bool { return o.Raw == RawBinned }

// RawBinned is Raw of an order in the shop's bin.
const RawBinned = "trash"
