package record_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// leftOut lists, per body, the fields a digest leaves out on purpose, and why. Every other field must change it.
var leftOut = map[string]string{
	"Order.Status":        "only Dead counts: paid to completed is our own shipment coming back",
	"Order.Raw":           "the shop's own word for the status",
	"Order.Paid":          "payment by itself changes nothing in the document",
	"Order.Created":       "never changes",
	"Order.CustomerRef":   "the customer is found by e-mail",
	"Order.Payment":       "a note for people; gateways fill it in later",
	"Order.Note":          "a note for people",
	"Order.Coupons":       "their amounts are in the lines",
	"Order.MarkedBy":      "our own mark coming back",
	"Order.MarkedAs":      "our own mark coming back",
	"Order.MarkedRun":     "our own mark coming back",
	"Order.Lines.Name":    "the SKU says what it is",
	"Order.Charges.Title": "the code and the amount say what it is",

	"Mark.Note": "an extra for the shop's staff",
	"Mark.Over": "whose mark it may replace, no content",
	"Mark.Run":  "another with every start",

	"SalesOrder.Number":        "Business Central's own",
	"SalesOrder.CustomerID":    "filled in by Link",
	"SalesOrder.Customer.Kind": "always shoppers",
	"SalesOrder.Date":          "never changes",
	"SalesOrder.IncludesTax":   "how the same amounts are written",
	"SalesOrder.TaxSlack":      "a limit, no content",
	"SalesOrder.Shipped":       "Business Central's own",
	"SalesOrder.Posted":        "Business Central's own",
	"SalesOrder.Draft":         "Business Central's own",

	"Shopper.Number": "Business Central's own",
}

func bodies() []record.Body {
	return []record.Body{
		&record.Item{}, &record.Stock{}, &record.Price{}, &record.Mark{Over: make([]string, 1)}, &record.Shopper{}, &record.Invoice{},
		&record.Order{Lines: make([]record.OrderLine, 1), Charges: make([]record.Charge, 1), Coupons: make([]string, 1)},
		&record.SalesOrder{Lines: make([]record.SalesLine, 1)},
		&record.Shipment{Lines: make([]record.ShippedLine, 1)},
	}
}

// TestSumCoversEveryField sets each field in turn and expects another digest, or an entry in leftOut.
func TestSumCoversEveryField(t *testing.T) {
	used := map[string]bool{}
	for _, b := range bodies() {
		v := reflect.ValueOf(b).Elem()
		empty := record.SumOf(b)
		walk(v.Type().Name(), v, func(path string) {
			used[path] = true
			changed := record.SumOf(b) != empty
			if _, out := leftOutBy(path); changed == out {
				t.Errorf("%s: digest changes %v, on the list of fields left out %v", path, changed, out)
			}
		})
		if record.SumOf(b) != empty {
			t.Errorf("%T: the walk did not restore the body", b)
		}
	}
	for path := range leftOut {
		if !used[path] && !usedBelow(used, path) {
			t.Errorf("%s is on the list but no field", path)
		}
	}
}

func leftOutBy(path string) (string, bool) {
	for p := path; ; p = p[:strings.LastIndex(p, ".")] {
		if why, ok := leftOut[p]; ok {
			return why, true
		}
		if !strings.Contains(p, ".") {
			return "", false
		}
	}
}

func usedBelow(used map[string]bool, path string) bool {
	for p := range used {
		if strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}

// walk sets every leaf below v to something else, calls check and puts it back.
func walk(path string, v reflect.Value, check func(path string)) {
	if set, ok := other(v); ok {
		was := reflect.New(v.Type()).Elem()
		was.Set(v)
		v.Set(set)
		check(path)
		v.Set(was)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			walk(path+"."+v.Type().Field(i).Name, v.Field(i), check)
		}
	case reflect.Slice:
		walk(path, v.Index(0), check)
	default:
		panic("no other value for " + path + " (" + v.Type().String() + ")")
	}
}

