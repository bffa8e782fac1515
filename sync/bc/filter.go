package bc

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// maxFilter is the longest $filter sent, escaped; together with the rest of the address it stays below the 4 kB that
// proxies and http.sys take (NOTES §3).
const maxFilter = 3000

// literal is a value as a $filter may hold it. Only the functions below make one.
type literal string

// textLiteral quotes a text. It refuses what BC would not compare as it stands: a text longer than its field is an
// error there, and operators of AL filters may be taken as such (NOTES §3 $filter).
func textLiteral(s string, maxLen int) (literal, bool) {
	if s == "" || units(s) > maxLen || strings.ContainsAny(s, `*?|&<>=()"\`) || strings.Contains(s, "..") || s[0] == '@' {
		return "", false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return "", false
		}
	}
	return literal("'" + strings.ReplaceAll(s, "'", "''") + "'"), true
}

// plain is the text inside a text literal.
func (l literal) plain() string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(string(l), "'"), "'"), "''", "'")
}

// guidLiteral takes an id as BC writes it; GUIDs stand bare.
func guidLiteral(s string) (literal, bool) {
	if len(s) != 36 {
		return "", false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return "", false
		}
	}
	return literal(s), true
}

func numberLiteral(n int64) literal { return literal(strconv.FormatInt(n, 10)) }

func dateLiteral(t time.Time) literal { return literal(t.Format(time.DateOnly)) }

func timeLiteral(t time.Time) literal { return literal(t.UTC().Format("2006-01-02T15:04:05Z")) }

func compare(field, op string, v literal) string { return field + " " + op + " " + string(v) }

// and joins conditions; empty ones are left out.
func and(conditions ...string) string {
	var used []string
	for _, c := range conditions {
		if c != "" {
			used = append(used, c)
		}
	}
	return strings.Join(used, " and ")
}

// chains makes or-chains over one field (BC knows "or" on one field only, NOTES §3), each short enough for an address.
func chains(field string, values []literal) []string {
	var all []string
	var b strings.Builder
	size := 0
	for _, v := range values {
		part := compare(field, "eq", v)
		n := len(escape(" or " + part))
		if size > 0 && size+n > maxFilter {
			all = append(all, b.String())
			b.Reset()
			size = 0
		}
		if size > 0 {
			b.WriteString(" or ")
		}
		b.WriteString(part)
		size += n
	}
	if size > 0 {
		all = append(all, b.String())
	}
	return all
}

// query is the query of a GET.
type query struct {
	fields, filter, expand, order string
	top                           int
}

// path is the entity set with its query, relative to the company.
func (q query) path(set string) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+escape(value))
		}
	}
	add("$select", q.fields)
	add("$filter", q.filter)
	add("$expand", q.expand)
	add("$orderby", q.order)
	if q.top > 0 {
		add("$top", strconv.Itoa(q.top))
	}
	if len(parts) == 0 {
		return set
	}
	return set + "?" + strings.Join(parts, "&")
}

// escape escapes a query value; a blank becomes %20, which every server reads alike.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// units is a text's length as BC counts it: UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
