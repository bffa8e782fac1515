package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/govalues/decimal"
	"github.com/pelletier/go-toml/v2"

	"stockbridge/sync/record"
)

// Decimal is an exact number. TOML and JSON may write it as text ("2.5") or as a number (2.5), whose digits are
// taken as they stand; it is always written as text.
type Decimal struct{ decimal.Decimal }

// allowedDecimal is the form ParseDecimal accepts, for sentences.
const allowedDecimal = `a number such as 2 or "2.5": digits with a point, at most 19 digits`

// ParseDecimal reads a number exactly: what would have to be rounded to be kept is an error, as are exponents.
func ParseDecimal(s string) (Decimal, error) {
	whole, frac, point := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	if len(s)-len(whole)-len(frac) > 2 || !digits(whole) || (point && !digits(frac)) {
		return Decimal{}, fmt.Errorf("%q is not a number (allowed: %s)", s, allowedDecimal)
	}
	if len(strings.TrimLeft(whole, "0"))+len(strings.TrimRight(frac, "0")) > decimal.MaxPrec {
		return Decimal{}, fmt.Errorf("%q has too many digits (allowed: %s)", s, allowedDecimal)
	}
	d, err := record.ParseAmount(s)
	return Decimal{d}, err
}

// digits reports whether s is one ASCII digit or more.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (d Decimal) String() string { return record.Text(d.Decimal) }

// MarshalText implements encoding.TextMarshaler.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(string(b))
	return err
}

// MarshalJSON implements json.Marshaler.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	text := string(b)
	if bytes.HasPrefix(b, []byte(`"`)) {
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
	}
	return d.UnmarshalText([]byte(text))
}

// UnmarshalTOML implements go-toml's Unmarshaler, which alone hands over a number's own digits.
func (d *Decimal) UnmarshalTOML(b []byte) error {
	text := strings.TrimSpace(string(b))
	if strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "'") {
		var v struct{ Value string }
		if err := toml.Unmarshal([]byte("Value = "+text), &v); err != nil {
			return err
		}
		return d.UnmarshalText([]byte(v.Value))
	}
	return d.UnmarshalText([]byte(strings.ReplaceAll(text, "_", "")))
}
