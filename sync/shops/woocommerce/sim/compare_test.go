package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// varies names the fields whose values no simulator can repeat; their JSON types still have to agree. why says what
// makes the value.
func varies() map[string]string {
	return map[string]string{
		"order_key": "random", "payment_url": "contains the order key", "avatar_url": "hash of the address by another service's rule",
		"routes": "one shop's plug-ins", "namespaces": "one shop's plug-ins", "error": "the shop's own stack trace",
		"enabled_features": "one shop's settings", "store_id": "random", "timezone_string": "", "gmt_offset": "",
		"log_directory": "path of one shop", "server_architecture": "machine of one shop", "mysql_version_string": "machine of one shop",
		"method_description": "text of a help page", "description": "text of a help page or a reader's form",
		"tip": "text of a help page", "placeholder": "text of a help page",
	}
}

// comparer collects how an answer differs from the recorded one.
type comparer struct {
	diffs []string
	free  map[string]string // see varies
}

func (c *comparer) note(path, format string, args ...any) {
	c.diffs = append(c.diffs, path+": "+fmt.Sprintf(format, args...))
}

// kind is a JSON value's type; an integer and a fraction are both numbers.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// same compares keys, types and values.
func (c *comparer) same(path string, want, got any) {
	if kind(want) != kind(got) {
		c.note(path, "recorded %s %v, got %s %v", kind(want), brief(want), kind(got), brief(got))
		return
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	if _, free := c.free[last]; free {
		return
	}
	switch w := want.(type) {
	case object:
		c.objects(path, w, got.(object))
	case []any:
		c.arrays(path, w, got.([]any), last)
	default:
		if dated(last) || want == got {
			return
		}
		c.note(path, "recorded %v, got %v", brief(want), brief(got))
	}
}

// dated reports whether a field holds a moment: the replay is not as fast or slow as the recorded shop was.
func dated(field string) bool { return strings.HasPrefix(field, "date_") }

func (c *comparer) objects(path string, want, got object) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		if !ok {
			c.note(path+"."+k, "missing, recorded %v", brief(want[k]))
			continue
		}
		if k == "id" && (strings.HasSuffix(path, "meta_data[]") || strings.Contains(path, "@note")) || k == "value" && ofTrash(got["key"]) {
			continue // counters and clocks of the shop's database
		}
		c.same(path+"."+k, want[k], g)
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			c.note(path+"."+k, "not recorded, got %v", brief(got[k]))
		}
	}
}

func (c *comparer) arrays(path string, want, got []any, field string) {
	if field == "related_ids" { // picked at random by the shop
		return
	}
	if len(want) != len(got) {
		c.note(path, "recorded %d entries, got %d: %v", len(want), len(got), brief(got))
		return
	}
	for i := range want {
		c.same(path+"[]", want[i], got[i])
	}
}

// ofTrash reports whether a meta entry tells when and how a record was thrown away: clocks and counters of one shop.
func ofTrash(key any) bool {
	return slices.Contains([]any{"_wp_trash_meta_time", "_wp_trash_meta_comments_status", "_wp_desired_post_slug"}, key)
}

func brief(v any) string {
	if o, ok := v.(object); ok {
		v = reflect.ValueOf(o).Len()
		return fmt.Sprintf("object of %v", v)
	}
	s := fmt.Sprintf("%v", v)
	if len(s) > 160 {
		s = s[:160] + "…"
	}
	return s
}
