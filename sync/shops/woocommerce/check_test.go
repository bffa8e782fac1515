package woocommerce

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	shopsim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

func TestCheck(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		s.server.SetPricesIncludeTax(true)
		facts, err := s.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if facts.System != "WooCommerce" || facts.Version != version || facts.Currency != "EUR" || !facts.PricesIncludeTax || facts.Company == "" || !facts.Now.Equal(monday) {
			t.Errorf("%+v", facts)
		}
		var notes strings.Builder
		for _, n := range facts.Notes {
			notes.WriteString(n.Text + "\n")
		}
		if legacy := strings.Contains(notes.String(), "older storage"); legacy != (version == shopsim.Version8) {
			t.Errorf("notes: %s", notes.String())
		}
		products, _ := s.readAll(record.Query{Kinds: rowKinds[:1], IDs: true}, nil)
		orders, _ := s.readAll(record.Query{Kinds: orders, IDs: true}, nil)
		if len(products)+len(orders) != 0 {
			t.Errorf("a check made %v and %v", products, orders)
		}
	})
}

func TestCheckFaults(t *testing.T) {
	page := sim.HTMLPage()
	answer := func(status int, body string) sim.Fault { return sim.Status(status, nil, "application/json", body) }
	for name, c := range map[string]struct {
		key, secret string
		do          func(*shop)
		want        fault.Code
	}{
		"unknown key":      {key: "ck_other", want: "shop.sign_in"},
		"wrong secret":     {secret: "cs_other", want: "shop.sign_in"},
		"write-only key":   {key: writeKey, want: "shop.sign_in"},
		"read-only key":    {key: readKey, want: "shop.right_missing"},
		"plain permalinks": {do: func(s *shop) { s.server.SetPlainPermalinks(true) }, want: "shop.permalinks"},
		"login page":       {do: breaking("", page), want: "answer.html_always"},
		"password in front": {do: breaking("", sim.Status(401, http.Header{"Www-Authenticate": {`Basic realm="Staging"`}}, "text/html", "<html><h1>Unauthorized</h1></html>")),
			want: "shop.front_door"},
		"no WooCommerce": {do: breaking("", answer(404, `{"code":"rest_no_route","message":"","data":{"status":404}}`)), want: "shop.not_found"},
		"no WordPress":   {do: breaking("", sim.Status(404, nil, "text/html", "<html>")), want: "shop.not_found"},
		"maintenance":    {do: func(s *shop) { s.server.SetTrouble(shopsim.Maintenance) }, want: "net.server_error"},
		"database down":  {do: func(s *shop) { s.server.SetTrouble(shopsim.DatabaseDown) }, want: "net.server_error"},
		"no right to settings": {do: breaking("settings/tax", answer(403, `{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":403}}`)),
			want: "shop.right_missing"},
		"no right to orders": {do: breaking("/orders?", answer(403, `{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":403}}`)),
			want: "shop.right_missing"},
		"strange currency": {do: breaking("currencies/current", answer(200, `{"code":"euro"}`)), want: "record.invalid"},
	} {
		s := openShop(t, shopsim.Version11)
		if c.do != nil {
			c.do(s)
		}
		client := s.signedIn(or(c.key, goodKey), or(c.secret, password))
		_, err := client.Check(t.Context())
		f := fault.As(err)
		if f == nil || f.Code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
			continue
		}
		if text := f.Error() + f.Sentence(); strings.Contains(text, password) || strings.Contains(text, "cs_other") || strings.ContainsAny(f.Sentence(), "{}") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func breaking(path string, do sim.Fault) func(*shop) {
	return func(s *shop) { s.faults.Add(sim.Rule{Path: path, Times: -1, Do: do}) }
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func TestCheckWithoutSystemStatus(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	s.faults.Add(sim.Rule{Path: "system_status", Do: sim.Status(403, nil, "application/json", `{"code":"woocommerce_rest_cannot_view","message":"","data":{"status":403}}`)})
	s.faults.Add(sim.Rule{Path: "orders/statuses", Do: sim.Status(200, nil, "application/json", `[{"slug":"processing"},{"slug":"picked"},{"slug":"checkout-draft"}]`)})
	facts, err := s.Check(t.Context())
	if err != nil || facts.Version != "" {
		t.Fatalf("%+v, %v", facts, err)
	}
	var warned []string
	for _, n := range facts.Notes {
		if !n.OK {
			warned = append(warned, n.Text)
		}
	}
	if len(warned) != 2 || !strings.Contains(warned[0], "system status") || !strings.HasSuffix(warned[1], ": picked.") {
		t.Errorf("%q", warned)
	}
}

func TestOptions(t *testing.T) {
	have := map[string]string{keyField: "ck_a", secretField: "cs_b"}
	secrets := func(side, field string) (settings.Secret, error) { return settings.NewSecret(have[field]), nil }
	conn := settings.Connection{Name: "web", Shop: settings.Shop{URL: "https://shop.test/winkel", Network: "private", Pin: "sha256/x", Parallel: 2}}
	o, err := Options(conn, secrets)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodGet, "https://shop.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	o.SignIn(r)
	if user, pass, _ := r.BasicAuth(); user != "ck_a" || pass != "cs_b" || !o.Private || o.Parallel != 2 || o.Pin != "sha256/x" || o.URL != conn.Shop.URL {
		t.Errorf("%+v", o)
	}
	conn.Shop.URL = "http://shop.test"
	if _, err := Options(conn, secrets); fault.As(err).Code != "url.not_https" {
		t.Errorf("plain http: %v", err)
	}
	delete(have, secretField)
	if _, err := Options(conn, secrets); fault.As(err).Code != "shop.secret_missing" || fault.As(err).Args["field"] != secretField {
		t.Errorf("no secret: %v", err)
	}
}

func TestLimits(t *testing.T) {
	for batch, want := range map[int]int{0: 100, 20: 20, 500: 100} {
		var c settings.Connection
		c.Shop.WooCommerce.Batch = batch
		if l := Limits(c); l.Batch != want || l.Parallel != 4 {
			t.Errorf("%d: %+v", batch, l)
		}
	}
}

func TestShopTimes(t *testing.T) {
	if got := gmt(monday.Unix()); got != "2026-11-23T09:00:00" {
		t.Error(got)
	}
	if !parseGMT("2026-11-23T09:00:00").Equal(monday) || !parseGMT("").IsZero() || !parseGMT("2026-11-23T09:00:00Z").IsZero() {
		t.Error("times of the API are naive UTC")
	}
	if time.Duration(quiet)*time.Second <= time.Hour {
		t.Error("a Date header in local time would skip orders")
	}
}
