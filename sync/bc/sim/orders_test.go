package sim

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

func TestTotalsToTheCent(t *testing.T) {
	account := `{"lineType":"Account","lineObjectNumber":"8000","quantity":1,"unitPrice":4.95}`
	tests := []struct {
		name, header, lines string
		net, tax, total     string
	}{
		{"excluding", "", itemLine("1000", "3", "9.99"), "29.97", "6.29", "36.26"},
		{"including", `"pricesIncludeTax":true`, itemLine("1000", "3", "9.99"), "24.77", "5.2", "29.97"},
		{"two rates", "", itemLine("1000", "1", "10") + "," + itemLine("1001", "1", "10"), "20", "3", "23"},
		// Three lines of 0.33: VAT is 21 % of 0.99, not three times 21 % of 0.33 rounded.
		{"rate's sum", "", strings.Repeat(itemLine("1000", "1", "0.33")+",", 2) + itemLine("1000", "1", "0.33"), "0.99", "0.21", "1.2"},
		{"half away", `"pricesIncludeTax":true`, itemLine("1000", "1", "0.605"), "0.5", "0.11", "0.61"},
		{"shipping", `"pricesIncludeTax":true`, itemLine("1000", "1", "100") + "," + account, "86.74", "18.21", "104.95"},
		{"price digits", "", itemLine("1000", "3", "1.234565"), "3.7", "0.78", "4.48"},
		{"negative", "", itemLine("1000", "1", "10") + `,{"lineType":"Account","lineObjectNumber":"8010","quantity":1,"unitPrice":-0.01}`, "9.99", "2.1", "12.09"},
		{"invoice discount", `"discountAmount":3`, itemLine("1000", "1", "10") + "," + itemLine("1001", "1", "20"), "27", "3.51", "30.51"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, Options{})
			a := g.order("X", tt.header, tt.lines)
			got := a.text("totalAmountExcludingTax") + " " + a.text("totalTaxAmount") + " " + a.text("totalAmountIncludingTax")
			if got != tt.net+" "+tt.tax+" "+tt.total {
				t.Errorf("got %s, want %s %s %s", got, tt.net, tt.tax, tt.total)
			}
			var parts []decimal.Decimal
			for _, l := range a.rows("salesOrderLines") {
				parts = append(parts, dec(l.text("netAmountIncludingTax")))
			}
			if sum, err := record.Add(parts...); err != nil || sum.Cmp(dec(tt.total)) != 0 {
				t.Errorf("the lines add up to %s, the order says %s", sum, tt.total)
			}
		})
	}
}

func TestPriceIsLookedUpAgain(t *testing.T) {
	item := `"lineType":"Item","lineObjectNumber":"1000"`
	tests := []struct {
		name, line string
		pageOrder  bool
		price      string
		discount   string
	}{
		{"price last", `{` + item + `,"quantity":2,"unitPrice":9.99,"discountAmount":1}`, false, "9.99", "1"},
		{"price before quantity", `{` + item + `,"unitPrice":9.99,"quantity":2}`, false, "400", "0"},
		{"page order saves it", `{` + item + `,"unitPrice":9.99,"quantity":2}`, true, "9.99", "0"},
		{"discount before price", `{` + item + `,"quantity":2,"discountPercent":10,"unitPrice":50}`, false, "50", "10"},
		{"no price", `{` + item + `,"quantity":2}`, false, "400", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, Options{PageOrder: tt.pageOrder})
			l := g.order("X", "", tt.line).rows("salesOrderLines")[0]
			if l.text("unitPrice") != tt.price || l.text("discountAmount") != tt.discount {
				t.Errorf("got %s less %s, want %s less %s", l.text("unitPrice"), l.text("discountAmount"), tt.price, tt.discount)
			}
		})
	}
	t.Run("variant after price on the page", func(t *testing.T) {
		g := newRig(t, Options{PageOrder: true})
		id, err := g.co.AddVariant("1000", "RED", "Red bicycle")
		if err != nil {
			t.Fatal(err)
		}
		l := g.order("X", "", `{`+item+`,"quantity":1,"unitPrice":9.99,"itemVariantId":"`+id+`"}`).rows("salesOrderLines")[0]
		if l.text("unitPrice") != "400" || l.text("description") != "Red bicycle" {
			t.Errorf("got %s %q", l.text("unitPrice"), l.text("description"))
		}
	})
}

