package service_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/settings"
	woosim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

// mistake is one thing an installer gets wrong, and what `connection test` must say of it.
type mistake struct {
	name  string
	make  func(*world)
	side  string
	code  fault.Code
	words []string // the field and what to do, parts of the one sentence
}

// TestMistakes: each is one clear sentence that names the field, the other side is fine, and nobody saw a write.
func TestMistakes(t *testing.T) {
	for _, m := range mistakes() {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // what may pass by itself is tried again, in virtual time
				w := newWorld(t)
				m.make(w)
				w.check(m)
			})
		})
	}
}

// check opens the service, connects and compares what the test says with m.
func (w *world) check(m mistake) {
	w.t.Helper()
	w.open()
	w.connect()
	answer, err := w.api.Test(w.ctx(), shopName)
	w.must(err)
	if len(answer.Sides) != 2 {
		w.t.Fatalf("%d sides tested", len(answer.Sides))
	}
	for _, s := range answer.Sides {
		if s.Side != m.side {
			if !s.OK || s.Fault != nil {
				w.t.Errorf("%s is not fine: %+v", s.Side, s.Fault)
			}
			continue
		}
		if s.OK || s.Fault == nil || s.Fault.Code != m.code {
			w.t.Errorf("%s: %+v", s.Side, s.Fault)
			continue
		}
		w.clear(s.Fault.Text, m.words)
	}
	if got := w.written(); len(got) != 0 {
		w.t.Errorf("the test wrote %v", got)
	}
	last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: shopName}, nil)
	w.must(err)
	if last.Fault == nil || last.Fault.Code != m.code {
		w.t.Errorf("a run says %+v", last.Fault)
	}
	if got := w.written(); len(got) != 0 {
		w.t.Errorf("a run wrote %v", got)
	}
}

// clear checks a sentence: it says the words, is filled in, is not long and holds no secret.
func (w *world) clear(text string, words []string) {
	w.t.Helper()
	for _, part := range words {
		if !strings.Contains(text, part) {
			w.t.Errorf("no %q in: %s", part, text)
		}
	}
	if strings.ContainsAny(text, "{}\n") || len(text) > 420 || strings.Contains(text, bcKey) || strings.Contains(text, shopSecret) || strings.Contains(text, shopKey) {
		w.t.Errorf("not a clear sentence: %s", text)
	}
}

