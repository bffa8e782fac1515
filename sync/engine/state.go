package engine

import (
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// State is what the engine must remember of one connection. Store implements it on bbolt. A method that fails
// returns a classified error and has changed nothing.
type State interface {
	// Open returns where a flow stands.
	Open(kind record.Kind) (Open, error)
	// Agreed returns what is remembered of the owner's records, one Last per ref, in the same order. Kinds of a
	// family share their memory.
	Agreed(family record.Kind, refs []string) (plan.Agreed, error)
	// Linked returns the linked records of a kind by business key: Ref is the owner's id. Keys without a link are
	// left out. Only orders are found this way.
	Linked(kind record.Kind, keys []string) ([]record.Record, error)
	// CountLinks says how many of the owner's records of a family are remembered.
	CountLinks(family record.Kind) (int, error)
	// EachLink calls fn with every link of a family. No transaction is open while fn runs.
	EachLink(family record.Kind, fn func(Link) error) error
	// Lost lists what comparisons of ids hold of a family (plan.Lost).
	Lost(family record.Kind) ([]Lost, error)
	// Intend records what is about to be sent (invariant 3): creates by their intents; updates, each by its kind and the
	// owner's id, by taking what was agreed out of force until an outcome is committed. An update whose answer is lost
	// may have been made all the same: when the owner then goes back to what was agreed, that is no longer what the
	// other side has.
	Intend(intents []Intent, updates []record.Key) error
	// Commit records everything a part of a page led to, in one transaction (invariant 2).
	Commit(Outcome) error
}

// Open is where a flow stands.
type Open struct {
	Cursor  record.Cursor
	Waiting []Waiting // held and rejected records due for another look
	// Held are all held and rejected records, due or not, but for those a person said to leave and those a comparison of
	// ids misses: what is read of them as agreed is well again.
	Held []string
	// Guarded are all records a mass-change guard holds and nobody approved, due or not.
	Guarded []plan.Suspect
	// Skipped are the orders a person said to leave, with their sums of then.
	Skipped map[string]record.Sum
	Intents []Intent // creates whose outcome was never recorded
	Marks   []Mark   // acknowledgements still to be left
	// Remade is when the memory was made again from an older copy or from nothing: the intents of creates sent shortly
	// before are lost. Zero: never.
	Remade time.Time
}

// Waiting is a held or rejected record, by the owner's id.
type Waiting struct {
	Ref      string
	Code     fault.Code
	Approved bool       // a person said: go on
	Sum      record.Sum // of the owner's record when it was held: what the person was shown
}

// Link is what is remembered of one of the owner's records.
type Link struct {
	Ref string // the owner's id
	plan.Last
}

// Lost is a problem a comparison of ids holds.
type Lost struct {
	plan.Held
	Due      bool // its turn has come, or a person asked
	Approved bool // a person said: go on
	Skipped  bool // a person said: leave it
}

// Intent is a create about to be sent.
type Intent struct {
	ID     string
	Kind   record.Kind
	Key    string
	Source string
	At     time.Time // when it was about to be sent
}

// Mark is an acknowledgement to leave at the owner of an order.
type Mark struct {
	Ref  string // the owner's id
	Key  string
	Body record.Mark
}

// Outcome is what a page, or a part of it, led to.
type Outcome struct {
	Kinds   []record.Kind // the flows that ran together
	Settled []plan.Settled
	Held    []plan.Held
	Intents []string // settled: their outcome is now recorded
	Marks   []string // refs of marks that were left
	Gone    []string // refs of waiting records the owner no longer has
	// What a comparison of ids led to: problems that are over, links to forget (refs of the family of Kinds[0]), and
	// orders whose document is closed (plan.Closed).
	Over, Unlinked, Closed []string
	// Cursor is stored for every kind in Kinds when Moves is set: the page is done.
	Cursor record.Cursor
	Moves  bool
	At     time.Time
	Began  time.Time // when the run asked what a person had said (Open, Lost); zero is At
}

// Tally counts what one flow did in a run.
type Tally struct {
	Kind                             record.Kind
	Read, Written, Linked, Unchanged int
	Held, Rejected                   int
	Started, Ended                   time.Time
}
