package service_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"stockbridge/sync/sim"
)

// front is a system as the network shows it: it writes down what comes, and lets the weather at it.
func (l *life) front(p *process, side string) http.Handler {
	var system http.Handler = l.shop
	off := &l.shopSkew
	if side == "bc" {
		system, off = l.bc, &l.bcSkew
	}
	now := lifeClock(off, time.UTC)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		l.inspect(side, r, body)
		rw.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		name, fault := l.weather[side].fault(l, r, body)
		if p.fuse.Load() > 0 && p.fuse.Add(-1) == 0 {
			name, fault = "killed before it", sim.RefuseBefore()
			if len(body)%2 == 0 {
				name, fault = "killed after it", sim.LoseAnswer()
			}
			defer p.kill()
		}
		a := &watched{ResponseWriter: rw}
		defer func() { l.exchange(p.n, side, r, body, a.status, name) }()
		if fault == nil {
			system.ServeHTTP(a, r)
			return
		}
		fault(a, r, system)
	})
}

// watched remembers the status.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap implements http.ResponseController's way to the writer below.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// weather is what goes wrong in front of a side for a while.
type weather struct {
	mu    sync.Mutex
	rnd   *rand.Rand
	until time.Time
	kind  string
}

// set lets it rain.
func (w *weather) set(kind string, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kind, w.until = kind, time.Now().Add(d)
}

// fault is what the weather does to a request; nil lets it pass.
func (w *weather) fault(l *life, r *http.Request, body []byte) (string, sim.Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !time.Now().Before(w.until) {
		return "", nil
	}
	switch w.kind {
	case "down":
		return "refused", sim.RefuseBefore()
	case "page":
		return "a web page", sim.HTMLPage()
	case "busy":
		return "429", sim.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"120"}}, "application/json", "{}")
	case "slow":
		return "slow", sim.Slow(time.Duration(w.rnd.Int64N(int64(20 * time.Second))))
	}
	if w.rnd.IntN(100) >= 30 {
		return "", nil
	}
	switch n := w.rnd.IntN(20); {
	case n < 6:
		return "answer lost", sim.LoseAnswer()
	case n < 9:
		return "answer cut", sim.CutAnswer(1 + w.rnd.IntN(400))
	case n < 13:
		status := []int{500, 502, 503, 504}[w.rnd.IntN(4)]
		return "5xx", sim.Status(status, nil, "text/html", "<html><body><h1>It is us, not you</h1></body></html>")
	case n < 15:
		return "429", sim.Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"7"}}, "application/json", "{}")
	case n < 16:
		return "a web page", sim.HTMLPage()
	case n < 17:
		return "slow", sim.Slow(time.Duration(w.rnd.Int64N(int64(3 * time.Minute))))
	case n < 18 && creates(r, body):
		return "lost, done later", l.late(time.Duration(w.rnd.Int64N(int64(4*time.Minute))), body)
	}
	return "refused", sim.RefuseBefore()
}

// creates reports whether a request makes records and does nothing else: of such a one a late effect is undone by
// nobody, while a late change would only be an old one.
func creates(r *http.Request, body []byte) bool {
	return r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/salesOrders") || strings.HasSuffix(r.URL.Path, "/customers") ||
		strings.HasSuffix(r.URL.Path, "/products/batch") && bytes.Contains(body, []byte(`"create"`)) && !bytes.Contains(body, []byte(`"update"`)))
}

// late is a server that goes on with a request after its caller has lost the connection.
func (l *life) late(d time.Duration, body []byte) sim.Fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		again := r.Clone(l.ctx())
		again.Body = io.NopCloser(bytes.NewReader(body))
		l.zombie.Go(func() {
			time.Sleep(d)
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, again)
			l.note("  %s %s, lost %s ago, is done now: %d", again.Method, again.URL.Path, d.Round(time.Second), rec.Code)
		})
		panic(http.ErrAbortHandler)
	}
}

// canaries are the secrets: none of them, in no spelling, may be anywhere but in the header that signs in.
func canaries() []string {
	out := []string{bcKey, shopKey, shopSecret, wrongKey}
	for _, pair := range []string{bcUser + ":" + bcKey, shopKey + ":" + shopSecret, bcUser + ":" + wrongKey} {
		out = append(out, base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return out
}

// inspect looks at a request before it is served: it is for the host it belongs to, it gives no secret away, and it
// writes nothing to the owner of a kind (invariants 1 and 7).
func (l *life) inspect(side string, r *http.Request, body []byte) {
	if want := map[string]string{"bc": "bc01.example.nl:7048", "shop": "shop.example.nl"}[side]; r.Host != want {
		l.broke("a request for %s went to %s", want, r.Host)
	}
	headers := r.Header.Clone()
	headers.Del("Authorization")
	text := r.RequestURI + string(body)
	for k, v := range headers {
		text += k + strings.Join(v, "")
	}
	for _, c := range canaries() {
		if strings.Contains(text, c) {
			l.broke("a secret in %s %s", r.Method, r.URL.Path)
		}
	}
	if r.Method != http.MethodGet && !mayWrite(side, r, body) {
		l.broke("a write that must never be: %s %s %s %s", side, r.Method, r.URL.Path, body)
	}
}

var (
	bcWrites   = regexp.MustCompile(`^(POST .*/companies\([^/]+\)/(customers|salesOrders)|PATCH .*/salesOrders\([^/]+\)/salesOrderLines\([^/]+\))$`)
	shopWrites = regexp.MustCompile(`^POST /wp-json/wc/v3/(products/batch|orders/batch|orders/[0-9]+/notes)$`)
)

func mayWrite(side string, r *http.Request, body []byte) bool {
	what := r.Method + " " + r.URL.Path
	if side == "bc" {
		return bcWrites.MatchString(what) || strings.HasSuffix(r.URL.Path, "/$batch") && onlyReads(body)
	}
	return shopWrites.MatchString(what) && (!strings.HasSuffix(what, "/orders/batch") || onlyMarks(body))
}

// onlyReads reports whether all a $batch does is reading.
func onlyReads(body []byte) bool {
	var b struct {
		Requests []struct {
			Method string `json:"method"`
		} `json:"requests"`
	}
	err := json.Unmarshal(body, &b)
	for _, q := range b.Requests {
		if q.Method != http.MethodGet {
			return false
		}
	}
	return err == nil
}

// onlyMarks reports whether nothing of a shop's order is written but what is ours to leave: the mark, and that it is
// completed.
func onlyMarks(body []byte) bool {
	var b map[string][]map[string]json.RawMessage
	if json.Unmarshal(body, &b) != nil {
		return false
	}
	for verb, rows := range b {
		for _, row := range rows {
			for field := range maps.Keys(row) {
				if verb != "update" || !slices.Contains([]string{"id", "status", "meta_data"}, field) {
					return false
				}
			}
			if s := string(row["status"]); s != "" && s != `"completed"` {
				return false
			}
		}
	}
	return true
}
