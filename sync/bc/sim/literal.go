package sim

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"stockbridge/sync/record"
)

// literal reads a $filter literal as a value of f.
func (p *parser) literal(f *field, t token) (any, error) {
	if t.text == "" && !t.quoted {
		return nil, syntaxError()
	}
	switch f.kind {
	case textType, codeType, enumType:
		return p.textLiteral(f, t)
	}
	if t.quoted {
		return nil, wrongOperands(f, "Edm.String")
	}
	var v any
	var err error
	switch f.kind {
	case guidType:
		var id uuid.UUID
		id, err = uuid.Parse(t.text)
		v = id.String()
	case decimalType:
		v, err = record.ParseAmount(t.text)
	case intType:
		v, err = strconv.ParseInt(t.text, 10, 64)
	case boolType:
		v = t.text == "true"
		if t.text != "true" && t.text != "false" {
			err = strconv.ErrSyntax
		}
	case dateType:
		v, err = time.Parse(time.DateOnly, t.text)
	case timeType:
		v, err = parseStamp(t.text)
	default:
		return nil, syntaxError()
	}
	if err != nil {
		return nil, wrongOperands(f, literalType(t.text))
	}
	return v, nil
}

func (p *parser) textLiteral(f *field, t token) (any, error) {
	if !t.quoted {
		return nil, wrongOperands(f, literalType(t.text))
	}
	if f.kind == enumType {
		return f.readEnum(t.text)
	}
	// The literal becomes an AL filter, which the field's length limits (errors.json, Application_FilterErrorException).
	if n := utf8.RuneCountInString(t.text); f.max > 0 && n > f.max {
		return nil, badRequest("Application_FilterErrorException", `The filter "='`+t.text+`'" is not valid for the `+f.caption+
			" field on the "+p.set.table+" table. The length of the string is "+strconv.Itoa(n)+
			", but it must be less than or equal to "+strconv.Itoa(f.max)+" characters.")
	}
	return t.text, nil
}

func wrongOperands(f *field, other string) error {
	return badRequest("BadRequest", "A binary operator with incompatible types was detected. Found operand types '"+f.edm+
		"' and '"+other+"' for operator kind 'Equal'.")
}

func literalType(s string) string {
	if _, err := strconv.ParseInt(s, 10, 32); err == nil {
		return "Edm.Int32"
	}
	if _, err := uuid.Parse(s); err == nil {
		return "Edm.Guid"
	}
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return "Edm.Date"
	}
	return "Edm.Untyped"
}
