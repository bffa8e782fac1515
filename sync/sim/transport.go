package sim

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Transport is an http.RoundTripper that calls Handler in the caller's goroutine, without a socket. It answers as a
// real connection would: an aborted handler loses what it had not flushed, and a body shorter than its
// Content-Length ends with io.ErrUnexpectedEOF.
type Transport struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper. A context that ends before the handler keeps it from running; one that
// ends while it runs loses the answer, not the effect.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	in, err := serverRequest(req)
	if err != nil {
		return nil, err
	}
	a := &answer{header: http.Header{}}
	aborted := call(t.Handler, a, in)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if aborted && !a.flushed {
		return nil, fmt.Errorf("no answer: %w", io.ErrUnexpectedEOF)
	}
	return a.response(req, aborted), nil
}

// call runs h and reports whether it gave up with http.ErrAbortHandler. Any other panic goes on.
func call(h http.Handler, a *answer, r *http.Request) (aborted bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			aborted = true
		}
	}()
	h.ServeHTTP(a, r)
	return false
}

// serverRequest is req as a server would have parsed it.
func serverRequest(req *http.Request) (*http.Request, error) {
	in := req.Clone(req.Context())
	u, err := url.ParseRequestURI(req.URL.RequestURI())
	if err != nil {
		return nil, fmt.Errorf("request address: %w", err)
	}
	in.URL, in.RequestURI = u, req.URL.RequestURI()
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.RemoteAddr = "127.0.0.1:0"
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if user := req.URL.User; user != nil && in.Header.Get("Authorization") == "" {
		p, _ := user.Password()
		in.SetBasicAuth(user.Username(), p)
	}
	if req.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: req.URL.Hostname()}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in, nil
}

// answer is the http.ResponseWriter of a Transport.
type answer struct {
	header  http.Header
	sent    http.Header // as it was when the status was written
	status  int
	body    bytes.Buffer
	flushed bool
	safe    int // bytes flushed, which survive an abort
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(code int) {
	if a.status == 0 && code >= 200 {
		a.status, a.sent = code, a.header.Clone()
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.status == http.StatusNoContent || a.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	return a.body.Write(b)
}

// Flush implements http.Flusher.
func (a *answer) Flush() {
	a.WriteHeader(http.StatusOK)
	a.flushed, a.safe = true, a.body.Len()
}

func (a *answer) response(req *http.Request, aborted bool) *http.Response {
	a.WriteHeader(http.StatusOK)
	body := a.body.Bytes()
	if aborted {
		body = body[:a.safe]
	}
	length := a.length(aborted, len(body))
	cut := aborted || length > int64(len(body))
	if a.sent.Get("Date") == "" {
		a.sent.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if len(body) > 0 && a.sent.Get("Content-Type") == "" {
		a.sent.Set("Content-Type", http.DetectContentType(body))
	}
	var reader io.Reader = bytes.NewReader(body)
	if cut {
		reader = io.MultiReader(reader, brokenReader{})
	}
	if req.Method == http.MethodHead {
		reader = http.NoBody
	}
	return &http.Response{
		Status:     strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        a.sent,
		Body:          io.NopCloser(reader),
		ContentLength: length,
		Request:       req,
	}
}

// length is what Content-Length says, or the body's own; -1 for an aborted answer of unknown length.
func (a *answer) length(aborted bool, have int) int64 {
	if n, err := strconv.ParseInt(a.sent.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		return n
	}
	if aborted {
		return -1
	}
	return int64(have)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
