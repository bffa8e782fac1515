// Package plan decides what to write. It is pure: values in, values out, no I/O, no clock. What the owner wants is
// compared with what both sides last agreed on and with what was found at the other side; the outcome of every
// record is a change, an agreement or a hold with a code (invariant 4). Explain is the same decision with a trace.
package plan

import (
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Last is what is remembered of one of the owner's records: its key, the other side's id, and what was agreed for
// each kind of its family. The zero value is a record never seen.
type Last struct {
	Key   string // business key when last agreed
	To    string // the other side's id; "" while it has none
	Kinds [3]Agreement
}

// Agreement is what both sides last had for one kind.
type Agreement struct {
	Set   bool
	Sum   record.Sum
	Level int64 // record.Leveller: the number mass-change guards compare with
}

// Of returns the agreement for a kind.
func (l *Last) Of(k record.Kind) *Agreement { return &l.Kinds[slot(k)] }

func slot(k record.Kind) int {
	switch k {
	case record.KindStock:
		return 1
	case record.KindPrice:
		return 2
	}
	return 0
}

// Agreed holds one Last per wanted record, in the same order.
type Agreed []Last

// Found is what was learned of either side for this decision: the answers to Needs.
type Found map[record.Kind]map[string][]record.Record

// Get returns the records found under a key.
func (f Found) Get(k record.Kind, key string) []record.Record { return f[k][key] }

// Rules are a connection's settings as far as decisions need them. As JSON they are without what differs from run to
// run, so that the same settings have the same text.
type Rules struct {
	Installation string // our own mark
	Currency     string // the currency BC keeps prices in
	ShopCurrency string
	Items        ItemRules
	Stock        StockRules
	Prices       PriceRules
	Orders       OrderRules
	Safety       SafetyRules
	// Approved are the held records a person has let through a guard, each with its sum as the person was shown it.
	Approved map[Suspect]record.Sum `json:"-"`
	// Suspects are records a mass-change guard holds already. They stay held however few are looked at together, until
	// a person approves their code.
	Suspects map[Suspect]bool `json:"-"`
	// Passed is what each guard let through before this page, by its code.
	Passed map[fault.Code]Passage `json:"-"`
	// Skipped are the orders a person said to leave alone, by the owner's id, with their sums: perhaps entered by hand.
	// They stay out while they are as they were, also when what held them is gone.
	Skipped map[string]record.Sum `json:"-"`
	// Unsettled are records, by the owner's id, whose create was sent and may still come through.
	Unsettled map[string]bool `json:"-"`
	// Settling makes nothing new: a create nobody remembers may still come through, because the memory was made again a
	// moment ago.
	Settling bool `json:"-"`
	// Begun are orders, by the owner's id, whose create was sent and whose outcome was never recorded: what stands in
	// Business Central may be half made.
	Begun map[string]bool `json:"-"`
	// Trace makes Make explain itself.
	Trace bool `json:"-"`
}

// Suspect is a record, by the owner's id, and the code it is held under.
type Suspect struct {
	Ref  string
	Code fault.Code
}

// ItemRules are for items, BC -> shop.
type ItemRules struct {
	Create     bool              // make products the shop lacks; otherwise only link
	Names      bool              // the name is ours; otherwise the shop's after the first time
	TaxClasses map[string]string // BC tax group code -> shop tax class
}

// StockRules are the stock formula: inventory - buffer, capped, in whole units, never below zero.
type StockRules struct {
	Buffer decimal.Decimal
	Cap    decimal.Decimal // 0: no cap
}

// PriceRules are for list prices.
type PriceRules struct {
	ShopIncludesTax bool
	VAT             map[string]decimal.Decimal // BC tax group code -> percent
}

// OrderRules are for shop orders.
type OrderRules struct {
	From            time.Time // the cut-over moment
	Prefix          string    // External Document No. = Prefix + order number
	UnpaidStatuses  []record.OrderStatus
	ShippingAccount string // G/L account No. of shipping lines
	FeeAccount      string
	TaxCodes        []TaxCode
	RoundingAccount string
	RoundingMax     decimal.Decimal
	GuestCustomer   string // BC customer No. for orders without an e-mail address; "" holds them
	CreateCustomers bool
	Note            bool // leave a note at the shop's order
	// Adopted are installations that are gone: a person said so, and their marks count as ours.
	Adopted []string
	// Restored is when the copy of Business Central's database was made that is in use since a restore; zero when there
	// was none. Documents made after it are lost, and are made again.
	Restored time.Time
}

// TaxCode is the BC tax code of charges at a VAT rate. A shop takes the rate of shipping from what is in the basket,
// a G/L account has one of its own.
type TaxCode struct {
	Percent decimal.Decimal
	Code    string
}

// SafetyRules stop mass changes (invariant 5): more than Share of the records, and more than Min, wait.
type SafetyRules struct {
	Share       decimal.Decimal // 0.1
	Min         int             // 20
	PriceFactor decimal.Decimal // 3: a price rises to more than three times what it was
	PriceDrop   decimal.Decimal // 0.5: a price falls to less than half of what it was
}

// Plan is what follows from wanted records: every one of them is in exactly one of the lists. Helpers come on
// top, and the stock and price that an item recalls.
type Plan struct {
	Changes   []Change
	Settled   []Settled // nothing to write, something to remember
	Unchanged []int     // nothing to write or remember: places in wanted
	Held      []Held
	// Passed are the changes a guard counted and let through.
	Passed []Suspect
	Trace  []Step
}

// Change is a write and what becomes agreed when it succeeds.
type Change struct {
	record.Change
	Sum    record.Sum // agreed for the owner's record (Source) when the change succeeds
	Level  int64
	Linked bool // first link to a record the other side already had
	Helper bool // written on behalf of another record (a customer for its order): nothing is remembered of it
	Mark   bool // leave a mark at the owner, with the result's document number
}

// Settled is one agreement to record.
type Settled struct {
	Kind   record.Kind
	Key    string
	Source string // the owner's id
	To     string // the other side's id
	Sum    record.Sum
	Level  int64
	Linked bool   // first link to a record the other side already had
	Mark   string // the document number to leave at the owner as a mark; "" leaves none
}

// Held is a record that waits.
type Held struct {
	Kind   record.Kind
	Key    string
	Source string
	To     string     // the other side's id, when it exists there in spite of the hold
	Sum    record.Sum // of the owner's record, so that a skipped hold comes back only when that changes
	Code   fault.Code
	Args   fault.Args
	// Because names the record whose own problem is the cause; a person is then shown only that one.
	Because *record.Key
	// Stays: waiting can't help, only a person's work does. What the other side has (To) is linked, and compared again
	// whenever the record is read, so that nothing is written twice and nothing is taken for right unseen.
	Stays bool
	// Mark is the document number to leave at the owner as a mark, for a record that was written all the same.
	Mark string
	// Quiet holds are normal life, not a problem (an unpaid order waits for its payment).
	Quiet bool
}

// Step is one line of an explanation.
type Step struct {
	Kind record.Kind
	Key  string
	Text string
}