func TestOrderRefusals(t *testing.T) {
	g := newRig(t, Options{})
	if err := g.co.AddCurrency("USD", "Dollar", dec("1.1")); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, body, code, text string }{
		{"no customer", `{}`, "Application_DialogException", `A "customerNumber" or a "customerId"`},
		{"unknown customer", `{"customerNumber":"C9"}`, "Application_DialogException", "cannot be found"},
		{"mismatch", `{"customerNumber":"C2","customerId":"` + g.co.Customers()[0].ID + `"}`, "Application_DialogException", "do not match"},
		{"no posting group", `{"customerNumber":"C3"}`, "Application_FieldValidationException", "Customer Posting Group must have a value in Customer: No.=C3"},
		{"blocked customer", `{"customerNumber":"C4"}`, "Application_DialogException", "blocked with type All"},
		{"currency", `{"customerNumber":"C1","currencyCode":"XXX"}`, "Application_DialogException", `"currencyCode"`},
		{"country", `{"customerNumber":"C1","shipToCountry":"XX"}`, "Internal_InvalidTableRelation", "(XX)"},
		{"number", `{"customerNumber":"C1","number":"1"}`, "BadRequest_InvalidOperation", "'No.' is read-only"},
		{"unknown property", `{"customerNumber":"C1","yourReference":"x"}`, "BadRequest", "yourReference"},
		{"unknown nested", `{"customerNumber":"C1","salesOrderLines":[{"itemNo":"1"}]}`, "BadRequest", "itemNo"},
		{"null", `{"customerNumber":"C1","email":null}`, "BadRequest_RequiredParamNotProvided", "'email'"},
		{"long", `{"customerNumber":"C1","externalDocumentNumber":"` + strings.Repeat("x", 36) + `"}`, "Application_StringExceededLength", "36"},
		{"quoted number", `{"customerNumber":"C1","discountAmount":"1"}`, "BadRequest", "Edm.Decimal"},
		{"bad guid", `{"customerId":"7"}`, "Application_InvalidGUID", "GUID"},
		{"blocked item", `{"customerNumber":"C1","salesOrderLines":[` + itemLine("1002", "1", "1") + `]}`, "Application_FieldValidationException", "No.=1002"},
		{"unknown item", `{"customerNumber":"C1","salesOrderLines":[` + itemLine("9", "1", "1") + `]}`, "Internal_InvalidTableRelation", "(9)"},
		{"number of a comment", `{"customerNumber":"C1","salesOrderLines":[{"lineObjectNumber":"1000"}]}`, "Internal_InvalidTableRelation", "Standard Text"},
		{"discount first", `{"customerNumber":"C1","salesOrderLines":[{"lineType":"Item","lineObjectNumber":"1000","discountAmount":1}]}`, "Application_FieldValidationException", "Quantity"},
		{"line type", `{"customerNumber":"C1","salesOrderLines":[{"lineType":"Gift"}]}`, "Unknown", "Gift"},
		{"e-mail", `{"customerNumber":"C1","email":"nobody"}`, "Application_DialogException", "not valid"},
		{"cut JSON", `{"customerNumber":`, "BadRequest", "JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := g.in(t)
			a := g.must(g.post("salesOrders", tt.body), 400, tt.code)
			if !strings.Contains(a.raw, strings.ReplaceAll(tt.text, `"`, `\"`)) || !strings.Contains(a.raw, "  CorrelationId:  ") {
				t.Errorf("got %s", a.raw)
			}
		})
	}
	if n := len(g.co.Orders()); n != 0 {
		t.Errorf("%d refused orders stayed", n)
	}
	// A number taken by a refused order comes back with the transaction.
	if a := g.order("X", "", ""); a.text("number") != "SO-1001" {
		t.Errorf("first order is %s", a.text("number"))
	}
}

func TestOrderDefaults(t *testing.T) {
	g := newRig(t, Options{})
	a := g.order("abc-1 ", `"currencyCode":"EUR","orderDate":"2026-10-30","shipToName":"Piet"`, `{"description":"Hello"},`+itemLine("1000", "1", "1"))
	want := map[string]string{
		"externalDocumentNumber": "ABC-1", "orderDate": "2026-10-30", "postingDate": "2026-11-02", "status": "Draft", "currencyCode": "EUR",
		"currencyId": zeroGUID, "customerName": "Jan", "shipToName": "Piet", "shipToCity": "Utrecht", "sellToCountry": "NL",
		"requestedDeliveryDate": "0001-01-01", "email": "jan@example.nl", "fullyShipped": "false", "lastModifiedDateTime": "2026-11-02T10:00:00Z",
	}
	for k, v := range want {
		if a.text(k) != v {
			t.Errorf("%s is %q, want %q", k, a.text(k), v)
		}
	}
	if got := a.column("salesOrderLines", "lineType") + " " + a.column("salesOrderLines", "sequence"); got != "Comment Item 10000 20000" {
		t.Errorf("lines are %s", got)
	}
	// Not unique: a second one with the same external number is taken.
	g.order("ABC-1", "", "")
	if b := g.get("salesOrders", "$filter=externalDocumentNumber eq 'abc-1'"); len(b.rows("value")) != 2 {
		t.Errorf("got %s", b.raw)
	}
}

