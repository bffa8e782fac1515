package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/fault"
)

// drip is a server at the transport's level: its head comes after a while, its body a piece at a time.
type drip struct {
	head  time.Duration
	piece int // bytes a second
	size  int
}

func (d *drip) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := nap(req.Context(), d.head); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: -1, Request: req,
		Body: io.NopCloser(&dripping{req.Context(), d.piece, bytes.NewReader(bytes.Repeat([]byte(" "), d.size)), 0})}, nil
}

type dripping struct {
	ctx   context.Context
	piece int
	rest  *bytes.Reader
	here  int // bytes of the last piece that nobody has read yet
}

func (d *dripping) Read(p []byte) (int, error) {
	if d.here == 0 {
		if err := nap(d.ctx, time.Second); err != nil {
			return 0, err
		}
		d.here = d.piece
	}
	n, err := d.rest.Read(p[:min(len(p), d.here)])
	d.here -= n
	return n, err
}

func nap(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		server drip
		method string
		code   fault.Code
		took   time.Duration // 0: however long it needs
	}{
		"nothing at all":             {drip{head: time.Hour}, "GET", "net.timeout", 30 * time.Second},
		"a byte a second":            {drip{piece: 1, size: 1000}, "GET", "net.timeout", 15 * time.Second},
		"a late byte a second":       {drip{head: 10 * time.Second, piece: 1, size: 1000}, "POST", "net.timeout", 25 * time.Second},
		"a long answer that comes":   {drip{piece: 64 << 10, size: 20 << 20}, "GET", "", 0},
		"slow line":                  {drip{piece: 1100, size: 60 << 10}, "GET", "", 0},
		"too slow a line":            {drip{piece: 1<<10 - 1, size: 60 << 10}, "GET", "net.timeout", 15 * time.Second},
		"a write that takes its due": {drip{head: 100 * time.Second, piece: 10, size: 1}, "POST", "", 101 * time.Second},
		"but not for ever":           {drip{head: time.Hour}, "POST", "net.timeout", 8 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := client(t, Options{URL: "https://shop.example", Transport: &c.server, Timeout: 8 * time.Minute})
				began := time.Now()
				_, err := w.Do(t.Context(), Request{Method: c.method, Path: "x"})
				if c.code == "" && err != nil {
					t.Error(err)
				} else if c.code != "" {
					wantCode(t, err, c.code)
				}
				if took := time.Since(began); took != c.took && c.took > 0 {
					t.Errorf("after %s, want %s", took, c.took)
				}
				if w.Calls() != 1 {
					t.Errorf("%d calls", w.Calls())
				}
			})
		})
	}
}

// A heavy question of a server that answers others comes through by more patience; a server that answers nothing gets
// no more of it.
func TestPatienceGrowsForAServerThatAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &drip{piece: 1 << 10, size: 1}
		w := client(t, Options{URL: "https://shop.example", Transport: server, Timeout: 8 * time.Minute})
		ask := func(head time.Duration) (time.Duration, error) {
			server.head = head
			began := time.Now()
			_, err := w.Do(t.Context(), Request{Method: "GET", Path: "x"})
			return time.Since(began), err
		}
		for _, want := range []time.Duration{30 * time.Second, 60 * time.Second, 2 * time.Minute} {
			if _, err := ask(time.Second); err != nil {
				t.Fatal(err)
			}
			if took, err := ask(200 * time.Second); took != want || fault.As(err).Code != "net.timeout" {
				t.Fatalf("given up after %s, want %s: %v", took, want, err)
			}
		}
		if _, err := ask(time.Second); err != nil {
			t.Fatal(err)
		}
		if _, err := ask(200 * time.Second); err != nil {
			t.Errorf("the heavy question: %v", err)
		}
		if took, _ := ask(time.Hour); took != 4*time.Minute {
			t.Errorf("given up after %s", took)
		}
		for range 3 { // from here on it answers nothing
			if took, err := ask(time.Hour); took > 8*time.Minute || err == nil {
				t.Errorf("given up after %s", took)
			}
		}
		if took, _ := ask(time.Hour); took != firstPatience {
			t.Errorf("a silent server is given up after %s", took)
		}
	})
}

// A caller who leaves is not told that the server was slow.
func TestCallerLeavesASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := client(t, Options{URL: "https://shop.example", Transport: &drip{head: time.Hour}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := w.Do(ctx, Request{Method: "GET", Path: "x"})
		if f := wantCode(t, err, "run.cancelled"); !errors.Is(f, context.DeadlineExceeded) {
			t.Errorf("%v", f)
		}
	})
}
