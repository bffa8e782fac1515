package web

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/sim"
)

// authority is a fresh authority and the file with its certificate.
func authority(t *testing.T) (*sim.Authority, string) {
	t.Helper()
	a, err := sim.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, a.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return a, file
}

// certificate is one for hosts, valid for a day around now.
func certificate(t *testing.T, a *sim.Authority, hosts ...string) tls.Certificate {
	t.Helper()
	c, err := a.Certificate(hosts, time.Now().Add(-12*time.Hour), time.Now().Add(12*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pinOf(t *testing.T, c tls.Certificate) string {
	t.Helper()
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return Fingerprint(leaf)
}

func serve(t *testing.T, h http.Handler, c tls.Certificate) string {
	t.Helper()
	s, err := sim.Serve(h, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.URL
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Side == "" {
		o.Side = "shop"
	}
	o.ProxyURL = "none"
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// inMemory is a client whose requests go to h without a socket.
func inMemory(t *testing.T, h http.HandlerFunc, o Options) *Client {
	t.Helper()
	o.URL, o.Transport = "https://shop.example", &sim.Transport{Handler: h}
	return client(t, o)
}

func wantCode(t *testing.T, err error, code fault.Code) *fault.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", code)
	}
	f := fault.As(err)
	if f.Code != code {
		t.Fatalf("%s (%v), want %s", f.Code, err, code)
	}
	return f
}

// trail keeps exchanges.
type trail struct {
	mu  sync.Mutex
	all []Exchange
}

func (j *trail) Exchange(x Exchange) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, x)
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	}
}
