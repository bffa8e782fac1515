package journal

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Record is a normalised record: the field names of its body are those of package record.
type Record struct {
	Kind record.Kind `json:"kind"`
	Key  string      `json:"key"`
	Ref  string      `json:"ref,omitempty"`
	Type string      `json:"type,omitempty"` // of the body: item, order, sales_order …; "" is a link or an error
	Body record.Body `json:"body,omitempty"`
	Code fault.Code  `json:"code,omitempty"` // why it could not be read
	Args fault.Args  `json:"args,omitempty"`
}

// The bodies by the name of their type.
func bodyOf(name string) record.Body {
	switch name {
	case "item":
		return new(record.Item)
	case "stock":
		return new(record.Stock)
	case "price":
		return new(record.Price)
	case "order":
		return new(record.Order)
	case "sales_order":
		return new(record.SalesOrder)
	case "shopper":
		return new(record.Shopper)
	case "shipment":
		return new(record.Shipment)
	case "invoice":
		return new(record.Invoice)
	case "mark":
		return new(record.Mark)
	}
	return nil
}

func nameOf(b record.Body) string {
	switch b.(type) {
	case *record.Item:
		return "item"
	case *record.Stock:
		return "stock"
	case *record.Price:
		return "price"
	case *record.Order:
		return "order"
	case *record.SalesOrder:
		return "sales_order"
	case *record.Shopper:
		return "shopper"
	case *record.Shipment:
		return "shipment"
	case *record.Invoice:
		return "invoice"
	case *record.Mark:
		return "mark"
	}
	return ""
}

// encode puts a record into the journal's form. A body of a type that is not known here is left out.
func encode(r *record.Record) Record {
	out := Record{Kind: r.Key.Kind, Key: r.Key.ID, Ref: r.Ref}
	if r.Err != nil {
		e := fault.As(r.Err)
		out.Code, out.Args = e.Code, e.Args
		return out
	}
	if out.Type = nameOf(r.Body); out.Type != "" {
		out.Body = r.Body
	}
	return out
}

// Record is the record as it was.
func (r *Record) Record() record.Record {
	out := record.Record{Key: record.Key{Kind: r.Kind, ID: r.Key}, Ref: r.Ref, Body: r.Body}
	if r.Code != "" {
		out.Err = fault.New(r.Code, r.Args)
	}
	return out
}

// stored is a Record before its body's type is known.
type stored struct {
	Kind record.Kind     `json:"kind"`
	Key  string          `json:"key"`
	Ref  string          `json:"ref"`
	Type string          `json:"type"`
	Body json.RawMessage `json:"body"`
	Code fault.Code      `json:"code"`
	Args fault.Args      `json:"args"`
}

// UnmarshalJSON implements json.Unmarshaler. A body of another kind than its record is refused.
func (r *Record) UnmarshalJSON(b []byte) error {
	var s stored
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*r = Record{Kind: s.Kind, Key: s.Key, Ref: s.Ref, Type: s.Type, Code: s.Code, Args: s.Args}
	if s.Type == "" {
		return nil
	}
	body := bodyOf(s.Type)
	if body == nil || body.Kind() != s.Kind {
		return fmt.Errorf("a record of %q has a body of type %q", s.Kind, s.Type)
	}
	if len(s.Body) > 0 {
		if err := json.Unmarshal(s.Body, body); err != nil {
			return err
		}
		r.Body = body
	}
	return nil
}

// UnmarshalJSON implements json.Unmarshaler: without it the one of the embedded Record would read a Change.
func (c *Change) UnmarshalJSON(b []byte) error {
	var rest struct {
		Source, Sum, Intent, After string
		Linked, Helper, Mark       bool
	}
	if err := errors.Join(json.Unmarshal(b, &c.Record), json.Unmarshal(b, &rest)); err != nil {
		return err
	}
	c.Source, c.Sum, c.Intent, c.After = rest.Source, rest.Sum, rest.Intent, rest.After
	c.Linked, c.Helper, c.Mark = rest.Linked, rest.Helper, rest.Mark
	return nil
}

// SumText is a digest in hexadecimal; "" for the zero one.
func SumText(s record.Sum) string {
	if s == (record.Sum{}) {
		return ""
	}
	return hex.EncodeToString(s[:])
}

// Sum reads what SumText wrote; anything else is the zero sum.
func Sum(text string) (s record.Sum) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(s) {
		copy(s[:], b)
	}
	return s
}
