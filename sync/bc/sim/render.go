package sim

import (
	"net/http"
	"strconv"
	"strings"
)

// get answers reads.
func (s *Server) get(c *call, t *tx, to *target) (*reply, error) {
	rd := &reader{s.schema, s.version, s.opt.Wildcards, c.query.Get("$schemaversion") == "2.1"}
	q, err := rd.read(to.table.set, c.query)
	if err != nil {
		return nil, err
	}
	if err := s.mayRead(to.table.set); err != nil {
		return nil, err
	}
	if to.action != "" {
		return nil, notAllowed(c.method, to.table.set.entity)
	}
	if to.row != nil {
		if !s.visible(to.row) {
			return nil, notFound("The " + to.table.set.table + " does not exist.")
		}
		s.refresh(t, to.row)
		return s.entity(http.StatusOK, to, to.row, q), nil
	}
	if needsParent(to, q) {
		return nil, dialog("You must specify an Id or a Document Id to get the lines.")
	}
	return s.collection(c, t, to, q)
}

// needsParent reports a request for lines of every document, which their buffer table can't answer.
func needsParent(to *target, q *query) bool {
	if to.nested || to.table.set.table != "Sales Invoice Line Aggregate" {
		return false
	}
	if q.filter != nil {
		names := map[string]bool{}
		q.filter.fields(names)
		return !names["id"] && !names["documentId"]
	}
	return true
}

func (s *Server) collection(c *call, t *tx, to *target, q *query) (*reply, error) {
	size := s.opt.MaxPage
	for _, p := range c.header.Values("Prefer") {
		for _, one := range strings.Split(p, ",") {
			if n, ok := strings.CutPrefix(strings.TrimSpace(one), "odata.maxpagesize="); ok {
				if n, err := strconv.Atoi(n); err == nil && n > 0 {
					size = min(size, n)
				}
			}
		}
	}
	if q.filter = s.visibleFilter(to.table.set, q.filter); to.count {
		all, err := (&query{filter: q.filter, top: -1, count: true}).run(to.table, to.base, to.nested, 0)
		if err != nil {
			return nil, err
		}
		return &reply{http.StatusOK, "text/plain", []byte("\ufeff" + strconv.Itoa(all.total))}, nil
	}
	p, err := q.run(to.table, to.base, to.nested, size)
	if err != nil {
		return nil, err
	}
	for _, r := range p.rows {
		s.refresh(t, r)
	}
	dst := append([]byte(`{"@odata.context":`), appendJSON(nil, s.root()+"/$metadata#"+to.path)...)
	if q.count {
		dst = append(dst, `,"@odata.count":`...)
		dst = strconv.AppendInt(dst, int64(p.total), 10)
	}
	dst = append(dst, `,"value":[`...)
	for i, r := range p.rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendRow(append(dst, '{'), to.co, r, q)
	}
	dst = append(dst, ']')
	if p.token != "" {
		dst = append(dst, `,"@odata.nextLink":`...)
		dst = appendJSON(dst, s.nextLink(c, q, p, size))
	}
	return &reply{http.StatusOK, jsonType, append(dst, '}')}, nil
}

// entity answers with one record.
func (s *Server) entity(status int, to *target, r *row, q *query) *reply {
	path := to.path
	if i := strings.LastIndexByte(path, '('); i >= 0 && strings.HasSuffix(path, "("+r.id+")") {
		path = path[:i]
	}
	dst := append([]byte(`{"@odata.context":`), appendJSON(nil, s.root()+"/$metadata#"+path+"/$entity")...)
	dst = s.appendRow(append(dst, ','), to.co, r, q)
	return &reply{status, jsonType, dst}
}

// appendRow writes the members of a row and the closing brace.
func (s *Server) appendRow(dst []byte, co *Company, r *row, q *query) []byte {
	dst = append(dst, `"@odata.etag":`...)
	dst = appendJSON(dst, r.tag(s.version))
	fields := q.fields
	if fields == nil {
		fields = r.in.set.fields
	}
	for _, f := range fields {
		if !f.served(s.version) {
			continue
		}
		dst = append(append(dst, ',', '"'), f.name...)
		if f.kind == streamType {
			link := appendJSON(nil, s.root()+"/companies("+co.ID+")/"+r.in.set.name+"("+r.id+")/"+f.name)
			dst = append(append(dst, `@odata.mediaEditLink":`...), link...)
			dst = append(append(append(dst, ',', '"'), f.name...), `@odata.mediaReadLink":`...)
			dst = append(dst, link...)
			continue
		}
		dst = f.appendValue(append(dst, '"', ':'), r.v[f.index])
	}
	for _, e := range q.expand {
		dst = s.appendExpansion(dst, co, r, e)
	}
	return append(dst, '}')
}

func (s *Server) appendExpansion(dst []byte, co *Company, r *row, e expansion) []byte {
	dst = append(append(dst, ',', '"'), e.nav.name...)
	dst = append(dst, '"', ':')
	rows := co.follow(r, e.nav)
	if !e.nav.many {
		if len(rows) == 0 {
			return append(dst, "null"...)
		}
		return s.appendRow(append(dst, '{'), co, rows[0], e.q)
	}
	p, err := e.q.run(co.tables[e.nav.target], rows, true, s.opt.MaxPage)
	if err != nil {
		return append(dst, "[]"...)
	}
	dst = append(dst, '[')
	for i, line := range p.rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = s.appendRow(append(dst, '{'), co, line, e.q)
	}
	return append(dst, ']')
}