func TestForeignCurrencyAndCountry(t *testing.T) {
	g := newRig(t, Options{})
	if err := g.co.AddCurrency("USD", "Dollar", dec("1.1")); err != nil {
		t.Fatal(err)
	}
	a := g.must(g.post("salesOrders?$expand=salesOrderLines", `{"customerNumber":"C2","currencyCode":"usd","salesOrderLines":[{"lineType":"Item","lineObjectNumber":"1001","quantity":1}]}`), 201, "")
	l := a.rows("salesOrderLines")[0]
	if a.text("currencyCode") != "USD" || a.text("currencyId") == zeroGUID || l.text("unitPrice") != "13.5795" || a.text("totalTaxAmount") != "0" {
		t.Errorf("got %s", a.raw)
	}
}

func TestEditingLines(t *testing.T) {
	g := newRig(t, Options{})
	a := g.order("X", "", itemLine("1000", "1", "10"))
	id, line := a.text("id"), a.rows("salesOrderLines")[0].text("id")
	lines := "salesOrders(" + id + ")/salesOrderLines"
	g.must(g.post(lines, itemLine("1001", "2", "5")), 201, "")
	g.must(g.patch("salesOrderLines", line, `{"unitPrice":20}`), 200, "")
	g.must(g.patch("salesOrderLines", line, `{"sequence":5}`), 400, "Application_DialogException")
	g.must(g.patch("salesOrderLines", line, `{"lineObjectNumber":"1001"}`), 400, "Application_DialogException")
	if o := g.co.Orders()[0]; o.Total.Cmp(dec("35.1")) != 0 || len(o.Lines) != 2 {
		t.Errorf("order is %v with %d lines", o.Total, len(o.Lines))
	}
	g.must(g.get("salesOrderLines"), 400, "Application_DialogException")
	if got := g.get("salesOrderLines", "$filter=documentId eq "+id).column("value", "lineObjectNumber"); got != "1000 1001" {
		t.Errorf("lines are %s", got)
	}
	if err := g.co.Release("SO-1001"); err != nil {
		t.Fatal(err)
	}
	g.must(g.patch("salesOrderLines", line, `{"unitPrice":30}`), 400, "Application_FieldValidationException")
	g.must(g.post(lines, itemLine("1001", "1", "1")), 400, "Application_FieldValidationException")
	if s := g.get("salesOrders(" + id + ")").text("status"); s != "Open" {
		t.Errorf("a released order is %q", s)
	}
	if err := g.co.Reopen("SO-1001"); err != nil {
		t.Fatal(err)
	}
	g.must(g.do("DELETE", g.base+"salesOrderLines("+line+")", ""), 204, "")
	if o := g.co.Orders()[0]; o.Total.Cmp(dec("10.9")) != 0 {
		t.Errorf("order is %v", o.Total)
	}
}

func TestReadThatWrites(t *testing.T) {
	g := newRig(t, Options{})
	a := g.order("X", `"discountAmount":3`, itemLine("1000", "1", "10"))
	id := a.text("id")
	g.must(g.post("salesOrders("+id+")/salesOrderLines", itemLine("1000", "1", "10")), 201, "")
	g.clock = g.clock.Add(1e9)
	if b := g.get("salesOrders(" + id + ")"); b.text("totalAmountExcludingTax") != "17" || b.text("lastModifiedDateTime") != "2026-11-02T10:00:01Z" {
		t.Errorf("got %s at %s", b.text("totalAmountExcludingTax"), b.text("lastModifiedDateTime"))
	}
	g.clock = g.clock.Add(1e9)
	if b := g.get("salesOrders(" + id + ")"); b.text("lastModifiedDateTime") != "2026-11-02T10:00:01Z" {
		t.Error("a second read wrote again")
	}
}
