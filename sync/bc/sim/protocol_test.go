package sim

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestGate(t *testing.T) {
	basic := func(user, key string) []string {
		return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+key))}
	}
	tests := []struct {
		name    string
		opt     Options
		path    string
		headers []string
		status  int
		code    string
		json    bool
	}{
		{"open", Options{}, "/companies", nil, 200, "", true},
		{"disabled", Options{Disabled: true}, "/companies", nil, 405, "", false},
		{"no sign-in", Options{User: "U", Key: "k"}, "/companies", nil, 401, "Authentication_InvalidCredentials", true},
		{"wrong key", Options{User: "U", Key: "k"}, "/companies", basic("U", "x"), 401, "Authentication_InvalidCredentials", true},
		{"plain 401", Options{User: "U", Key: "k", PlainUnauthorized: true}, "/companies", nil, 401, "", false},
		{"right key", Options{User: "U", Key: "k"}, "/companies", basic("u", "k"), 200, "", true},
		{"no tenant", Options{Tenant: "t1"}, "/companies", nil, 400, "Internal_TenantUnavailable", true},
		{"tenant", Options{Tenant: "t1"}, "/companies?tenant=t1", nil, 200, "", true},
		{"unknown set", Options{}, "/companies(X)/gifts", nil, 404, "BadRequest_ResourceNotFound", true},
		{"unknown company", Options{}, "/companies(" + zeroGUID + ")/items", nil, 404, "Internal_CompanyNotFound", true},
		{"no company", Options{}, "/items", nil, 404, "Internal_CompanyNotFound", true},
		{"by name", Options{}, "/items?company=" + url.QueryEscape("CRONUS AG & Co. / Süd"), nil, 200, "", true},
		{"long address", Options{MaxURL: 100}, "/companies?$filter=" + strings.Repeat("x", 100), nil, 414, "", false},
		{"old version", Options{Version: "18.3"}, "/companies(X)/itemLedgerEntries", nil, 404, "BadRequest_ResourceNotFound", true},
		{"not set up", Options{NotSetUp: true}, "/companies(X)/salesOrders", nil, 400, "Application_DialogException", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, tt.opt)
			a := g.must(g.do("GET", strings.Replace(tt.path, "(X)", "("+g.co.ID+")", 1), "", tt.headers...), tt.status, tt.code)
			if got := strings.HasPrefix(a.header.Get("Content-Type"), "application/json"); got != tt.json {
				t.Errorf("JSON %v, want %v: %s", got, tt.json, a.raw)
			}
			if a.header.Get("Date") != "Mon, 02 Nov 2026 10:00:00 GMT" {
				t.Errorf("Date is %q", a.header.Get("Date"))
			}
		})
	}
}

func TestRights(t *testing.T) {
	g := newRig(t, Options{})
	deny := func(rights ...string) {
		if err := g.s.Change(func(o *Options) { o.Denied = rights }); err != nil {
			t.Fatal(err)
		}
	}
	a := g.order("X", "", itemLine("1000", "1", "1"))
	if err := g.co.Ship("SO-1001", nil, true); err != nil {
		t.Fatal(err)
	}
	deny("TableData 36 Sales Header Insert")
	if b := g.must(g.post("salesOrders", `{"customerNumber":"C1"}`), 403, ""); !strings.Contains(b.raw, "(TableData 36 Sales Header Insert: Base Application)") {
		t.Errorf("got %s", b.raw)
	}
	deny("TableData 37 Sales Line Insert")
	g.must(g.post("salesOrders", `{"customerNumber":"C1","salesOrderLines":[{"description":"x"}]}`), 403, "")
	deny("TableData 27 Item Read")
	g.must(g.get("items"), 403, "")
	deny("TableData 36 Sales Header Read")
	g.must(g.get("salesOrders"), 400, "Application_DialogException")
	deny("TableData 112 Sales Invoice Header Read")
	if b := g.must(g.get("salesInvoices"), 200, ""); len(b.rows("value")) != 0 {
		t.Error("posted invoices are shown to a user without the right")
	}
	deny()
	if b := g.get("salesInvoices"); len(b.rows("value")) != 1 || len(g.co.Orders()) != 0 {
		t.Errorf("got %s after %s", b.raw, a.text("number"))
	}
}

