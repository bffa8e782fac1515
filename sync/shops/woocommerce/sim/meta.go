package sim

import (
	"encoding/json"
	"slices"
)

// Meta is one entry of a record's meta_data. The value is a text, or a JSON list or object.
type Meta struct {
	ID    int
	Key   string
	Value any
}

// setMeta applies a body's meta_data. Numbers and booleans become texts, null removes, a key without an id changes
// the first entry of that key, and of one new key twice the last stays (NOTES §5, golden 079-082, 616, 618).
func (s *Server) setMeta(have []Meta, sent any) []Meta {
	have = slices.Clone(have)
	for _, x := range items(sent) {
		o, ok := x.(object)
		if !ok {
			continue
		}
		id, key := whole(o["id"]), text(o["key"])
		at := slices.IndexFunc(have, func(m Meta) bool { return id != 0 && m.ID == id || id == 0 && m.Key == key })
		value, keep := metaValue(o["value"])
		switch {
		case at >= 0 && !keep:
			have = slices.Delete(have, at, at+1)
		case at >= 0:
			have[at].Value = value
			if key != "" {
				have[at].Key = key
			}
		case keep && key != "":
			have = append(have, Meta{ID: take(&s.next.meta), Key: key, Value: value})
		}
	}
	return have
}

func metaValue(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, false
	case []any, object:
		return unslashed(v), true
	default:
		return text(v), true
	}
}

// unslashed takes backslashes off texts inside lists and objects; a text by itself keeps them.
func unslashed(v any) any {
	switch v := v.(type) {
	case string:
		return stripSlashes(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = unslashed(v[i])
		}
		return out
	case object:
		out := make(object, len(v))
		for k := range v {
			out[k] = unslashed(v[k])
		}
		return out
	}
	return v
}

// metaJSON is meta_data as answered. A line's entries also carry the texts made for readers.
func metaJSON(list []Meta, ofLine bool) []object {
	out := make([]object, 0, len(list))
	for _, m := range list {
		o := object{"id": m.ID, "key": m.Key, "value": m.Value}
		if ofLine {
			o["display_key"], o["display_value"] = displayKey(m.Key), m.Value
		}
		out = append(out, o)
	}
	return out
}

// displayKey is an attribute's name as a reader sees it: "maat" is "Maat"; the shop's own keys stay.
func displayKey(key string) string {
	if key == "" || key[0] == '_' || key == "coupon_info" || key[0] < 'a' || key[0] > 'z' {
		return key
	}
	return string(key[0]-'a'+'A') + key[1:]
}

func metaText(list []Meta, key string) string {
	for _, m := range list {
		if m.Key == key {
			if s, ok := m.Value.(string); ok {
				return s
			}
			raw, err := json.Marshal(m.Value)
			if err != nil {
				return ""
			}
			return string(raw)
		}
	}
	return ""
}
