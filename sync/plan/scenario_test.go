package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// A scenario file begins with sentences for a person and goes on with sections, each begun by "-- name --":
//
//	rules     what differs from testdata/default.rules
//	agreed    what both sides last had: records as the written side has them, and its id in to=
//	wanted    what the owner has now
//	found     what the other side has now; only what plan.Needs asks for is shown to plan.Make
//	linked    our own memory of orders
//	plan      what follows (written by -update)
//	why       the explanation, line by line (written by -update)
//
// A record is a line "kind KEY field=value ... flag ..."; indented lines below it are its parts.

// node is a record or a part of one, as written.
type node struct {
	words  []string
	fields map[string]string
	parts  []*node
	line   string
	t      testing.TB
}

// sections splits a file; the text before the first is under "".
func sections(text string) map[string]string {
	out, name := map[string]string{}, ""
	for line := range strings.Lines(text) {
		if head, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(head, " --") {
			name = strings.TrimSuffix(head, " --")
			continue
		}
		out[name] += line
	}
	return out
}

func parse(t testing.TB, text string) []*node {
	t.Helper()
	var nodes []*node
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n\r")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		n := parseLine(t, line)
		if strings.HasPrefix(line, " ") {
			last := nodes[len(nodes)-1]
			last.parts = append(last.parts, n)
			continue
		}
		nodes = append(nodes, n)
	}
	return nodes
}

func parseLine(t testing.TB, line string) *node {
	n := &node{fields: map[string]string{}, line: line, t: t}
	for _, token := range tokens(line) {
		if name, value, ok := strings.Cut(token, "="); ok {
			n.fields[name] = strings.ReplaceAll(value, `"`, "")
			continue
		}
		n.words = append(n.words, strings.ReplaceAll(token, `"`, ""))
	}
	return n
}

// tokens splits at spaces outside of quotes.
func tokens(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

// take removes a field; what is left over at the end is a mistake in the scenario.
func (n *node) take(name string) string {
	v := n.fields[name]
	delete(n.fields, name)
	return v
}

func (n *node) flag(name string) bool {
	for i, w := range n.words {
		if w == name {
			n.words = append(n.words[:i], n.words[i+1:]...)
			return true
		}
	}
	return false
}

func (n *node) done(words int) {
	if len(n.fields) > 0 || len(n.words) != words {
		n.t.Fatalf("%q: not understood: %v, words %q", n.line, n.fields, n.words)
	}
}

// scenario is a file read.
type scenario struct {
	rules  plan.Rules
	agreed map[string]plan.Last // by the owner's ref
	wanted []record.Record
	found  []record.Record
	linked []record.Record
}

func newScenario(t testing.TB, defaults string, s map[string]string) *scenario {
	t.Helper()
	sc := &scenario{rules: parseRules(t, defaults+"\n"+s["rules"]), agreed: map[string]plan.Last{}}
	sc.wanted = records(t, s["wanted"])
	sc.found = records(t, s["found"])
	for _, r := range records(t, s["linked"]) {
		sc.linked = append(sc.linked, record.Record{Key: r.Key, Ref: r.Ref}) // a link has no body
	}
	for _, n := range parse(t, s["agreed"]) {
		to, distrusted := n.take("to"), n.flag("distrusted")
		r := n.record()
		if item, ok := r.Body.(*record.Item); ok {
			item.SKU = r.Key.ID
		}
		last := sc.agreed[r.Ref]
		last.Key, last.To = r.Key.ID, to
		a := last.Of(r.Key.Kind)
		a.Set, a.Sum = !distrusted, record.SumOf(r.Body)
		if l, ok := r.Body.(record.Leveller); ok {
			a.Level = l.Level()
		}
		sc.agreed[r.Ref] = last
	}
	return sc
}

// records reads whole records.
func records(t testing.TB, text string) []record.Record {
	t.Helper()
	var out []record.Record
	for _, n := range parse(t, text) {
		out = append(out, n.record())
	}
	return out
}

// make decides as the engine does: ask first, then decide on what was found.
func (sc *scenario) make() plan.Plan {
	agreed := make(plan.Agreed, len(sc.wanted))
	for i := range sc.wanted {
		agreed[i] = sc.agreed[sc.wanted[i].Ref]
	}
	return plan.Make(sc.wanted, agreed, sc.answer(plan.Needs(sc.wanted, agreed, &sc.rules)), &sc.rules)
}

// answer is what both sides say to queries.
func (sc *scenario) answer(queries []record.Query) plan.Found {
	found := plan.Found{}
	for _, q := range queries {
		have := sc.found
		if q.Side == record.Links {
			have = sc.linked
		}
		for _, k := range q.Kinds {
			for _, key := range q.Keys {
				for _, r := range have {
					if r.Key == (record.Key{Kind: k, ID: key}) {
						if found[k] == nil {
							found[k] = map[string][]record.Record{}
						}
						found[k][key] = append(found[k][key], r)
					}
				}
			}
		}
	}
	return found
}

// apply makes everything planned agreed, as the engine does when every write succeeds.
func (sc *scenario) apply(p plan.Plan) {
	agree := func(kind record.Kind, key, source, to string, sum record.Sum, level int64) {
		last := sc.agreed[source]
		last.Key, last.To = key, to
		*last.Of(kind) = plan.Agreement{Set: true, Sum: sum, Level: level}
		sc.agreed[source] = last
	}
	for _, s := range p.Settled {
		agree(s.Kind, s.Key, s.Source, s.To, s.Sum, s.Level)
	}
	for _, c := range p.Changes {
		if c.Helper {
			continue
		}
		to := c.Ref
		if to == "" {
			to = fmt.Sprintf("new %s %s", c.Key.Kind.Family(), c.Key.ID)
		}
		agree(c.Key.Kind, c.Key.ID, c.Source, to, c.Sum, c.Level)
		if c.Key.Kind == record.KindOrder {
			sc.linked = append(sc.linked, record.Record{Key: c.Key, Ref: c.Source})
		}
	}
}
