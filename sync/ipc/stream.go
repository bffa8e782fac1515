package ipc

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// How often a stream sends. Changes in between are left out: each line is whole in itself.
const (
	watchEvery    = 200 * time.Millisecond
	progressEvery = 100 * time.Millisecond
	heartbeat     = 15 * time.Second // an empty line, by which either end notices that the other is gone
)

// stream writes newline-delimited JSON.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

func newStream(w http.ResponseWriter) *stream {
	return &stream{w: w, control: http.NewResponseController(w)}
}

// send writes one line; a nil value is the empty line of a heartbeat.
func (s *stream) send(value any) error {
	var line []byte
	if value != nil {
		var err error
		if line, err = json.Marshal(value); err != nil {
			return err
		}
	}
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "application/x-ndjson")
		s.w.WriteHeader(http.StatusOK)
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTime)) // Direct has none
	if _, err := s.w.Write(append(line, '\n')); err != nil {
		return err
	}
	return s.control.Flush()
}

// watch streams the board: whole at first, then after each change, until the caller goes or the service stops.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	latest := make(chan Status, 1)
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("watch panicked", "panic", p)
				ended <- fault.New("bug.panic", nil)
			}
		}()
		ended <- s.backend.Watch(ctx, func(status Status) error {
			select {
			case <-latest: // not sent yet, and old by now
			default:
			}
			select {
			case latest <- status:
			case <-ctx.Done():
			}
			return ctx.Err()
		})
	}()
	err := s.forward(ctx, newStream(w), latest, ended)
	if err == nil || r.Context().Err() != nil {
		return nil
	}
	return err
}

// forward sends what arrives in latest, no faster than watchEvery, and heartbeats while nothing does. A backend that
// ends by itself ends the stream.
func (s *Server) forward(ctx context.Context, out *stream, latest <-chan Status, ended <-chan error) error {
	role := CallerOf(ctx).Role
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			if out.begun {
				panic(http.ErrAbortHandler) // a cut answer tells the caller that this was not the end it asked for
			}
			return err
		case <-beat.C:
			if out.begun && out.send(nil) != nil {
				return nil
			}
			continue
		case status := <-latest:
			status.Role = role
			if out.send(status) != nil {
				return nil
			}
		}
		pause := time.NewTimer(watchEvery)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil
		case <-pause.C:
		}
	}
}

// sync streams a run's progress and, as the last line, its outcome. When the caller goes away the run is told by its
// context.
func (s *Server) sync(w http.ResponseWriter, r *http.Request) error {
	var in SyncRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := checkKinds(record.Kinds(), in.Kinds...); err != nil {
		return err
	}
	out := newStream(w)
	var last time.Time
	err := s.backend.Sync(r.Context(), in, func(e SyncEvent) error {
		onlyProgress := !e.Done && e.Fault == nil && len(e.Runs) == 0
		now := time.Now()
		if onlyProgress && now.Sub(last) < progressEvery {
			return r.Context().Err()
		}
		last = now
		return out.send(e)
	})
	if err != nil && out.begun && r.Context().Err() == nil {
		_ = out.send(SyncEvent{Done: true, Fault: FaultOf(err)}) // a caller that went away needs no answer
		return nil
	}
	return err
}
