package bc

import (
	"context"
	"fmt"
	"strings"
	"testing"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
)

func TestCheck(t *testing.T) {
	w := newWorld(t)
	f, err := w.client.Check(t.Context())
	if err != nil || f.System != "Business Central" || f.Company != companyName || f.Currency != "EUR" || f.Version == "" || !f.Now.Equal(noon) {
		t.Fatalf("%+v %v", f, err)
	}
	for _, n := range f.Notes {
		if !n.OK {
			t.Error(n.Text)
		}
	}
	if len(f.Notes) != len(probes()) {
		t.Errorf("%d notes", len(f.Notes))
	}
}

func TestCheckFaults(t *testing.T) {
	change := func(f func(*bcsim.Options)) func(*world) {
		return func(w *world) {
			if err := w.sim.Change(f); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	every := func(do sim.Fault) func(*world) {
		return func(w *world) { w.faults.Add(sim.Rule{Times: -1, Do: do}) }
	}
	for name, c := range map[string]struct {
		set  func(*world)
		code fault.Code
		has  string
	}{
		"wrong key":       {func(w *world) { w.connect(settings.NewSecret("another-key")) }, "bc.sign_in", "STOCKBRIDGE"},
		"wrong key, text": {func(w *world) { change(func(o *bcsim.Options) { o.PlainUnauthorized, o.Key = true, "x" })(w) }, "bc.sign_in", "secret set nl"},
		"disabled":        {change(func(o *bcsim.Options) { o.Disabled = true }), "bc.api_disabled", "ApiServicesEnabled"},
		"tenant":          {change(func(o *bcsim.Options) { o.Tenant = "t1" }), "bc.tenant", "[bc] tenant"},
		"instance":        {change(func(o *bcsim.Options) { o.Instance = "BC240" }), "bc.not_found", "https://bc01.example.nl:7048/BC/api/v2.0/companies"},
		"company": {func(w *world) { w.conn.BC.Company = "CRONUS"; w.connect(settings.NewSecret("kB7+web-service-key==")) },
			"bc.company_missing", companyName + ", Another company"},
		"right":      {change(func(o *bcsim.Options) { o.Denied = []string{"TableData 27 Item Read"} }), "bc.right_missing", "TableData 27 Item Read"},
		"page right": {change(func(o *bcsim.Options) { o.Denied = []string{"TableData 36 Sales Header Read"} }), "bc.right_missing", "D365 READ"},
		"not set up": {change(func(o *bcsim.Options) { o.NotSetUp = true }), "bc.setup_missing", "Integrate APIs"},
		"web page":   {every(sim.HTMLPage()), "answer.html_always", "[bc] url"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.set(w)
			_, err := w.client.Check(t.Context())
			f := wantCode(t, err, c.code)
			if s := f.Sentence(); !strings.Contains(s, c.has) || strings.Contains(s, "{") {
				t.Error(s)
			}
			if strings.Contains(fmt.Sprint(err), "key==") {
				t.Error("a secret in the error")
			}
		})
	}
}

func TestOptions(t *testing.T) {
	none := func(string, string) (settings.Secret, error) { return settings.Secret{}, nil }
	_, err := Options(settings.Connection{Name: "nl"}, none)
	if f := wantCode(t, err, "bc.secret_missing"); f.Args["connection"] != "nl" {
		t.Error(f.Args)
	}
	_, err = Options(settings.Connection{BC: settings.BC{Auth: "ntlm"}}, none)
	wantCode(t, err, "bc.auth_unsupported")
}

func TestReadsThatFail(t *testing.T) {
	w := newWorld(t)
	w.item("A", "1", 1)
	w.read(goods())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.client.Read(ctx, goods())
	wantCode(t, err, "run.cancelled")
	for _, r := range w.client.Write(ctx, []record.Change{{}, {}}) {
		wantCode(t, r.Err, "run.cancelled")
	}
	w.faults.Add(sim.Rule{Path: "$batch", Do: sim.Status(200, nil, "application/json", `{"responses":[]}`)})
	_, err = w.client.Read(t.Context(), record.Query{Kinds: []record.Kind{record.KindItem}, Keys: []string{"A"}})
	wantCode(t, err, "bc.batch")
	w.faults.Add(sim.Rule{Path: "/items", Do: sim.Status(400, nil, "application/json",
		`{"error":{"code":"Application_DialogException","message":"An extension says no.  CorrelationId:  00000000-0000-0000-0000-000000000000."}}`)})
	_, err = w.client.Read(t.Context(), record.Query{Kinds: []record.Kind{record.KindItem}})
	if f := wantCode(t, err, "bc.read_refused"); f.Args["detail"] != "An extension says no." {
		t.Error(f.Args)
	}
	// One row that is no item among others that are.
	w.faults.Add(sim.Rule{Path: "/items", Do: sim.Status(200, nil, "application/json",
		`{"value":[{"id":"a1","number":"BAD","unitPrice":"free"},{"id":"b2","number":"NEW","type":"Brand_x0020_New","unitPrice":1.10,"inventory":3}]}`)})
	p, err := w.client.Read(t.Context(), goods())
	if err != nil || len(p.Records) != 6 {
		t.Fatalf("%v %v", p, err)
	}
	for i, r := range p.Records {
		if bad := i < 3; bad != (r.Err != nil) || bad && r.Key.ID != "BAD" {
			t.Errorf("%+v", r)
		}
	}
}
