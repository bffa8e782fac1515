package record_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// personal lists what must be erasable: every other field is kept in plain text for years.
var personal = []string{
	"Order.Billing", "Order.Coupons", "Order.CustomerRef", "Order.Email", "Order.Note", "Order.Payment.Transaction", "Order.Shipping",
	"SalesOrder.Customer.ID", "SalesOrder.CustomerID", "SalesOrder.Email", "SalesOrder.Phone", "SalesOrder.SellTo", "SalesOrder.ShipTo",
	"Shopper.Billing", "Shopper.Email", "Shopper.Number",
}

// TestFieldsListsEveryField sets each field in turn and expects exactly one listed value to become another, personal
// where the list above says so. No field is left out.
func TestFieldsListsEveryField(t *testing.T) {
	for _, b := range bodies() {
		v := reflect.ValueOf(b).Elem()
		before := record.Fields(b)
		walk(v.Type().Name(), v, func(path string) {
			after := record.Fields(b)
			if len(after) != len(before) {
				t.Fatalf("%s: %d fields became %d", path, len(before), len(after))
			}
			changed := differing(before, after)
			if len(changed) != 1 {
				t.Fatalf("%s: %d values changed, want 1", path, len(changed))
			}
			want := slices.ContainsFunc(personal, func(p string) bool { return path == p || strings.HasPrefix(path, p+".") })
			if changed[0].Personal != want {
				t.Errorf("%s: personal is %v, want %v", path, changed[0].Personal, want)
			}
		})
		names := map[string]bool{}
		for _, f := range before {
			if names[f.Name] || f.Name == "" {
				t.Errorf("%T: the name %q is there twice", b, f.Name)
			}
			names[f.Name] = true
		}
	}
}

// differing returns the fields of after that are not as before.
func differing(before, after []record.Field) (out []record.Field) {
	for i := range after {
		if after[i] != before[i] {
			out = append(out, after[i])
		}
	}
	return out
}

// TestFieldsKnowsEveryBody finds the bodies in the package's own source, so that a new one can't be forgotten.
func TestFieldsKnowsEveryBody(t *testing.T) {
	known := map[string]bool{}
	for _, b := range bodies() {
		known[reflect.TypeOf(b).Elem().Name()] = true
		if len(record.Fields(b)) == 0 {
			t.Errorf("%T has no fields", b)
		}
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "AppendSum" || f.Recv == nil {
				continue
			}
			found++
			if name := f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name; !known[name] {
				t.Errorf("%s is in no test of this package: add it to bodies", name)
			}
		}
	}
	if found != len(known) {
		t.Errorf("%d bodies in the source, %d in the test", found, len(known))
	}
}

func TestFieldsMarksTheLevel(t *testing.T) {
	for _, b := range bodies() {
		_, has := b.(record.Leveller)
		n := 0
		for _, f := range record.Fields(b) {
			if f.Level {
				n++
			}
		}
		if has && n != 1 || !has && n != 0 {
			t.Errorf("%T marks %d fields as its level", b, n)
		}
	}
	for _, text := range []string{"0", "12.5", "-3", "0.0001", "99999999.9999"} {
		s := &record.Stock{Quantity: decimal.MustParse(text)}
		if got := record.LevelText(s.Level()); got != text {
			t.Errorf("the level of %s reads %s", text, got)
		}
	}
	huge := &record.Stock{Quantity: decimal.MustParse("9999999999999999999")}
	if got := record.LevelText(huge.Level()); got == "" {
		t.Error("a level at its end has no text")
	}
}

func TestCommentLinesArePersonal(t *testing.T) {
	o := &record.SalesOrder{Lines: []record.SalesLine{{Type: record.LineItem, Description: "Bicycle"}, {Type: record.LineComment, Description: "ring twice"}}}
	for _, f := range record.Fields(o) {
		if strings.HasSuffix(f.Name, ".description") && f.Personal != (f.Value == "ring twice") {
			t.Errorf("%s %q: personal is %v", f.Name, f.Value, f.Personal)
		}
	}
}

func TestPersonOf(t *testing.T) {
	for want, b := range map[string]record.Body{
		"jan@example.nl":  &record.Order{Email: " Jan@Example.nl"},
		"piet@example.nl": &record.SalesOrder{Email: "piet@example.nl"},
		"an@example.nl":   &record.Shopper{Email: "An@example.nl "},
		"":                &record.Shipment{External: "WEB-1"},
	} {
		if got := record.PersonOf(b); got != want {
			t.Errorf("%T is about %q, want %q", b, got, want)
		}
	}
	if record.PersonOf(nil) != "" || record.Fields(nil) != nil {
		t.Error("no body is about somebody")
	}
}
