package web

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/sim"
)

// script answers with one handler after the other, the last one for good, and counts.
type script struct {
	steps []http.HandlerFunc
	calls int
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := min(s.calls, len(s.steps)-1)
	s.calls++
	s.steps[i](w, r)
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestRepeats(t *testing.T) {
	inTwoMinutes := time.Date(2000, 1, 1, 0, 0, 40, 0, time.UTC).Format(http.TimeFormat) // synctest begins at midnight
	for name, c := range map[string]struct {
		method    string
		readOnly  bool
		steps     []http.HandlerFunc
		calls     int
		code      fault.Code
		atLeast   time.Duration
		within    time.Duration
		wishAfter time.Duration
	}{
		"seconds":               {"GET", false, []http.HandlerFunc{status(429, "Retry-After", "17"), answer(`{}`)}, 2, "", 17 * time.Second, 17 * time.Second, 0},
		"date":                  {"GET", false, []http.HandlerFunc{status(503, "Retry-After", inTwoMinutes), answer(`{}`)}, 2, "", 40 * time.Second, 40 * time.Second, 0},
		"back-off":              {"PUT", false, []http.HandlerFunc{status(502), status(504), answer(`{}`)}, 3, "", 1500 * time.Millisecond, 4500 * time.Millisecond, 0},
		"broken connection":     {"DELETE", false, []http.HandlerFunc{abort, answer(`{}`)}, 2, "", time.Second / 2, 2 * time.Second, 0},
		"gives up":              {"GET", false, []http.HandlerFunc{status(503)}, 3, "net.server_error", 0, 5 * time.Second, 0},
		"waits no longer":       {"GET", false, []http.HandlerFunc{status(429, "Retry-After", "300")}, 1, "net.busy", 0, 0, 300 * time.Second},
		"waits add up":          {"GET", false, []http.HandlerFunc{status(429, "Retry-After", "40")}, 2, "net.busy", 40 * time.Second, 40 * time.Second, 40 * time.Second},
		"reading POST":          {"POST", true, []http.HandlerFunc{status(503), answer(`{}`)}, 2, "", time.Second / 2, 2 * time.Second, 0},
		"writing POST, 503":     {"POST", false, []http.HandlerFunc{status(503, "Retry-After", "5")}, 1, "net.server_error", 0, 0, 5 * time.Second},
		"writing POST, cut":     {"POST", false, []http.HandlerFunc{abort}, 1, "net.cut", 0, 0, 0},
		"PATCH, 429":            {"PATCH", false, []http.HandlerFunc{status(429, "Retry-After", "7"), answer(`{}`)}, 2, "", 7 * time.Second, 7 * time.Second, 0},
		"server's timeout":      {"GET", false, []http.HandlerFunc{status(408)}, 1, "net.timeout", 0, 0, 0},
		"an answer of 500":      {"GET", false, []http.HandlerFunc{status(500)}, 1, "", 0, 0, 0},
		"a nonsensical wish":    {"GET", false, []http.HandlerFunc{status(429, "Retry-After", "soon"), answer(`{}`)}, 2, "", time.Second / 2, 2 * time.Second, 0},
		"a wish from the past":  {"GET", false, []http.HandlerFunc{status(429, "Retry-After", "-3"), answer(`{}`)}, 2, "", time.Second / 2, 2 * time.Second, 0},
		"a wish for next month": {"GET", false, []http.HandlerFunc{status(429, "Retry-After", "99999999999999")}, 1, "net.busy", 0, 0, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: c.steps}
				w := client(t, Options{URL: "https://shop.example", Transport: &sim.Transport{Handler: s}})
				began := time.Now()
				_, err := w.Do(t.Context(), Request{Method: c.method, Path: "x", Body: []byte("{}"), Repeatable: c.readOnly})
				took := time.Since(began)
				if c.code == "" && err != nil {
					t.Fatal(err)
				}
				if c.code != "" {
					if f := wantCode(t, err, c.code); f.After != c.wishAfter || f.Kind != fault.Retry {
						t.Errorf("%s after %s, want retry after %s", f.Kind, f.After, c.wishAfter)
					}
				}
				if s.calls != c.calls || w.Calls() != int64(c.calls) {
					t.Errorf("%d calls, counted %d, want %d", s.calls, w.Calls(), c.calls)
				}
				if took < c.atLeast || took > c.within {
					t.Errorf("took %s, want %s to %s", took, c.atLeast, c.within)
				}
			})
		})
	}
}

func TestBodyIsRewound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bodies []string
		h := func(next http.HandlerFunc) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				bodies = append(bodies, string(b))
				next(w, r)
			}
		}
		s := &script{steps: []http.HandlerFunc{h(status(503)), h(abort), h(answer(`{}`))}}
		w := client(t, Options{URL: "https://shop.example", Transport: &sim.Transport{Handler: s}})
		if _, err := w.Do(t.Context(), Request{Method: "PUT", Path: "x", Body: []byte(`{"a":1}`)}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(bodies, "|"); got != `{"a":1}|{"a":1}|{"a":1}` {
			t.Error(got)
		}
	})
}

func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := inMemory(t, status(503, "Retry-After", "30"), Options{})
		go func() {
			time.Sleep(10 * time.Second) // virtual: in the middle of the wait
			cancel()
		}()
		began := time.Now()
		_, err := w.Do(ctx, Request{Method: "GET", Path: "x"})
		wantCode(t, err, "run.cancelled")
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("ended after %s", took)
		}
		_, err = w.Do(ctx, Request{Method: "GET", Path: "x"})
		wantCode(t, err, "run.cancelled")
	})
}

func TestTimeoutAndSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		busy, most := 0, 0
		count := func(d int) {
			mu.Lock()
			defer mu.Unlock()
			busy += d
			most = max(most, busy)
		}
		w := inMemory(t, func(_ http.ResponseWriter, r *http.Request) {
			count(1)
			defer count(-1)
			<-r.Context().Done()
		}, Options{Parallel: 2, Timeout: time.Minute})
		done := make(chan error)
		for range 6 {
			go func() {
				_, err := w.Do(t.Context(), Request{Method: "POST", Path: "x"})
				done <- err
			}()
		}
		began := time.Now()
		for range 6 {
			wantCode(t, <-done, "net.timeout")
		}
		if took := time.Since(began); most != 2 || took != 3*time.Minute {
			t.Errorf("%d at once, all together %s", most, took)
		}
	})
}
