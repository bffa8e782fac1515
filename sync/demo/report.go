package demo

import (
	"fmt"
	"io"
	"math"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Report is what the demo found. As JSON it is the document that `demo --json` ends with.
type Report struct {
	Items               int       `json:"items"`
	Orders              int       `json:"orders"`
	Seed                uint64    `json:"seed"`
	Flows               []Flow    `json:"flows"` // rounds 1 and 2 together; calls made for several kinds are counted at the first
	ThirdRunWritten     int       `json:"third_run_written"`
	Verified            Verified  `json:"verified"`
	CallsPerChangedItem float64   `json:"calls_per_changed_item"` // round 2: linked items, stock of all and prices of some
	CallsPerFirstLink   float64   `json:"calls_per_first_link"`   // round 1: linked or made
	Problems            []Problem `json:"problems"`
	Wrong               []string  `json:"wrong"` // everything that should not be; empty is success
	*Chaos

	calls int64 // requests that both sides had
}

// Flow is what one flow did.
type Flow struct {
	Kind      record.Kind `json:"kind"`
	Read      int         `json:"read"`
	Written   int         `json:"written"`
	Unchanged int         `json:"unchanged"`
	Held      int         `json:"held"`
	Rejected  int         `json:"rejected"`
	CallsBC   int64       `json:"calls_bc"`
	CallsShop int64       `json:"calls_shop"`
}

// Verified is what comparing both systems' own contents gave.
type Verified struct {
	StockEqual  int    `json:"stock_equal"`
	PricesEqual int    `json:"prices_equal"`
	OrdersShop  int    `json:"orders_in_shop"` // orders that belong in Business Central
	OrdersBC    int    `json:"orders_in_bc"`   // of those, found there
	OrdersTwice int    `json:"orders_twice"`
	OrdersLost  int    `json:"orders_lost"`
	StockWrong  int    `json:"stock_wrong"`
	CentsApart  string `json:"cents_apart"` // sum of all differences of totals, each in its own currency
	Shipped     int    `json:"orders_completed_in_shop"`
}

// Problem is one that waits for a person, or that was planted.
type Problem struct {
	Kind record.Kind `json:"kind"`
	Key  string      `json:"key"`
	Code string      `json:"code"`
}

// OK reports whether everything agreed and exactly the planted problems wait.
func (r *Report) OK() bool { return len(r.Wrong) == 0 }

func (r *Report) wrong(format string, args ...any) {
	r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
}

// count adds a round's runs to the flows.
func (r *Report) count(runs []ipc.Run) {
	if r.Flows == nil {
		for _, k := range record.Kinds() {
			r.Flows = append(r.Flows, Flow{Kind: k})
		}
	}
	for _, run := range runs {
		for i := range r.Flows {
			if f := &r.Flows[i]; f.Kind == run.Kind {
				f.Read += run.Read
				f.Written += run.Written
				f.Unchanged += run.Unchanged
				f.Held += run.Held
				f.Rejected += run.Rejected
				f.CallsBC += run.CallsBC
				f.CallsShop += run.CallsShop
			}
		}
	}
}

// ratio is a quotient of counts, to five decimals.
func ratio(n int64, of int) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(float64(n)/float64(of)*1e5) / 1e5
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) {
	fmt.Fprintf(w, "\n%-10s %8s %8s %10s %6s %9s %9s %11s\n", "flow", "read", "written", "unchanged", "held", "rejected", "calls BC", "calls shop")
	for _, f := range r.Flows {
		fmt.Fprintf(w, "%-10s %8d %8d %10d %6d %9d %9d %11d\n", f.Kind, f.Read, f.Written, f.Unchanged, f.Held, f.Rejected, f.CallsBC, f.CallsShop)
	}
	v := r.Verified
	fmt.Fprintf(w, "\nBoth systems' own contents, compared:\n")
	fmt.Fprintf(w, "  stock equal             %d\n  prices equal            %d\n", v.StockEqual, v.PricesEqual)
	fmt.Fprintf(w, "  orders that belong in BC %d, found there %d, twice %d, cents apart %s\n", v.OrdersShop, v.OrdersBC, v.OrdersTwice, v.CentsApart)
	fmt.Fprintf(w, "  orders completed in the shop after shipment %d\n", v.Shipped)
	fmt.Fprintf(w, "  third run wrote         %d\n", r.ThirdRunWritten)
	fmt.Fprintf(w, "  calls per changed item  %.5f (first link %.5f)\n", r.CallsPerChangedItem, r.CallsPerFirstLink)
	if c := r.Chaos; c != nil {
		c.write(w)
	}
	fmt.Fprintf(w, "\nWaiting for a person, as planted:\n")
	for _, p := range r.Problems {
		fmt.Fprintf(w, "  %-9s %-20s %s\n", p.Kind, p.Key, p.Code)
	}
	for _, s := range r.Wrong {
		fmt.Fprintf(w, "WRONG: %s\n", s)
	}
	if r.OK() {
		fmt.Fprintln(w, "\nEverything agrees.")
	}
}
