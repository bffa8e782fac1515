// Package endpoint is the contract Business Central and every shop fulfil alike. Values carry the protocol; the
// suite in endpointtest says what a connector must withstand.
package endpoint

import (
	"context"
	"time"

	"stockbridge/sync/record"
)

// Endpoint is one system. Its methods are safe for concurrent use. Errors are classified (package fault).
type Endpoint interface {
	// Check finds out whether the system can be reached, signs in, what it is and which rights are missing.
	// It never writes.
	Check(ctx context.Context) (Facts, error)
	// Read returns one page of records. A record that can't be read is in the page with Err set.
	Read(ctx context.Context, q record.Query) (Page, error)
	// Write sends changes and returns one Result per change, in the same order, also when ctx ends half way.
	// Changes with the same Ref and family go out together where the system allows it.
	Write(ctx context.Context, changes []record.Change) []Result
}

// Page is one answer to a query.
type Page struct {
	Records []record.Record
	Next    record.Cursor // where to go on: the next page while More, else where the next run begins
	More    bool
}

// Result is what became of one change.
type Result struct {
	Ref     string // the written side's id; may come with Err: written, but a person must look
	Number  string // the document number a person knows it by, where there is one
	Err     error
	Receipt string // accepted, outcome later; the engine keeps it and asks again
}

// Facts is what Check found.
type Facts struct {
	System   string // "Business Central", "WooCommerce"
	Version  string
	Company  string // BC company, or the shop's name
	Currency string // ISO code prices are kept in
	// PricesIncludeTax: the shop's list prices are meant including VAT.
	PricesIncludeTax bool
	Now              time.Time // the system's clock; zero if it didn't say
	Identity         Identity
	Notes            []Note
}

// Note is one thing a person should know about a system, good or bad.
type Note struct {
	OK   bool
	Text string
}

// Limits says how hard a system may be driven. The engine adapts within them.
type Limits struct {
	Batch    int // changes (distinct records) a write call
	Parallel int // write calls at once
	// Settle is how long a create whose answer was lost may still come through there. Until then nothing is created in
	// its place (invariant 3).
	Settle time.Duration
}