func mistakes() []mistake {
	dial := func(side string, cause error) func(*world) {
		return func(w *world) {
			plain := w.opts.Transport
			w.opts.Transport = func(s string) http.RoundTripper {
				if s != side {
					return plain(s)
				}
				return roundTrip(func(*http.Request) (*http.Response, error) {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: cause}
				})
			}
		}
	}
	unknown := &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}
	change := func(f func(*bcsim.Options)) func(*world) { return func(w *world) { w.must(w.bc.Change(f)) } }
	bcAnswers := func(f sim.Fault) func(*world) {
		return func(w *world) { w.bcFaults.Add(sim.Rule{Times: -1, Do: f}) }
	}
	shopAnswers := func(f sim.Fault) func(*world) {
		return func(w *world) { w.shopFaults.Add(sim.Rule{Times: -1, Do: f}) }
	}
	key := func(k woosim.Key) func(*world) {
		return func(w *world) { w.shop = woosim.New(woosim.Options{Keys: []woosim.Key{k}}) }
	}
	good, hidden := settings.NewSecret(shopKey), settings.NewSecret(shopSecret)
	html503 := sim.Status(http.StatusServiceUnavailable, nil, "text/html", "<html><h1>Down for maintenance</h1></html>")
	return []mistake{
		{"bc: unknown host", dial("bc", unknown), "bc", "net.unknown_host", []string{"bc01.example.nl", "[bc] url"}},
		{"shop: unknown host", dial("shop", unknown), "shop", "net.unknown_host", []string{"shop.example.nl", "[shop] url"}},
		{"bc: refused", dial("bc", syscall.ECONNREFUSED), "bc", "net.unreachable", []string{"bc01.example.nl:7048", "[bc] url"}},
		{"shop: refused", dial("shop", syscall.ECONNREFUSED), "shop", "net.unreachable", []string{"shop.example.nl", "[shop] url"}},
		{"bc: wrong key", change(func(o *bcsim.Options) { o.Key = "another" }), "bc", "bc.sign_in", []string{bcUser, "[bc] user", "stockbridge secret set " + shopName + " bc password"}},
		{"bc: wrong key, refused by the web server", change(func(o *bcsim.Options) { o.Key, o.PlainUnauthorized = "another", true }), "bc", "bc.sign_in", []string{"[bc] user"}},
		{"bc: API disabled", change(func(o *bcsim.Options) { o.Disabled = true }), "bc", "bc.api_disabled", []string{"[bc] url", "ApiServicesEnabled"}},
		{"bc: API not set up", change(func(o *bcsim.Options) { o.NotSetUp = true }), "bc", "bc.setup_missing", []string{"API Setup"}},
		{"bc: missing right", change(denied("TableData 18 Customer Read")), "bc", "bc.right_missing", []string{"TableData 18 Customer Read", bcUser, "[bc] user", "D365 READ"}},
		{"bc: tenant", change(func(o *bcsim.Options) { o.Tenant = "t1" }), "bc", "bc.tenant", []string{"[bc] tenant"}},
		{"bc: wrong instance", func(w *world) { w.conf.BC.URL = "https://bc01.example.nl:7048/BC240" }, "bc", "bc.not_found", []string{"/BC240/", "[bc] url", "instance"}},
		{"bc: company", func(w *world) { w.conf.BC.Company = "CRONUS NL" }, "bc", "bc.company_missing", []string{"[bc] company", `"CRONUS NL"`, company}},
		{"bc: a web page", bcAnswers(sim.HTMLPage()), "bc", "answer.html_always", []string{"[bc] url"}},
		{"bc: a web page with 503", bcAnswers(html503), "bc", "net.server_error", []string{"503", "[bc] url"}},
		{"shop: wrong key", key(woosim.Key{ConsumerKey: settings.NewSecret("ck_other"), ConsumerSecret: hidden}), "shop", "shop.sign_in", []string{"shop consumer_key", "consumer_secret"}},
		{"shop: wrong secret", key(woosim.Key{ConsumerKey: good, ConsumerSecret: settings.NewSecret("cs_other")}), "shop", "shop.sign_in", []string{"shop consumer_key", "consumer_secret"}},
		{"shop: read-only key", key(woosim.Key{ConsumerKey: good, ConsumerSecret: hidden, Permission: woosim.ReadOnly}), "shop", "shop.right_missing", []string{"read and write", "stockbridge secret set " + shopName + " shop consumer_key"}},
		{"shop: a web page", shopAnswers(sim.HTMLPage()), "shop", "answer.html_always", []string{"[shop] url"}},
		{"shop: a web page with 503", shopAnswers(html503), "shop", "net.server_error", []string{"503", "[shop] url"}},
		{"shop: maintenance", func(w *world) { w.shop.SetTrouble(woosim.Maintenance) }, "shop", "net.server_error", []string{"503", "[shop] url"}},
		{"shop: plain permalinks", func(w *world) { w.shop.SetPlainPermalinks(true) }, "shop", "shop.permalinks", []string{"permalink", "Plain", "WordPress"}},
		{"shop: no WooCommerce", func(w *world) { w.conf.Shop.URL = "https://shop.example.nl/blog" }, "shop", "shop.not_found", []string{"[shop] url", "WooCommerce"}},
		{"shop: redirect", shopAnswers(sim.Status(http.StatusMovedPermanently, http.Header{"Location": {"https://www.shop.example.nl/wp-json/"}}, "", "")), "shop", "net.redirect", []string{"[shop] url", "www.shop.example.nl"}},
	}
}

// TestCertificates: what real TLS finds wrong with a server, each with the field that helps.
func TestCertificates(t *testing.T) {
	now := time.Now()
	local, hour := []string{"127.0.0.1"}, time.Hour
	for _, side := range []string{"bc", "shop"} {
		for _, tt := range []struct {
			name        string
			hosts       []string
			from, until time.Time
			foreign     bool
			code        fault.Code
			words       []string
		}{
			{"expired", local, now.Add(-48 * hour), now.Add(-24 * hour), false, "tls.expired", []string{"127.0.0.1", "[" + side + "] url", now.Add(-24 * hour).UTC().Format(time.DateOnly), "renewed"}},
			{"not valid yet", local, now.Add(48 * hour), now.Add(72 * hour), false, "tls.expired", []string{now.Add(48 * hour).UTC().Format(time.DateOnly)}},
			{"wrong host", []string{"www.example.nl"}, now.Add(-hour), now.Add(hour), false, "tls.wrong_host", []string{"www.example.nl", "[" + side + "] url"}},
			{"unknown issuer", local, now.Add(-hour), now.Add(hour), true, "tls.unknown_issuer", []string{"Simulator Authority", "[" + side + "] ca_file", "[" + side + "] pin"}},
		} {
			t.Run(side+": "+tt.name, func(t *testing.T) {
				w := newWorld(t)
				w.serve()
				ca, err := sim.NewAuthority(now)
				w.must(err)
				cert, err := ca.Certificate(tt.hosts, tt.from, tt.until)
				w.must(err)
				server, err := sim.Serve(w.front(side), cert)
				w.must(err)
				t.Cleanup(func() { w.must(server.Close()) })
				url, file := &w.conf.Shop.URL, &w.conf.Shop.CAFile
				if side == "bc" {
					url, file = &w.conf.BC.URL, &w.conf.BC.CAFile
				}
				*url = strings.Replace(server.URL+"/BC", "/BC", map[string]string{"bc": "/BC"}[side], 1)
				if *file = ""; !tt.foreign {
					*file = filepath.Join(t.TempDir(), "own.pem")
					w.must(os.WriteFile(*file, ca.PEM(), 0o600))
				}
				w.check(mistake{side: side, code: tt.code, words: tt.words})
			})
		}
	}
}

