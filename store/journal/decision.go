package journal

import (
	"slices"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Decided puts a decision into the journal's form, one Decision per owner's record in the order they were read. Only
// records that led to something are in it: a nightly look at ten thousand products that have not changed leaves none.
func Decided(d *engine.Decision, rules *plan.Rules) []Decision {
	r := rows{d: d, rules: rules, at: map[string]*Decision{}}
	r.outcomes()
	if len(r.at) == 0 {
		return nil
	}
	return r.inputs()
}

// rows gathers the decisions of one page.
type rows struct {
	d     *engine.Decision
	rules *plan.Rules
	at    map[string]*Decision // by the owner's id
}

// name is what a row is known by while it is put together: the owner's id, or what stands in for it in a record that
// could not be read that far.
func name(ref string, kind record.Kind, key string) string {
	if ref != "" {
		return ref
	}
	return "\x00" + string(kind) + " " + key
}

func (r *rows) row(ref string, kind record.Kind, key string) *Decision {
	n := name(ref, kind, key)
	row := r.at[n]
	if row == nil {
		row = &Decision{Source: ref}
		r.at[n] = row
	}
	return row
}

// outcomes makes a row for every record that led to something.
func (r *rows) outcomes() {
	p := &r.d.Plan
	helpers := map[record.Key]*plan.Change{}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Helper {
			helpers[c.Key] = c
			continue
		}
		row := r.row(c.Source, c.Key.Kind, c.Key.ID)
		if c.After != nil && helpers[*c.After] != nil { // the helper is part of the first that needs it
			row.Changes = append(row.Changes, change(helpers[*c.After]))
			delete(helpers, *c.After)
		}
		row.Changes = append(row.Changes, change(c))
	}
	for i := range p.Settled {
		s := &p.Settled[i]
		row := r.row(s.Source, s.Kind, s.Key)
		row.Settled = append(row.Settled, Settled{Kind: s.Kind, Key: s.Key, To: s.To, Sum: SumText(s.Sum), Linked: s.Linked, Mark: s.Mark})
	}
	for i := range p.Held {
		h := &p.Held[i]
		row := r.row(h.Source, h.Kind, h.Key)
		held := Held{Kind: h.Kind, Key: h.Key, To: h.To, Sum: SumText(h.Sum), Code: h.Code, Args: h.Args, Stays: h.Stays, Quiet: h.Quiet, Mark: h.Mark}
		if h.Because != nil {
			held.Because = h.Because.String()
		}
		row.Held = append(row.Held, held)
	}
}

func change(c *plan.Change) Change {
	out := Change{Source: c.Source, Sum: SumText(c.Sum), Intent: c.Intent, Linked: c.Linked, Helper: c.Helper, Mark: c.Mark,
		Record: encode(&record.Record{Key: c.Key, Ref: c.Ref, Body: c.Want})}
	if c.After != nil {
		out.After = c.After.String()
	}
	return out
}

// inputs fills in what the rows were decided on.
func (r *rows) inputs() []Decision {
	out := make([]Decision, 0, len(r.at))
	var order []*Decision
	wanted := map[*Decision][]int{}
	for i := range r.d.Wanted {
		w := &r.d.Wanted[i]
		row := r.at[name(w.Ref, w.Key.Kind, w.Key.ID)]
		if row == nil {
			continue
		}
		if wanted[row] == nil {
			order = append(order, row)
		}
		wanted[row] = append(wanted[row], i)
		row.Read = append(row.Read, encode(w))
	}
	for _, row := range order {
		r.fill(row, wanted[row])
		out = append(out, *row)
	}
	return out
}

func (r *rows) fill(row *Decision, wanted []int) {
	records, agreed := make([]record.Record, len(wanted)), make(plan.Agreed, len(wanted))
	for i, at := range wanted {
		records[i], agreed[i] = r.d.Wanted[at], r.d.Agreed[at]
	}
	row.Agreed = AgreedOf(&agreed[0])
	seen := map[record.Key]bool{} // a query and one of our own links may have the same key
	for _, q := range plan.Needs(records, agreed, r.rules) {
		for _, k := range q.Kinds {
			for _, key := range q.Keys {
				if seen[record.Key{Kind: k, ID: key}] {
					continue
				}
				seen[record.Key{Kind: k, ID: key}] = true
				for _, hit := range r.d.Found.Get(k, key) {
					row.Found = append(row.Found, encode(&hit))
				}
			}
		}
	}
	r.said(row, records)
}

// said takes over what differs from run to run and concerns this record.
func (r *rows) said(row *Decision, records []record.Record) {
	for s, sum := range r.rules.Approved {
		if s.Ref != row.Source {
			continue
		}
		if row.Approved == nil {
			row.Approved = map[fault.Code]string{}
		}
		row.Approved[s.Code] = SumText(sum)
	}
	for s := range r.rules.Suspects {
		if s.Ref == row.Source {
			row.Suspected = append(row.Suspected, s.Code)
		}
	}
	row.Skipped = SumText(r.rules.Skipped[row.Source])
	refs := []string{row.Source}
	for i := range records {
		if o, ok := records[i].Body.(*record.Order); ok {
			refs = append(refs, record.FoldEmail(o.Email))
		}
	}
	for _, ref := range refs {
		if ref != "" && r.rules.Unsettled[ref] {
			row.Unsettled = append(row.Unsettled, ref)
		}
	}
	row.Begun = r.rules.Begun[row.Source]
	slices.Sort(row.Suspected)
}

// AgreedOf is an agreement as the journal keeps it.
func AgreedOf(l *plan.Last) Agreed {
	a := Agreed{Key: l.Key, To: l.To}
	for _, k := range []record.Kind{record.KindItem, record.KindStock, record.KindPrice} {
		if last := l.Of(k); *last != (plan.Agreement{}) {
			if a.Kinds == nil {
				a.Kinds = map[record.Kind]Last{}
			}
			a.Kinds[k] = Last{Set: last.Set, Sum: SumText(last.Sum), Level: last.Level}
		}
	}
	return a
}

// Last is the agreement as plan knows it. Families with one kind keep theirs where items do.
func (a *Agreed) Last() plan.Last {
	l := plan.Last{Key: a.Key, To: a.To}
	for k, last := range a.Kinds {
		*l.Of(k) = plan.Agreement{Set: last.Set, Sum: Sum(last.Sum), Level: last.Level}
	}
	return l
}

// family is the kind a decision's line is filed under.
func (d *Decision) family() record.Kind {
	if len(d.Read) == 0 {
		return ""
	}
	return d.Read[0].Kind.Family()
}

// keys are what a person may know the record by: its key, both sides' ids, document numbers, and
// who ordered.
func (d *Decision) keys() []string {
	var all []string
	add := func(texts ...string) {
		for _, t := range texts {
			if t != "" && !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	for i := range d.Read {
		add(d.Read[i].Key)
		switch b := d.Read[i].Body.(type) {
		case *record.Shipment:
			add(b.Order, b.External)
		case *record.Order:
			add(b.Email)
		}
	}
	add(d.Source, d.Agreed.To)
	for i := range d.Changes {
		c := &d.Changes[i]
		add(c.Ref)
		if s, ok := c.Body.(*record.SalesOrder); ok {
			add(s.External)
		}
		if c.Helper {
			add(c.Key)
		}
	}
	for _, s := range d.Settled {
		add(s.To, s.Mark)
	}
	for _, h := range d.Held {
		add(h.To, h.Mark)
	}
	return all
}
