package sim

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Status answers in place of the handler, which does not run. header may be nil.
func Status(code int, header http.Header, contentType, body string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r)
		for k, vs := range header {
			w.Header()[k] = append([]string(nil), vs...)
		}
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// HTMLPage answers 200 with a web page, as login walls and maintenance pages do. The handler does not run.
func HTMLPage() Fault {
	return Status(http.StatusOK, nil, "text/html; charset=utf-8",
		"<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>")
}

// RefuseBefore closes the connection before the handler runs: nothing has happened.
func RefuseBefore() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// LoseAnswer lets the handler run and then closes the connection: it has happened, and the caller can't know.
func LoseAnswer() Fault {
	return func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(&answer{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}
}

// CutAnswer lets the handler run, promises its whole answer, sends n bytes of the body and closes the connection.
func CutAnswer(n int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := &answer{header: http.Header{}}
		next.ServeHTTP(a, r)
		a.WriteHeader(http.StatusOK)
		for k, vs := range a.sent {
			w.Header()[k] = vs
		}
		w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body.Bytes()[:min(n, a.body.Len())])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// Slow waits d before the handler runs. A caller that gives up before is not served.
func Slow(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// Oversize answers 200 with a JSON text of n bytes and more. The handler does not run.
func Oversize(n int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r)
		w.Header().Set("Content-Type", "application/json")
		block := bytes.Repeat([]byte("x"), 32<<10)
		_, _ = io.WriteString(w, `{"value":"`)
		for sent := 0; sent < n; sent += len(block) {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, `"}`)
	}
}

// drain reads the request's body, so that the connection can carry the next request.
func drain(r *http.Request) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}
