package sim

import (
	"fmt"
	"strings"
	"testing"
)

func TestBatch(t *testing.T) {
	good := func(g *rig, id string) string {
		return `{"id":"` + id + `","method":"POST","url":"companies(` + g.co.ID + `)/salesOrders","headers":{"Content-Type":"application/json"},` +
			`"body":{"customerNumber":"C1","externalDocumentNumber":"` + id + `"}}`
	}
	bad := func(g *rig, id string) string { return strings.Replace(good(g, id), `"C1"`, `"C9"`, 1) }
	tests := []struct {
		name     string
		opt      Options
		headers  []string
		statuses string
		orders   int
	}{
		{"stops", Options{}, nil, "a201 b400", 1},
		{"goes on", Options{}, []string{"Prefer", "odata.continue-on-error"}, "a201 b400 c201", 2},
		{"snapshot", Options{}, []string{"Isolation", "snapshot"}, "a201 b400", 0},
		{"other order", Options{ReverseBatch: true}, []string{"Prefer", "odata.continue-on-error"}, "c201 b400 a201", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, tt.opt)
			body := `{"requests":[` + good(g, "a") + "," + bad(g, "b") + "," + good(g, "c") + `]}`
			a := g.must(g.do("POST", "/$batch", body, tt.headers...), 200, "")
			var got []string
			for _, r := range a.rows("responses") {
				got = append(got, r.text("id")+r.text("status"))
			}
			if strings.Join(got, " ") != tt.statuses || len(g.co.Orders()) != tt.orders {
				t.Errorf("got %v and %d orders, want %s and %d", got, len(g.co.Orders()), tt.statuses, tt.orders)
			}
		})
	}
}

func TestBatchReadsAndLimits(t *testing.T) {
	g := newRig(t, Options{})
	one := `{"method":"GET","url":"/companies(` + g.co.ID + `)/items?$filter=number%20eq%20'1000'&$select=number"}`
	a := g.must(g.do("POST", "/$batch", `{"requests":[`+one+`]}`), 200, "")
	r := a.rows("responses")[0]
	body, _ := r.json["body"].(map[string]any)
	if r.json["id"] != nil || r.text("status") != "200" || (answer{json: body}).column("value", "number") != "1000" {
		t.Errorf("got %s", a.raw)
	}
	many := func(n int) string {
		return `{"requests":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}`
	}
	g.must(g.do("POST", "/$batch", many(100)), 200, "")
	if b := g.must(g.do("POST", "/$batch", many(101)), 500, "Internal_ServerError"); !strings.Contains(b.raw, "maximum number of '100'") {
		t.Errorf("got %s", b.raw)
	}
	patch := fmt.Sprintf(`{"requests":[{"id":"1","method":"PATCH","url":"companies(%s)/items(%s)","headers":{"Content-Type":"application/json"},"body":{"blocked":true}},`+
		`{"id":"2","method":"GET","url":"companies(%s)/items","dependsOn":["1"]}]}`, g.co.ID, g.itemID("1000"), g.co.ID)
	c := g.must(g.do("POST", "/$batch", patch, "Prefer", "odata.continue-on-error"), 200, "")
	if got := c.column("responses", "status"); got != "400 424" {
		t.Errorf("statuses are %s", got)
	}
}

// Posting commits in the middle: a snapshot that fails later can't take it back (NOTES section 3, $batch).
func TestSnapshotDoesNotUndoPosting(t *testing.T) {
	g := newRig(t, Options{})
	id := g.order("X", "", itemLine("1000", "1", "1")).text("id")
	body := fmt.Sprintf(`{"requests":[{"id":"1","method":"POST","url":"companies(%[1]s)/salesOrders(%[2]s)/Microsoft.NAV.shipAndInvoice"},`+
		`{"id":"2","method":"GET","url":"companies(%[1]s)/salesOrders(%[2]s)"}]}`, g.co.ID, id)
	a := g.must(g.do("POST", "/$batch", body, "Isolation", "snapshot"), 200, "")
	if got := a.column("responses", "status"); got != "204 404" || len(g.co.Invoices()) != 1 {
		t.Errorf("statuses are %s, %d invoices", got, len(g.co.Invoices()))
	}
}
