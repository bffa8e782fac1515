package sim

import (
	"net/http"
	"strings"
)

// handlers are the business rules of each set that has any.
type handlers map[string]handler

// handler is one page's code. prepare fills defaults and refuses before the row exists; apply validates one field
// (others are stored as they come); check runs after all fields; done runs when the row is complete.
type handler struct {
	prepare func(t *tx, r *row, ms []member) error
	apply   map[string]func(t *tx, r *row, v any) error
	edit    func(t *tx, r *row) error // may the row be changed or deleted?
	done    func(t *tx, r *row) error
	remove  func(t *tx, r *row) error
}

func (s *Server) handlers() handlers {
	document := handler{prepare: s.prepareDocument, apply: s.documentFields(), edit: editDocument, done: finishDocument, remove: removeDocument}
	line := handler{prepare: prepareLine, apply: lineFields(), edit: editLine, done: finishLine, remove: removeLine}
	return handlers{
		"items":              {prepare: s.prepareItem, apply: s.itemFields(), remove: removeItem},
		"customers":          {prepare: s.prepareCustomer, apply: s.customerFields(), remove: removeCustomer},
		"itemVariants":       {prepare: prepareVariant},
		"currencies":         {prepare: prepareCode},
		"taxGroups":          {prepare: prepareCode},
		"unitsOfMeasure":     {prepare: prepareCode},
		"companyInformation": {apply: map[string]func(*tx, *row, any) error{"country": checkCountry("country")}},
		"salesOrders":        document,
		"salesInvoices":      document,
		"salesOrderLines":    line,
		"salesInvoiceLines":  line,
	}
}

// post answers inserts and actions.
func (s *Server) post(c *call, t *tx, to *target) (*reply, error) {
	if to.action != "" {
		if err := s.stale(c, to.row); err != nil {
			return nil, err
		}
		if err := s.act(t, to.row, to.action); err != nil {
			return nil, err
		}
		return &reply{status: http.StatusNoContent}, nil
	}
	set := to.table.set
	if to.row != nil || !set.insert {
		return nil, notAllowed(c.method, set.name)
	}
	if err := s.jsonOnly(c); err != nil {
		return nil, err
	}
	ms, err := s.parseBody(set, c.body, true)
	if err != nil {
		return nil, err
	}
	if err := s.setUp(set.name); err != nil {
		return nil, err
	}
	r, err := s.create(t, to.table, to.parent, ms)
	if err != nil {
		return nil, err
	}
	return s.written(c, to, r, http.StatusCreated)
}

// create inserts a row and, in the same transaction, the rows nested in it.
func (s *Server) create(t *tx, tb *table, parent *row, ms []member) (*row, error) {
	if err := s.may(tb.set.name, "Insert"); err != nil {
		return nil, err
	}
	h := s.special[tb.set.name]
	r := tb.newRow(s.newID())
	if parent != nil {
		for _, n := range parent.in.set.navs {
			if n.target == tb.set.name {
				t.set(r, n.via, parent.id)
			}
		}
	}
	if h.prepare != nil {
		if err := h.prepare(t, r, ms); err != nil {
			return nil, err
		}
	}
	t.insert(r)
	if err := s.assign(t, r, ms); err != nil {
		return nil, err
	}
	for _, m := range ms {
		for _, nested := range m.rows {
			if _, err := s.create(t, t.co.tables[m.nav.target], r, nested); err != nil {
				return nil, err
			}
		}
	}
	if h.done != nil {
		if err := h.done(t, r); err != nil {
			return nil, err
		}
	}
	if tb.set.byName["lastModifiedDateTime"] != nil {
		t.touch(r)
	}
	return r, nil
}

// assign validates the fields one after the other; one that already has the value is skipped (NOTES section 6).
func (s *Server) assign(t *tx, r *row, ms []member) error {
	apply := s.special[r.in.set.name].apply
	for _, m := range ms {
		if m.f == nil || m.f.name == "lastModifiedDateTime" || same(r.v[m.f.index], m.v) {
			continue
		}
		if f := apply[m.f.name]; f != nil {
			if err := f(t, r, m.v); err != nil {
				return err
			}
			continue
		}
		t.set(r, m.f.name, m.v)
	}
	return nil
}

// patch answers edits.
func (s *Server) patch(c *call, t *tx, to *target) (*reply, error) {
	set := to.table.set
	if to.row == nil || !set.modify {
		return nil, notAllowed(c.method, set.name)
	}
	if c.header.Get("If-Match") == "" {
		return nil, badRequest("BadRequest_InvalidToken",
			"Could not validate the client concurrency token required by the service. Please provide a valid token in the client request.")
	}
	if err := s.jsonOnly(c); err != nil {
		return nil, err
	}
	if err := s.stale(c, to.row); err != nil {
		return nil, err
	}
	ms, err := s.parseBody(set, c.body, false)
	if err != nil {
		return nil, err
	}
	if err := s.may(set.name, "Modify"); err != nil {
		return nil, err
	}
	h := s.special[set.name]
	if h.edit != nil {
		if err := h.edit(t, to.row); err != nil {
			return nil, err
		}
	}
	before := len(t.undo)
	if err := s.assign(t, to.row, ms); err != nil {
		return nil, err
	}
	if len(t.undo) > before {
		if h.done != nil {
			if err := h.done(t, to.row); err != nil {
				return nil, err
			}
		}
		if set.byName["lastModifiedDateTime"] != nil {
			t.touch(to.row)
		}
	}
	return s.written(c, to, to.row, http.StatusOK)
}

// remove answers deletions.
func (s *Server) remove(c *call, t *tx, to *target) (*reply, error) {
	set := to.table.set
	if to.row == nil || !set.del {
		return nil, notAllowed(c.method, set.name)
	}
	if err := s.stale(c, to.row); err != nil {
		return nil, err
	}
	if err := s.may(set.name, "Delete"); err != nil {
		return nil, err
	}
	h := s.special[set.name]
	if h.edit != nil {
		if err := h.edit(t, to.row); err != nil {
			return nil, err
		}
	}
	if h.remove != nil {
		if err := h.remove(t, to.row); err != nil {
			return nil, err
		}
	} else {
		t.remove(to.row)
	}
	return &reply{status: http.StatusNoContent}, nil
}

// stale refuses a request whose If-Match is not the row's ETag (NOTES section 3).
func (s *Server) stale(c *call, r *row) error {
	if m := c.header.Get("If-Match"); m != "" && m != "*" && m != r.tag(s.version) {
		return &failure{http.StatusConflict, "Request_EntityChanged", "Another user has already changed the record."}
	}
	return nil
}

func (s *Server) jsonOnly(c *call) error {
	if ct := c.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		return &failure{http.StatusUnsupportedMediaType, "BadRequest", "The media type '" + ct + "' is not supported."}
	}
	return nil
}

// written answers a write with the row, trimmed by $select.
func (s *Server) written(c *call, to *target, r *row, status int) (*reply, error) {
	if status == http.StatusCreated && strings.Contains(c.header.Get("Prefer"), "return-no-content") {
		return &reply{status: http.StatusNoContent}, nil
	}
	rd := &reader{s.schema, s.version, s.opt.Wildcards, false}
	q, err := rd.read(r.in.set, c.query)
	if err != nil {
		return nil, err
	}
	return s.entity(status, to, r, q), nil
}