func other(v reflect.Value) (reflect.Value, bool) {
	switch v.Interface().(type) {
	case decimal.Decimal:
		return reflect.ValueOf(decimal.MustParse("1.23")), true
	case time.Time:
		return reflect.ValueOf(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)), true
	case record.OrderStatus:
		return reflect.ValueOf(record.OrderCompleted), true
	}
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf("x").Convert(v.Type()), true
	case reflect.Bool:
		return reflect.ValueOf(true), true
	}
	return reflect.Value{}, false
}

func TestSumTellsApart(t *testing.T) {
	line := func(sku string) record.OrderLine { return record.OrderLine{SKU: sku, Quantity: decimal.One} }
	amount := func(s string) record.Body { return &record.Stock{Quantity: decimal.MustParse(s)} }
	differ := [][2]record.Body{
		{&record.Item{Name: "ab"}, &record.Item{Name: "a", GTIN: "b"}},
		{&record.Order{Lines: []record.OrderLine{line("a"), line("b")}}, &record.Order{Lines: []record.OrderLine{line("b"), line("a")}}},
		{&record.Order{Lines: []record.OrderLine{line("a")}}, &record.Order{Lines: []record.OrderLine{line("a"), line("a")}}},
		{amount("1"), amount("-1")}, {amount("1"), amount("10")}, {amount("0.1"), amount("1")},
		{&record.Order{Status: record.OrderProcessing}, &record.Order{Status: record.OrderCancelled}},
	}
	for _, d := range differ {
		if record.SumOf(d[0]) == record.SumOf(d[1]) {
			t.Errorf("%+v and %+v have the same digest", d[0], d[1])
		}
	}
	same := [][2]record.Body{
		{amount("1.50"), amount("1.5")}, {amount("-0"), amount("0.00")},
		{&record.Order{Email: " Jan@Example.NL"}, &record.Order{Email: "jan@example.nl"}},
		{&record.Order{Status: record.OrderProcessing}, &record.Order{Status: record.OrderCompleted}},
		{&record.Order{Status: record.OrderCancelled}, &record.Order{Status: record.OrderFailed}},
	}
	for _, s := range same {
		if record.SumOf(s[0]) != record.SumOf(s[1]) {
			t.Errorf("%+v and %+v have different digests", s[0], s[1])
		}
	}
	if record.SumOf(nil) != (record.Sum{}) {
		t.Error("no body has a digest")
	}
}

func TestSummerIsReusable(t *testing.T) {
	var s record.Summer
	for _, b := range bodies() {
		if s.Sum(b) != record.SumOf(b) {
			t.Errorf("%T: a used Summer gives another digest", b)
		}
	}
}

func TestFoldEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Jan@Example.NL ": "jan@example.nl", "jan+shop@example.nl": "jan+shop@example.nl",
		"j.an@example.nl": "j.an@example.nl", "": "", "  ": "",
	} {
		if got := record.FoldEmail(in); got != want {
			t.Errorf("FoldEmail(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAddressName(t *testing.T) {
	a := record.Address{FirstName: " Jan ", LastName: "de  Vries", Company: "  "}
	if got := a.Name(); got != "Jan de Vries" {
		t.Errorf("person: %q", got)
	}
	a.Company = "Fietsen BV"
	if got := a.Name(); got != "Fietsen BV" {
		t.Errorf("firm: %q", got)
	}
}

func TestLinkFillsOnlyItsCustomer(t *testing.T) {
	o := &record.SalesOrder{Customer: record.Key{Kind: record.KindShopper, ID: "jan@example.nl"}}
	if got := o.Link(record.Key{Kind: record.KindShopper, ID: "piet@example.nl"}, "c2").(*record.SalesOrder); got.CustomerID != "" {
		t.Errorf("took another customer's id: %q", got.CustomerID)
	}
	if got := o.Link(o.Customer, "c1").(*record.SalesOrder); got.CustomerID != "c1" || o.CustomerID != "" {
		t.Errorf("linked %q, original %q", got.CustomerID, o.CustomerID)
	}
}
