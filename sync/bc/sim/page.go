package sim

import (
	"encoding/json"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// page is one answer to a collection request.
type page struct {
	rows  []*row
	total int    // of all pages; only known when counted
	token string // "" when this is the last page
}

// run selects a page of at most limit rows. base is nil for the whole table.
func (q *query) run(t *table, base []*row, nested bool, limit int) (page, error) {
	order := q.order
	if len(order) == 0 && t.set.byName["sequence"] != nil {
		// Lines come in the order of the document.
		order = []sortKey{{f: t.set.byName["sequence"]}}
	}
	after, err := parseToken(q.after, order)
	if err != nil {
		return page{}, err
	}
	want := limit
	if q.top >= 0 {
		want = min(want, q.top)
	}
	rows, scanned := q.source(t, base, nested)
	enough := len(rows)
	if len(order) == 0 && !q.count {
		// Rows in the order of their ids: begin after the last page and stop with one row more than is sent.
		enough = want + q.skip + 1
		if scanned && after != nil {
			rows = rowsAfter(rows, after.id)
		}
	}
	hits, total := q.hits(rows, after, order, enough)
	if len(order) > 0 {
		sort.SliceStable(hits, func(i, j int) bool { return compareRows(hits[i], hits[j], order) < 0 })
	}
	hits = hits[min(q.skip, len(hits)):]
	more := len(hits) > want && (q.top < 0 || q.top > limit)
	out := page{rows: hits[:min(want, len(hits))], total: total}
	if more && want > 0 {
		out.token = makeToken(out.rows[want-1], order)
	}
	return out, nil
}

// hits are the rows that match and come after the last page, at most enough of them; total counts every match seen.
func (q *query) hits(rows []*row, after *position, order []sortKey, enough int) (hits []*row, total int) {
	for _, r := range rows {
		if q.filter != nil && !q.filter.match(r) {
			continue
		}
		total++
		if after == nil || after.before(r, order) {
			hits = append(hits, r)
		}
		if len(hits) >= enough {
			break
		}
	}
	return hits, total
}

func rowsAfter(rows []*row, id string) []*row {
	i, found := slices.BinarySearchFunc(rows, id, byRowID)
	if found {
		i++
	}
	return rows[i:]
}

// source returns the rows to look at, ordered by id, and whether they are the whole table.
func (q *query) source(t *table, base []*row, nested bool) ([]*row, bool) {
	if !nested {
		if q.filter == nil {
			return t.sorted, true
		}
		found, ok := q.filter.candidates(t)
		if !ok {
			return t.sorted, true
		}
		base = found
	}
	rows := slices.Clone(base)
	slices.SortFunc(rows, func(a, b *row) int { return strings.Compare(a.id, b.id) })
	return slices.Compact(rows), false
}

func compareRows(a, b *row, order []sortKey) int {
	for _, k := range order {
		n := compareValues(a.v[k.f.index], b.v[k.f.index])
		if k.desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return strings.Compare(a.id, b.id)
}

// position is a parsed $skiptoken: where the last page ended, by value, so that edits and deletions in between
// neither repeat nor lose a row.
type position struct {
	values []any
	id     string
}

func (p *position) before(r *row, order []sortKey) bool {
	for i, k := range order {
		n := compareValues(r.v[k.f.index], p.values[i])
		if k.desc {
			n = -n
		}
		if n != 0 {
			return n > 0
		}
	}
	return r.id > p.id
}

// makeToken writes the sort values as JSON and the id, each escaped, with commas between.
func makeToken(r *row, order []sortKey) string {
	var parts []string
	for _, k := range order {
		parts = append(parts, url.QueryEscape(string(k.f.appendValue(nil, r.v[k.f.index]))))
	}
	return strings.Join(append(parts, r.id), ",")
}

func readToken(s string) []string { return strings.Split(s, ",") }

func parseToken(parts []string, order []sortKey) (*position, error) {
	if parts == nil {
		return nil, nil
	}
	if len(parts) != len(order)+1 {
		return nil, syntaxError()
	}
	p := &position{id: parts[len(order)]}
	for i, k := range order {
		raw, err := url.QueryUnescape(parts[i])
		if err != nil {
			return nil, syntaxError()
		}
		v, err := k.f.read(json.RawMessage(raw))
		if err != nil {
			return nil, err
		}
		p.values = append(p.values, v)
	}
	return p, nil
}

// nextLink is the address of the next page, as the server sees itself: its host may be unreachable for the caller
// (NOTES section 1).
func (s *Server) nextLink(c *call, q *query, p page, size int) string {
	v := url.Values{}
	for k, vs := range c.query {
		if k != "$skip" && k != "$skiptoken" && k != "$top" && k != "aid" {
			v[k] = vs
		}
	}
	if q.top >= 0 {
		v.Set("$top", strconv.Itoa(q.top-size))
	}
	if s.opt.Tenant != "" {
		v.Set("tenant", s.opt.Tenant)
	}
	query := v.Encode()
	if query != "" {
		query += "&"
	}
	// A real server writes $ and the token bare.
	query = strings.ReplaceAll(query, "%24", "$")
	return s.root() + "/" + strings.Trim(c.path, "/") + "?" + query + "aid=FIN&$skiptoken=" + url.QueryEscape(p.token)
}

func (s *Server) root() string { return s.opt.Public + "/" + s.opt.Instance + "/api/v2.0" }
