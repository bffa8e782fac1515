package report

import (
	"time"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// missing says what stands in the way; of a record nobody has heard of, what to check.
func (x *explainer) missing() {
	k := x.k
	add := func(text string) { x.e.Missing = append(x.e.Missing, text) }
	for _, s := range k.Stops {
		add(s)
	}
	if p := k.Problem; p != nil {
		text := p.Fault.Text + guardNote(p.Fault.Code, p.ID)
		switch {
		case p.Next.IsZero() || k.Skipped:
		case p.Next.After(k.Now):
			text += " It is looked at again by itself at " + moment(p.Next) + "."
		default:
			text += " It is looked at again by itself with the next run."
		}
		add(text)
	}
	for _, in := range k.Open.Intents {
		if in.Source == x.e.Ref && x.e.Ref != "" || in.Key == k.Key {
			add("A create of " + string(in.Kind) + " " + in.Key + " was sent at " + moment(in.At) + " and its answer is not known; it is looked for before anything is sent again.")
		}
	}
	for _, m := range k.Open.Marks {
		if m.Ref == x.e.Ref {
			add("The mark with number " + m.Body.Document + " is still to be left at the owner's record.")
		}
	}
	x.unanswered()
	switch {
	case x.e.State != "unknown":
	case k.Link != nil:
		add("It is linked, and its " + string(k.Kind) + " were never agreed on: that flow has not come to it yet.")
	case x.row == nil:
		for _, text := range x.checks() {
			add(text)
		}
	}
}

// unanswered tells of a decision whose answer is not in the journal.
func (x *explainer) unanswered() {
	if len(x.e.Sent) == 0 || x.e.Sent[0].At.IsZero() {
		return
	}
	for _, a := range x.e.Answered {
		if !a.At.Before(x.e.Sent[0].At) {
			return
		}
	}
	x.e.Missing = append(x.e.Missing, "No answer is recorded to what was decided at "+moment(x.e.Sent[0].At)+": it was not sent, or the run ended before the answer came.")
}

// checks are what to look at for a record that left no trace.
func (x *explainer) checks() []string {
	o := &x.k.Conf.Flows.Orders
	key := x.k.Asked
	spelled := "Is \"" + key + "\" spelled as its owner spells it, capitals and zeros included?"
	if x.k.Live == nil {
		spelled += " Ask both sides now: stockbridge explain " + x.k.Conf.Name + " " + string(x.k.Kind) + " " + key + " --live."
	}
	all := []string{spelled}
	from := o.From.Format(time.RFC3339)
	switch x.k.Kind {
	case record.KindItem:
		all = append(all, "Does Business Central have an item with No. "+key+"? An item without a No. or a description can't be a product; its No. is the shop's SKU.")
		if x.k.Conf.Flows.Items.LinkOnly {
			all = append(all, "[flows.items] link_only is true: an item the shop does not sell under this SKU stays out.")
		}
		all = append(all, "A blocked item the shop does not have stays out.")
	case record.KindStock, record.KindPrice:
		all = append(all, "The "+string(x.k.Kind)+" of an item follow the item: is it in the shop? stockbridge explain "+x.k.Conf.Name+" items "+key+".")
	case record.KindShipment:
		all = append(all, "Is the shipment posted in Business Central? Only posted shipments are read, from "+from+" on ([flows.orders] from).",
			"Does its External Document No. begin with \""+o.ExternalPrefix+"\" ([flows.orders] external_prefix)? Others belong to no order of this shop.",
			"Did its order come in through this connection? A shipment waits for its order.")
	default:
		if x.k.Kind == record.KindShopper {
			all = append(all, "A customer is found by the e-mail address of an order that came in, or by the number under which Stockbridge made the customer in Business Central. Of its order:")
		}
		all = append(all, "Was the order placed before "+from+" ([flows.orders] from, the cut-over moment)? Older orders stay out.",
			"Is it paid? Unpaid orders wait, but for the statuses in [flows.orders] take_unpaid.",
			"Is it cancelled, refunded or failed? Such an order stays out until it is paid again.",
			"In Business Central it is under External Document No. "+plan.External(o.ExternalPrefix, "NUMBER")+".")
	}
	last := "never"
	if !x.k.LastOK.IsZero() {
		last = "at " + moment(x.k.LastOK)
	}
	return append(all, "Has the flow run since it was made? It runs every "+x.every()+"; it last finished "+last+".")
}

func (x *explainer) every() string {
	s := x.k.Conf.Flows.Schedule(Flow(x.k.Kind))
	text := s.Every.String()
	if s.Between != "" {
		text += ", between " + s.Between
	}
	return text
}
