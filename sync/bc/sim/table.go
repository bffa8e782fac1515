package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// row is one record. Its values are in the order of the set's fields.
type row struct {
	in   *table
	id   string
	v    []any
	etag string // "" until computed
}

func (r *row) get(name string) any                { return r.v[r.in.set.byName[name].index] }
func (r *row) text(name string) string            { s, _ := r.get(name).(string); return s }
func (r *row) amount(name string) decimal.Decimal { d, _ := r.get(name).(decimal.Decimal); return d }
func (r *row) flag(name string) bool              { b, _ := r.get(name).(bool); return b }
func (r *row) number(name string) int64           { n, _ := r.get(name).(int64); return n }
func (r *row) time(name string) time.Time         { t, _ := r.get(name).(time.Time); return t }

// table holds the rows of one set in one company, ordered by id as paging needs them, with indexes on the fields
// that keys are looked up by.
type table struct {
	set     *entitySet
	byID    map[string]*row
	sorted  []*row
	indexes map[string]map[string][]*row // field, folded value
}

// indexedFields are those a client looks records up by; a filter on one of them costs no scan.
func indexedFields() []string {
	return []string{"number", "code", "email", "externalDocumentNumber", "orderNumber", "documentId", "itemNumber", "itemId"}
}

func newTable(set *entitySet) *table {
	t := &table{set: set, byID: map[string]*row{}, indexes: map[string]map[string][]*row{}}
	for _, f := range indexedFields() {
		if set.byName[f] != nil {
			t.indexes[f] = map[string][]*row{}
		}
	}
	return t
}

// fold is how the database compares text: without case and blanks at the end (NOTES section 3, $filter).
func fold(s string) string { return strings.ToLower(strings.TrimRight(s, " ")) }

// newRow makes a row with blank values; it is not in the table yet.
func (t *table) newRow(id string) *row {
	r := &row{in: t, id: id, v: make([]any, len(t.set.fields))}
	for i, f := range t.set.fields {
		r.v[i] = f.zero()
	}
	r.v[t.set.byName["id"].index] = id
	return r
}

// find returns the rows whose indexed field has a value.
func (t *table) find(name, value string) []*row { return t.indexes[name][fold(value)] }

// one returns a row by a unique field, nil if there is none.
func (t *table) one(name, value string) *row {
	if rows := t.find(name, value); len(rows) > 0 && value != "" {
		return rows[0]
	}
	return nil
}

func byRowID(r *row, id string) int { return cmp.Compare(r.id, id) }

func (t *table) add(r *row) {
	t.byID[r.id] = r
	i, _ := slices.BinarySearchFunc(t.sorted, r.id, byRowID)
	t.sorted = slices.Insert(t.sorted, i, r)
	for name, idx := range t.indexes {
		key := fold(r.text(name))
		idx[key] = append(idx[key], r)
	}
}

func (t *table) drop(r *row) {
	delete(t.byID, r.id)
	if i, ok := slices.BinarySearchFunc(t.sorted, r.id, byRowID); ok {
		t.sorted = slices.Delete(t.sorted, i, i+1)
	}
	for name, idx := range t.indexes {
		unindex(idx, fold(r.text(name)), r)
	}
}

// assign sets a value and keeps the indexes right. r may not be in the table yet.
func (t *table) assign(r *row, f *field, v any) {
	idx := t.indexes[f.name]
	if idx != nil && t.byID[r.id] == r {
		old, _ := r.v[f.index].(string)
		now, _ := v.(string)
		unindex(idx, fold(old), r)
		idx[fold(now)] = append(idx[fold(now)], r)
	}
	r.v[f.index], r.etag = v, ""
}

func unindex(idx map[string][]*row, key string, r *row) {
	rows := idx[key]
	if i := slices.Index(rows, r); i >= 0 {
		// A new slice: a caller may be walking the old one.
		rows = append(slices.Clone(rows[:i]), rows[i+1:]...)
	}
	if len(rows) == 0 {
		delete(idx, key)
	} else {
		idx[key] = rows
	}
}
