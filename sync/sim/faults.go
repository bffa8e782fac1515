package sim

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// Fault is what goes wrong with one request. next is the real handler.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Rule says which requests a fault hits.
type Rule struct {
	Method string // "" is any
	Path   string // part of the decoded path and query ("/items?$filter=number eq 'A'"); "" is any
	Body   string // part of the request body; "" is any
	Skip   int    // this many matching requests pass first
	Times  int    // how many are hit then: 0 is one, -1 is every one
	Do     Fault
}

// Faults stands in front of a simulator and breaks the requests its rules name. The zero value breaks nothing.
// Safe for concurrent use.
type Faults struct {
	// OnRequest, when set before the first request, sees every request first. It may not touch the body.
	OnRequest func(*http.Request)

	calls atomic.Int64
	mu    sync.Mutex
	rules []*Rule
}

// Add appends a rule. Of several that match, the first whose Skip is used up hits.
func (f *Faults) Add(r Rule) {
	if r.Times == 0 {
		r.Times = 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, &r)
}

// Reset drops all rules. The count of calls stays.
func (f *Faults) Reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// Pending is the number of rules that have hits left, so that a test can see its fault was met.
func (f *Faults) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.rules)
}

// Calls is the number of requests that arrived, those broken included.
func (f *Faults) Calls() int64 { return f.calls.Load() }

// Wrap puts the faults in front of next.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.calls.Add(1)
		if f.OnRequest != nil {
			f.OnRequest(r)
		}
		fault, err := f.pick(r)
		switch {
		case err != nil:
			// The caller went away while sending; there is nobody to answer.
			panic(http.ErrAbortHandler)
		case fault != nil:
			fault(w, r, next)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// pick returns the fault for r, nil for none, and leaves r.Body readable.
func (f *Faults) pick(r *http.Request) (Fault, error) {
	var body []byte
	if f.wantsBody() && r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	target := target(r.URL)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, rule := range f.rules {
		if !rule.matches(r.Method, target, body) {
			continue
		}
		if rule.Skip > 0 {
			rule.Skip--
			continue
		}
		if rule.Times > 0 {
			if rule.Times--; rule.Times == 0 {
				f.rules = append(f.rules[:i:i], f.rules[i+1:]...)
			}
		}
		return rule.Do, nil
	}
	return nil, nil
}

func (f *Faults) wantsBody() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rules {
		if r.Body != "" {
			return true
		}
	}
	return false
}

func (r *Rule) matches(method, target string, body []byte) bool {
	return (r.Method == "" || r.Method == method) &&
		strings.Contains(target, r.Path) &&
		bytes.Contains(body, []byte(r.Body))
}

func target(u *url.URL) string {
	if u.RawQuery == "" {
		return u.Path
	}
	q, err := url.QueryUnescape(u.RawQuery)
	if err != nil {
		q = u.RawQuery
	}
	return u.Path + "?" + q
}
