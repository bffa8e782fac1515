package web

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stockbridge/sync/fault"
)

func TestCertificates(t *testing.T) {
	own, ownFile := authority(t)
	foreign, _ := authority(t)
	old, err := own.Certificate([]string{"127.0.0.1"}, time.Now().AddDate(-2, 0, 0), time.Now().AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	good, other, strange := certificate(t, own, "127.0.0.1"), certificate(t, own, "bc02.example.nl"), certificate(t, foreign, "127.0.0.1")
	for name, c := range map[string]struct {
		cert tls.Certificate
		opts Options
		code fault.Code
		args fault.Args
	}{
		"own authority":        {good, Options{CAFile: ownFile}, "", nil},
		"unknown authority":    {strange, Options{CAFile: ownFile}, "tls.unknown_issuer", fault.Args{"ca_field": "[shop] ca_file", "field": "[shop] url"}},
		"no authority given":   {good, Options{}, "tls.unknown_issuer", fault.Args{"pin_field": "[shop] pin"}},
		"expired":              {old, Options{CAFile: ownFile}, "tls.expired", fault.Args{"until": time.Now().AddDate(-1, 0, 0).UTC().Format(time.DateOnly)}},
		"another host":         {other, Options{CAFile: ownFile}, "tls.wrong_host", fault.Args{"names": "bc02.example.nl"}},
		"pinned":               {strange, Options{Pin: pinOf(t, strange)}, "", nil},
		"pin of another":       {good, Options{Pin: pinOf(t, strange)}, "tls.pin_differs", fault.Args{"got": pinOf(t, good)}},
		"pin beats authority":  {good, Options{Pin: pinOf(t, strange), CAFile: ownFile}, "tls.pin_differs", nil},
		"pinned, expired":      {old, Options{Pin: pinOf(t, old)}, "tls.expired", nil},
		"pinned, another host": {other, Options{Pin: pinOf(t, other)}, "tls.wrong_host", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			c.opts.URL = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				answer(`{}`)(w, r)
			}), c.cert)
			c.opts.SignIn = func(r *http.Request) { r.SetBasicAuth("u", "very-secret") }
			w := client(t, c.opts)
			_, err := w.Do(t.Context(), Request{Method: "POST", Path: "x", Body: []byte("{}")})
			if c.code == "" {
				if n := asked.Load(); err != nil || n != 1 {
					t.Fatalf("err %v, the server was asked %d times", err, n)
				}
				_, err = w.Do(t.Context(), Request{Method: "GET", Path: "x"})
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			f := wantCode(t, err, c.code)
			for k, v := range c.args {
				if f.Args[k] != v {
					t.Errorf("%s is %q, want %q", k, f.Args[k], v)
				}
			}
			if n := asked.Load(); n != 0 {
				t.Errorf("the server saw %d requests behind a refused certificate", n)
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	own, file := authority(t)
	s := httptest.NewUnstartedServer(answer(`{}`))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, own, "127.0.0.1")}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	s.StartTLS()
	defer s.Close()
	_, err := client(t, Options{URL: s.URL, CAFile: file}).Do(t.Context(), Request{Method: "GET", Path: "x"})
	wantCode(t, err, "tls.old")
}

func TestPlainServerBehindHTTPS(t *testing.T) {
	s := httptest.NewServer(answer(`{}`))
	defer s.Close()
	_, err := client(t, Options{URL: strings.Replace(s.URL, "http:", "https:", 1)}).Do(t.Context(), Request{Method: "GET", Path: "x"})
	wantCode(t, err, "tls.failed")
}

// The identifier is put together here so that this test does not find itself.
func TestNothingSkipsVerification(t *testing.T) {
	word := "Insecure" + "Skip" + "Verify"
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), word) {
			t.Errorf("%s mentions %s", path, word)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + l.Addr().String()
	_ = l.Close()
	c := client(t, Options{URL: url})
	_, err = c.once(t.Context(), Request{Method: "GET", Path: "x"})
	f := wantCode(t, err, "net.unreachable")
	if f.Args["field"] != "[shop] url" || f.Args["host"] != strings.TrimPrefix(url, "https://") {
		t.Errorf("args %v", f.Args)
	}
}
