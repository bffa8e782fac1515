package ipc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"time"

	"stockbridge/sync/fault"
)

// versionHeader carries Version both ways.
const versionHeader = "Stockbridge-Version"

// Times a caller gets before it is let go. Answers have none of their own: a run may take hours, and a caller that
// goes away ends its request.
const (
	readTime  = 10 * time.Second // to send a request
	writeTime = 10 * time.Second // to take one piece of an answer
	stopTime  = 5 * time.Second  // to finish when the service stops
)

// Server answers callers on behalf of a Backend. It is an http.Handler; Serve puts it on a listener.
type Server struct {
	backend Backend
	log     *slog.Logger
	mux     *http.ServeMux
	// identify finds out who is at the other end of a connection; it is the operating system's but in tests.
	identify func(net.Conn) (Caller, error)
}

// NewServer returns a server for backend; log receives refusals and faults of our own.
func NewServer(backend Backend, log *slog.Logger) *Server {
	s := &Server{backend: backend, log: log, mux: http.NewServeMux(), identify: identify}
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.pattern, s.guard(r))
	}
	return s
}

// Serve answers on l until ctx ends; then it ends streams, lets other calls finish for a moment and closes l.
// It returns nil when ctx ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	calls, endCalls := context.WithCancel(context.WithoutCancel(ctx))
	defer endCalls()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		endCalls() // streams and runs return at once; they are told by their context
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
	})
	err := server.Serve(l)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) && ctx.Err() != nil {
		return nil
	}
	return fault.Wrap(err, "ipc.listen", fault.Args{"path": l.Addr().String(), "detail": err.Error()})
}

type connKey struct{}

// ServeHTTP implements http.Handler. A context that already carries a Caller (Direct) is believed; requests from a
// listener never do.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &answerWriter{ResponseWriter: w}
	w = out
	w.Header().Set(versionHeader, Version)
	defer s.recovered(out, r)
	if v := r.Header.Get(versionHeader); v != Version {
		s.refuse(w, r, fault.New("ipc.version", fault.Args{"service": Version, "client": show(v)}))
		return
	}
	if conn, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		caller, err := s.identify(conn)
		if err != nil {
			s.log.Warn("caller not identified", "error", err)
		}
		r = r.WithContext(WithCaller(r.Context(), caller))
	}
	// A path with dots in it would be answered with a redirect, which no client of ours follows.
	clean := path.Clean(r.URL.EscapedPath()) == r.URL.EscapedPath()
	if _, pattern := s.mux.Handler(r); !clean || pattern == "" {
		s.refuse(w, r, badRequest("There is no call "+r.Method+" "+show(r.URL.Path)+"."))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// recovered turns a panic of a handler into a fault and its trace into a log entry.
func (s *Server) recovered(w *answerWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.log.Error("call panicked", "call", r.Method+" "+r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.begun {
		panic(http.ErrAbortHandler) // a cut answer is all the caller can still be told
	}
	writeFault(w, fault.New("bug.panic", nil))
}

// answerWriter remembers whether an answer has begun.
type answerWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *answerWriter) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// refuse answers with a fault.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := FaultOf(err)
	s.log.Info("call refused", "call", r.Method+" "+r.URL.Path, "account", CallerOf(r.Context()).Account, "code", string(f.Code))
	writeFault(w, err)
}

// guard lets a request through when its caller has the role its route needs.
func (s *Server) guard(r route) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		caller := CallerOf(req.Context())
		if !caller.Role.Allows(r.role) {
			s.refuse(w, req, denied(r.role, caller.Role))
			return
		}
		if err := r.handle(w, req); err != nil && req.Context().Err() == nil {
			s.refuse(w, req, err)
		}
	}
}
