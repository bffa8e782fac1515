package settings

import (
	"reflect"
	"slices"
	"strings"
)

// near names the key somebody meant, as ` ("every"?)`: the one of the same table with the fewest wrong letters, else
// the same key in another table; "" where none is near.
func near(key string, siblings []string) string {
	slices.Sort(siblings)
	best, least := "", len([]rune(key))/3+2
	for _, s := range siblings {
		if d := distance(strings.ToLower(key), s); d < least {
			best, least = s, d
		}
	}
	if best == "" {
		best = elsewhere(key, reflect.TypeFor[Connection](), nil)
	}
	if best == "" {
		return ""
	}
	return ` ("` + best + `"?)`
}

// elsewhere finds a key of any table by its exact name.
func elsewhere(key string, t reflect.Type, path []string) string {
	fields := fieldsOf(t)
	if f, ok := fields[key]; ok && len(path) > 0 {
		return fieldName(path, key, f.Kind() == reflect.Struct && !scalar(f))
	}
	names := make([]string, 0, len(fields))
	for name, f := range fields {
		if f.Kind() == reflect.Struct && !scalar(f) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if found := elsewhere(key, fields[name], append(slices.Clone(path), name)); found != "" {
			return found
		}
	}
	return ""
}

// distance counts the letters to put in, take out, change or swap with their neighbour to turn a into b
// (optimal string alignment).
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	before, last, row := make([]int, len(rb)+1), make([]int, len(rb)+1), make([]int, len(rb)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		row[0] = i
		for j := 1; j <= len(rb); j++ {
			differs := 1
			if ra[i-1] == rb[j-1] {
				differs = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differs)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(rb)]
}