func TestEtagAndIfMatch(t *testing.T) {
	g := newRig(t, Options{})
	id := g.itemID("1000")
	a := g.get("items(" + id + ")")
	tag := a.text("@odata.etag")
	if !strings.HasPrefix(tag, `W/"`) || a.text("number") != "1000" || a.text("inventory") != "10" {
		t.Fatalf("got %s", a.raw)
	}
	if b := g.get("items("+id+")", "$select=number"); b.text("@odata.etag") != tag || len(b.json) != 3 {
		t.Errorf("got %s", b.raw)
	}
	patch := func(match string) answer {
		if match == "" {
			return g.do("PATCH", g.base+"items("+id+")", `{"displayName":"Bike"}`)
		}
		return g.do("PATCH", g.base+"items("+id+")", `{"displayName":"Bike"}`, "If-Match", match)
	}
	g.must(patch(""), 400, "BadRequest_InvalidToken")
	if err := g.co.Receive("1000", dec("1")); err != nil {
		t.Fatal(err)
	}
	g.must(patch(tag), 409, "Request_EntityChanged")
	b := g.get("items(" + id + ")")
	if b.text("lastModifiedDateTime") != a.text("lastModifiedDateTime") || b.text("inventory") != "11" {
		t.Errorf("inventory moved to %s at %s", b.text("inventory"), b.text("lastModifiedDateTime"))
	}
	g.clock = g.clock.Add(1.5e9)
	if c := g.must(patch(b.text("@odata.etag")), 200, ""); c.text("displayName") != "Bike" || c.text("lastModifiedDateTime") != "2026-11-02T10:00:01.5Z" {
		t.Errorf("got %s", c.raw)
	}
	g.must(g.do("DELETE", g.base+"items("+id+")", "", "If-Match", tag), 409, "Request_EntityChanged")
}

func TestFilters(t *testing.T) {
	g := newRig(t, Options{})
	for _, n := range []string{"A*1", "A-1", "Abc", "O'NEILL"} {
		if _, err := g.co.AddItem(Item{Number: strings.ToUpper(n), Name: n, Type: "Service"}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		filter, numbers string
		status          int
		code            string
		wild            bool
	}{
		{"number eq '1000'", "1000", 200, "", false},
		{"number eq 'abc'", "ABC", 200, "", false},
		{"number eq 'O''NEILL'", "O'NEILL", 200, "", false},
		{"number eq '1000' or number eq '1001' or number eq 'zzz'", "1000 1001", 200, "", false},
		{"(number eq '1000' or number eq '1001') and unitPrice gt 100", "1000", 200, "", false},
		{"unitPrice lt 12.4 and unitPrice ge 12.345", "1001", 200, "", false},
		{"inventory ne 0", "1000 1001", 200, "", false},
		{"blocked eq true", "1002", 200, "", false},
		{"type eq 'Service' and number le 'A-1'", "A*1 A-1", 200, "", false},
		{"type eq 'Non_x002D_Inventory' or type eq 'Non-Inventory'", "", 200, "", false},
		{"contains(displayName,'CYC') or startswith(displayName,'boo')", "1000 1001", 200, "", false},
		{"endswith(displayName,'ook')", "1001", 200, "", false},
		{"tolower(displayName) eq 'abc'", "ABC", 200, "", false},
		{"lastModifiedDateTime ge 2026-11-02T10:00:00Z and blocked eq true", "1002", 200, "", false},
		{"lastModifiedDateTime gt 2026-11-02T10:00:00.001Z", "", 200, "", false},
		{"itemVariants/any(v:v/code eq 'X') and number eq '1000'", "1000", 200, "", false},
		{"number eq 'A*1'", "A*1", 200, "", false},
		{"number eq 'A*1'", "A*1 A-1", 200, "", true},
		{"number eq 'A?1'", "A*1 A-1", 200, "", true},
		{"number eq '1000|1002'", "1000 1002", 200, "", true},
		{"number eq '1000..1001'", "1000 1001", 200, "", true},
		{"number eq '1000' or displayName eq 'Book'", "", 501, "BadRequest_MethodNotImplemented", false},
		{"number in ('1000')", "", 501, "BadRequest_MethodNotImplemented", false},
		{"contains(tolower(displayName),'b')", "", 501, "BadRequest_MethodNotImplemented", false},
		{"number eq '123456789012345678901'", "", 400, "Application_FilterErrorException", false},
		{"number eq 1000", "", 400, "BadRequest", false},
		{"id eq '" + zeroGUID + "'", "", 400, "BadRequest", false},
		{"colour eq 'red'", "", 400, "BadRequest", false},
		{"type eq 'Gift'", "", 400, "Unknown", false},
		{"number eq", "", 404, "BadRequest_NotFound", false},
		{"number eq '1", "", 404, "BadRequest_NotFound", false},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			if err := g.s.Change(func(o *Options) { o.Wildcards = tt.wild }); err != nil {
				t.Fatal(err)
			}
			g := g.in(t)
			a := g.must(g.get("items", "$orderby=number", "$filter="+tt.filter), tt.status, tt.code)
			if got := a.column("value", "number"); got != tt.numbers {
				t.Errorf("got %q, want %q", got, tt.numbers)
			}
		})
	}
	if a := g.get("items", "$schemaversion=2.1", "$filter=number in ('1000','1001')", "$orderby=number desc"); a.column("value", "number") != "1001 1000" {
		t.Errorf("got %s", a.raw)
	}
}

