package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A silent server is given up long before Options.Timeout, which is for work that takes its time.
const (
	// firstPatience is how long a read may wait for its answer to begin. A write may take Options.Timeout: giving it up
	// leaves an outcome unknown.
	firstPatience = 30 * time.Second
	// An answer that has begun brings at least this much in each span: 1 KiB a second, a tenth of a slow mobile line.
	span        = 15 * time.Second
	leastInSpan = 15 << 10
	// remembered is how long a longer patience holds after it was last needed.
	remembered = time.Hour
)

// patience is how long a server may take to begin the answer to a read. It begins with half a minute. When that was too
// short for one read while the server answers others, its question is heavy, and giving up at the same moment each time
// would never bring it through: then it doubles, up to Options.Timeout.
type patience struct {
	mu       sync.Mutex
	wait     time.Duration // 0: firstPatience
	needed   time.Time
	answered bool // since the last time it was too short
}

func (p *patience) now(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := now.Sub(p.needed); age < 0 || age > remembered {
		p.wait = 0
	}
	return max(p.wait, firstPatience)
}

// tooShort learns that a read was given up after waiting.
func (p *patience) tooShort(now time.Time, waited, most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait = 0
	if p.answered {
		p.wait, p.needed = min(2*waited, most), now
	}
	p.answered = false
}

// enough learns that an answer began.
func (p *patience) enough(now time.Time, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answered = true; took > firstPatience/2 {
		p.needed = now
	}
}

// watch gives an exchange up when its server falls silent.
type watch struct {
	c      *Client
	cancel context.CancelFunc
	began  time.Time
	wait   time.Duration // for the answer to begin; 0 is no limit of ours
	timer  *time.Timer
	heard  atomic.Bool  // the answer has begun
	got    atomic.Int64 // bytes of its body in this span
	gone   atomic.Bool  // given up
}

// reads reports whether a request only asks.
func reads(r *Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost && r.Repeatable
}

func (c *Client) watch(r *Request, cancel context.CancelFunc) *watch {
	w := &watch{c: c, cancel: cancel, began: time.Now()}
	first := c.opts.Timeout
	if reads(r) {
		w.wait = min(c.patience.now(w.began), c.opts.Timeout)
		first = w.wait
	}
	w.timer = time.AfterFunc(first, w.look)
	return w
}

// look ends an exchange from which too little came since the last look.
func (w *watch) look() {
	if w.heard.Load() && w.got.Swap(0) >= leastInSpan {
		w.timer.Reset(span)
		return
	}
	if w.gone.Store(true); !w.heard.Load() && w.wait > 0 {
		w.c.patience.tooShort(time.Now(), w.wait, w.c.opts.Timeout)
	}
	w.cancel()
}

// begins tells that the answer's head is here, and returns its body watched.
func (w *watch) begins(body io.ReadCloser) io.ReadCloser {
	w.heard.Store(true)
	w.timer.Reset(span)
	now := time.Now()
	w.c.patience.enough(now, now.Sub(w.began))
	return watched{body, w}
}

func (w *watch) stop() { w.timer.Stop() }

// watched is the body of a watched answer.
type watched struct {
	io.ReadCloser
	w *watch
}

func (b watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.w.got.Add(int64(n))
	return n, err
}
