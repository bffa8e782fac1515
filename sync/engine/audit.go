package engine

import (
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Audit keeps the trail of what was done. It is told before the state remembers the same (State.Commit), so that the
// trail may be ahead of the state after a crash, never behind it.
type Audit interface {
	// Append makes deeds durable, in their order, before it returns. When it fails, what they led to is not committed:
	// nothing is remembered that the trail doesn't have.
	Append(deeds []Deed) error
}

// What says what was done to a record.
type What string

// What a run does.
const (
	Created What = "create" // made at the other side
	Updated What = "update" // changed at the other side
	Linked  What = "link"   // the other side already had it: nothing written, the two belong together from now on
	Marked  What = "mark"   // an acknowledgement was left at the owner (record.Mark)
)

// Deed is one thing a run did.
type Deed struct {
	At     time.Time
	Flow   record.Kind // the flow that did it; of a customer made for an order, orders
	What   What
	Kind   record.Kind
	Key    string
	Source string // the owner's id
	To     string // the other side's id; of a mark, none
	Number string // what the other side calls it, where it has such a number
	Why    string // a rule or a code; never a value of the record
	Sum    record.Sum
	// Body is what was written; of a link, what the owner has. Before is what the other side had, as far as it was
	// read; nil where it was not.
	Body, Before record.Body
	// Was is what both sides last agreed on.
	Was plan.Agreement
}

// Why a run did something, where no code says it.
const (
	whyNew      = "not there yet"
	whyChanged  = "changed at its owner"
	whyThere    = "already there"
	whyRepair   = "reconcile --repair"
	whyAsked    = "a person asked for it again"
	whyTaken    = "taken"
	whyApproved = "approved: " // and the code of what held it
)

// note remembers a change that reached the other side, until the next commit: also one that it refused, but has.
func (w *writer) note(c *plan.Change, res endpoint.Result) {
	if w.r.e.Audit == nil || res.Err != nil && res.Ref == "" {
		return
	}
	d := Deed{At: w.r.e.Now(), Flow: w.r.job.Kinds[0], What: Updated, Kind: c.Key.Kind, Key: c.Key.ID, Source: c.Source, To: res.Ref,
		Number: res.Number, Why: w.why(c), Sum: c.Sum, Body: c.Want}
	if !c.Helper && c.Key.Kind.Family() == record.KindItem {
		d.Flow = c.Key.Kind
	}
	if d.To == "" {
		d.To = c.Ref
	}
	if c.Ref == "" {
		d.What = Created
	}
	if i, ok := w.place(c.Source); ok && !c.Helper && c.Ref != "" {
		d.Was = *w.d.Agreed[i].Of(c.Key.Kind)
		d.Before = w.d.found(c.Key)
	}
	if res.Err != nil {
		d.Why = string(fault.As(res.Err).Code)
	}
	w.deeds = append(w.deeds, d)
}

// noteLink remembers that a record was found at the other side.
func (w *writer) noteLink(s *plan.Settled) {
	if w.r.e.Audit == nil || !s.Linked {
		return
	}
	d := Deed{At: w.r.e.Now(), Flow: s.Kind, What: Linked, Kind: s.Kind, Key: s.Key, Source: s.Source, To: s.To, Number: s.Mark, Why: whyThere, Sum: s.Sum}
	if i, ok := w.place(s.Source); ok {
		for ; i < len(w.d.Wanted) && w.d.Wanted[i].Ref == s.Source; i++ {
			if w.d.Wanted[i].Key.Kind == s.Kind {
				d.Body = w.d.Wanted[i].Body
			}
		}
	}
	w.deeds = append(w.deeds, d)
}

// place is where the records of a source begin in Wanted.
func (w *writer) place(source string) (int, bool) {
	if w.places == nil {
		w.places = make(map[string]int, len(w.d.Wanted))
		for i := len(w.d.Wanted) - 1; i >= 0; i-- {
			w.places[w.d.Wanted[i].Ref] = i
		}
	}
	i, ok := w.places[source]
	return i, ok
}

// found is the body the other side was found to have under a key; nil where none was read.
func (d *Decision) found(key record.Key) record.Body {
	if hits := d.Found.Get(key.Kind, key.ID); len(hits) == 1 {
		return hits[0].Body
	}
	return nil
}

func (w *writer) why(c *plan.Change) string {
	code := w.letThrough(c)
	switch {
	case code != "":
		return whyApproved + string(code)
	case c.Ref == "":
		return whyNew
	case w.r.job.Forget:
		return whyRepair
	case len(w.r.job.Refs) > 0:
		return whyAsked
	case c.Linked:
		return whyThere
	}
	return whyChanged
}

// letThrough is the code of the hold that a person's approval ended for a change; "" where none did. The kinds of a
// product share its id, so the sum tells which of them was shown to the person.
func (w *writer) letThrough(c *plan.Change) (code fault.Code) {
	if w.approved == nil {
		w.approved = make(map[string][]plan.Suspect, len(w.r.job.Rules.Approved))
		for s := range w.r.job.Rules.Approved {
			w.approved[s.Ref] = append(w.approved[s.Ref], s)
		}
	}
	for _, s := range w.approved[c.Source] {
		if c.Key.Kind.Family() != record.KindItem || w.r.job.Rules.Approved[s] == c.Sum {
			code = max(code, s.Code) // of several, always the same
		}
	}
	return code
}

// trail is what a writer remembers for the audit trail.
type trail struct {
	deeds    []Deed                    // since the last commit
	places   map[string]int            // by source, once asked for
	approved map[string][]plan.Suspect // by source, once asked for
}

// audit hands what was done since the last commit to the trail.
func (w *writer) audit() error {
	if len(w.deeds) == 0 {
		return nil
	}
	err := w.r.e.Audit.Append(w.deeds)
	clear(w.deeds) // bodies are not held on to
	w.deeds = w.deeds[:0]
	return err
}

// auditMarks tells the trail which acknowledgements were left.
func (r *run) auditMarks(kind record.Kind, marks []Mark, results []endpoint.Result) error {
	if r.e.Audit == nil {
		return nil
	}
	var deeds []Deed
	for i, res := range results {
		if res.Err == nil && i < len(marks) {
			m := &marks[i]
			deeds = append(deeds, Deed{At: r.e.Now(), Flow: kind, What: Marked, Kind: record.KindMark, Key: m.Key, Source: m.Ref,
				Number: m.Body.Document, Why: whyTaken, Body: &m.Body})
		}
	}
	if len(deeds) == 0 {
		return nil
	}
	return r.e.Audit.Append(deeds)
}
