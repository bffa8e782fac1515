package ipc

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// answering is a service that answers every call with the same bytes.
type answering struct {
	status int
	body   []byte
}

// RoundTrip implements http.RoundTripper.
func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{versionHeader: {Version}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: -1}, nil
}

// Whatever bytes come back on the socket, every call of a client ends, with an answer or with a fault that has a code.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{
		`{"state":"fine","connections":[{"name":"a","flows":[]}]}`, `[{"id":"P-1","kind":"orders","key":"1","fault":{"code":"order.empty"}}]`,
		`{"progress":{"done":1}}` + "\n\n" + `{"done":true,"runs":[{"kind":"orders"}]}` + "\n",
		`{"done":true,"fault":{"kind":"retry","code":"net.cut","more":[{"code":"bug.panic"},{}]}}`,
		`{"kind":"config","code":"ipc.denied","args":{"role":"viewer"}}`, `{"kind":"?","code":"?"}`, "\n\n\n", `{"progress":`, `null`, ``, "\x00\xff", `{"a":1}{}`,
	} {
		f.Add(200, []byte(s))
		f.Add(422, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		c := &Client{http: &http.Client{Transport: answering{100 + (status%500+500)%500, body}, CheckRedirect: noRedirect}, end: func() {}}
		ctx := t.Context()
		errs := map[string]error{}
		_, errs["status"] = c.Status(ctx)
		_, errs["problems"] = c.Problems(ctx, "a", record.KindOrder)
		_, errs["sync"] = c.Sync(ctx, SyncRequest{}, func(SyncEvent) error { return nil })
		errs["watch"] = c.Watch(ctx, func(Status) error { return nil })
		errs["act"] = c.Act(ctx, ActionRetry, ProblemRequest{ID: "P-1"})
		_, errs["export"] = c.Export(ctx, "a")
		for call, err := range errs {
			if err == nil {
				continue
			}
			if e := fault.As(err); e.Code == "" {
				t.Fatalf("%s: no code: %v", call, err)
			}
			_ = err.Error()
		}
		if errs["watch"] == nil {
			t.Fatal("a stream that ends is no end of watching")
		}
	})
}

// calm is a backend that takes whatever the server lets through.
func calm() *fake {
	return &fake{
		status: func(context.Context) Status { return Status{State: StateFine} },
		sync: func(_ context.Context, _ SyncRequest, send func(SyncEvent) error) error {
			return send(SyncEvent{Done: true})
		},
		watch:       func(_ context.Context, send func(Status) error) error { return send(Status{}) },
		pause:       func(context.Context, PauseRequest) error { return nil },
		resume:      func(context.Context, PauseRequest) error { return nil },
		plan:        func(context.Context, PlanRequest) (PlanAnswer, error) { return PlanAnswer{}, nil },
		problems:    func(context.Context, string, record.Kind) ([]Problem, error) { return nil, nil },
		act:         func(context.Context, Action, ProblemRequest) error { return nil },
		explain:     func(context.Context, ExplainRequest) (Explanation, error) { return Explanation{}, nil },
		journal:     func(context.Context, JournalRequest) ([]Exchange, error) { return nil, nil },
		erase:       func(context.Context, EraseRequest) (Erasure, error) { return Erasure{}, nil },
		send:        func(context.Context, string) error { return nil },
		reconcile:   func(context.Context, ReconcileRequest) (Reconciliation, error) { return Reconciliation{}, nil },
		connections: func(context.Context) (Connections, error) { return Connections{}, nil },
		export:      func(context.Context, string) (ConnectionFile, error) { return ConnectionFile{}, nil },
		importFile:  func(_ context.Context, c ConnectionFile) (ConnectionFile, error) { return c, nil },
		remove:      func(context.Context, string) error { return nil },
		test:        func(context.Context, string) (TestAnswer, error) { return TestAnswer{}, nil },
		setSecret:   func(context.Context, SecretRequest) error { return nil },
		secrets:     func(context.Context) (SecretNames, error) { return SecretNames{}, nil },
		doctor:      func(context.Context) (DoctorAnswer, error) { return DoctorAnswer{}, nil },
		backup:      func(context.Context, FileRequest) error { return nil },
	}
}

// Whatever a caller sends, the server answers with JSON, refuses by a code, and never gives back what was sent to it as
// a secret.
func FuzzRequest(f *testing.F) {
	for _, s := range [][3]string{
		{"GET", "status", ""}, {"GET", "watch", ""}, {"POST", "sync", `{"connection":"a","kinds":["stock"]}`}, {"POST", "sync", `{"kinds":["x"]}`},
		{"POST", "pause", `{"until":"2026-12-01T00:00:00Z"}`}, {"GET", "problems?connection=a&kind=orders", ""}, {"POST", "problems/retry", `{"id":"P-1"}`},
		{"POST", "secrets/set", `{"connection":"a","side":"bc","field":"password","value":"hunter2hunter2"}`}, {"POST", "secret/set", `{"value":5,"x":"hunter2hunter2"}`},
		{"PUT", "../../etc/passwd", ""}, {"DELETE", "connections/a%2fb", ""}, {"GET", "journal?since=never&limit=-1", ""}, {"POST", "explain", `[`},
	} {
		f.Add(s[0], s[1], []byte(s[2]))
	}
	s := NewServer(calm(), slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, method, target string, body []byte) {
		ctx, cancel := context.WithTimeout(WithCaller(t.Context(), Caller{Account: "somebody", Role: RoleAdministrator}), time.Minute)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, method, "http://stockbridge/v1/"+target, bytes.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set(versionHeader, Version)
		w := httptest.NewRecorder()
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				panic(p)
			}
		}()
		s.ServeHTTP(w, r)
		if w.Code == http.StatusOK {
			return
		}
		var answer Fault
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Code == "" || strings.HasPrefix(string(answer.Code), "bug.") {
			t.Fatalf("%s %s %q: %d %s", method, target, body, w.Code, w.Body)
		}
		if secret := "hunter2hunter2"; !strings.Contains(target, secret) && strings.Contains(w.Body.String(), secret) {
			t.Fatalf("%s %s: %s", method, target, w.Body)
		}
	})
}

// A fault comes through the wire as it was.
func FuzzFault(f *testing.F) {
	f.Add(uint8(fault.Retry), "net.cut", "host", "shop.example.nl", "detail")
	f.Add(uint8(fault.Rejected), "", "", "", "")
	f.Add(uint8(200), "unknown.code", "\xff", "\x00", "{key}")
	f.Fuzz(func(t *testing.T, kind uint8, code, name, value, detail string) {
		sent := Fault{Kind: fault.Kind(kind), Code: fault.Code(strings.ToValidUTF8(code, "")), Detail: strings.ToValidUTF8(detail, "")}
		if name != "" {
			sent.Args = fault.Args{strings.ToValidUTF8(name, ""): strings.ToValidUTF8(value, "")}
		}
		got := FaultOf(sent.Err())
		if got.Kind != sent.Kind || got.Code != sent.Code || len(got.Args) != len(sent.Args) {
			t.Fatalf("%+v became %+v", sent, got)
		}
		for k, v := range sent.Args {
			if got.Args[k] != v {
				t.Fatalf("%+v became %+v", sent, got)
			}
		}
	})
}