func TestPaging(t *testing.T) {
	g := newRig(t, Options{MaxPage: 3, Tenant: "t1"})
	for i := range 7 {
		if _, err := g.co.AddItem(Item{Number: "P" + string(rune('0'+i)), Name: "Same"}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, options, prefer string
		sizes                 []int
	}{
		{"server's size", "", "", []int{3, 3, 3, 1}},
		{"smaller wish", "", "odata.maxpagesize=2", []int{2, 2, 2, 2, 2}},
		{"greater wish", "", "odata.maxpagesize=99", []int{3, 3, 3, 1}},
		{"top within", "$top=3", "", []int{3}},
		{"top beyond", "$top=7", "", []int{3, 3, 1}},
		{"ordered alike", "$orderby=displayName desc", "", []int{3, 3, 3, 1}},
		{"filtered", "$filter=displayName eq 'Same'", "", []int{3, 3, 1}},
		{"skipped", "$skip=8", "", []int{2}},
		{"selected", "$select=number", "", []int{3, 3, 3, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g.in(t).walk(g.base+"items?tenant=t1&"+strings.ReplaceAll(strings.ReplaceAll(tt.options, " ", "%20"), "'", "%27"), tt.prefer, tt.sizes)
		})
	}
	if a := g.do("GET", g.base+"items/$count?tenant=t1", ""); strings.TrimPrefix(a.raw, "\ufeff") != "10" {
		t.Errorf("count is %q", a.raw)
	}
	if a := g.do("GET", g.base+"items?tenant=t1&$count=true&$top=1", ""); a.text("@odata.count") != "10" {
		t.Errorf("got %s", a.raw)
	}
}

// walk follows nextLinks and checks the pages' sizes, that no row comes twice, and the link's foreign host.
func (g *rig) walk(path, prefer string, sizes []int) {
	g.t.Helper()
	seen := map[string]bool{}
	for i, size := range sizes {
		a := g.must(g.do("GET", path, "", "Prefer", prefer), 200, "")
		rows := a.rows("value")
		if len(rows) != size {
			g.t.Fatalf("page %d has %d rows, want %v", i, len(rows), sizes)
		}
		for _, r := range rows {
			if seen[r.text("number")] {
				g.t.Fatalf("%s comes twice", r.text("number"))
			}
			seen[r.text("number")] = true
		}
		next := a.text("@odata.nextLink")
		if i == len(sizes)-1 {
			if next != "" {
				g.t.Fatalf("the last page has a next one: %q", next)
			}
			return
		}
		rest, ok := strings.CutPrefix(next, "http://bcserver:7048/BC/api/v2.0")
		if !ok || !strings.Contains(next, "aid=FIN&$skiptoken=") || !strings.Contains(next, "tenant=t1") {
			g.t.Fatalf("next is %q", next)
		}
		path = rest
	}
}

func TestPagingUnderEdits(t *testing.T) {
	g := newRig(t, Options{MaxPage: 2})
	a := g.get("items", "$select=number")
	first := a.column("value", "number")
	// The row the next page starts after is deleted meanwhile: no other row may be lost.
	for _, n := range strings.Fields(first) {
		if err := g.co.DeleteItem(n); err != nil {
			t.Fatal(err)
		}
	}
	b := g.do("GET", strings.TrimPrefix(a.text("@odata.nextLink"), "http://bcserver:7048/BC/api/v2.0"), "")
	if got := b.column("value", "number"); len(b.rows("value")) != 1 || strings.Contains(first, got) {
		t.Errorf("after %s came %s", first, got)
	}
}

func TestCustomersAndItems(t *testing.T) {
	g := newRig(t, Options{})
	a := g.must(g.post("customers", `{"displayName":"Piet","email":"piet@example.nl","country":"nl","type":"Person"}`), 201, "")
	if a.text("number") != "C10001" || a.text("country") != "NL" || a.text("blocked") != "_x0020_" || a.text("currencyCode") != "EUR" {
		t.Errorf("got %s", a.raw)
	}
	refused := []struct{ set, body, code string }{
		{"customers", `{}`, "Application_DialogException"},
		{"customers", `{"displayName":" "}`, "Application_DialogException"},
		{"customers", `{"displayName":"x","number":"c1"}`, "Internal_EntityWithSameKeyExists"},
		{"customers", `{"displayName":"x","balanceDue":1}`, "BadRequest_InvalidOperation"},
		{"items", `{"number":"1000"}`, "Internal_EntityWithSameKeyExists"},
		{"items", `{"number":"N","inventory":5}`, "Application_DialogException"},
		{"items", `{"number":"N","taxGroupCode":"VAT99"}`, "Application_DialogException"},
		{"items", `{"number":"N","unitPrice":-1}`, "Application_FieldValidationException"},
	}
	for _, r := range refused {
		g.must(g.post(r.set, r.body), 400, r.code)
	}
	g.must(g.post("salesShipments", `{}`), 405, "BadRequest_MethodNotAllowed")
	g.must(g.do("POST", g.base+"customers", `{"displayName":"x"}`, "Content-Type", "text/plain"), 415, "BadRequest")
	id := g.itemID("1000")
	if b := g.must(g.patch("items", id, `{"inventory":4,"number":"2000"}`), 200, ""); b.text("inventory") != "4" {
		t.Errorf("got %s", b.raw)
	}
	if e := g.get("itemLedgerEntries", "$filter=itemNumber eq '2000'", "$orderby=entryNumber"); e.column("value", "quantity") != "10 -6" {
		t.Errorf("entries are %s", e.raw)
	}
	if err := g.s.Change(func(o *Options) { o.NoCustomerTemplate = true; o.NoItemTemplate = true }); err != nil {
		t.Fatal(err)
	}
	g.must(g.post("customers", `{"displayName":"New","number":"C50"}`), 201, "")
	if b := g.must(g.post("salesOrders", `{"customerNumber":"C50"}`), 400, "Application_FieldValidationException"); !strings.Contains(b.raw, "No.=C50") {
		t.Errorf("got %s", b.raw)
	}
	g.must(g.post("items", `{"number":"N"}`), 201, "")
	g.must(g.post("salesOrders", `{"customerNumber":"C1","salesOrderLines":[`+itemLine("N", "1", "1")+`]}`), 400, "Application_FieldValidationException")
}

func TestExpand(t *testing.T) {
	g := newRig(t, Options{})
	g.order("X", "", itemLine("1000", "1", "1")+","+itemLine("1001", "2", "1"))
	a := g.get("salesOrders", "$select=number", "$expand=salesOrderLines($select=quantity;$filter=quantity gt 1;$expand=item($select=number)),customer($select=displayName)")
	o := a.rows("value")[0]
	lines := o.rows("salesOrderLines")
	if len(lines) != 1 || lines[0].text("quantity") != "2" {
		t.Fatalf("got %s", a.raw)
	}
	item, _ := lines[0].json["item"].(map[string]any)
	customer, _ := o.json["customer"].(map[string]any)
	if item["number"] != "1001" || customer["displayName"] != "Jan" {
		t.Errorf("got %s", a.raw)
	}
	g.must(g.get("salesOrders", "$expand=gifts"), 400, "BadRequest")
	g.must(g.get("salesOrders", "$select=gifts"), 400, "BadRequest")
	if m := g.do("GET", "/$metadata", ""); m.status != http.StatusOK || !strings.Contains(m.raw, `<Property Name="externalDocumentNumber" Type="Edm.String" MaxLength="35"/>`) {
		t.Errorf("metadata is %d", m.status)
	}
}
