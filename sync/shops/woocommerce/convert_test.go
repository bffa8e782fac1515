package woocommerce

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

const plainOrder = `{"id":7,"number":"7","status":"processing","currency":"eur","date_created_gmt":"2026-11-23T17:17:12",
"date_modified_gmt":"2026-11-23T17:17:13","date_paid_gmt":null,"customer_id":0,"customer_note":"Voor 12 uur\r\n&amp; snel",
"billing":{"first_name":"Jan","last_name":"de Vries","company":"Bloem &amp; Zn","country":"nl","email":" jan@example.com "},
"shipping":{},"payment_method":"bacs","payment_method_title":"Over&shy;boeking","transaction_id":"",
"total":"12.10","total_tax":"2.10",
"line_items":[{"id":1,"name":"Mok","quantity":1,"subtotal":"10.00","subtotal_tax":"2.10","total":"10.00","total_tax":"2.10","sku":"A-1","price":10.000000000000002}],
"shipping_lines":[],"fee_lines":[],"coupon_lines":[],"refunds":[],"meta_data":[]}`

// edited is plainOrder with fields replaced.
func edited(t *testing.T, pairs ...string) json.RawMessage {
	t.Helper()
	s := plainOrder
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("%s is not in the order", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return json.RawMessage(s)
}

func orderOf(t *testing.T, raw json.RawMessage, custom map[string]string) *record.Order {
	t.Helper()
	statuses, _ := statusMap(custom)
	rec := orderRecord(raw, statuses)
	if rec.Err != nil {
		t.Fatal(rec.Err)
	}
	return rec.Body.(*record.Order)
}

func TestOrderConversion(t *testing.T) {
	o := orderOf(t, json.RawMessage(plainOrder), nil)
	got := []string{o.Number, string(o.Status), o.Currency, o.Email, o.CustomerRef, o.Billing.Company, o.Billing.Country, o.Note,
		record.Text(o.Total), record.Text(o.Payment.Amount), o.Created.Format(gmtLayout), o.Lines[0].SKU, record.Text(o.Lines[0].Total)}
	want := []string{"7", "processing", "EUR", "jan@example.com", "", "Bloem & Zn", "NL", "Voor 12 uur\n& snel",
		"12.1", "12.1", "2026-11-23T17:17:12", "A-1", "10"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOrderOddities(t *testing.T) {
	for name, c := range map[string]struct {
		edit []string
		see  func(*record.Order) string
		want string
	}{
		"refunds, one of them empty": {[]string{`"refunds":[]`, `"refunds":[{"total":"-5.00"},{"total":"-"},{"total":"-0.00"},{"total":""},{"total":"-2.10"}]`},
			func(o *record.Order) string { return record.Text(o.Refunded) }, "7.1"},
		"not paid": {[]string{`"processing"`, `"on-hold"`},
			func(o *record.Order) string { return record.Text(o.Payment.Amount) }, "0"},
		"paid by date": {[]string{`"processing"`, `"on-hold"`, `"date_paid_gmt":null`, `"date_paid_gmt":"2026-11-23T17:17:12"`},
			func(o *record.Order) string { return record.Text(o.Payment.Amount) }, "12.1"},
		"product gone": {[]string{`"sku":"A-1"`, `"sku":null`},
			func(o *record.Order) string { return o.Lines[0].SKU }, ""},
		"bin counts as cancelled": {[]string{`"processing"`, `"trash"`},
			func(o *record.Order) string { return string(o.Status) }, "cancelled"},
		"status of a plug-in": {[]string{`"processing"`, `"wc-packed"`},
			func(o *record.Order) string { return string(o.Status) + " " + o.Raw }, "unknown wc-packed"},
		"status mapped by the merchant": {[]string{`"processing"`, `"picked"`},
			func(o *record.Order) string { return string(o.Status) }, "on hold"},
		"negative fee and free shipping": {[]string{`"fee_lines":[]`, `"fee_lines":[{"id":3,"name":"Korting &lt;5","total":"-2.50","total_tax":"-0.53"}]`,
			`"shipping_lines":[]`, `"shipping_lines":[{"id":2,"method_title":"Post","method_id":"free","total":"","total_tax":null}]`},
			func(o *record.Order) string {
				return o.Charges[0].Title + record.Text(o.Charges[0].Total) + " " + o.Charges[1].Title + record.Text(o.Charges[1].Total)
			}, "Post0 Korting <5-2.5"},
		"our mark among foreign meta": {[]string{`"meta_data":[]`, `"meta_data":[{"key":"x","value":{"a":[1]}},{"key":"_stockbridge_installation","value":"inst"},{"key":"_stockbridge_document","value":1001}]`},
			func(o *record.Order) string { return o.MarkedBy + " " + o.MarkedAs }, "inst 1001"},
		"lists written as objects": {[]string{`"coupon_lines":[]`, `"coupon_lines":{"1":{"code":"tien"},"4":{"code":"vijf"}}`},
			func(o *record.Order) string { return strings.Join(o.Coupons, ",") }, "tien,vijf"},
		"amounts as numbers keep their digits": {[]string{`"total":"12.10"`, `"total":12345678901234.10`},
			func(o *record.Order) string { return record.Text(o.Total) }, "12345678901234.1"},
		"customer with an account": {[]string{`"customer_id":0`, `"customer_id":"12"`},
			func(o *record.Order) string { return o.CustomerRef }, "12"},
		"number of a plug-in": {[]string{`"number":"7"`, `"number":"WEB-0007"`},
			func(o *record.Order) string { return o.Number }, "WEB-0007"},
	} {
		if got := c.see(orderOf(t, edited(t, c.edit...), map[string]string{"wc-picked": "on-hold"})); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestOrderThatCannotBeRight(t *testing.T) {
	statuses, _ := statusMap(nil)
	for field, edit := range map[string][]string{
		"total":               {`"total":"12.10"`, `"total":"12,10"`},
		"currency":            {`"eur"`, `"euro"`},
		"date_created_gmt":    {`"2026-11-23T17:17:12"`, `null`},
		"line_items.total":    {`"total":"10.00"`, `"total":""`},
		"line_items.quantity": {`"quantity":1`, `"quantity":true`},
		"refunds.total":       {`"refunds":[]`, `"refunds":[{"total":"vijf"}]`},
		"order":               {`"line_items":[`, `"line_items":[[],`},
	} {
		rec := orderRecord(edited(t, edit...), statuses)
		f := fault.As(rec.Err)
		if f == nil || f.Code != "record.invalid" || f.Kind != fault.Rejected || f.Args["field"] != field || rec.Body != nil {
			t.Errorf("%s: %v, body %v", field, rec.Err, rec.Body)
		}
		if rec.Ref != "7" || rec.Key.ID != "7" {
			t.Errorf("%s: a rejected order must keep its id: %+v", field, rec)
		}
	}
}

func TestProductConversion(t *testing.T) {
	kinds := []record.Kind{record.KindItem, record.KindStock, record.KindPrice}
	for name, c := range map[string]struct {
		raw  string
		want string // item, stock, price
	}{
		"as usual":            {`{"id":1,"name":"A &amp; B","type":"simple","status":"publish","sku":"a","regular_price":"12.50","tax_class":"","manage_stock":true,"stock_quantity":25}`, "A & B published true|25 true|12.5 EUR true"},
		"not managed, draft":  {`{"id":1,"name":"A","type":"simple","status":"private","regular_price":"","manage_stock":false,"stock_quantity":null}`, "A draft false|0 false|0 EUR true"},
		"half a piece":        {`{"id":1,"name":"A","type":"simple","status":"publish","regular_price":"1","manage_stock":true,"stock_quantity":2.5}`, "A published true|2.5 true|1 EUR true"},
		"price as number":     {`{"id":1,"name":"A","type":"simple","status":"publish","regular_price":0.1,"manage_stock":true,"stock_quantity":"-3"}`, "A published true|-3 true|0.1 EUR true"},
		"variation":           {`{"id":1,"type":"variation","manage_stock":"parent"}`, "item.not_simple|item.not_simple|item.not_simple"},
		"in the bin":          {`{"id":1,"type":"simple","status":"trash"}`, "shop.sku_in_trash|shop.sku_in_trash|shop.sku_in_trash"},
		"name is a structure": {`{"id":1,"type":"simple","name":{"raw":"A"}}`, "record.invalid|record.invalid|record.invalid"},
		"price is no amount":  {`{"id":1,"name":"A","type":"simple","status":"publish","regular_price":"1.234,50","manage_stock":true,"stock_quantity":"many"}`, "A published true|record.invalid|record.invalid"},
	} {
		var got []string
		for _, rec := range productRecords(readProduct(json.RawMessage(c.raw)), "A", kinds, terms{"EUR", true}) {
			if rec.Key.ID != "A" || rec.Ref != "1" {
				t.Errorf("%s: %+v", name, rec)
			}
			got = append(got, describe(rec))
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, s, c.want)
		}
	}
}

func describe(rec record.Record) string {
	if rec.Err != nil {
		return string(fault.As(rec.Err).Code)
	}
	yes := map[bool]string{true: " true", false: " false"}
	switch b := rec.Body.(type) {
	case *record.Item:
		return b.Name + " " + string(b.Status) + yes[b.Managed]
	case *record.Stock:
		return record.Text(b.Quantity) + yes[b.Managed]
	case *record.Price:
		return record.Text(b.Regular.Amount) + " " + b.Regular.Currency + yes[b.IncludesTax]
	}
	return "nothing"
}

func TestStatusList(t *testing.T) {
	_, list := statusMap(map[string]string{"wc-picked": "processing", "completed": "processing"})
	if want := "pending,on-hold,processing,completed,cancelled,refunded,failed,picked"; list != want {
		t.Errorf("got %s, want %s", list, want)
	}
}

func TestBadSKU(t *testing.T) {
	for _, sku := range []string{"1000", "A,B", "A/B", "50%", "A\"B'", `A\B`, "☕", "A B", "É"} {
		if why := badSKU(sku); why != "" {
			t.Errorf("%q is refused: %s", sku, why)
		}
	}
	for _, sku := range []string{"", "A<B>", "A%20B", "A  B", " A", "A\tB", strings.Repeat("x", 101)} {
		if badSKU(sku) == "" {
			t.Errorf("%q is accepted", sku)
		}
	}
}

func TestChunks(t *testing.T) {
	var keys []string
	for range 250 {
		keys = append(keys, "0123456789")
	}
	keys = append(keys, "A,B", strings.Repeat("x", 2000))
	got := 0
	for _, g := range chunks(keys, maxPage, hasComma) {
		size := 0
		for _, k := range g {
			size += 3*len(k) + 1
		}
		if len(g) == 0 || len(g) > maxPage || len(g) > 1 && (size > 3100 || slices.Contains(g, "A,B")) {
			t.Errorf("a group of %d keys, %d bytes", len(g), size)
		}
		got += len(g)
	}
	if got != len(keys) {
		t.Errorf("%d of %d keys asked for", got, len(keys))
	}
}

func TestNextPass(t *testing.T) {
	const noon = 1_800_000_000
	for name, c := range map[string]struct {
		at   cursor
		want int64
	}{
		"looks back from the latest change":     {cursor{Base: noon - 9000, Top: noon, Start: noon + 5}, noon - overlap},
		"never before where it began":           {cursor{Base: noon - 10, Top: noon, Start: noon}, noon - 10},
		"follows a quiet shop's clock":          {cursor{Base: noon - 90000, Start: noon}, noon - quiet},
		"stays without clock and without order": {cursor{Base: noon}, noon},
		"begins at the beginning":               {cursor{}, 0},
	} {
		if got := c.at.next(); got.Since != c.want || got.Open {
			t.Errorf("%s: got %+v, want since %d", name, got, c.want)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(string(cursor{Since: 5, Seen: []int64{1, 2}, Open: true, Walk: walk{Offset: 3, Last: 9}}.String()))
	f.Add(`{"s":-1}`)
	f.Add("v2:abc")
	f.Fuzz(func(t *testing.T, s string) {
		c := parse(record.Cursor(s))
		if c.Since < 0 || c.Walk.Offset < 0 {
			t.Errorf("%q gives %+v", s, c)
		}
		if again := parse(c.String()); again.String() != c.String() {
			t.Errorf("%q: %s became %s", s, c.String(), again.String())
		}
	})
}

func FuzzOrder(f *testing.F) {
	statuses, _ := statusMap(nil)
	f.Add([]byte(plainOrder))
	f.Add([]byte(`{"id":1,"refunds":{"1":{"total":"-"}}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		rec := orderRecord(raw, statuses)
		if (rec.Body == nil) == (rec.Err == nil) {
			t.Fatalf("body %v, error %v", rec.Body, rec.Err)
		}
		if o, ok := rec.Body.(*record.Order); ok && (o.Currency == "" || rec.Ref == "" || o.Created.IsZero() || o.Refunded.IsNeg()) {
			t.Fatalf("%+v", o)
		}
		record.SumOf(rec.Body)
	})
}

func TestPriceText(t *testing.T) {
	for amount, want := range map[string]string{"12.5": "12.50", "7": "7.00", "0.12345": "0.12345", "12.500": "12.50"} {
		var e entry
		p := &record.Price{Regular: record.Money{Amount: decimal.MustParse(amount), Currency: "EUR"}}
		if err := e.addPrice(&record.Change{}, p); err != nil || e.body.Price != want {
			t.Errorf("%s is sent as %q (%v), want %q", amount, e.body.Price, err, want)
		}
	}
}
