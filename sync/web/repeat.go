package web

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"stockbridge/sync/fault"
)

const (
	maxTries = 3
	// maxWait is how long one call may wait between its tries, all together; a longer wish of the server goes back
	// to the engine as After.
	maxWait = time.Minute
)

// repeatable reports whether sending a request twice does what sending it once does (RFC 9110 §9.2.2), or its
// caller says so.
func repeatable(r *Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return r.Repeatable
}

// passing reports whether an error may be gone a second later. A timeout may be too, but asking a server that is
// slow again at once makes it slower: the engine's own back-off is longer.
func passing(err error) bool {
	switch fault.As(err).Code {
	case "net.unreachable", "net.unknown_host", "net.cut", "net.busy", "net.server_error", "net.proxy":
		return true
	}
	return false
}

// statusError is the error behind an answer that says "not now"; nil for any other status.
func (c *Client) statusError(res *http.Response) error {
	var f *fault.Error
	switch res.StatusCode {
	case http.StatusTooManyRequests:
		f = fault.New("net.busy", c.args())
	case http.StatusRequestTimeout:
		f = fault.New("net.timeout", c.args())
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		f = fault.New("net.server_error", c.args("status", strconv.Itoa(res.StatusCode)))
	default:
		return nil
	}
	f.After = c.retryAfter(res.Header.Get("Retry-After"))
	return f
}

// retryAfter reads the header's two forms, seconds and a date (RFC 9110 §10.2.3). A date is measured by the server's
// own clock where it sent one.
func (c *Client) retryAfter(v string) time.Duration {
	v = strings.TrimSpace(v)
	if s, err := strconv.Atoi(v); err == nil {
		return min(max(0, time.Duration(min(s, 86400))*time.Second), 24*time.Hour)
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	now := c.opts.Now()
	if d := c.Date(); !d.IsZero() {
		now = d
	}
	return min(max(0, at.Sub(now)), 24*time.Hour)
}

// pause says how long to wait before try n+1: the server's wish, or a second doubling each time, spread by half so
// that many callers don't come back together.
func pause(n int, after time.Duration) time.Duration {
	if after > 0 {
		return after
	}
	d := time.Second << n
	return d/2 + rand.N(d)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), "run.cancelled", nil)
	case <-t.C:
		return nil
	}
}
