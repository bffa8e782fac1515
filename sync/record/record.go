// Package record holds the nouns both sides share: items, stock, prices, orders and so on, as plain values.
//
// A record is what one side owns and the other must follow. Bodies carry no behaviour but their digest, so that
// plan can decide on values and the store can remember what was agreed without keeping a customer's data.
// Amounts are github.com/govalues/decimal values: exact, comparable with ==, and without an allocation per amount.
package record

import (
	"crypto/sha256"
	"time"
)

// Kind names what a record is about. Each kind has one owner (invariant 1).
type Kind string

// The kinds that flow, and the helper kinds that are read or written on their behalf.
const (
	KindItem     Kind = "items"     // BC item -> shop product
	KindStock    Kind = "stock"     // sellable quantity of an item
	KindPrice    Kind = "prices"    // list price of an item
	KindShopper  Kind = "shoppers"  // person or firm that ordered in the shop -> BC customer
	KindOrder    Kind = "orders"    // shop order -> BC sales order
	KindShipment Kind = "shipments" // posted BC shipment -> order status and note in the shop
	KindInvoice  Kind = "invoices"  // posted BC invoice; read to find an order that is already invoiced
	KindMark     Kind = "marks"     // "order taken, our number", left at the owner of an order (invariant 1)
	// KindConnection is no kind of record: problems of a whole connection go under it, such as another company in the
	// place of the one it knew. It is not among Kinds.
	KindConnection Kind = "connection"
)

// Kinds lists the kinds a connection can switch on, in the order in which they run when all are due.
func Kinds() []Kind { return []Kind{KindItem, KindStock, KindPrice, KindOrder, KindShipment} }

// Family is the kind whose link a kind shares: stock and prices hang on the item's link.
func (k Kind) Family() Kind {
	if k == KindStock || k == KindPrice {
		return KindItem
	}
	return k
}

// Key is a record's business key: SKU, shop order number, e-mail, shipment number. It is what a person types.
type Key struct {
	Kind Kind
	ID   string
}

func (k Key) String() string { return string(k.Kind) + " " + k.ID }

// Record is one thing one side holds.
type Record struct {
	Key  Key
	Ref  string // that side's own id: BC SystemId, shop id; stays when the key changes
	Body Body
	Err  error // set instead of Body when this one record could not be read; it is then rejected, never dropped (invariant 4)
}

// Body is the content of a record.
type Body interface {
	Kind() Kind
	// AppendSum appends the canonical bytes of everything that matters to the other side.
	AppendSum(dst []byte) []byte
}

// Leveller is a body with one number that mass-change guards watch: sellable quantity, list price.
type Leveller interface {
	// Level is that number in ten-thousandths, saturated at the ends of int64.
	Level() int64
}

// Sum is a digest of a body: equal sums, nothing to write. The store keeps sums, not customers.
type Sum [16]byte

// Summer makes sums with one reusable buffer. The zero value works. Not safe for concurrent use.
type Summer struct{ buf []byte }

// Sum digests b. A nil body has the zero sum.
func (s *Summer) Sum(b Body) Sum {
	if b == nil {
		return Sum{}
	}
	s.buf = b.AppendSum(s.buf[:0])
	h := sha256.Sum256(s.buf)
	return Sum(h[:16])
}

// SumOf digests one body.
func SumOf(b Body) Sum { return new(Summer).Sum(b) }

// Change is one write wanted on a side. Want is absolute: applying a change twice equals applying it once.
type Change struct {
	Key    Key
	Ref    string // the written side's own id; "" means create
	Want   Body
	Source string // the owner's id of the record behind the change
	Intent string // durable id of a create; the vendor's idempotency key where it has one
	// Receipt is what an earlier write of this change was answered with when its outcome was still open.
	Receipt string
	// After names a change that must have succeeded first (a customer before its order); its Ref is then filled
	// into Want through Linker.
	After *Key
}

// Linker is a body that holds the ref of another record, known only once that record is written.
type Linker interface {
	// Link returns the body with the ref of key filled in.
	Link(key Key, ref string) Body
}

// Side says who answers a query.
type Side uint8

// The sides of a flow.
const (
	Owner Side = iota // the side the flow reads from
	Other             // the side the flow writes to
	Links             // our own state: what is already linked
)

// Cursor is where a reader stopped; only the endpoint that made it can read it. "" is the beginning.
type Cursor string

// Query asks a side for records. Exactly one of After (the default), Keys, Refs and IDs is meant.
type Query struct {
	Side  Side
	Kinds []Kind // several kinds that live in one row (items, stock, prices) come from one read
	After Cursor // records changed since
	Keys  []string
	Refs  []string
	IDs   bool      // all ids, without bodies
	From  time.Time // orders: none created before (the cut-over moment)
	Limit int       // records a page; 0 is the endpoint's own choice
}
