package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"stockbridge/sync/fault"
)

// Client sends requests to one base address. It is safe for concurrent use.
type Client struct {
	opts  Options
	base  *url.URL
	proxy func(*http.Request) (*url.URL, error)
	slots chan struct{}
	calls atomic.Int64
	heard atomic.Int64
	date  atomic.Int64 // last Date header, Unix seconds; 0 is none

	patience patience

	mu  sync.Mutex // guards what adopting a pinned certificate replaces
	way way
}

// way is the transport in use and what it trusts.
type way struct {
	trust *trust
	rt    http.RoundTripper
}

// New checks the options (url.invalid, url.not_https, settings.invalid) and makes a client. It opens no connection.
func New(o Options) (*Client, error) {
	base, err := parseBase(o.Side, o.URL)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(o.ProxyURL)
	if err != nil {
		return nil, err
	}
	t, err := newTrust(&o)
	if err != nil {
		return nil, err
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	if o.MaxAnswer <= 0 {
		o.MaxAnswer = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	c := &Client{opts: o, base: base, proxy: proxy, slots: make(chan struct{}, o.Parallel), way: way{trust: t, rt: o.Transport}}
	if c.way.rt == nil {
		c.way.rt = c.transport(t)
	}
	return c, nil
}

// Calls is how many requests were sent, repeats included.
func (c *Client) Calls() int64 { return c.calls.Load() }

// Answers is how many requests were answered by a server that was well: whole, and with no status of 500 and above.
func (c *Client) Answers() int64 { return c.heard.Load() }

// Date is the server's clock as its last answer told it; zero before the first.
func (c *Client) Date() time.Time {
	if s := c.date.Load(); s != 0 {
		return time.Unix(s, 0).UTC()
	}
	return time.Time{}
}

// Close drops idle connections.
func (c *Client) Close() {
	if t, ok := c.current().rt.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Do implements Doer.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	u, err := join(c.base, r.Path)
	if err != nil {
		return nil, err
	}
	var waited time.Duration
	for try := 0; ; try++ {
		res, unsent, err := c.attempt(ctx, &r, u)
		if err == nil {
			return res, nil
		}
		// Who asks us to slow down has done nothing yet (RFC 6585 §4).
		again := repeatable(&r) || unsent || fault.As(err).Code == "net.busy"
		if try+1 >= maxTries || !passing(err) || !again {
			return nil, err
		}
		d := pause(try, fault.As(err).After) / time.Duration(max(1, c.opts.Hurry))
		if waited += d; waited > maxWait {
			return nil, err
		}
		if err := sleep(ctx, d); err != nil {
			return nil, err
		}
	}
}

// attempt sends a request once, in one of the client's slots, and journals it. unsent: no byte of it can have left.
func (c *Client) attempt(ctx context.Context, r *Request, u *url.URL) (res *Response, unsent bool, err error) {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, true, fault.Wrap(ctx.Err(), "run.cancelled", nil)
	}
	defer func() { <-c.slots }()
	if ctx.Err() != nil {
		return nil, true, fault.Wrap(ctx.Err(), "run.cancelled", nil)
	}
	limited, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	req, err := c.request(limited, r, u)
	if err != nil {
		return nil, true, err
	}
	began := c.opts.Now()
	w := c.watch(r, cancel)
	res, unsent, err = c.exchange(ctx, req, r, w)
	if w.stop(); err != nil && w.gone.Load() && ctx.Err() == nil {
		err = fault.Wrap(fault.As(err).Err, "net.timeout", c.args())
	}
	c.trace(r, req, began, res, err)
	if err != nil {
		return nil, unsent, err
	}
	return res, false, nil
}

// request builds one attempt's request: its body from the start, and signed in freshly.
func (c *Client) request(ctx context.Context, r *Request, u *url.URL) (*http.Request, error) {
	fresh := *u
	req, err := http.NewRequestWithContext(ctx, r.Method, "", nil)
	if err != nil {
		return nil, fault.Wrap(err, "bug.unclassified", nil)
	}
	req.URL, req.Host = &fresh, fresh.Host
	if r.Body != nil {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil }
		req.Body = io.NopCloser(bytes.NewReader(r.Body))
		req.ContentLength = int64(len(r.Body))
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	for k, v := range r.Header {
		req.Header[http.CanonicalHeaderKey(k)] = slices.Clone(v)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", "Stockbridge/"+c.opts.Version)
	if c.opts.SignIn != nil {
		c.opts.SignIn(req)
	}
	if req.URL.Host != c.base.Host || req.URL.Scheme != c.base.Scheme || req.Host != c.base.Host {
		return nil, leaves(r.Path)
	}
	return req, nil
}

// exchange sends a request and reads the answer whole.
func (c *Client) exchange(ctx context.Context, req *http.Request, r *Request, w *watch) (*Response, bool, error) {
	hres, t, err := c.roundTrip(req)
	if err != nil {
		return nil, notSent(err), c.classify(ctx, t, err)
	}
	hres.Body = w.begins(hres.Body)
	defer hres.Body.Close()
	if at, err := http.ParseTime(hres.Header.Get("Date")); err == nil {
		c.date.Store(at.Unix())
	}
	path, _, _ := strings.Cut(r.Path, "?")
	res := &Response{Status: hres.StatusCode, Header: hres.Header, Side: sideName(c.opts.Side), Host: c.base.Host, Path: "/" + strings.TrimPrefix(path, "/")}
	if to := hres.Header.Get("Location"); to != "" && hres.StatusCode >= 300 && hres.StatusCode < 400 {
		return res, false, fault.New("net.redirect", c.args("to", c.target(to)))
	}
	if res.Body, err = c.readBody(hres); err != nil {
		return res, false, c.classify(ctx, t, err)
	}
	if res.Status < http.StatusInternalServerError && res.Status != http.StatusTooManyRequests {
		c.heard.Add(1)
	}
	return res, false, c.statusError(hres)
}

// target is where a redirect points, without the query, in which servers repeat what they were sent.
func (c *Client) target(location string) string {
	u, err := c.base.Parse(location)
	if err != nil {
		return "an address that can't be read"
	}
	return clip(plain(u), 200)
}

// roundTrip sends a request, and once more when the server's certificate turns out to be the pinned one.
func (c *Client) roundTrip(req *http.Request) (*http.Response, *trust, error) {
	w := c.current()
	c.calls.Add(1)
	res, err := w.rt.RoundTrip(req)
	if err == nil {
		return res, w.trust, nil
	}
	next, ok := w.trust.adopt(err)
	if !ok {
		return nil, w.trust, err
	}
	w = c.replace(w, next)
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return nil, w.trust, err
		}
	}
	res, err = w.rt.RoundTrip(again)
	return res, w.trust, err
}

func (c *Client) current() way {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.way
}

// replace puts a transport with the new trust in use, unless another caller already replaced the old one.
func (c *Client) replace(old way, t *trust) way {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.way.trust == old.trust {
		c.way = way{trust: t, rt: c.transport(t)}
	}
	return c.way
}
