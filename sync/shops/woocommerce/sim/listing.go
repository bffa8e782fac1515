package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// window is the part of a list a call asks for, and how it is sorted.
type window struct {
	page, perPage    int
	offset           int // 0: by page; otherwise it wins over page, as in WordPress
	orderBy          string
	descending       bool
	include          []int
	includes         map[int]bool // nil: no such filter
	excludes         map[int]bool
	gmt              bool
	after, before    *bound // date_created
	modAfter, modBef *bound // date_modified
}

// readWindow reads and checks the parameters all lists share. Complaints about others can be passed in.
func (c *call) readWindow(orderBy []string, bad map[string]complaint) (window, *failure) {
	w := window{page: 1, perPage: 10, orderBy: "date", descending: true, gmt: truth(c.query.Get("dates_are_gmt"))}
	c.readInt("page", &w.page, bad, func(n int) string {
		if n < 1 {
			return "page must be greater than or equal to 1"
		}
		return ""
	})
	c.readInt("per_page", &w.perPage, bad, func(n int) string {
		if n < 1 || n > 100 {
			return "per_page must be between 1 (inclusive) and 100 (inclusive)"
		}
		return ""
	})
	c.readInt("offset", &w.offset, bad, func(int) string { return "" })
	if by := c.query.Get("orderby"); by != "" {
		if !slices.Contains(orderBy, by) {
			bad["orderby"] = *notOneOf("orderby", orderBy)
		}
		w.orderBy = by
	} else if !slices.Contains(orderBy, w.orderBy) {
		w.orderBy, w.descending = orderBy[0], false
	}
	if o := c.query.Get("order"); o != "" {
		if o != "asc" && o != "desc" {
			bad["order"] = *notOneOf("order", []string{"asc", "desc"})
		}
		w.descending = o == "desc"
	}
	for name, to := range map[string]**bound{"after": &w.after, "before": &w.before, "modified_after": &w.modAfter, "modified_before": &w.modBef} {
		if v := c.query.Get(name); v != "" {
			b, ok := readBound(v, c.s.opts.Zone)
			if !ok {
				bad[name] = complaint{"rest_invalid_date", "Invalid date.", nil}
			}
			*to = &b
		}
	}
	w.include, w.includes = c.idFilter("include")
	_, w.excludes = c.idFilter("exclude")
	if len(bad) > 0 {
		return w, refuse(bad)
	}
	return w, nil
}

func (c *call) readInt(name string, to *int, bad map[string]complaint, wrong func(int) string) {
	v := c.query.Get(name)
	if v == "" {
		return
	}
	if !isWhole(v) {
		bad[name] = complaint{"rest_invalid_type", name + " is not of type integer.", object{"param": name}}
		return
	}
	*to = whole(v)
	if m := wrong(*to); m != "" {
		bad[name] = complaint{"rest_out_of_bounds", m, nil}
	}
}

func (c *call) idFilter(name string) ([]int, map[int]bool) {
	given := c.queryList(name)
	if len(given) == 0 {
		return nil, nil
	}
	order, set := make([]int, 0, len(given)), make(map[int]bool, len(given))
	for _, g := range given {
		id := whole(g)
		order, set[id] = append(order, id), true
	}
	return order, set
}

// queryList reads a list parameter in its three forms: a,b; name[]=a; name[0]=a.
func (c *call) queryList(name string) []string {
	out := splitList(c.query.Get(name))
	for k, v := range c.query {
		if strings.HasPrefix(k, name+"[") {
			out = append(out, v...)
		}
	}
	return out
}

// admits applies the id and date filters.
func (w *window) admits(id int, created, modified time.Time, zone *time.Location) bool {
	switch {
	case w.includes != nil && !w.includes[id], w.excludes[id]:
		return false
	case w.after != nil && !w.after.after(created, w.gmt, zone),
		w.before != nil && !w.before.before(created, w.gmt, zone),
		w.modAfter != nil && !w.modAfter.after(modified, w.gmt, zone),
		w.modBef != nil && !w.modBef.before(modified, w.gmt, zone):
		return false
	}
	return true
}

// cut is the page of n rows: [from, to).
func (w *window) cut(n int) (from, to int) {
	from = (w.page - 1) * w.perPage
	if w.offset > 0 {
		from = w.offset
	}
	from = min(from, n)
	return from, min(from+w.perPage, n)
}

// totals sets X-WP-Total, X-WP-TotalPages and Link. extra are parameters the shop adds to its links.
func (c *call) totals(total int, w *window, extra ...[2]string) {
	pages := (total + w.perPage - 1) / w.perPage
	c.header.Set("X-WP-Total", strconv.Itoa(total))
	c.header.Set("X-WP-TotalPages", strconv.Itoa(pages))
	var links []string
	if w.page > 1 {
		links = append(links, "<"+c.pageURL(min(w.page-1, pages), extra)+`>; rel="prev"`)
	}
	if w.page < pages {
		links = append(links, "<"+c.pageURL(w.page+1, extra)+`>; rel="next"`)
	}
	if len(links) > 0 {
		c.header.Set("Link", strings.Join(links, ", "))
	}
}

// pageURL repeats the request for another page: parameters in their order, booleans as 1, and page where it stood or
// at the end (golden 098, 101, 397).
func (c *call) pageURL(page int, extra [][2]string) string {
	var parts []string
	add := func(k, v string) { parts = append(parts, url.QueryEscape(k)+"="+url.QueryEscape(v)) }
	added := map[string]bool{}
	for _, e := range extra {
		name, _, _ := strings.Cut(e[0], "[")
		added[name] = true
	}
	paged := false
	for pair := range strings.SplitSeq(c.r.URL.RawQuery, "&") {
		k, v, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil || name == "" || added[name] {
			continue
		}
		switch {
		case name == "page":
			value, paged = strconv.Itoa(page), true
		case value == "true":
			value = "1"
		case name == "created_via" && c.s.hpos():
			for i, v := range splitList(value) {
				add(name+"["+strconv.Itoa(i)+"]", v)
			}
			continue
		}
		add(name, value)
	}
	for _, e := range extra {
		add(e[0], e[1])
	}
	if !paged {
		add("page", strconv.Itoa(page))
	}
	return base(c.r) + strings.TrimRight(c.r.URL.Path, "/") + "?" + strings.Join(parts, "&")
}

// counted answers a list that version 11 pages and 8.9.3 doesn't even count (golden 440, 443, 445, 446).
func (c *call) counted(rows []object) (any, int, *failure) {
	if c.s.hpos() {
		return c.paged(rows)
	}
	return rows, http.StatusOK, nil
}

// paged answers a short list that is not sorted or filtered.
func (c *call) paged(rows []object) (any, int, *failure) {
	w, f := c.readWindow([]string{"id"}, map[string]complaint{})
	if f != nil {
		return nil, 0, f
	}
	c.totals(len(rows), &w)
	from, to := w.cut(len(rows))
	return rows[from:to], http.StatusOK, nil
}
