package report

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"stockbridge/store/journal"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Replayed is what came of making recorded decisions again.
type Replayed struct {
	Decisions int // made again
	// Left could not be: a record was too large to be kept, or the settings of their day are gone.
	Left      int
	Different []Divergence
}

// Divergence is a recorded decision that turns out otherwise today.
type Divergence struct {
	Entry    string // of the journal
	Source   string // the owner's id
	Key      string
	Recorded string // changes, agreements and holds as JSON
	Now      string
}

// Replay makes the decisions of a journal again, with today's rules of decision (package plan) on what was read, agreed,
// found and set then, and compares what follows. It reads nothing and writes nothing. entries are decisions and
// settings, in any order.
func Replay(entries []journal.Entry) Replayed {
	settings := map[string]*plan.Rules{}
	calls := map[string][]*journal.Entry{}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Rules != nil:
			settings[e.Rules.Digest] = &e.Rules.Rules
		case e.Decided != nil:
			calls[e.Call] = append(calls[e.Call], e)
		}
	}
	var out Replayed
	for _, call := range slices.Sorted(maps.Keys(calls)) {
		// One page is decided on together: two orders of a new customer make one customer.
		list := calls[call]
		slices.SortFunc(list, func(a, b *journal.Entry) int { return strings.Compare(a.ID, b.ID) })
		rules := settings[list[0].Decided.Rules]
		if rules == nil || slices.ContainsFunc(list, func(e *journal.Entry) bool { return e.Short || len(e.Decided.Read) == 0 }) {
			out.Left += len(list)
			continue
		}
		out.again(list, rules)
	}
	return out
}

// again makes the decisions of one page again.
func (r *Replayed) again(list []*journal.Entry, rules *plan.Rules) {
	decided := make([]*journal.Decision, len(list))
	for i, e := range list {
		decided[i] = e.Decided
	}
	d, ours := Again(decided, rules)
	now := map[string]string{}
	for _, row := range journal.Decided(&d, ours) {
		now[rowName(&row)] = outcome(&row)
	}
	for i, e := range list {
		r.Decisions++
		was := outcome(decided[i])
		if is := now[rowName(decided[i])]; is != was {
			r.Different = append(r.Different, Divergence{Entry: e.ID, Source: decided[i].Source, Key: decided[i].Read[0].Key, Recorded: was, Now: is})
		}
	}
}

// Again makes recorded decisions of one page again under rules, and returns the rules as they were completed with what
// was said about these records. What a guard held stays held and what it let through goes through: how many others
// there were is not recorded.
func Again(decided []*journal.Decision, rules *plan.Rules) (engine.Decision, *plan.Rules) {
	d := engine.Decision{Found: plan.Found{}}
	ours := *rules
	ours.Safety.Min, ours.Passed = math.MaxInt32, nil
	ours.Approved, ours.Suspects = map[plan.Suspect]record.Sum{}, map[plan.Suspect]bool{}
	ours.Skipped, ours.Unsettled, ours.Begun = map[string]record.Sum{}, map[string]bool{}, map[string]bool{}
	for _, row := range decided {
		last := row.Agreed.Last()
		for i := range row.Read {
			d.Wanted, d.Agreed = append(d.Wanted, row.Read[i].Record()), append(d.Agreed, last)
		}
		found(d.Found, row.Found)
		for code, sum := range row.Approved {
			ours.Approved[plan.Suspect{Ref: row.Source, Code: code}] = journal.Sum(sum)
		}
		for _, code := range row.Suspected {
			ours.Suspects[plan.Suspect{Ref: row.Source, Code: code}] = true
		}
		for i := range row.Held {
			if plan.Guards(row.Held[i].Code) {
				ours.Suspects[plan.Suspect{Ref: row.Source, Code: row.Held[i].Code}] = true
			}
		}
		if row.Skipped != "" {
			ours.Skipped[row.Source] = journal.Sum(row.Skipped)
		}
		ours.Begun[row.Source] = row.Begun
		for _, ref := range row.Unsettled {
			ours.Unsettled[ref] = true
		}
	}
	d.Plan = plan.Make(d.Wanted, d.Agreed, d.Found, &ours)
	return d, &ours
}

// found adds what was found for one record; another record of the page may have asked for the same.
func found(all plan.Found, hits []journal.Record) {
	here := plan.Found{}
	for i := range hits {
		h := hits[i].Record()
		if here[h.Key.Kind] == nil {
			here[h.Key.Kind] = map[string][]record.Record{}
		}
		here[h.Key.Kind][h.Key.ID] = append(here[h.Key.Kind][h.Key.ID], h)
	}
	for kind, keys := range here {
		if all[kind] == nil {
			all[kind] = map[string][]record.Record{}
		}
		for key, records := range keys {
			if len(all[kind][key]) == 0 {
				all[kind][key] = records
			}
		}
	}
}

func rowName(d *journal.Decision) string {
	if d.Source != "" || len(d.Read) == 0 {
		return d.Source
	}
	return "\x00" + string(d.Read[0].Kind) + " " + d.Read[0].Key
}

// outcome is what followed from a decision, as text to compare. How many a guard saw is left out.
func outcome(d *journal.Decision) string {
	held := slices.Clone(d.Held)
	for i := range held {
		if plan.Guards(held[i].Code) {
			held[i].Args = fault.Args{}
		}
	}
	text, err := json.Marshal(struct {
		Changes []journal.Change
		Settled []journal.Settled
		Held    []journal.Held
	}{d.Changes, d.Settled, held})
	if err != nil {
		return err.Error()
	}
	return string(text)
}
