package sim

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// zeroGUID is BC's blank id.
const zeroGUID = "00000000-0000-0000-0000-000000000000"

// A value is a string (text, code, guid, enum), decimal.Decimal, int64, bool, or a time.Time in UTC whose zero is
// BC's blank date 0001-01-01.

func (f *field) zero() any {
	switch f.kind {
	case guidType:
		return zeroGUID
	case decimalType:
		return decimal.Decimal{}
	case intType:
		return int64(0)
	case boolType:
		return false
	case dateType, timeType:
		return time.Time{}
	case enumType:
		return f.members[0]
	}
	return ""
}

// read turns a JSON value into the field's value, with the errors of NOTES section 3 (Values).
func (f *field) read(raw json.RawMessage) (any, error) {
	raw = bytes.TrimSpace(raw)
	if string(raw) == "null" {
		return nil, badRequest("BadRequest_RequiredParamNotProvided", "Field '"+f.name+"' must not be blank or empty.")
	}
	switch f.kind {
	case decimalType:
		d, err := record.ParseAmount(string(raw))
		if err != nil || !json.Valid(raw) {
			return nil, f.cannotConvert(raw)
		}
		return d, nil
	case intType:
		n, err := strconv.ParseInt(string(raw), 10, 32)
		if err != nil {
			return nil, f.cannotConvert(raw)
		}
		return n, nil
	case boolType:
		if s := string(raw); s == "true" || s == "false" {
			return s == "true", nil
		}
		return nil, f.cannotConvert(raw)
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil, f.cannotConvert(raw)
	}
	return f.readText(s)
}

func (f *field) readText(s string) (any, error) {
	switch f.kind {
	case guidType:
		id, err := uuid.Parse(s)
		if err != nil {
			return nil, badRequest("Application_InvalidGUID", "Invalid format of GUID string. '"+s+"'")
		}
		return id.String(), nil
	case dateType:
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return nil, f.cannotConvert([]byte(s))
		}
		return t, nil
	case timeType:
		t, err := parseStamp(s)
		if err != nil {
			return nil, f.cannotConvert([]byte(s))
		}
		return t, nil
	case enumType:
		return f.readEnum(s)
	case codeType:
		s = strings.ToUpper(strings.TrimSpace(s))
	}
	if n := utf8.RuneCountInString(s); f.max > 0 && n > f.max {
		return nil, badRequest("Application_StringExceededLength", "The length of the string is "+strconv.Itoa(n)+
			", but it must be less than or equal to "+strconv.Itoa(f.max)+" characters. Value: "+s)
	}
	return s, nil
}

// readEnum accepts the encoded and the plain name of a member, as a real server does (NOTES section 3, $filter).
func (f *field) readEnum(s string) (any, error) {
	plain := make([]string, len(f.members))
	for i, m := range f.members {
		plain[i] = decodeName(m)
		if strings.EqualFold(s, m) || strings.EqualFold(s, plain[i]) || (s == "" && plain[i] == " ") {
			return m, nil
		}
	}
	return nil, badRequest("Unknown", "'"+s+"' is not an option. The existing options are: "+strings.Join(plain, ","))
}

func (f *field) cannotConvert(raw []byte) error {
	return badRequest("BadRequest", "Cannot convert the literal '"+string(raw)+"' to the expected type '"+f.edm+"'.")
}

// parseStamp reads a time; one without offset is UTC (ServicesDefaultTimeZone).
func parseStamp(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", s)
	}
	return t.UTC().Truncate(time.Millisecond), err
}

// appendValue writes a value as JSON.
func (f *field) appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case decimal.Decimal:
		return append(dst, record.Text(v)...)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case bool:
		return strconv.AppendBool(dst, v)
	case time.Time:
		if f.kind == dateType {
			return v.AppendFormat(dst, `"2006-01-02"`)
		}
		return v.AppendFormat(dst, `"2006-01-02T15:04:05.999Z"`)
	case string:
		return appendJSON(dst, v)
	}
	return append(dst, "null"...)
}

// appendJSON writes a JSON string without escaping < > &, as BC does.
func appendJSON(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			_ = e.Encode(s) // a string can always be encoded
			return append(dst, bytes.TrimRight(b.Bytes(), "\n")...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// decodeName undoes the XML name encoding of enum members: "Non_x002D_Inventory" is "Non-Inventory".
func decodeName(s string) string {
	for at := 0; ; {
		i := strings.Index(s[at:], "_x")
		if i < 0 {
			return s
		}
		i += at
		if len(s) < i+7 || s[i+6] != '_' {
			at = i + 2
			continue
		}
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		if err != nil {
			at = i + 2
			continue
		}
		r := string(rune(n))
		s = s[:i] + r + s[i+7:]
		at = i + len(r)
	}
}
