package sim

import (
	"cmp"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// anything is what is left of a lambda.
type anything struct{}

func (anything) match(*row) bool                  { return true }
func (anything) candidates(*table) ([]*row, bool) { return nil, false }
func (anything) fields(map[string]bool)           {}

type both struct{ a, b condition }

func (c both) match(r *row) bool { return c.a.match(r) && c.b.match(r) }

func (c both) candidates(t *table) ([]*row, bool) {
	if rows, ok := c.a.candidates(t); ok {
		return rows, true
	}
	return c.b.candidates(t)
}

func (c both) fields(into map[string]bool) { c.a.fields(into); c.b.fields(into) }

type oneOf struct{ a, b condition }

func (c oneOf) match(r *row) bool                { return c.a.match(r) || c.b.match(r) }
func (c oneOf) candidates(*table) ([]*row, bool) { return nil, false }
func (c oneOf) fields(into map[string]bool)      { c.a.fields(into); c.b.fields(into) }

// either joins two conditions on one field; equalities merge into a set, so that a hundred keys are one look-up each.
func either(a, b condition) condition {
	x, ok := a.(equals)
	if !ok {
		return oneOf{a, b}
	}
	y, ok := b.(equals)
	if !ok || x.f != y.f {
		return oneOf{a, b}
	}
	for _, v := range y.list {
		if !x.set[v] {
			x.set[v] = true
			x.list = append(x.list, v)
		}
	}
	return x
}

// equals is text or id equality with one of several folded values.
type equals struct {
	f    *field
	list []string
	set  map[string]bool
}

func (c equals) match(r *row) bool {
	s, _ := r.v[c.f.index].(string)
	return c.set[fold(s)]
}

func (c equals) candidates(t *table) ([]*row, bool) {
	var out []*row
	if c.f.name == "id" {
		for _, id := range c.list {
			if r := t.byID[id]; r != nil {
				out = append(out, r)
			}
		}
		return out, true
	}
	idx, ok := t.indexes[c.f.name]
	if !ok {
		return nil, false
	}
	for _, v := range c.list {
		out = append(out, idx[v]...)
	}
	return out, true
}

func (c equals) fields(into map[string]bool) { into[c.f.name] = true }

type textMatch struct {
	o    operand
	kind string
	part string
}

func (c textMatch) match(r *row) bool {
	s := fold(c.o.text(r))
	switch c.kind {
	case "contains":
		return strings.Contains(s, c.part)
	case "startswith":
		return strings.HasPrefix(s, c.part)
	}
	return strings.HasSuffix(s, c.part)
}

func (c textMatch) candidates(*table) ([]*row, bool) { return nil, false }
func (c textMatch) fields(into map[string]bool)      { into[c.o.f.name] = true }

// comparison is any other comparison of a field with a value.
type comparison struct {
	o     operand
	op    string
	value any
}

func (p *parser) compare(o operand, op string, v any) condition {
	s, isText := v.(string)
	if isText && op == "eq" && o.f.kind <= codeType && p.wildcards && strings.ContainsAny(s, "*?|&@<>") || isText && p.wildcards && strings.Contains(s, "..") {
		return pattern{o, s}
	}
	if isText && op == "eq" && o.apply == nil {
		return equals{o.f, []string{fold(s)}, map[string]bool{fold(s): true}}
	}
	return comparison{o, op, v}
}

func (c comparison) match(r *row) bool {
	var n int
	if s, ok := c.value.(string); ok {
		n = strings.Compare(fold(c.o.text(r)), fold(s))
	} else {
		n = compareValues(r.v[c.o.f.index], c.value)
	}
	switch c.op {
	case "eq":
		return n == 0
	case "ne":
		return n != 0
	case "gt":
		return n > 0
	case "ge":
		return n >= 0
	case "lt":
		return n < 0
	}
	return n <= 0
}

func (c comparison) candidates(*table) ([]*row, bool) { return nil, false }
func (c comparison) fields(into map[string]bool)      { into[c.o.f.name] = true }

// compareValues orders two values of one field.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return strings.Compare(fold(x), fold(y))
	case decimal.Decimal:
		y, _ := b.(decimal.Decimal)
		return x.Cmp(y)
	case int64:
		y, _ := b.(int64)
		return cmp.Compare(x, y)
	case time.Time:
		y, _ := b.(time.Time)
		return x.Compare(y)
	case bool:
		if x == b {
			return 0
		}
		if x {
			return 1
		}
		return -1
	}
	return 0
}
