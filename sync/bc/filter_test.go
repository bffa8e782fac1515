package bc

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

func TestTextLiterals(t *testing.T) {
	for s, want := range map[string]string{
		"1896-S":                "'1896-S'",
		"O'BRIEN":               "'O''BRIEN'",
		"jan+x@example.nl":      "'jan+x@example.nl'",
		"Ä":                     "'Ä'",
		"":                      "",
		"A*B":                   "",
		"A?":                    "",
		"A|B":                   "",
		"A&B":                   "",
		"A..B":                  "",
		"@a":                    "",
		"<>x":                   "",
		"(x)":                   "",
		"a\nb":                  "",
		strings.Repeat("1", 21): "",
		strings.Repeat("😀", 11): "", // 22 UTF-16 units
	} {
		l, ok := textLiteral(s, 20)
		if string(l) != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", s, l, ok, want)
		}
	}
}

func TestChainsStayShort(t *testing.T) {
	var values []literal
	for i := range 1000 {
		l, _ := textLiteral(fmt.Sprintf("ART %04d ' Ä", i), 20)
		values = append(values, l)
	}
	seen := 0
	for _, c := range chains("number", values) {
		if n := len(escape(c)); n > maxFilter {
			t.Errorf("%d bytes", n)
		}
		seen += strings.Count(c, "number eq ")
	}
	if seen != len(values) {
		t.Errorf("%d of %d values asked for", seen, len(values))
	}
}

func TestNextLinks(t *testing.T) {
	c := New(settings.Connection{BC: settings.BC{URL: "https://bc01.example.nl:7048/BC"}}, nil)
	path := testCompany.path("items?$select=id")
	link := "http://bcserver:7048/BC/" + testCompany.path("items?$select=id&aid=FIN&$skiptoken=abc")
	got, err := c.next(path, link)
	if want := testCompany.path("items?$select=id&aid=FIN&$skiptoken=abc"); err != nil || got != want {
		t.Errorf("%s %v", got, err)
	}
	for _, bad := range []string{
		"http://bcserver:7048/BC/" + testCompany.path("customers?$skiptoken=1"),
		"http://bcserver:7048/BC/" + strings.Replace(testCompany.path("items?$skiptoken=1"), "1111", "9999", 1),
		"http://bcserver:7048/other?$skiptoken=1",
		"http://bcserver:7048/BC/" + testCompany.path("items/../customers?$skiptoken=1"),
		"http://bcserver:7048/BC/" + path, // for ever the same page
		"://", "%zz",
	} {
		if got, err := c.next(path, bad); err == nil || fault.As(err).Code != "answer.invalid" {
			t.Errorf("%s was followed to %s (%v)", bad, got, err)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"Non_x002D_Inventory": "Non-Inventory", "_x0020_": "", "Inventory": "Inventory", "G_x002F_L_x0020_Account": "G/L Account",
		"Brand_New_Member": "Brand_New_Member", "_xD800_": "_xD800_", "": "",
	} {
		if got := decodeName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"Ünïcödé", 3, "Ünï"}, {"😀😀", 3, "😀"}, {"  a\r\nb\t ", 10, "a  b"}, {"ab cd", 3, "ab"}, {"x", 1, "x"}, {"\xff", 3, ""},
	} {
		if got := fit(c.in, c.n); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if got := phone("tel. 06-1234 (thuis) +31"); got != ". 06-1234 () +31" {
		t.Errorf("%q", got)
	}
}

// Whatever a server sends as a row, each kind asked gets a record with a body or an error, and no amount that is
// not the one on the wire.
func FuzzItemRow(f *testing.F) {
	f.Add(`{"id":"a","number":"1","type":"Non_x002D_Inventory","inventory":12.50,"unitPrice":0.00001,"priceIncludesTax":true}`)
	f.Add(`{"id":"a","number":"1","inventory":1e400}`)
	f.Add(`{"id":5,"number":null,"inventory":"x"}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, raw string) {
		if !json.Valid([]byte(raw)) {
			return
		}
		kinds := []record.Kind{record.KindItem, record.KindStock, record.KindPrice}
		r := itemReader{co: testCompany, kinds: kinds}
		if err := r.add(json.RawMessage(raw)); err != nil || len(r.out) != 3 {
			t.Fatalf("%d records, %v", len(r.out), err)
		}
		for i, rec := range r.out {
			if rec.Key.Kind != kinds[i] || (rec.Body == nil) == (rec.Err == nil) {
				t.Fatalf("%+v", rec)
			}
			if rec.Err != nil && fault.As(rec.Err).Code != "record.invalid" {
				t.Fatal(rec.Err)
			}
			if rec.Err == nil && rec.Ref == "" {
				t.Fatal("no id")
			}
		}
	})
}

func FuzzFit(f *testing.F) {
	f.Add("Straße 😀", 7)
	f.Fuzz(func(t *testing.T, s string, n int) {
		got := fit(s, n)
		if n >= 0 && units(strings.ToValidUTF8(got, "")) > n || !utf8.ValidString(got) {
			t.Errorf("%q", got)
		}
	})
}
