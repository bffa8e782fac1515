package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// The shop is written in PHP, which turns any value into any type. Batches rely on it: "many" is 0, 1 is "1".

// text is a JSON value as PHP's string.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "1"
		}
	}
	return ""
}

// whole is a JSON value as PHP's integer: the digits a text starts with, 0 without any.
func whole(v any) int {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case json.Number, string:
		s := strings.TrimSpace(text(v))
		end := 0
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
			end++
		}
		n, err := strconv.Atoi(s[:end])
		if err != nil {
			return 0
		}
		return n
	}
	return 0
}

// truth is a JSON value or a form text as WordPress' boolean.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return v != "" && v != "0" && !strings.EqualFold(v, "false")
	case json.Number:
		return v.String() != "0"
	}
	return false
}

// amount is a JSON value as a decimal; what is no number is 0.
func amount(v any) decimal.Decimal {
	d, err := record.ParseAmount(text(v))
	if err != nil {
		return decimal.Decimal{}
	}
	return d
}

// items is a JSON list; PHP takes the values of an object for one too (golden 262).
func items(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case object:
		out := make([]any, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, v[k])
		}
		return out
	}
	return nil
}

// ids are the numbers of a JSON list or of a comma list.
func ids(v any) []int {
	var out []int
	if s, ok := v.(string); ok {
		for _, part := range splitList(s) {
			out = append(out, whole(part))
		}
		return out
	}
	for _, x := range items(v) {
		out = append(out, whole(x))
	}
	return out
}

func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// isWhole reports whether WordPress takes the value for an integer: 7, 7.0 and "7", but not 2.5, true or "many".
func isWhole(v any) bool {
	switch v.(type) {
	case json.Number, string:
		d, err := decimal.Parse(text(v))
		return err == nil && d.IsInt()
	}
	return false
}

func isNumber(v any) bool {
	switch v.(type) {
	case json.Number, string:
		_, err := decimal.Parse(text(v))
		return err == nil
	}
	return false
}

// isBool reports whether WordPress takes the value for a boolean.
func isBool(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case json.Number:
		return v.String() == "0" || v.String() == "1"
	case string:
		return slices.Contains([]string{"", "0", "1", "true", "false"}, strings.ToLower(v))
	}
	return false
}
