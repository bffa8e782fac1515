package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

var update = flag.Bool("update", false, "write the outcome into testdata")

// TestScenarios decides every scenario of testdata, and once more on what results: then nothing is left to write.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	defaults, err := os.ReadFile("testdata/default.rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := sections(string(text))
			sc := newScenario(t, string(defaults), parts)
			p := sc.make()
			inOneList(t, sc.wanted, p)
			got := "-- plan --\n" + describe(p) + "-- why --\n" + why(p.Trace)
			if *update {
				write(t, file, string(text), got)
			} else if diff := cmp.Diff("-- plan --\n"+parts["plan"]+"-- why --\n"+parts["why"], got); diff != "" {
				t.Errorf("another outcome (-file +now; go test -update writes it):\n%s", diff)
			}
			sc.apply(p)
			if again := sc.make(); len(again.Changes)+len(again.Settled) > 0 {
				t.Errorf("decided again on what results:\n%s", describe(again))
			}
		})
	}
}

func write(t *testing.T, file, text, outcome string) {
	head, _, _ := strings.Cut(text, "-- plan --\n")
	if err := os.WriteFile(file, []byte(strings.TrimRight(head, "\n")+"\n"+outcome), 0o644); err != nil {
		t.Fatal(err)
	}
}

// describe writes a plan as sentences.
func describe(p plan.Plan) string {
	var b strings.Builder
	for i := range p.Changes {
		c := &p.Changes[i]
		verb := "update " + c.Ref + " with"
		if c.Ref == "" {
			verb = "create"
		}
		fmt.Fprintf(&b, "%s %s%s\n", verb, c.Key, notes(map[string]bool{"first link": c.Linked, "on behalf of an order": c.Helper, "leave a mark": c.Mark}))
		if c.After != nil {
			fmt.Fprintf(&b, "    after %s\n", c.After)
		}
		b.WriteString(body(c.Want))
	}
	for _, s := range p.Settled {
		to := "with nothing"
		if s.To != "" {
			to = "with " + s.To
		}
		fmt.Fprintf(&b, "agree on %s %s %s%s\n", s.Kind, s.Key, to, notes(map[string]bool{"first link": s.Linked, "leave the mark " + s.Mark: s.Mark != ""}))
	}
	for _, h := range p.Held {
		fmt.Fprintf(&b, "hold %s %s: %s%s\n    %s\n", h.Kind, h.Key, h.Code,
			notes(map[string]bool{"no problem": h.Quiet, "until a person retries, exists as " + h.To: h.Stays}),
			fault.Fill(fault.Codes[h.Code].Text, h.Code, h.Args))
		if h.Because != nil {
			fmt.Fprintf(&b, "    because of %s\n", h.Because)
		}
	}
	if n := len(p.Unchanged); n > 0 {
		fmt.Fprintf(&b, "leave %d as agreed\n", n)
	}
	return b.String()
}

func notes(on map[string]bool) string {
	var out []string
	for _, n := range []string{"first link", "on behalf of an order", "leave a mark", "no problem"} {
		if on[n] {
			out = append(out, n)
		}
		delete(on, n)
	}
	for n, yes := range on {
		if yes {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

func body(b record.Body) string {
	switch b := b.(type) {
	case *record.Item:
		return fmt.Sprintf("    %q, %s, tax class %q, stock counted: %v\n", b.Name, b.Status, b.TaxClass, b.Managed)
	case *record.Stock:
		if !b.Managed {
			return "    not counted\n"
		}
		return "    " + record.Text(b.Quantity) + "\n"
	case *record.Price:
		return fmt.Sprintf("    %s, including VAT: %v\n", b.Regular, b.IncludesTax)
	case *record.Shopper:
		return fmt.Sprintf("    %s, %s, %s, %s %s\n", b.Billing.Name(), b.Email, b.Billing.Line1, b.Billing.PostCode, b.Billing.City)
	case *record.Shipment:
		return fmt.Sprintf("    shipment %s of %s, %d lines, complete: %v\n", b.Number, b.External, len(b.Lines), b.Complete)
	case *record.SalesOrder:
		return salesOrder(b)
	}
	return fmt.Sprintf("    %T\n", b)
}

func salesOrder(o *record.SalesOrder) string {
	var b strings.Builder
	vat := "without VAT"
	if o.IncludesTax {
		vat = "including VAT"
	}
	fmt.Fprintf(&b, "    for customer %q (%s), dated %s, prices %s\n", o.CustomerID, o.Customer.ID, o.Date.Format("2006-01-02"), vat)
	for _, l := range o.Lines {
		switch l.Type {
		case record.LineComment:
			fmt.Fprintf(&b, "    comment       %q\n", l.Description)
		case record.LineItem:
			fmt.Fprintf(&b, "    item %-8s %s x %s - %s  %q\n", l.ItemID, record.Text(l.Quantity), l.UnitPrice, l.Discount, l.Description)
		case record.LineAccount:
			fmt.Fprintf(&b, "    account %-5s %s x %s - %s  %q\n", l.Account, record.Text(l.Quantity), l.UnitPrice, l.Discount, l.Description)
		}
	}
	sum, err := plan.LinesTotal(o.Lines)
	fmt.Fprintf(&b, "    lines %s, total %s %s, of which VAT %s", record.Text(sum), o.Currency, o.Total, o.Tax)
	if err != nil || sum.Cmp(o.Total) != 0 {
		b.WriteString(" THE LINES DO NOT ADD UP")
	}
	return b.String() + "\n"
}

func why(steps []plan.Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "%s %s: %s\n", s.Kind, s.Key, s.Text)
	}
	return b.String()
}

// inOneList checks invariant 4: every record read ends in exactly one list.
func inOneList(t interface{ Errorf(string, ...any) }, wanted []record.Record, p plan.Plan) {
	type id struct {
		kind   record.Kind
		source string
	}
	left := map[id]int{}
	for _, w := range wanted {
		left[id{w.Key.Kind, w.Ref}]++
	}
	for _, c := range p.Changes {
		if !c.Helper {
			left[id{c.Key.Kind, c.Source}]--
		}
	}
	for _, s := range p.Settled {
		left[id{s.Kind, s.Source}]--
	}
	for _, h := range p.Held {
		if !h.Quiet || h.Because == nil { // a stock or price recalled with its item comes on top
			left[id{h.Kind, h.Source}]--
		}
	}
	for _, i := range p.Unchanged {
		left[id{wanted[i].Key.Kind, wanted[i].Ref}]--
	}
	for k, n := range left {
		if n != 0 {
			t.Errorf("%s of %s is in %d lists too few", k.kind, k.source, n)
		}
	}
}
