package bc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

const blankID = "00000000-0000-0000-0000-000000000000"

// number is an amount or quantity on the wire: a JSON number, read as decimal text and never as a float.
type number struct{ decimal.Decimal }

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	d, err := record.ParseAmount(string(b))
	n.Decimal = d
	return err
}

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return []byte(record.Text(n.Decimal)), nil }

// day is a date without a zone. BC's blank, 0001-01-01, is the zero time (NOTES §3 Values).
type day struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (d *day) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == "" {
		return nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return fmt.Errorf("%.40q is not a date (allowed: YYYY-MM-DD)", s)
	}
	d.Time = t
	return nil
}

// MarshalJSON implements json.Marshaler.
func (d day) MarshalJSON() ([]byte, error) { return []byte(`"` + d.Format(time.DateOnly) + `"`), nil }

// enum is a member's name, decoded; members of extensions are unknown to us and stay as they are.
type enum string

// UnmarshalJSON implements json.Unmarshaler.
func (e *enum) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*e = enum(decodeName(s))
	return nil
}

var encoded = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// decodeName undoes the XML name encoding of enum members: Non_x002D_Inventory is Non-Inventory, _x0020_ is blank.
func decodeName(s string) string {
	s = encoded.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseUint(m[2:6], 16, 16)
		if err != nil || utf16.IsSurrogate(rune(n)) {
			return m
		}
		return string(rune(n))
	})
	return strings.TrimSpace(s)
}

// fit makes a shop's text fit a BC field of n characters: one line, cut between characters. BC refuses a longer text
// and never cuts it itself (NOTES §3 Values).
func fit(s string, n int) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s))
	size := 0
	for i, r := range s {
		if size += utf16.RuneLen(r); size > n {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}

// phone is fit for a phone number, in which BC accepts no letters.
func phone(s string) string {
	return fit(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return -1
		}
		return r
	}, s), 30)
}

// code is a text as BC keeps it in a Code field: trimmed, upper case.
func code(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }
