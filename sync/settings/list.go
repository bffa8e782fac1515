package settings

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Setting is one key of a connection file with its value, as sentences name it.
type Setting struct {
	Name  string // "[flows.stock] buffer"
	Value string // "none" where nothing is set
}

// List returns the settings of one table ("flows.stock", "safety"), in the order of the package comment, defaults
// where they were filled in. A table that is not there has none; "" is the whole file.
func List(c Connection, table string) []Setting {
	v := reflect.ValueOf(c)
	path := strings.FieldsFunc(table, func(r rune) bool { return r == '.' })
	for _, part := range path {
		if v = member(v, part); !v.IsValid() || v.Kind() != reflect.Struct {
			return nil
		}
	}
	return listed(v, path)
}

// member is the field of a struct with a TOML key.
func member(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("toml"), ","); name == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func listed(v reflect.Value, path []string) (all []Setting) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, listed(v.Field(i), path)...)
		case f.Type.Kind() == reflect.Struct && !scalar(f.Type):
			all = append(all, listed(v.Field(i), append(slices.Clone(path), name))...)
		default:
			all = append(all, Setting{Name: fieldName(path, name, false), Value: valueText(v.Field(i))})
		}
	}
	return all
}

// valueText is a value as a person reads it.
func valueText(v reflect.Value) string {
	if v.Kind() == reflect.Bool {
		return fmt.Sprint(v.Bool())
	}
	if v.IsZero() {
		return "none"
	}
	switch v.Kind() {
	case reflect.Map:
		byKey := map[string]string{}
		for _, k := range v.MapKeys() {
			byKey[k.String()] = valueText(v.MapIndex(k))
		}
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(byKey)) {
			parts = append(parts, k+" = "+byKey[k])
		}
		return strings.Join(parts, ", ")
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, valueText(v.Index(i)))
		}
		return strings.Join(parts, ", ")
	}
	if at, ok := v.Interface().(time.Time); ok {
		return at.Format(time.RFC3339)
	}
	return fmt.Sprint(v.Interface())
}
