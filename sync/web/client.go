// Package web is the HTTP stack every connector uses: TLS policy, allowed addresses, sign-in, pacing, retry of
// repeatable requests, size limits and a redacted trace. Only web and ipc touch the network.
//
// It stands on net/http's Transport alone, without http.Client: so nothing follows a redirect, keeps a cookie or
// puts an address with its query into an error. Certificates are always verified by crypto/tls itself; a pin only
// changes which root is trusted (see trust.go). golang.org/x/net/idna writes host names in Punycode as net/http does.
package web

import (
	"context"
	"net/http"
	"time"

	"stockbridge/sync/record"
)

// Options describe one side of one connection.
type Options struct {
	Connection string // for the journal and for sentences
	Side       string // "bc" or "shop"
	URL        string // base address; its scheme and host are the only ones ever reached (invariant 8)
	Private    bool   // addresses of a local network are allowed; loopback always is
	CAFile     string // PEM of the server's own authority, in addition to the system's
	Pin        string // sha256/BASE64 of the server's certificate (SubjectPublicKeyInfo not used: the whole certificate)
	ProxyURL   string // "" system, "none", or an address
	SignIn     func(*http.Request)
	Parallel   int           // requests at once; 0 is 4
	Timeout    time.Duration // of one request; 0 is 2 minutes (a cold shop took 19 s for a batch). A silent server is given up sooner, see silence.go
	MaxAnswer  int64         // bytes after decompression; 0 is 64 MiB
	Journal    Journal       // nil: no trace
	Transport  http.RoundTripper
	Now        func() time.Time // nil: time.Now
	Version    string           // of this program, for the User-Agent; "" is "dev"
	Hurry      int              // the waits between tries are divided by it; 0 is 1. For simulated servers, who suffer nothing from it
}

// Journal receives every exchange, redacted. It must not block for long.
type Journal interface {
	Exchange(Exchange)
}

// Exchange is one request and its answer. Bodies are cut at a limit and hold no secret.
type Exchange struct {
	At                time.Time
	Call              string // endpoint.CallOf: what it was part of; "" is nothing in particular
	Connection, Side  string
	Kind              record.Kind
	Keys              []string
	Method, Path      string
	Status            int // 0: no answer
	Took              time.Duration
	Request, Response []byte
	Err               error
}

// Request is one call. Path is relative to the base address and may hold a query; it is sent as it is.
type Request struct {
	Method     string
	Path       string
	Header     http.Header
	Body       []byte
	Repeatable bool // a POST that only reads may be repeated; GET, PUT and DELETE always are
	Kind       record.Kind
	Keys       []string // business keys, for the journal
}

// Response is an answer of any status, read whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// Side, Host and Path say where it came from, for sentences. Path holds no query.
	Side, Host, Path string
}

// Doer sends requests. *Client is the real one.
type Doer interface {
	// Do returns an answer of any status, or a classified error (package fault) when there is none: no connection,
	// refused certificate, cut or oversized answer, a redirect. 429, 502, 503 and 504 come as Retry errors after
	// the repeats are used up.
	Do(ctx context.Context, r Request) (*Response, error)
}
