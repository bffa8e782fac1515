package sim

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
)

// Mix breaks a share of all requests, drawn from a seeded source. The shares are in hundredths of all requests; what
// is left of a hundred passes. Safe for concurrent use.
type Mix struct {
	LoseAnswer  int // it takes effect, and nothing of the answer arrives
	CutAnswer   int // it takes effect, and the answer breaks off in its body
	ServerError int // 500, 502, 503 or 504, and nothing has happened
	Busy        int // 429 with Retry-After: 1, and nothing has happened

	mu       sync.Mutex
	rnd      *rand.Rand
	requests atomic.Int64
	broken   atomic.Int64
}

// Usual is the mix that three in ten requests suffer from.
func Usual() *Mix { return &Mix{LoseAnswer: 10, CutAnswer: 5, ServerError: 10, Busy: 5} }

// Rule is the rule that lets the mix loose on every request, from a seed.
func (m *Mix) Rule(seed uint64) Rule {
	m.rnd = rand.New(rand.NewPCG(seed, 0xfa017))
	return Rule{Times: -1, Do: m.fault}
}

// Counts are how many requests the mix saw, and how many of them it broke.
func (m *Mix) Counts() (requests, broken int64) { return m.requests.Load(), m.broken.Load() }

func (m *Mix) fault(w http.ResponseWriter, r *http.Request, next http.Handler) {
	m.requests.Add(1)
	do := m.draw()
	if do == nil {
		next.ServeHTTP(w, r)
		return
	}
	m.broken.Add(1)
	do(w, r, next)
}

// draw is what goes wrong with the next request; nil for nothing.
func (m *Mix) draw() Fault {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.rnd.IntN(100)
	for _, kind := range []struct {
		share int
		make  func() Fault
	}{
		{m.LoseAnswer, LoseAnswer},
		{m.CutAnswer, func() Fault { return CutAnswer(1 + m.rnd.IntN(2000)) }},
		{m.ServerError, func() Fault {
			status := []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
			return Status(status[m.rnd.IntN(len(status))], nil, "text/html", "<html><body><h1>It is us, not you</h1></body></html>")
		}},
		{m.Busy, func() Fault {
			return Status(http.StatusTooManyRequests, http.Header{"Retry-After": {"1"}}, "application/json", `{"code":"too_many_requests"}`)
		}},
	} {
		if n < kind.share {
			return kind.make()
		}
		n -= kind.share
	}
	return nil
}
