package sim

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counter is a handler that has an effect per request, so that "ran" and "answered" can be told apart.
func counter(n *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		n.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"echo":"`+string(b)+`","path":"`+r.URL.Path+`"}`)
	})
}

// ways are the two roads to a simulator; every fault must look alike on both.
func ways(t *testing.T, h http.Handler) map[string]*http.Client {
	t.Helper()
	now := time.Now()
	a, err := NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Certificate([]string{"127.0.0.1"}, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Serve(h, cert)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	clients := map[string]*http.Client{"memory": {Transport: &Transport{Handler: h}}}
	for name, h2 := range map[string]bool{"http1": false, "http2": true} {
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.Pool()}, ForceAttemptHTTP2: h2}
		t.Cleanup(tr.CloseIdleConnections)
		clients[name] = &http.Client{Transport: rebase{tr, strings.TrimPrefix(s.URL, "https://")}}
	}
	return clients
}

// rebase sends every request to one host.
type rebase struct {
	next http.RoundTripper
	host string
}

func (b rebase) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = b.host
	return b.next.RoundTrip(r)
}

func TestFaults(t *testing.T) {
	const full = `{"echo":"hello","path":"/a b"}`
	tests := []struct {
		name   string
		do     Fault
		status int    // 0: no answer at all
		body   string // what arrives before the end or the break
		cut    bool
		ran    int64
	}{
		{"none", func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }, 201, full, false, 1},
		{"status", Status(429, http.Header{"Retry-After": {"7"}}, "application/json", `{}`), 429, `{}`, false, 0},
		{"refuse", RefuseBefore(), 0, "", false, 0},
		{"lose", LoseAnswer(), 0, "", false, 1},
		{"cut", CutAnswer(10), 201, full[:10], true, 1},
		{"slow", Slow(0), 201, full, false, 1},
	}
	for _, tt := range tests {
		var ran atomic.Int64
		f := &Faults{}
		for way, c := range ways(t, f.Wrap(counter(&ran))) {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				ran.Store(0)
				f.Add(Rule{Method: "POST", Path: "/a b?q=x y", Body: "ell", Do: tt.do})
				resp, err := c.Post("https://sim.example/a%20b?q=x+y", "text/plain", strings.NewReader("hello"))
				if f.Pending() != 0 {
					t.Fatal("the rule did not match")
				}
				if tt.status == 0 {
					if err == nil {
						t.Fatalf("got status %d, want no answer", resp.StatusCode)
					}
				} else {
					checkAnswer(t, resp, err, tt.status, tt.body, tt.cut)
				}
				if ran.Load() != tt.ran {
					t.Errorf("the handler ran %d times, want %d", ran.Load(), tt.ran)
				}
			})
		}
	}
}

func checkAnswer(t *testing.T, resp *http.Response, err error, status int, body string, cut bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if resp.StatusCode != status || string(got) != body || (err != nil) != cut {
		t.Errorf("got %d %q %v, want %d %q cut=%v", resp.StatusCode, got, err, status, body, cut)
	}
	if status == 429 && resp.Header.Get("Retry-After") != "7" {
		t.Error("Retry-After is missing")
	}
}

func TestSkipTimesAndOrder(t *testing.T) {
	var ran atomic.Int64
	f := &Faults{}
	c := &http.Client{Transport: &Transport{Handler: f.Wrap(counter(&ran))}}
	f.Add(Rule{Skip: 1, Times: 2, Do: Status(503, nil, "", "")})
	f.Add(Rule{Path: "/always", Times: -1, Do: HTMLPage()})
	want := []int{201, 503, 503, 201}
	for i, w := range want {
		resp, err := c.Get("https://sim.example/x")
		if err != nil || resp.StatusCode != w {
			t.Errorf("request %d: %v %v, want %d", i, resp, err, w)
		}
	}
	for range 3 {
		resp, err := c.Get("https://sim.example/always")
		if err != nil || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("want a web page, got %v %v", resp, err)
		}
	}
	if f.Calls() != 7 || ran.Load() != 2 {
		t.Errorf("calls %d, ran %d; want 7 and 2", f.Calls(), ran.Load())
	}
	f.Reset()
	if f.Pending() != 0 {
		t.Error("Reset left rules")
	}
}

func TestSlowObeysTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ran atomic.Int64
		f := &Faults{}
		f.Add(Rule{Times: -1, Do: Slow(time.Hour)})
		c := &http.Client{Transport: &Transport{Handler: f.Wrap(counter(&ran))}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://sim.example/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		if time.Since(start) != time.Minute || ran.Load() != 0 {
			t.Errorf("waited %v, ran %d; want 1m0s and 0", time.Since(start), ran.Load())
		}
	})
}

func TestContextEndsDuringTheHandler(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var ran atomic.Int64
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		counter(&ran).ServeHTTP(w, r)
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://sim.example/", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	tr := &Transport{Handler: h}
	if _, err := tr.RoundTrip(req); !errors.Is(err, context.Canceled) || ran.Load() != 1 {
		t.Errorf("got %v after %d runs, want a cancelled call that had its effect", err, ran.Load())
	}
	if _, err := tr.RoundTrip(req); !errors.Is(err, context.Canceled) || ran.Load() != 1 {
		t.Errorf("got %v after %d runs, want no second run", err, ran.Load())
	}
}

func TestOversizeAndHook(t *testing.T) {
	var seen atomic.Int64
	f := &Faults{OnRequest: func(*http.Request) { seen.Add(1) }}
	f.Add(Rule{Do: Oversize(1 << 20)})
	for way, c := range ways(t, f.Wrap(http.NotFoundHandler())) {
		f.Reset()
		f.Add(Rule{Do: Oversize(1 << 20)})
		resp, err := c.Get("https://sim.example/")
		if err != nil {
			t.Fatal(way, err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		if err != nil || n < 1<<20 {
			t.Errorf("%s: %d bytes, %v", way, n, err)
		}
		resp.Body.Close()
	}
	if seen.Load() != f.Calls() || seen.Load() == 0 {
		t.Errorf("hook saw %d of %d requests", seen.Load(), f.Calls())
	}
}

func TestAuthorityIsTrustedAloneAndDatesHold(t *testing.T) {
	now := time.Now()
	a, err := NewAuthority(now)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(a.PEM()), "-----BEGIN CERTIFICATE-----") {
		t.Error("PEM is no certificate")
	}
	tests := []struct {
		name, want string
		from, to   time.Time
		trust      *tls.Config
	}{
		{"valid", "", now.Add(-time.Hour), now.Add(time.Hour), &tls.Config{RootCAs: a.Pool()}},
		{"expired", "expired", now.Add(-2 * time.Hour), now.Add(-time.Hour), &tls.Config{RootCAs: a.Pool()}},
		{"stranger", "unknown authority", now.Add(-time.Hour), now.Add(time.Hour), &tls.Config{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cert, err := a.Certificate([]string{"127.0.0.1"}, tt.from, tt.to)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Serve(http.NotFoundHandler(), cert)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			tr := &http.Transport{TLSClientConfig: tt.trust}
			defer tr.CloseIdleConnections()
			_, err = (&http.Client{Transport: tr}).Get(s.URL)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
