package sim

import (
	"net/url"
	"strconv"
	"strings"
)

// query is the parsed query options of a request or of one $expand.
type query struct {
	filter condition // nil: everything
	fields []*field  // $select; nil: all
	order  []sortKey
	expand []expansion
	top    int // -1: not given
	skip   int
	count  bool
	after  []string // $skiptoken: the sort values and id of the last row sent
}

type sortKey struct {
	f    *field
	desc bool
}

type expansion struct {
	nav nav
	q   *query
}

// reader turns query options into queries; it knows the server's version and switches.
type reader struct {
	schema    *schema
	version   int
	wildcards bool
	nested    bool
}

func (rd *reader) read(set *entitySet, v url.Values) (*query, error) {
	q := &query{top: -1}
	steps := []struct {
		name string
		read func(string) error
	}{
		{"$filter", func(s string) (err error) { q.filter, err = rd.filter(set, s); return err }},
		{"$select", func(s string) (err error) { q.fields, err = rd.fields(set, s); return err }},
		{"$orderby", func(s string) (err error) { q.order, err = rd.order(set, s); return err }},
		{"$expand", func(s string) (err error) { q.expand, err = rd.expand(set, s); return err }},
		{"$top", func(s string) (err error) { q.top, err = readCount(s); return err }},
		{"$skip", func(s string) (err error) { q.skip, err = readCount(s); return err }},
		{"$count", func(s string) error { q.count = s == "true"; return nil }},
		{"$skiptoken", func(s string) error { q.after = readToken(s); return nil }},
		{"$search", func(string) error { return notImplemented("The '$search' query option is not supported.") }},
		{"$apply", func(string) error { return notImplemented("The '$apply' query option is not supported.") }},
	}
	for _, step := range steps {
		if s := v.Get(step.name); s != "" {
			if err := step.read(s); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

func readCount(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, syntaxError()
	}
	return n, nil
}

func (rd *reader) filter(set *entitySet, s string) (condition, error) {
	p := &parser{set: set, version: rd.version, wildcards: rd.wildcards, nested: rd.nested}
	return p.parse(s)
}

func (rd *reader) field(set *entitySet, name string) (*field, error) {
	f := set.byFold[strings.ToLower(name)]
	if f == nil || !f.served(rd.version) {
		return nil, noSuchField(name, set.entity)
	}
	return f, nil
}

func (rd *reader) fields(set *entitySet, s string) ([]*field, error) {
	out := []*field{}
	for _, name := range strings.Split(s, ",") {
		name = strings.TrimSpace(name)
		if _, ok := set.nav(name); ok {
			continue
		}
		if name == "*" {
			return nil, nil
		}
		f, err := rd.field(set, name)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (rd *reader) order(set *entitySet, s string) ([]sortKey, error) {
	var out []sortKey
	for _, part := range strings.Split(s, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 {
			return nil, syntaxError()
		}
		f, err := rd.field(set, words[0])
		if err != nil {
			return nil, err
		}
		out = append(out, sortKey{f, len(words) == 2 && words[1] == "desc"})
	}
	return out, nil
}

func (rd *reader) expand(set *entitySet, s string) ([]expansion, error) {
	var out []expansion
	for _, part := range splitOutside(s, ',') {
		name, options := strings.TrimSpace(part), url.Values{}
		if i := strings.IndexByte(name, '('); i >= 0 && strings.HasSuffix(name, ")") {
			for _, o := range splitOutside(name[i+1:len(name)-1], ';') {
				k, v, _ := strings.Cut(o, "=")
				options.Set(strings.TrimSpace(k), v)
			}
			name = name[:i]
		}
		n, ok := set.nav(name)
		if !ok {
			return nil, noSuchField(name, set.entity)
		}
		q, err := rd.read(rd.schema.sets[n.target], options)
		if err != nil {
			return nil, err
		}
		out = append(out, expansion{n, q})
	}
	return out, nil
}

// splitOutside splits s at sep where it stands outside parentheses and quotes.
func splitOutside(s string, sep byte) []string {
	var out []string
	depth, start, quoted := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == sep && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}
