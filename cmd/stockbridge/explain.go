package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

const explainJSON = `{"connection", "kind", "key": the owner's, "ref": the owner's id, "to": the other side's, "state": agreed|held|skipped|unknown,
 "live", "steps": [sentences: the decision], "rules": [{"setting", "value"}],
 "read", "wanted", "agreed", "sent", "answered": [{"at", "text", "fields": {name: value}, "entry": of the journal}],
 "missing": [sentences], "problem": as of problems, "exchanges": [as of journal]}`

func (a *app) explainCmd() *cobra.Command {
	var live bool
	allowed := append(record.Kinds(), record.KindShopper, record.KindInvoice, record.KindMark)
	c := &cobra.Command{Use: "explain CONNECTION KIND KEY", Short: "Why a record did or did not sync, rule by rule", Args: cobra.ExactArgs(3),
		Long: jsonDoc("Says what was read, wanted, agreed, sent and answered, which settings count, and what is missing: from what is\n"+
			"stored, without a call to either side. KIND is one of: "+kindWords(allowed)+". KEY is a SKU, an order's or a\n"+
			"document's number, an External Document No., an e-mail address, or the id at either side.", explainJSON)}
	c.Flags().BoolVar(&live, "live", false, "read both sides now and decide anew; writes nothing")
	c.RunE = func(c *cobra.Command, args []string) error {
		ks, err := kindsOf(c, "KIND", allowed, args[1:2])
		if err != nil {
			return err
		}
		if strings.TrimSpace(args[2]) == "" {
			return misused(c, "KEY is empty; it is a SKU, a number, an e-mail address, or an id.")
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			e, err := s.Explain(c.Context(), ipc.ExplainRequest{Connection: args[0], Kind: ks[0], Key: args[2], Live: live})
			if err != nil {
				return err
			}
			return a.print(e, func(w io.Writer) { writeExplanation(w, &e) })
		})
	}
	return c
}

func writeExplanation(w io.Writer, e *ipc.Explanation) {
	fmt.Fprintf(w, "%s %s %s: %s\n", e.Connection, e.Kind, e.Key, e.State)
	section := func(name string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(w, "\n%s\n  %s\n", name, strings.Join(lines, "\n  "))
		}
	}
	section("Missing", e.Missing)
	if e.Problem != nil {
		section("Problem", []string{e.Problem.ID + ", code " + string(e.Problem.Fault.Code) + ", since " + clock(e.Problem.First)})
	}
	section("Decision", e.Steps)
	section("Read", factLines(e.Read))
	section("Wanted", factLines(e.Wanted))
	section("Agreed", factLines(e.Agreed))
	section("Sent", factLines(e.Sent))
	section("Answered", factLines(e.Answered))
	var rules, exchanges []string
	for _, r := range e.Rules {
		rules = append(rules, r.Setting+" = "+r.Value)
	}
	section("Settings", rules)
	for i := range e.Exchanges {
		x := &e.Exchanges[i]
		exchanges = append(exchanges, fmt.Sprintf("%s %s %s %s %d", x.ID, clock(x.At), x.Method, short(x.Path), x.Status))
	}
	section("Journal", exchanges)
}

// factLines puts each fact into a line, and its values into the next.
func factLines(facts []ipc.Fact) (lines []string) {
	for i := range facts {
		f := &facts[i]
		line := f.Text
		if !f.At.IsZero() {
			line = clock(f.At) + "  " + line
		}
		lines = append(lines, line)
		var values []string
		for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
			values = append(values, name+" = "+f.Fields[name])
		}
		if len(values) > 0 {
			lines = append(lines, "    "+strings.Join(values, ", "))
		}
	}
	return lines
}
