package woocommerce

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// text is a scalar of the API as it is spelled. The API is not faithful to its own schema: ids and amounts come as
// numbers or strings, manage_stock as a boolean or "parent" (NOTES §5). Numbers keep their digits, so an amount never
// passes through a float. null is "".
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) == 0:
		return errors.New("nothing where a text is expected")
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case b[0] == '{', b[0] == '[':
		return errors.New("a structure where a text is expected")
	case bytes.Equal(b, []byte("null")):
		*t = ""
	default:
		*t = text(b)
	}
	return nil
}

// number is t as a positive id; 0 when it is none.
func (t text) number() int64 {
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// rows is a list. PHP writes one whose numbering has a gap (a plug-in filtered it) as an object with numbers for names;
// its values count.
type rows[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *rows[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	if len(b) == 0 || b[0] != '{' {
		return json.Unmarshal(b, (*[]T)(l))
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if s, ok := name.(string); !ok || strings.Trim(s, "0123456789") != "" {
			return errors.New("a structure where a list is expected")
		}
		var v T
		if err := d.Decode(&v); err != nil {
			return err
		}
		*l = append(*l, v)
	}
	return nil
}

// productFields is what is asked of a product: the rest (descriptions, images, links) is nine tenths of the bytes.
const productFields = "id,name,type,status,sku,regular_price,tax_class,manage_stock,stock_quantity,global_unique_id"

type product struct {
	ID            text `json:"id"`
	Name          text `json:"name"`
	Type          text `json:"type"`
	Status        text `json:"status"`
	SKU           text `json:"sku"`
	RegularPrice  text `json:"regular_price"`
	TaxClass      text `json:"tax_class"`
	ManageStock   text `json:"manage_stock"` // true, false, or "parent" on a variation
	StockQuantity text `json:"stock_quantity"`
	GTIN          text `json:"global_unique_id"` // unknown to 8.9

	bad error // why the rest could not be read
}

// readProduct reads one row. One that is broken keeps what identifies it, and is rejected by itself.
func readProduct(raw json.RawMessage) *product {
	var p product
	err := json.Unmarshal(raw, &p)
	if err == nil {
		return &p
	}
	var id struct {
		ID  optionalScalar `json:"id"`
		SKU optionalScalar `json:"sku"`
	}
	_ = json.Unmarshal(raw, &id)
	return &product{ID: text(id.ID), SKU: text(id.SKU), bad: err}
}

// orderFields leaves out what is never needed, among it the shopper's IP address and browser.
const orderFields = "id,number,status,currency,date_created_gmt,date_modified,date_modified_gmt,date_paid_gmt,customer_id,customer_note," +
	"billing,shipping,payment_method,payment_method_title,transaction_id,total,total_tax," +
	"line_items,shipping_lines,fee_lines,coupon_lines,refunds,meta_data"

type order struct {
	ID            text            `json:"id"`
	Number        text            `json:"number"`
	Status        text            `json:"status"`
	Currency      text            `json:"currency"`
	OrderKey      text            `json:"order_key"`
	Created       text            `json:"date_created_gmt"`
	Paid          text            `json:"date_paid_gmt"`
	CustomerID    text            `json:"customer_id"`
	CustomerNote  text            `json:"customer_note"`
	Billing       address         `json:"billing"`
	Shipping      address         `json:"shipping"`
	PaymentMethod text            `json:"payment_method"`
	PaymentTitle  text            `json:"payment_method_title"`
	Transaction   text            `json:"transaction_id"`
	Total         text            `json:"total"`
	TotalTax      text            `json:"total_tax"`
	Lines         rows[orderLine] `json:"line_items"`
	ShippingLines rows[charge]    `json:"shipping_lines"`
	FeeLines      rows[charge]    `json:"fee_lines"`
	Coupons       rows[coupon]    `json:"coupon_lines"`
	Refunds       rows[refund]    `json:"refunds"`
	Meta          rows[meta]      `json:"meta_data"`

	bad error // why it could not be read
}

// readOrder reads one row; one that is broken keeps its id.
func readOrder(raw json.RawMessage) *order {
	var o order
	err := json.Unmarshal(raw, &o)
	if err == nil {
		return &o
	}
	var s stamp
	_ = json.Unmarshal(raw, &s)
	return &order{ID: s.ID, Number: s.Number, bad: err}
}

// stamp is the part of an order that paging needs; it is decoded apart so that an order broken elsewhere still
// has its place.
type stamp struct {
	ID       text `json:"id"`
	Number   text `json:"number"`
	Modified text `json:"date_modified_gmt"`
	Local    text `json:"date_modified"` // the same moment on the shop's own clock
}

type address struct {
	FirstName text `json:"first_name"`
	LastName  text `json:"last_name"`
	Company   text `json:"company"`
	Line1     text `json:"address_1"`
	Line2     text `json:"address_2"`
	City      text `json:"city"`
	State     text `json:"state"`
	PostCode  text `json:"postcode"`
	Country   text `json:"country"`
	Email     text `json:"email"`
	Phone     text `json:"phone"`
}

// orderLine leaves out price: it is a float with the float's digits (NOTES §5).
type orderLine struct {
	ID          text `json:"id"`
	Name        text `json:"name"`
	Quantity    text `json:"quantity"`
	Subtotal    text `json:"subtotal"`
	SubtotalTax text `json:"subtotal_tax"`
	Total       text `json:"total"`
	TotalTax    text `json:"total_tax"`
	SKU         text `json:"sku"` // null once the product is gone
}

// charge is a shipping line (method_*) or a fee (name).
type charge struct {
	ID          text `json:"id"`
	Name        text `json:"name"`
	MethodTitle text `json:"method_title"`
	MethodID    text `json:"method_id"`
	Total       text `json:"total"`
	TotalTax    text `json:"total_tax"`
}

type coupon struct {
	Code text `json:"code"`
}

type refund struct {
	Total text `json:"total"` // "-12.10"; of an empty refund "-" or "-0.00"
}

// meta is one entry of meta_data; a value can be of any shape, ours are texts.
type meta struct {
	Key   text            `json:"key"`
	Value json.RawMessage `json:"value"`
}

type note struct {
	ID   text `json:"id"`
	Note text `json:"note"`
}

// metaText is a meta value written by us; "" for other shapes.
func metaText(entries []meta, key string) string {
	for _, m := range entries {
		var t text
		if string(m.Key) == key && json.Unmarshal(m.Value, &t) == nil {
			return strings.TrimSpace(string(t))
		}
	}
	return ""
}

// apiError is the body of every error answer and of a failed batch item. data is an object or, for refunds, a
// number (NOTES §4).
type apiError struct {
	Code    text            `json:"code"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
}

type errorData struct {
	Status     text            `json:"status"`
	ResourceID text            `json:"resource_id"`
	Params     json.RawMessage `json:"params"`
}

func (e *apiError) data() (d errorData) {
	if json.Unmarshal(e.Data, &d) != nil {
		_ = json.Unmarshal(e.Data, &d.Status)
	}
	return d
}

// ids writes shop ids as a query value, without what is no number: it becomes part of an address, and the shop has
// nothing under it.
func ids(refs []string) string {
	var all []string
	for _, r := range refs {
		if text(r).number() != 0 {
			all = append(all, r)
		}
	}
	return strings.Join(all, ",")
}

// optionalScalar is a scalar that may also be a structure, of no interest then: the value of a shop option.
type optionalScalar text

// UnmarshalJSON implements json.Unmarshaler.
func (o *optionalScalar) UnmarshalJSON(b []byte) error {
	var t text
	if t.UnmarshalJSON(b) != nil {
		t = ""
	}
	*o = optionalScalar(t)
	return nil
}
