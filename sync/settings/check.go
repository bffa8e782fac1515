package settings

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"stockbridge/sync/fault"
)

// check compares a TOML document with the types it is meant for and collects every mistake.
type check struct {
	connection string
	errs       []error
}

func (c *check) add(code fault.Code, args fault.Args) { c.errs = append(c.errs, fault.New(code, args)) }

// table checks a TOML table against a struct.
func (c *check) table(tree map[string]any, t reflect.Type, path []string) {
	known := fieldsOf(t)
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		value := tree[key]
		_, isTable := value.(map[string]any)
		field, ok := known[key]
		switch {
		case ok:
			c.value(value, field, append(slices.Clone(path), key))
		case secretName(key):
			c.add("settings.secret", fault.Args{"field": fieldName(path, key, isTable),
				"connection": c.connection, "side": secretSide(path), "name": key})
		default:
			c.add("settings.unknown_key", fault.Args{"field": fieldName(path, key, isTable),
				"near": near(key, slices.Collect(maps.Keys(known)))})
		}
	}
}

// value checks one value against the type of its field.
func (c *check) value(value any, t reflect.Type, path []string) {
	last := len(path) - 1
	if scalar(t) {
		if allowed := wrongScalar(value, t); allowed != "" {
			c.add("settings.invalid", fault.Args{"field": fieldName(path[:last], path[last], false),
				"value": show(value), "allowed": allowed})
		}
		return
	}
	tree, ok := value.(map[string]any)
	switch {
	case !ok:
		c.add("settings.invalid", fault.Args{"field": fieldName(path[:last], path[last], false),
			"value": show(value), "allowed": "a table, written as [" + strings.Join(path, ".") + "]"})
	case t.Kind() == reflect.Map:
		for _, key := range slices.Sorted(maps.Keys(tree)) {
			c.value(tree[key], t.Elem(), append(slices.Clone(path), key))
		}
	default:
		c.table(tree, t, path)
	}
}

// scalar reports whether TOML writes a type as one value (or a list), not as a table.
func scalar(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[Decimal](), reflect.TypeFor[time.Time]():
		return true
	}
	return t.Kind() != reflect.Struct && t.Kind() != reflect.Map
}

// wrongScalar returns the allowed form when a value doesn't fit its type, else "".
func wrongScalar(value any, t reflect.Type) string {
	allowed, fits := "", true
	switch t {
	case reflect.TypeFor[Duration]():
		text, isText := value.(string)
		_, err := time.ParseDuration(text)
		allowed, fits = `a duration such as "90s", "5m" or "1h30m"`, isText && err == nil
	case reflect.TypeFor[Decimal]():
		allowed, fits = allowedDecimal, isDecimal(value)
	case reflect.TypeFor[time.Time]():
		allowed, fits = "a moment with its time zone such as 2026-12-01T00:00:00+01:00", isMoment(value)
	case reflect.TypeFor[[]string]():
		list, isList := value.([]any)
		allowed = `a list of texts such as ["mon", "tue"]`
		fits = isList && !slices.ContainsFunc(list, func(v any) bool { _, text := v.(string); return !text })
	default:
		allowed, fits = plain(value, t.Kind())
	}
	if fits {
		return ""
	}
	return allowed
}

// plain judges texts, switches and whole numbers.
func plain(value any, k reflect.Kind) (allowed string, fits bool) {
	switch k {
	case reflect.Bool:
		_, fits = value.(bool)
		return "true or false", fits
	case reflect.Int:
		n, whole := value.(int64)
		return "a whole number without quotes", whole && n <= math.MaxInt32 && n >= math.MinInt32
	}
	_, fits = value.(string)
	return "text in quotes", fits
}

// isMoment accepts TOML's own moments and the same in quotes; neither without a zone.
func isMoment(value any) bool {
	if _, ok := value.(time.Time); ok {
		return true
	}
	text, ok := value.(string)
	_, err := time.Parse(time.RFC3339, text)
	return ok && err == nil
}

// isDecimal judges exact numbers. A float has lost its digits here; those that can't have survived are refused, and
// UnmarshalTOML sees the rest as they were written.
func isDecimal(value any) bool {
	text, ok := value.(string)
	switch v := value.(type) {
	case int64:
		return true
	case float64:
		text, ok = strconv.FormatFloat(v, 'f', -1, 64), true
	}
	_, err := ParseDecimal(text)
	return ok && err == nil
}

// fieldsOf returns the TOML keys of a struct with their types; embedded structs count as their own fields.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case f.Anonymous && name == "":
			maps.Copy(out, fieldsOf(f.Type))
		case name != "":
			out[name] = f.Type
		}
	}
	return out
}

// fieldName is how sentences name a setting: name, [bc] url, [flows.stock] every; a table is [flows.stok].
func fieldName(table []string, key string, isTable bool) string {
	switch {
	case isTable:
		return "[" + strings.Join(append(slices.Clone(table), key), ".") + "]"
	case len(table) == 0:
		return key
	}
	return "[" + strings.Join(table, ".") + "] " + key
}

// show prints a value of a file for a sentence.
func show(value any) string {
	s := fmt.Sprint(value)
	if text, ok := value.(string); ok {
		s = strconv.Quote(text)
	}
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return s
}
