package sim

import "strings"

// pattern is an eq whose literal AL reads as a filter expression: | or, & and, .. range, <> not, comparison signs,
// @ without case, * any text, ? one character (NOTES section 3, $filter; marked [?] there, so it is an option).
type pattern struct {
	o    operand
	expr string
}

func (c pattern) match(r *row) bool                { return matchFilter(c.expr, c.o.text(r)) }
func (c pattern) candidates(*table) ([]*row, bool) { return nil, false }
func (c pattern) fields(into map[string]bool)      { into[c.o.f.name] = true }

func matchFilter(expr, s string) bool {
	for _, alternative := range strings.Split(expr, "|") {
		all := true
		for _, part := range strings.Split(alternative, "&") {
			all = all && matchPart(part, s)
		}
		if all {
			return true
		}
	}
	return false
}

func matchPart(part, s string) bool {
	text := fold(s)
	part = fold(strings.TrimPrefix(part, "@"))
	if low, high, ok := strings.Cut(part, ".."); ok {
		return (low == "" || text >= low) && (high == "" || text <= high)
	}
	for _, op := range []string{"<>", "<=", ">=", "<", ">", "="} {
		rest, ok := strings.CutPrefix(part, op)
		if !ok {
			continue
		}
		n := strings.Compare(text, rest)
		switch op {
		case "<>":
			return !glob(rest, text)
		case "<=":
			return n <= 0
		case ">=":
			return n >= 0
		case "<":
			return n < 0
		case ">":
			return n > 0
		}
		return glob(rest, text)
	}
	return glob(part, text)
}

// glob matches * and ? by remembering the last star and trying it longer.
func glob(expr, s string) bool {
	e, t := []rune(expr), []rune(s)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(e) && e[i] == '*':
			star, mark = i, j
			i++
		case i < len(e) && (e[i] == '?' || e[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(e) && e[i] == '*' {
		i++
	}
	return i == len(e)
}
