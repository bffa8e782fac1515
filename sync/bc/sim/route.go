package sim

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

// target is what a path points at.
type target struct {
	co     *Company // nil for the companies themselves
	table  *table
	base   []*row // the rows of a navigation; nil is the whole table
	nested bool   // base is meant, even when empty
	row    *row   // one record
	parent *row   // the record a navigation starts from
	action string
	count  bool
	path   string // as @odata.context names it
}

// segment is one part of a path: name, or name(key).
type segment struct{ name, key string }

func segments(path string) ([]segment, error) {
	var out []segment
	for _, p := range strings.Split(strings.Trim(path, "/"), "/") {
		p, err := url.PathUnescape(p)
		if err != nil {
			return nil, syntaxError()
		}
		s := segment{name: p}
		if i := strings.IndexByte(p, '('); i > 0 && strings.HasSuffix(p, ")") {
			s.name, s.key = p[:i], strings.Trim(p[i+1:len(p)-1], "'")
			s.key = strings.ToLower(strings.TrimPrefix(s.key, "id="))
		}
		out = append(out, s)
	}
	return out, nil
}

// serve answers one call.
func (s *Server) serve(c *call, t *tx) (*reply, error) {
	segs, err := segments(c.path)
	if err != nil {
		return nil, err
	}
	switch segs[0].name {
	case "":
		return s.serviceDocument(), nil
	case "$metadata":
		return &reply{http.StatusOK, "application/xml", s.metadata()}, nil
	}
	to, err := s.resolve(c, segs)
	if err != nil {
		return nil, err
	}
	t.co = to.co
	switch c.method {
	case http.MethodGet:
		return s.get(c, t, to)
	case http.MethodPost:
		return s.post(c, t, to)
	case http.MethodPatch:
		return s.patch(c, t, to)
	case http.MethodDelete:
		return s.remove(c, t, to)
	}
	return nil, notAllowed(c.method, to.table.set.entity)
}

// resolve finds the company and walks the rest of the path.
func (s *Server) resolve(c *call, segs []segment) (*target, error) {
	if segs[0].name == "companies" && len(segs) == 1 {
		to := &target{table: s.companies, path: "companies"}
		if segs[0].key != "" {
			return to.pick(segs[0].key)
		}
		return to, nil
	}
	if segs[0].name == "companies" && segs[0].key == "" {
		if segs[1].name == "$count" {
			return &target{table: s.companies, path: "companies", count: true}, nil
		}
		return nil, noRoute(segs[1].name)
	}
	name := c.query.Get("company")
	if h := c.header.Get("Company"); name == "" {
		name = h
	}
	if segs[0].name == "companies" {
		name, segs = segs[0].key, segs[1:]
	}
	co := s.company(name)
	if co == nil {
		return nil, &failure{http.StatusNotFound, "Internal_CompanyNotFound", "Cannot process the request because the default company cannot be found. " +
			"You can specify a default company in the service configuration file, or specify one for each tenant, or add a query string in the form of \"company=[name]\"."}
	}
	return s.walk(co, segs)
}

// company finds a company by id or, case-sensitively, by name.
func (s *Server) company(key string) *Company {
	for _, c := range s.list {
		if c.ID == strings.ToLower(key) || c.Name == key {
			return c
		}
	}
	return nil
}

func (s *Server) walk(co *Company, segs []segment) (*target, error) {
	tb, ok := co.tables[segs[0].name]
	if !ok || tb.set.since > s.version || segs[0].name == "companies" {
		return nil, noRoute(segs[0].name)
	}
	to := &target{co: co, table: tb, path: "companies(" + co.ID + ")/" + segs[0].name}
	if segs[0].key != "" {
		if _, err := to.pick(segs[0].key); err != nil {
			return nil, err
		}
	}
	for _, seg := range segs[1:] {
		if err := to.step(seg); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// pick narrows to the record of a key.
func (to *target) pick(key string) (*target, error) {
	if _, err := uuid.Parse(key); err != nil {
		return nil, syntaxError()
	}
	r := to.table.byID[key]
	if r == nil || (to.nested && r.text(to.via()) != to.parent.id) {
		return nil, notFound("The " + to.table.set.table + " does not exist. Identification fields and values: SystemId='" + key + "'")
	}
	to.row = r
	to.path += "(" + key + ")"
	return to, nil
}

func (to *target) via() string {
	for _, n := range to.parent.in.set.navs {
		if n.target == to.table.set.name && n.many {
			return n.via
		}
	}
	return "id"
}

func (to *target) step(seg segment) error {
	if seg.name == "$count" && to.row == nil {
		to.count = true
		return nil
	}
	if to.row == nil || to.count || to.action != "" {
		return noRoute(seg.name)
	}
	if name, ok := cutPrefixFold(seg.name, "Microsoft.NAV."); ok {
		for _, a := range to.table.set.actions {
			if strings.EqualFold(a, name) {
				to.action = a
				return nil
			}
		}
		return notImplemented("The action '" + name + "' is not defined on '" + to.table.set.entity + "'.")
	}
	n, ok := to.table.set.nav(seg.name)
	if !ok {
		return noRoute(seg.name)
	}
	rows := to.co.follow(to.row, n)
	next := &target{co: to.co, table: to.co.tables[n.target], parent: to.row, nested: n.many, base: rows, path: to.path + "/" + n.name}
	if !n.many {
		if len(rows) == 0 {
			return notFound("The " + next.table.set.table + " does not exist.")
		}
		next.row = rows[0]
	}
	*to = *next
	if n.many && seg.key != "" {
		_, err := to.pick(seg.key)
		return err
	}
	return nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// follow returns the rows a navigation property leads to.
func (c *Company) follow(r *row, n nav) []*row {
	tb := c.tables[n.target]
	if n.many {
		return tb.find(n.via, r.id)
	}
	if other := tb.byID[r.text(n.via)]; other != nil {
		return []*row{other}
	}
	return nil
}
