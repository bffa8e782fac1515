package ipc

import (
	"strconv"
	"strings"

	"stockbridge/sync/fault"
)

// show quotes and cuts what a caller sent, for a sentence.
func show(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strconv.Quote(s)
}

// cutUnknown takes the field's name out of encoding/json's words for an unknown field, its only way to tell.
func cutUnknown(text string) (string, bool) {
	quoted, ok := strings.CutPrefix(text, "json: unknown field ")
	if !ok {
		return "", false
	}
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return "", false
	}
	return show(name), true
}

// kindOfJSON is the first word of a json.UnmarshalTypeError's Value: "number 12" must not show the number.
func kindOfJSON(value string) string {
	word, _, _ := strings.Cut(value, " ")
	return word
}

// denied is the fault of a caller whose role is too low.
func denied(need, have Role) error {
	words := string(have)
	if have == RoleNone {
		words = "in no Stockbridge group"
	}
	return fault.New("ipc.denied", fault.Args{"role": string(need), "have": words})
}
