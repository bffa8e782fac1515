package endpoint

import "time"

// Identity tells one system from another, and an older copy of it from itself.
type Identity struct {
	// ID never changes: the company's SystemId, the shop's own id. "" where the system tells none.
	ID string
	// Name is what people call it, or where it says it lives: the company's name, the shop's home address.
	Name string
	// Trail is the end of something that only grows, newest first: BC's item ledger, the shop's orders. Empty while
	// there is nothing yet, nil when it can't be seen.
	Trail []Footprint
	// Marks are the marks on the shop's newest orders, newest first: who takes them into BC (invariant 1).
	Marks []Marked
}

// Footprint is one row of a trail.
type Footprint struct {
	Number int64     // never used twice, rising
	ID     string    // stands for the row as long as it is there; never a secret
	Ref    string    // the id under which the row is read as a record, where it is one
	At     time.Time // when it was made; zero where unknown
	Dead   bool      // cancelled: it need not be anywhere else
}

// Marked is a mark that was left on an order.
type Marked struct {
	Key, Ref string    // the order
	At       time.Time // when the order was placed
	// Installation left it in its run Run ("" for a mark that names none), for document Document.
	Installation, Run, Document string
}
