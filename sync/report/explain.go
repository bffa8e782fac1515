package report

import (
	"slices"
	"strings"
	"time"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/engine"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// Known is what is known of one record without asking either side.
type Known struct {
	Conf  settings.Connection // defaults filled in
	Now   time.Time
	Kind  record.Kind
	Asked string // what the person typed
	Key   string // the owner's key; Asked where nothing is known
	Ref   string // the owner's id; "" is unknown

	Link    *store.Link  // nil: not linked
	Problem *ipc.Problem // nil: none
	Skipped bool         // a person said to leave it
	Open    engine.Open  // where its flow stands
	Rules   *plan.Rules  // today's
	Entries []journal.Entry
	Stops   []string  // why its flow does not run
	LastOK  time.Time // when its flow last finished
	Live    *Seen     // nil: nobody was asked
}

// Names are what the record is known by, here and in the journal.
func (k *Known) Names() []string {
	names := []string{k.Asked}
	for _, n := range []string{k.Key, k.Ref, strings.ToUpper(k.Asked)} {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// Seen is what both sides said just now.
type Seen struct {
	Read, Other []record.Record
	Next        engine.Decision // what the next run would decide
	Anew        engine.Decision // what a comparison of both sides says, as if nothing had been agreed
	Err         error           // why it is not all
}

// explainer puts one explanation together.
type explainer struct {
	k   *Known
	e   ipc.Explanation
	row *journal.Entry  // the last decision on a record of the kind
	now engine.Decision // the same, decided again with what is agreed and set today
}

// Explain says why a record did or did not sync: every setting that counts, what was read, wanted, agreed, sent and
// answered, what is missing, and the decision step by step. It reads nothing but k.
func Explain(k *Known) ipc.Explanation {
	x := explainer{k: k, e: ipc.Explanation{Connection: k.Conf.Name, Kind: k.Kind, Key: k.Key, Ref: k.Ref, State: "unknown", Live: k.Live != nil,
		Steps: []string{}, Rules: []ipc.Rule{}, Read: []ipc.Fact{}, Wanted: []ipc.Fact{}, Agreed: []ipc.Fact{}, Sent: []ipc.Fact{},
		Answered: []ipc.Fact{}, Missing: []string{}}}
	x.state()
	x.rules()
	x.decide()
	if k.Live == nil {
		x.recorded()
	} else {
		x.live()
	}
	x.wanted()
	x.agreed()
	x.sent()
	x.answered()
	x.missing()
	return x.e
}

func (x *explainer) step(parts ...string) { x.e.Steps = append(x.e.Steps, strings.Join(parts, "")) }

// state fills in what is remembered: the link and the problem.
func (x *explainer) state() {
	k := x.k
	if k.Link != nil {
		x.e.Ref, x.e.To = k.Link.Ref, k.Link.To
		x.step("Linked: ", k.Link.Ref, " is ", orNothing(k.Link.To), " at the other side.")
		if k.Link.Of(k.Kind).Set {
			x.e.State = "agreed"
		}
	}
	if k.Asked != k.Key {
		x.step(k.Asked, " is known here as ", string(Flow(k.Kind)), " ", k.Key, ".")
	}
	if k.Ref != "" { // of a customer, an invoice or a mark its order is explained
		x.e.Kind = Flow(k.Kind)
	}
	if k.Problem != nil {
		x.e.Problem, x.e.State = k.Problem, "held"
		if k.Problem.Ref != "" {
			x.e.Ref = k.Problem.Ref
		}
	}
	if k.Skipped {
		x.e.State = "skipped"
	}
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Flow is the kind whose flow reads and writes records of a kind: customers, marks and invoices go with orders.
func Flow(k record.Kind) record.Kind {
	switch k {
	case record.KindShopper, record.KindInvoice, record.KindMark:
		return record.KindOrder
	}
	return k
}

// rules lists the settings that count for the kind.
func (x *explainer) rules() {
	tables := []string{"flows." + string(Flow(x.k.Kind))}
	switch x.k.Kind {
	case record.KindStock, record.KindPrice:
		tables = append(tables, "flows.items", "safety")
	case record.KindItem:
		tables = append(tables, "safety")
	case record.KindShipment:
		tables = append(tables, "flows.orders")
	}
	for _, t := range tables {
		for _, s := range settings.List(x.k.Conf, t) {
			x.e.Rules = append(x.e.Rules, ipc.Rule{Setting: s.Name, Value: s.Value})
		}
	}
}

// concerns reports whether a record of a kind belongs to what is explained: an item with its stock's decision, a
// customer with the order it was made for.
func (x *explainer) concerns(kind record.Kind) bool {
	if x.k.Kind.Family() == record.KindItem {
		return kind == x.k.Kind
	}
	return kind.Family() != record.KindItem
}

// decide finds the last decision that was recorded and makes it again with what is agreed and set now.
func (x *explainer) decide() {
	for i := range x.k.Entries {
		e := &x.k.Entries[i]
		if e.Decided != nil && slices.ContainsFunc(e.Decided.Read, func(r journal.Record) bool { return x.concerns(r.Kind) }) {
			x.row = e
			break
		}
	}
	if x.row == nil || x.k.Rules == nil {
		return
	}
	row := *x.row.Decided
	row.Agreed, row.Approved, row.Skipped, row.Unsettled, row.Begun = journal.Agreed{}, nil, "", nil, false
	if x.k.Link != nil {
		row.Agreed = journal.AgreedOf(&x.k.Link.Last)
	}
	if sum, skipped := x.k.Open.Skipped[row.Source]; skipped {
		row.Skipped = journal.SumText(sum)
	}
	for _, in := range x.k.Open.Intents {
		row.Begun = row.Begun || in.Kind == record.KindOrder && in.Source == row.Source
		if x.k.Now.Sub(in.At) < x.settle() {
			row.Unsettled = append(row.Unsettled, in.Source)
		}
	}
	rules := *x.k.Rules
	rules.Trace = true
	x.now, _ = Again([]*journal.Decision{&row}, &rules)
}

// settle is how long a lost create may still come through where the kind is written.
func (x *explainer) settle() time.Duration {
	if x.k.Kind.Family() == record.KindItem || x.k.Kind == record.KindShipment {
		return time.Duration(x.k.Conf.Shop.Settle)
	}
	return time.Duration(x.k.Conf.BC.Settle)
}

// recorded tells what was read last, what was found for it, and the decision.
func (x *explainer) recorded() {
	if x.row == nil {
		if x.k.Link != nil || x.k.Problem != nil {
			x.step("The journal holds no reading of it that led to anything. What both sides have now: --live.")
		} else {
			x.step("Nothing is known of ", string(x.k.Kind), " ", x.k.Asked, ": it is not linked, it is no problem, and no reading of it in the journal led to anything.")
		}
		return
	}
	at := " (" + moment(x.row.At) + ")."
	for i := range x.row.Decided.Read {
		r := &x.row.Decided.Read[i]
		if !x.concerns(r.Kind) {
			continue
		}
		fact := x.fact(r, "From its owner: ")
		x.e.Read = append(x.e.Read, fact)
		x.step("Read from its owner: ", strings.TrimPrefix(fact.Text, "From its owner: "), at)
	}
	for i := range x.row.Decided.Found {
		f := &x.row.Decided.Found[i]
		if f.Kind.Family() == record.KindItem && f.Kind != x.k.Kind && x.k.Kind.Family() == record.KindItem {
			continue
		}
		fact := x.fact(f, "Found: "+string(f.Kind)+" "+f.Key+" is "+f.Ref+" ")
		x.e.Read = append(x.e.Read, fact)
		x.step(strings.Replace(fact.Text, "Found: ", "Found at the other side: ", 1), ".")
	}
	x.trace(x.now.Plan.Trace)
}

func (x *explainer) trace(steps []plan.Step) {
	for _, s := range steps {
		if s.Kind == record.KindItem || s.Kind == x.k.Kind || x.k.Kind.Family() != record.KindItem {
			x.step(string(s.Kind), ": ", s.Text)
		}
	}
}

// fact puts a record of the last decision into words.
func (x *explainer) fact(r *journal.Record, prefix string) ipc.Fact {
	f := ipc.Fact{At: x.row.At, Entry: x.row.ID, Text: strings.TrimSpace(prefix + Describe(r.Body)), Fields: fields(r.Body)}
	if r.Code != "" {
		f.Text = prefix + CodeFault(r.Code, r.Args).Text
	}
	return f
}

// fields are the values of a body that say something.
func fields(b record.Body) map[string]string {
	out := map[string]string{}
	for _, f := range record.Fields(b) {
		if f.Value != "" {
			out[f.Name] = f.Value
		}
	}
	return out
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") + " UTC" }
