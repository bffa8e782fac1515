package sim

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkHundredKeys looks 100 of 10,000 items up by number: the look-up a connector makes for every page.
func BenchmarkHundredKeys(b *testing.B) {
	s, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	co := s.AddCompany("X")
	var terms []string
	for i := range 10_000 {
		n := fmt.Sprintf("N%05d", i)
		if _, err := co.AddItem(Item{Number: n, Name: n}); err != nil {
			b.Fatal(err)
		}
		if i%100 == 0 {
			terms = append(terms, "number eq '"+n+"'")
		}
	}
	filter := strings.Join(terms, " or ")
	tb := co.tables["items"]
	for b.Loop() {
		rd := &reader{schema: s.schema, version: s.version}
		c, err := rd.filter(tb.set, filter)
		if err != nil {
			b.Fatal(err)
		}
		p, err := (&query{filter: c, top: -1}).run(tb, nil, false, 20000)
		if err != nil || len(p.rows) != 100 {
			b.Fatal(len(p.rows), err)
		}
	}
}