// What is wrong in the file itself is said at the import, and nothing of it is kept.
func TestMistakesInTheFile(t *testing.T) {
	tests := []struct {
		name, from, to string
		code           fault.Code
		words          []string
	}{
		{"bc over http", "https://bc01", "http://bc01", "url.not_https", []string{"[bc] url", "https"}},
		{"shop over http", "https://shop", "http://shop", "url.not_https", []string{"[shop] url", "https"}},
		{"a key nobody knows", "company", "compny", "settings.unknown_key", []string{"compny", "company"}},
		{"an address without a host", "https://shop.example.nl", "https://", "url.invalid", []string{"[shop] url"}},
		{"a platform nobody knows", "'woocommerce'", "'wocommerce'", "shop.platform", []string{"[shop] platform", "woocommerce"}},
		{"a secret", "[shop]\n", "[shop]\nconsumer_key = \"ck_x\"\n", "settings.secret", []string{"consumer_key", "stockbridge secret set"}},
		{"bc: ca_file", "[bc]\n", "[bc]\nca_file = '/nowhere/ca.pem'\n", "settings.invalid", []string{"[bc] ca_file", "/nowhere/ca.pem", "PEM"}},
		{"shop: ca_file", "[shop]\n", "[shop]\nca_file = '/nowhere/ca.pem'\n", "settings.invalid", []string{"[shop] ca_file", "/nowhere/ca.pem"}},
		{"no TOML", "[shop]\n", "[shop\n", "settings.syntax", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.open()
			text, err := settings.Marshal(w.conf)
			w.must(err)
			wrong := strings.Replace(string(text), tt.from, tt.to, 1)
			if wrong == string(text) {
				t.Fatalf("no %q in\n%s", tt.from, text)
			}
			_, err = w.api.Import(w.ctx(), ipc.ConnectionFile{TOML: wrong})
			f := fault.As(err)
			if f == nil || f.Code != tt.code {
				t.Fatalf("the import says %v", err)
			}
			w.clear(f.Sentence(), tt.words)
			names, err := w.api.Connections(w.ctx())
			w.must(err)
			if len(names.Names) != 0 || len(w.requests()) != 0 {
				t.Errorf("kept %v, %d calls", names.Names, len(w.requests()))
			}
		})
	}
}

// Missing secrets are named one by one, each at its own side.
func TestMissingSecrets(t *testing.T) {
	w := newWorld(t)
	w.open()
	w.importConf()
	for _, step := range []struct{ set, value, bc, shop string }{
		{"", "", "bc.secret_missing", "shop.secret_missing"},
		{"shop consumer_key", shopKey, "bc.secret_missing", "shop.secret_missing"},
		{"bc password", bcKey, "", "shop.secret_missing"},
		{"shop consumer_secret", shopSecret, "", ""},
	} {
		if step.set != "" {
			w.secret(step.set, step.value)
		}
		answer, err := w.api.Test(w.ctx(), shopName)
		w.must(err)
		for i, want := range []string{step.bc, step.shop} {
			got := ""
			if f := answer.Sides[i].Fault; f != nil {
				got = string(f.Code)
				w.clear(f.Text, []string{"stockbridge secret set " + shopName})
			}
			if got != want {
				t.Errorf("after %q: %s says %q, not %q", step.set, answer.Sides[i].Side, got, want)
			}
		}
	}
	for _, r := range []ipc.SecretRequest{
		{Connection: shopName, Side: "shop", Field: "password", Value: "x"},
		{Connection: shopName, Side: "bc", Field: "password"},
		{Connection: "nobody", Side: "bc", Field: "password", Value: "x"},
	} {
		if err := w.api.SetSecret(w.ctx(), r); err == nil || fault.As(err).Kind != fault.Config {
			t.Errorf("%v: %v", r, err)
		}
	}
}
