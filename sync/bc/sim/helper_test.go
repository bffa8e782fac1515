package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	wire "stockbridge/sync/sim"
)

// rig is a server with one company, a clock that stands still unless moved, and a client.
type rig struct {
	t     *testing.T
	s     *Server
	co    *Company
	clock time.Time
	base  string
}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

func newRig(t *testing.T, opt Options) *rig {
	t.Helper()
	g := &rig{t: t, clock: time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)}
	opt.Now = func() time.Time { return g.clock }
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	g.s, g.co = s, s.AddCompany("CRONUS AG & Co. / Süd")
	g.co.SetVAT("NL", "VAT21", dec("21"))
	g.co.SetVAT("NL", "VAT9", dec("9"))
	g.co.SetVAT("", "VAT21", dec("0"))
	g.co.SetVAT("", "VAT9", dec("0"))
	g.base = "/companies(" + g.co.ID + ")/"
	for _, i := range []Item{
		{Number: "1000", Name: "Bicycle", TaxGroup: "VAT21", Price: dec("400"), Inventory: dec("10")},
		{Number: "1001", Name: "Book", TaxGroup: "VAT9", Price: dec("12.345"), Inventory: dec("5")},
		{Number: "1002", Name: "Blocked", TaxGroup: "VAT21", Blocked: true},
	} {
		if _, err := g.co.AddItem(i); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []Customer{
		{Number: "C1", Name: "Jan", Email: "jan@example.nl", Line1: "Straat 1", City: "Utrecht"},
		{Number: "C2", Name: "Ann", Email: "ann@example.us", Country: "US"},
		{Number: "C3", Name: "No groups", NoPosting: true},
		{Number: "C4", Name: "Blocked", Blocked: "All"},
	} {
		if _, err := g.co.AddCustomer(c); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range [][3]string{{"8000", "Shipping", "VAT21"}, {"8010", "Rounding", ""}} {
		if _, err := g.co.AddAccount(a[0], a[1], a[2]); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// in is the rig for a subtest: what fails there fails there.
func (g *rig) in(t *testing.T) *rig {
	h := *g
	h.t = t
	return &h
}

// answer is a response with its JSON decoded, numbers kept as text.
type answer struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

func (a answer) code() string {
	e, _ := a.json["error"].(map[string]any)
	c, _ := e["code"].(string)
	return c
}

func (a answer) text(name string) string {
	switch v := a.json[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

func (a answer) rows(name string) []answer {
	list, _ := a.json[name].([]any)
	var out []answer
	for _, v := range list {
		m, _ := v.(map[string]any)
		out = append(out, answer{json: m})
	}
	return out
}

func (a answer) column(set, name string) string {
	var out []string
	for _, r := range a.rows(set) {
		out = append(out, r.text(name))
	}
	return strings.Join(out, " ")
}

// do sends a request; path is below the API's root. Headers come in pairs.
func (g *rig) do(method, path, body string, headers ...string) answer {
	g.t.Helper()
	req, err := http.NewRequest(method, "https://bc.example:7048/BC/api/v2.0"+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&wire.Transport{Handler: g.s}).RoundTrip(req)
	if err != nil {
		g.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&a.json); err != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		g.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
	}
	return a
}

// get reads set with query options written plainly.
func (g *rig) get(set string, options ...string) answer {
	g.t.Helper()
	v := url.Values{}
	for _, o := range options {
		k, val, _ := strings.Cut(o, "=")
		v.Set(k, val)
	}
	return g.do("GET", g.base+set+"?"+v.Encode(), "")
}

func (g *rig) post(set, body string) answer {
	g.t.Helper()
	return g.do("POST", g.base+set, body)
}

func (g *rig) patch(set, id, body string) answer {
	g.t.Helper()
	return g.do("PATCH", g.base+set+"("+id+")", body, "If-Match", "*")
}

// must checks status and, for a failure, code.
func (g *rig) must(a answer, status int, code string) answer {
	g.t.Helper()
	if a.status != status || a.code() != code {
		g.t.Fatalf("got %d %q, want %d %q: %s", a.status, a.code(), status, code, a.raw)
	}
	return a
}

func (g *rig) itemID(number string) string {
	for _, i := range g.co.Items() {
		if i.Number == number {
			return i.ID
		}
	}
	g.t.Fatalf("no item %s", number)
	return ""
}

// order posts an order of customer C1 with lines, and returns the answer.
func (g *rig) order(external, header, lines string) answer {
	g.t.Helper()
	if header != "" {
		header = "," + header
	}
	return g.must(g.post("salesOrders?$expand=salesOrderLines",
		`{"customerNumber":"C1","externalDocumentNumber":"`+external+`"`+header+`,"salesOrderLines":[`+lines+`]}`), 201, "")
}

func itemLine(number, quantity, price string) string {
	return `{"lineType":"Item","lineObjectNumber":"` + number + `","quantity":` + quantity + `,"unitPrice":` + price + `}`
}
