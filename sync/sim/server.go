package sim

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Server is a handler behind real TLS on a port of the loopback interface.
type Server struct {
	URL string // "https://127.0.0.1:PORT", without a slash at the end

	http *http.Server
	done chan struct{}
}

// Serve starts h on 127.0.0.1 with HTTP/1.1 and HTTP/2, showing cert. The caller closes it.
func Serve(h http.Handler, cert tls.Certificate) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("simulator's port: %w", err)
	}
	s := &Server{
		URL: "https://" + l.Addr().String(),
		http: &http.Server{
			Handler:           h,
			TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
			ReadHeaderTimeout: time.Minute,
			// Handshakes refused on purpose would fill the terminal of whoever runs the tests.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		// Serving ends only by Close; its error says nothing else.
		_ = s.http.ServeTLS(l, "", "")
	}()
	return s, nil
}

// Close ends the server and its connections at once, also those in the middle of an answer.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	if err != nil {
		return fmt.Errorf("closing the simulator: %w", err)
	}
	return nil
}
