package ipc

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// direct is an http.RoundTripper that calls a handler in this process, streams included.
type direct struct {
	handler http.Handler
	caller  Caller
}

// RoundTrip implements http.RoundTripper.
func (d *direct) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(WithCaller(req.Context(), d.caller))
	in := req.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	body, feed := io.Pipe()
	w := &directWriter{header: http.Header{}, feed: feed, begun: make(chan struct{})}
	go func() {
		defer func() {
			// http.ErrAbortHandler, the only panic Server lets through, cuts the answer.
			if p := recover(); p != nil {
				feed.CloseWithError(io.ErrUnexpectedEOF)
			}
			w.WriteHeader(http.StatusOK)
			feed.Close()
			in.Body.Close()
		}()
		d.handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.begun:
	case <-req.Context().Done():
		cancel()
		body.Close()
		return nil, req.Context().Err()
	}
	stop := context.AfterFunc(req.Context(), func() { feed.CloseWithError(req.Context().Err()) })
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &directBody{PipeReader: body, end: func() { stop(); cancel() }}, ContentLength: -1, Request: req,
	}, nil
}

// directWriter is the handler's end of an answer.
type directWriter struct {
	header http.Header
	feed   *io.PipeWriter
	once   sync.Once
	begun  chan struct{} // closed when status and sent are set
	status int
	sent   http.Header
}

func (w *directWriter) Header() http.Header { return w.header }

func (w *directWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *directWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.feed.Write(b)
}

// Flush implements http.Flusher: a pipe holds nothing back.
func (w *directWriter) Flush() {}

// directBody ends the handler's context when the caller has read enough.
type directBody struct {
	*io.PipeReader
	end func()
}

func (b *directBody) Close() error {
	b.end()
	return b.PipeReader.Close()
}
