package ipc

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

func TestWatchSendsTheLatestFiveTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := echo()
		b.watch = func(ctx context.Context, send func(Status) error) error {
			for pid := range 100 { // two seconds, ten times as often as anybody can look
				if err := send(Status{PID: pid}); err != nil {
					return err
				}
				time.Sleep(20 * time.Millisecond)
			}
			<-ctx.Done()
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var got []Status
		var at []time.Time
		err := Direct(newTestServer(b, io.Discard), RoleViewer).Watch(ctx, func(s Status) error {
			got, at = append(got, s), append(at, time.Now())
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Watch ended with %v", err)
		}
		if len(got) < 9 || len(got) > 12 || got[0].PID != 0 || got[len(got)-1].PID != 99 {
			t.Errorf("100 changes in 2 s became %d lines: %v", len(got), got)
		}
		for i := range got {
			if got[i].Role != RoleViewer {
				t.Errorf("line %d has role %q", i, got[i].Role)
			}
			if i > 0 && at[i].Sub(at[i-1]) < watchEvery {
				t.Errorf("line %d came after %s", i, at[i].Sub(at[i-1]))
			}
		}
	})
}

func TestWatchHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := Direct(newTestServer(echo(), io.Discard), RoleViewer)
		resp, err := c.open(ctx, http.MethodGet, "watch", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		lines := bufio.NewReader(resp.Body)
		start := time.Now()
		for i := range 3 {
			line, err := lines.ReadString('\n')
			if err != nil || (line == "\n") != (i > 0) {
				t.Fatalf("line %d is %q, %v", i, line, err)
			}
		}
		if took := time.Since(start); took != 2*heartbeat {
			t.Errorf("two heartbeats took %s", took)
		}
	})
}

func TestWatchThatFailsAtOnceIsAFault(t *testing.T) {
	b := echo()
	b.watch = func(context.Context, func(Status) error) error { return fault.New("store.disk", nil) }
	err := Direct(newTestServer(b, io.Discard), RoleViewer).Watch(t.Context(), func(Status) error { return nil })
	if fault.As(err).Code != "store.disk" {
		t.Errorf("Watch ended with %v", err)
	}
}

func TestSyncStream(t *testing.T) {
	stop := fault.New("bc.sign_in", fault.Args{"user": "X", "connection": "a"})
	for _, c := range []struct {
		name   string
		events []SyncEvent
		err    error
		want   fault.Code // of the last event
		fails  fault.Code // of the call
	}{
		{"done", []SyncEvent{{Done: true, Problems: 2}}, nil, "", ""},
		{"ended early", []SyncEvent{{Done: true, Fault: FaultOf(stop)}}, nil, "bc.sign_in", ""},
		{"nothing was run", nil, fault.New("connection.unknown", nil), "", "connection.unknown"},
		{"failed half way", []SyncEvent{{Progress: &Progress{Read: 1}}}, stop, "bc.sign_in", ""},
		{"broke off", []SyncEvent{{Progress: &Progress{Read: 1}}}, nil, "", "ipc.no_service"},
	} {
		b := echo()
		b.sync = func(_ context.Context, _ SyncRequest, send func(SyncEvent) error) error {
			for _, e := range c.events {
				if err := send(e); err != nil {
					return err
				}
			}
			return c.err
		}
		seen := 0
		last, err := Direct(newTestServer(b, io.Discard), RoleOperator).Sync(t.Context(), SyncRequest{}, func(SyncEvent) error {
			seen++
			return nil
		})
		var got, fails fault.Code
		if last.Fault != nil {
			got = last.Fault.Code
		}
		if err != nil {
			fails = fault.As(err).Code
		}
		if got != c.want || fails != c.fails || (err == nil && (!last.Done || seen == 0)) {
			t.Errorf("%s: %+v, %v after %d events", c.name, last, err, seen)
		}
	}
}

func TestSyncLeavesProgressOutButNeverAnOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := echo()
		b.sync = func(_ context.Context, _ SyncRequest, send func(SyncEvent) error) error {
			for i := range 1000 {
				if err := send(SyncEvent{Progress: &Progress{Done: i}}); err != nil {
					return err
				}
				time.Sleep(time.Millisecond)
			}
			for range 3 {
				if err := send(SyncEvent{Runs: []Run{{Kind: record.KindItem}}}); err != nil {
					return err
				}
			}
			return send(SyncEvent{Done: true})
		}
		progress, runs := 0, 0
		last, err := Direct(newTestServer(b, io.Discard), RoleOperator).Sync(t.Context(), SyncRequest{}, func(e SyncEvent) error {
			if e.Progress != nil {
				progress++
			}
			runs += len(e.Runs)
			return nil
		})
		if err != nil || !last.Done || runs != 3 || progress != 10 {
			t.Errorf("%v, %+v: %d progress lines, %d runs", err, last, progress, runs)
		}
	})
}

// A caller that goes away ends its run, and a service that stops ends every stream.
func TestEitherEndMayGo(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	b := echo()
	b.sync = func(ctx context.Context, _ SyncRequest, send func(SyncEvent) error) error {
		_ = send(SyncEvent{Progress: &Progress{}})
		close(begun)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}
	dir, stop := serve(t, newTestServer(b, io.Discard))
	c := NewClient(dir)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := c.Sync(ctx, SyncRequest{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Sync ended with %v", err)
	}
	<-ended

	err := c.Watch(t.Context(), func(Status) error {
		go stop()
		return nil
	})
	if fault.As(err).Code != "ipc.no_service" {
		t.Errorf("Watch ended with %v", err)
	}
	stop()
	if _, err := c.Status(t.Context()); fault.As(err).Code != "ipc.no_service" {
		t.Errorf("Status of a stopped service: %v", err)
	}
}
