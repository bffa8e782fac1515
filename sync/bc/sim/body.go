package sim

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// member is one property of a request body: a field and its value, or the rows of a deep insert.
type member struct {
	f    *field
	v    any
	nav  nav
	rows [][]member
}

// parseBody reads a body before any business logic runs: unknown names, nulls, read-only fields, wrong types and
// over-long texts are refused for the whole body, nested rows included. Members keep the order of the JSON.
func (s *Server) parseBody(set *entitySet, raw []byte, insert bool) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed()
	}
	var out []member
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, malformed()
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, malformed()
		}
		if strings.Contains(name, "@odata.") {
			continue
		}
		m, err := s.parseMember(set, name, value, insert)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed()
	}
	if s.opt.PageOrder {
		slices.SortStableFunc(out, func(a, b member) int { return a.position() - b.position() })
	}
	return out, nil
}

// position is the member's place on the page; nested rows come last.
func (m member) position() int {
	if m.f == nil {
		return 1 << 20
	}
	return m.f.index
}

func (s *Server) parseMember(set *entitySet, name string, value json.RawMessage, insert bool) (member, error) {
	if n, ok := set.nav(name); ok && n.name == name && n.many {
		if !insert {
			return member{}, badRequest("BadRequest", "Nested updates of '"+name+"' are not supported.")
		}
		return s.parseRows(n, value)
	}
	f := set.byName[name]
	if f == nil || !f.served(s.version) {
		return member{}, noProperty(name, set.entity)
	}
	if f.readOnly {
		return member{}, badRequest("BadRequest_InvalidOperation", "Control '"+f.caption+"' is read-only.")
	}
	v, err := f.read(value)
	return member{f: f, v: v}, err
}

func (s *Server) parseRows(n nav, value json.RawMessage) (member, error) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return member{}, malformed()
	}
	m := member{nav: n, rows: [][]member{}}
	for _, raw := range list {
		row, err := s.parseBody(s.schema.sets[n.target], raw, true)
		if err != nil {
			return member{}, err
		}
		m.rows = append(m.rows, row)
	}
	return m, nil
}

func malformed() error {
	return badRequest("BadRequest", "Invalid JSON. The request body could not be read.")
}

// given returns the value of a member, nil where the body has none.
func given(ms []member, name string) any {
	for _, m := range ms {
		if m.f != nil && m.f.name == name {
			return m.v
		}
	}
	return nil
}

func givenText(ms []member, name string) string {
	v, _ := given(ms, name).(string)
	if v == zeroGUID {
		return ""
	}
	return v
}
