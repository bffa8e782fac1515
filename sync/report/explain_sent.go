package report

import (
	"stockbridge/store/journal"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// live tells what both sides said just now, and what follows.
func (x *explainer) live() {
	s := x.k.Live
	for i := range s.Read {
		r := &s.Read[i]
		if !x.concerns(r.Key.Kind) {
			continue
		}
		x.e.Ref = r.Ref
		x.seen(r, "From its owner: ", "Read from its owner: ")
	}
	if len(s.Read) == 0 && s.Err == nil {
		x.step("The owner of this kind has no record ", x.k.Asked, ".")
	}
	for i := range s.Other {
		x.seen(&s.Other[i], "At the other side: "+s.Other[i].Ref+", ", "Found at the other side: "+s.Other[i].Ref+", ")
	}
	if len(s.Next.Plan.Trace) > 0 {
		x.step("The next run decides:")
		x.trace(s.Next.Plan.Trace)
	}
	if len(s.Anew.Plan.Trace) > 0 {
		x.step("Compared anew, as if nothing had been agreed:")
		x.trace(s.Anew.Plan.Trace)
	}
	if s.Err != nil {
		x.step("It can't be read now: ", fault.As(s.Err).Sentence())
	}
}

func (x *explainer) seen(r *record.Record, fact, step string) {
	text := Describe(r.Body)
	if r.Err != nil {
		text = fault.As(r.Err).Sentence()
	}
	x.e.Read = append(x.e.Read, ipc.Fact{At: x.k.Now, Text: fact + text, Fields: fields(r.Body)})
	x.step(step, text, ".")
}

// wanted says what the other side is to have: what a run would write now, or else what was last to be written.
func (x *explainer) wanted() {
	changes := x.now.Plan.Changes
	if x.k.Live != nil {
		changes = x.k.Live.Next.Plan.Changes
	}
	for i := range changes {
		if c := &changes[i]; x.concerns(c.Key.Kind) {
			x.e.Wanted = append(x.e.Wanted, ipc.Fact{Text: changeText(c.Key, c.Ref, c.Want) + ", with the next run", Fields: fields(c.Want)})
		}
	}
	if len(x.e.Wanted) > 0 {
		return
	}
	for i := range x.k.Entries {
		if e := &x.k.Entries[i]; e.Decided != nil {
			x.e.Wanted = append(x.e.Wanted, x.changes(e)...)
		}
		if len(x.e.Wanted) > 0 {
			return
		}
	}
}

// changes are what a decision wanted written.
func (x *explainer) changes(e *journal.Entry) (all []ipc.Fact) {
	for i := range e.Decided.Changes {
		c := &e.Decided.Changes[i]
		if x.concerns(c.Kind) {
			all = append(all, ipc.Fact{At: e.At, Entry: e.ID, Fields: fields(c.Body), Text: changeText(record.Key{Kind: c.Kind, ID: c.Key}, c.Ref, c.Body)})
		}
	}
	return all
}

func changeText(key record.Key, ref string, want record.Body) string {
	verb := "Create "
	if ref != "" {
		verb = "Update " + ref + ": "
	}
	text := Describe(want)
	if text == "" {
		text = "(not kept)"
	}
	return verb + key.String() + ": " + text
}

// agreed says what both sides last had.
func (x *explainer) agreed() {
	l := x.k.Link
	if l == nil {
		return
	}
	a := l.Of(x.k.Kind)
	if !a.Set {
		return
	}
	text := "Both sides have what was read of " + string(x.k.Kind) + " " + l.Key
	if l.To == "" {
		text = "Left out of the other side on purpose, as it was read"
	} else if want := x.lastBody(); want != nil {
		if number := agreed(a, want); number != "" {
			text = number
		}
	}
	x.e.Agreed = append(x.e.Agreed, ipc.Fact{Text: text, Fields: map[string]string{"digest": journal.SumText(a.Sum), "to": l.To}})
}

// lastBody is what of the kind was last read, or what a number of it looks like.
func (x *explainer) lastBody() record.Body {
	switch x.k.Kind {
	case record.KindStock:
		return &record.Stock{}
	case record.KindPrice:
		currency := ""
		if x.k.Rules != nil {
			currency = x.k.Rules.ShopCurrency
		}
		return &record.Price{Regular: record.Money{Currency: currency}}
	}
	return nil
}

// sent lists what was decided to be written, the newest first.
func (x *explainer) sent() {
	for i := range x.k.Entries {
		if e := &x.k.Entries[i]; e.Decided != nil {
			x.e.Sent = append(x.e.Sent, x.changes(e)...)
		}
	}
}

// answered lists what came back, the newest first.
func (x *explainer) answered() {
	customers := map[string]bool{}
	for i := range x.k.Entries {
		if d := x.k.Entries[i].Decided; d != nil {
			for n := range d.Changes {
				customers[d.Changes[n].Key] = customers[d.Changes[n].Key] || d.Changes[n].Helper
			}
		}
	}
	for i := range x.k.Entries {
		e := &x.k.Entries[i]
		for n := range e.Answered {
			a := &e.Answered[n]
			mine := a.Source == x.e.Ref && x.e.Ref != "" || a.Key == x.k.Key || customers[a.Key]
			if mine && x.concerns(a.Kind) {
				x.e.Answered = append(x.e.Answered, ipc.Fact{At: e.At, Entry: e.ID, Text: answerText(a), Fields: answerFields(a)})
			}
		}
	}
}

func answerText(a *journal.Answer) string {
	what := string(a.Kind) + " " + a.Key
	if a.Code != "" {
		text := what + ": " + CodeFault(a.Code, a.Args).Text
		if a.Detail != "" {
			text += " (" + a.Detail + ")"
		}
		return text
	}
	if a.Receipt != "" {
		return what + ": accepted, the outcome comes later"
	}
	if a.Number != "" {
		return what + ": written as " + a.Number
	}
	return what + ": written as " + a.Ref
}

func answerFields(a *journal.Answer) map[string]string {
	out := map[string]string{}
	for name, value := range map[string]string{"ref": a.Ref, "number": a.Number, "code": string(a.Code), "receipt": a.Receipt} {
		if value != "" {
			out[name] = value
		}
	}
	return out
}

// guardNote says what lets a guarded record through.
func guardNote(code fault.Code, id string) string {
	if plan.Guards(code) {
		return " Let it through: stockbridge problems approve " + id + "."
	}
	return ""
}
