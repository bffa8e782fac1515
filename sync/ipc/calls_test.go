package ipc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// told is what reached the backend of a call that answers nothing.
type told struct {
	what string
	with any
}

func TestEveryCallOverTheSocket(t *testing.T) {
	day := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	var got told
	b := echo()
	b.pause = func(_ context.Context, r PauseRequest) error { got = told{"pause", r}; return nil }
	b.resume = func(_ context.Context, r PauseRequest) error { got = told{"resume", r}; return nil }
	b.act = func(_ context.Context, a Action, id string) error { got = told{string(a), id}; return nil }
	b.send = func(_ context.Context, id string) error { got = told{"send", id}; return nil }
	b.remove = func(_ context.Context, name string) error { got = told{"remove", name}; return nil }
	b.setSecret = func(_ context.Context, r SecretRequest) error { got = told{"set", r}; return nil }
	b.removeSecret = func(_ context.Context, r SecretRequest) error { got = told{"unset", r}; return nil }
	b.backup = func(_ context.Context, r FileRequest) error { got = told{"backup", r}; return nil }
	dir, _ := serve(t, newTestServer(b, io.Discard))
	c := NewClient(dir)
	defer c.Close()
	ctx := t.Context()
	tell := func(call func() error) func() (any, error) {
		return func() (any, error) { got = told{}; err := call(); return got, err }
	}
	pause := PauseRequest{Connection: "a", Until: day}
	secret := SecretRequest{Connection: "a", Side: "bc", Field: "password", Value: "geheim"}
	for name, call := range map[string]struct {
		do   func() (any, error)
		want any
	}{
		"status": {func() (any, error) { return c.Status(ctx) },
			Status{State: StateFine, Now: day, Version: "0.1", PID: 7, Role: RoleAdministrator}},
		"watch": {func() (any, error) {
			var first Status
			err := c.Watch(ctx, func(s Status) error { first = s; return io.EOF })
			return first, onlyIf(err, io.EOF)
		}, Status{State: StateWorking, Now: day, Role: RoleAdministrator}},
		"sync": {func() (any, error) {
			return c.Sync(ctx, SyncRequest{Connection: "a", Kinds: []record.Kind{record.KindStock}}, nil)
		}, SyncEvent{Done: true, Runs: []Run{{Connection: "a", Kind: record.KindStock}}}},
		"plan": {func() (any, error) {
			return c.Plan(ctx, PlanRequest{Connection: "a", Kinds: []record.Kind{record.KindItem}})
		}, PlanAnswer{Planned: []Planned{{Connection: "a", Kind: record.KindItem, Action: "create"}}, Unchanged: 3}},
		"problems": {func() (any, error) { return c.Problems(ctx, "a&b=c", record.KindOrder) },
			[]Problem{{ID: "p1", Connection: "a&b=c", Kind: record.KindOrder}}},
		"all problems": {func() (any, error) { return c.Problems(ctx, "", "") }, []Problem{{ID: "p1"}}},
		"explain": {func() (any, error) { return c.Explain(ctx, ExplainRequest{"a", record.KindOrder, "10/01", true}) },
			Explanation{Connection: "a", Kind: record.KindOrder, Key: "10/01", Steps: []string{"one"}}},
		"journal": {func() (any, error) { return c.Journal(ctx, JournalRequest{ID: "j", Key: "k", Since: day}) },
			[]Exchange{{ID: "j", At: day, Keys: []string{"k"}}}},
		"reconcile": {func() (any, error) { return c.Reconcile(ctx, ReconcileRequest{"a", true}) },
			Reconciliation{Connection: "a", Checked: map[record.Kind]int{record.KindItem: 2}}},
		"connections": {func() (any, error) { return c.Connections(ctx) }, Connections{Names: []string{"a", "b"}}},
		"export":      {func() (any, error) { return c.Export(ctx, "a") }, ConnectionFile{Name: "a", TOML: "name = \"a\"\n"}},
		"a name that is a path": {func() (any, error) { return c.Export(ctx, "../b") },
			ConnectionFile{Name: "../b", TOML: "name = \"a\"\n"}},
		"import":  {func() (any, error) { return c.Import(ctx, ConnectionFile{TOML: "x"}) }, ConnectionFile{TOML: "x"}},
		"test":    {func() (any, error) { return c.Test(ctx, "a") }, TestAnswer{Connection: "a", Sides: []SideTest{{Side: "bc", OK: true}}}},
		"secrets": {func() (any, error) { return c.Secrets(ctx) }, SecretNames{Names: []string{"a bc password"}}},
		"doctor": {func() (any, error) { return c.Doctor(ctx) },
			DoctorAnswer{Checks: []DoctorCheck{{Area: "service", OK: true, Text: "runs"}}}},
		"pause":         {tell(func() error { return c.Pause(ctx, pause) }), told{"pause", pause}},
		"resume":        {tell(func() error { return c.Resume(ctx, pause) }), told{"resume", pause}},
		"act":           {tell(func() error { return c.Act(ctx, ActionApprove, "p1") }), told{"approve", "p1"}},
		"send":          {tell(func() error { return c.Send(ctx, "j1") }), told{"send", "j1"}},
		"remove":        {tell(func() error { return c.Remove(ctx, "a") }), told{"remove", "a"}},
		"set secret":    {tell(func() error { return c.SetSecret(ctx, secret) }), told{"set", secret}},
		"remove secret": {tell(func() error { return c.RemoveSecret(ctx, secret) }), told{"unset", secret}},
		"backup":        {tell(func() error { return c.Backup(ctx, FileRequest{"/b"}) }), told{"backup", FileRequest{"/b"}}},
	} {
		answer, err := call.do()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(call.want, answer, cmp.AllowUnexported(told{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// onlyIf returns nil for the error a test made itself.
func onlyIf(err, own error) error {
	if errors.Is(err, own) {
		return nil
	}
	return err
}

func TestFaultsComeBackAsTheyWere(t *testing.T) {
	one := fault.New("settings.unknown_key", fault.Args{"field": "[flows.stock] evry", "near": ` ("every"?)`})
	two := fault.New("settings.invalid", fault.Args{"field": "name", "value": `"A"`, "allowed": "a-z"})
	three := fault.Wrap(errors.New("Der Postleitzahlenbereich ist unbekannt"), "bc.refused", fault.Args{"key": "1001", "detail": "x"})
	for name, in := range map[string]error{
		"one":      one,
		"wrapped":  fmt.Errorf("import: %w", three),
		"several":  errors.Join(one, two, three),
		"nested":   errors.Join(errors.Join(one, two), three),
		"a bug":    errors.New("index out of range"),
		"too late": context.DeadlineExceeded,
		"unknown":  &fault.Error{Kind: fault.Config, Code: "made.up", Args: fault.Args{"a": "b"}},
	} {
		b := echo()
		b.doctor = func(context.Context) (DoctorAnswer, error) { return DoctorAnswer{}, in }
		_, err := Direct(newTestServer(b, io.Discard), RoleOperator).Doctor(t.Context())
		want, got := faultsIn(in), faultsIn(err)
		if len(want) != len(got) {
			t.Errorf("%s: %d faults became %d: %v", name, len(want), len(got), err)
			continue
		}
		for i := range want {
			same := want[i].Code == got[i].Code && want[i].Kind == got[i].Kind && maps.Equal(want[i].Args, got[i].Args)
			cause := want[i].Err == nil || (got[i].Err != nil && got[i].Err.Error() == want[i].Err.Error())
			if !same || !cause {
				t.Errorf("%s: %#v became %#v", name, want[i], got[i])
			}
		}
	}
	if FaultOf(nil) != nil || FaultOf(errors.Join()) != nil {
		t.Error("no error became a fault")
	}
}

// faultsIn lists the faults of a joined error, or the one of any other.
func faultsIn(err error) []*fault.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*fault.Error
		for _, e := range joined.Unwrap() {
			out = append(out, faultsIn(e)...)
		}
		return out
	}
	return []*fault.Error{fault.As(err)}
}

// need is who may call what, written out a second time so that a slip in routes.go shows.
func need() map[string]Role {
	return map[string]Role{
		"GET /v1/status": RoleViewer, "GET /v1/watch": RoleViewer, "GET /v1/problems": RoleViewer,
		"GET /v1/connections": RoleViewer,
		"POST /v1/sync":       RoleOperator, "POST /v1/pause": RoleOperator, "POST /v1/resume": RoleOperator,
		"POST /v1/plan": RoleOperator, "POST /v1/problems/{action}": RoleOperator, "POST /v1/explain": RoleOperator,
		"POST /v1/journal": RoleOperator, "POST /v1/journal/send": RoleOperator, "POST /v1/reconcile": RoleOperator,
		"POST /v1/connections/{name}/test": RoleOperator, "POST /v1/doctor": RoleOperator,
		"GET /v1/connections/{name}": RoleAdministrator, "POST /v1/connections": RoleAdministrator,
		"DELETE /v1/connections/{name}": RoleAdministrator, "GET /v1/secrets": RoleAdministrator,
		"POST /v1/secrets": RoleAdministrator, "DELETE /v1/secrets": RoleAdministrator, "POST /v1/backup": RoleAdministrator,
	}
}

// request sends a raw request to a server in this process as a caller of a role.
func request(s *Server, role Role, pattern, body string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.NewReplacer("{action}", "retry", "{name}", "a").Replace(path)
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set(versionHeader, Version)
	ctx, cancel := context.WithCancel(WithCaller(r.Context(), Caller{Role: role}))
	defer cancel()
	w := httptest.NewRecorder()
	if pattern == "GET /v1/watch" {
		cancel() // it would go on for ever
	}
	s.ServeHTTP(w, r.WithContext(ctx))
	return w
}

func TestEachCallNeedsItsRole(t *testing.T) {
	s := newTestServer(echo(), io.Discard)
	want := need()
	for _, r := range s.routes() {
		if _, ok := want[r.pattern]; !ok {
			t.Errorf("%s has no role in this test", r.pattern)
		}
	}
	roles := []Role{RoleNone, RoleViewer, RoleOperator, RoleAdministrator}
	for pattern, least := range want {
		body := `{}`
		switch pattern {
		case "POST /v1/sync", "POST /v1/plan":
			body = `{"kinds":["stock"]}`
		case "POST /v1/explain":
			body = `{"connection":"a","kind":"stock","key":"k"}`
		}
		for i, role := range roles {
			w := request(s, role, pattern, body)
			allowed := i >= slices.Index(roles, least)
			if denied := w.Code == http.StatusForbidden; denied == allowed {
				t.Errorf("%s as %q: %d %s", pattern, role, w.Code, w.Body)
			}
			if allowed && w.Code != http.StatusOK {
				t.Errorf("%s as %q: %d %s", pattern, role, w.Code, w.Body)
			}
			if !allowed && !strings.Contains(w.Body.String(), "ipc.denied") {
				t.Errorf("%s as %q: %s", pattern, role, w.Body)
			}
		}
	}
	if w := request(s, RoleOperator, "POST /v1/reconcile", `{"connection":"a","repair":true}`); w.Code != http.StatusForbidden {
		t.Errorf("an operator may repair: %d %s", w.Code, w.Body)
	}
}

func TestBadRequests(t *testing.T) {
	s := newTestServer(echo(), io.Discard)
	for _, c := range []struct{ call, body, says string }{
		{"POST /v1/pause", `{"connection":"a","untl":"x"}`, `unknown field "untl"`},
		{"POST /v1/pause", `{"connection":5}`, `field "connection" can't be a number`},
		{"POST /v1/pause", `{"connection":"a"} {}`, "more than one JSON document"},
		{"POST /v1/pause", `{"connection":"a"`, "ends too soon"},
		{"POST /v1/pause", ``, "ends too soon"},
		{"POST /v1/pause", `connection`, "not JSON (byte 1)"},
		{"POST /v1/pause", `{"until":"tomorrow"}`, "can't be read"},
		{"POST /v1/connections", `{"toml":"` + strings.Repeat("x", maxRequest) + `"}`, "larger than 1048576 bytes"},
		{"POST /v1/sync", `{"kinds":["stok"]}`, `no kind "stok"; allowed: items, stock,`},
		{"POST /v1/plan", `{"kinds":["shoppers"]}`, `no kind "shoppers"`},
		{"POST /v1/explain", `{"kind":""}`, `no kind ""`},
		{"GET /v1/problems?kind=stok", ``, `no kind "stok"`},
		{"POST /v1/problems/delete", `{}`, `no action "delete"; allowed: retry, skip, approve`},
		{"GET /v1/everything", ``, `no call GET "/v1/everything"`},
		{"DELETE /v1/status", ``, `no call DELETE`},
		{"DELETE /v1/connections/", ``, `no call DELETE`},
		{"DELETE /v1/connections/..", ``, `no call DELETE`},
		{"GET /v1//status", ``, `no call GET`},
	} {
		w := request(s, RoleAdministrator, c.call, c.body)
		if got := w.Body.String(); w.Code != http.StatusBadRequest || !strings.Contains(unescape(got), c.says) {
			t.Errorf("%s %.60s: %d %s, want %s", c.call, c.body, w.Code, got, c.says)
		}
	}
}

func unescape(s string) string { return strings.ReplaceAll(s, `\"`, `"`) }

func TestVersionsMustAgree(t *testing.T) {
	s := newTestServer(echo(), io.Discard)
	r := httptest.NewRequest("GET", "/v1/status", nil)
	r.Header.Set(versionHeader, "0")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "ipc.version") {
		t.Errorf("an old client got %d %s", w.Code, w.Body)
	}
	older := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{}`) })
	_, err := Direct(older, RoleViewer).Status(t.Context())
	if fault.As(err).Code != "ipc.version" {
		t.Errorf("an old service gave %v", err)
	}
}

func TestPanicsBecomeFaults(t *testing.T) {
	var log bytes.Buffer
	b := echo()
	b.doctor = func(context.Context) (DoctorAnswer, error) { panic("out of range") }
	b.sync = func(_ context.Context, _ SyncRequest, send func(SyncEvent) error) error {
		_ = send(SyncEvent{Progress: &Progress{Connection: "a"}})
		panic("half way")
	}
	b.watch = func(context.Context, func(Status) error) error { panic("at once") }
	c := Direct(newTestServer(b, &log), RoleOperator)
	if _, err := c.Doctor(t.Context()); fault.As(err).Code != "bug.panic" {
		t.Errorf("doctor: %v", err)
	}
	if err := c.Watch(t.Context(), func(Status) error { return nil }); fault.As(err).Code != "bug.panic" {
		t.Errorf("watch: %v", err)
	}
	if _, err := c.Sync(t.Context(), SyncRequest{}, nil); fault.As(err).Code != "ipc.no_service" {
		t.Errorf("sync: %v", err)
	}
	for _, want := range []string{"out of range", "half way", "at once", "calls_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

// No call shows a secret, whatever goes wrong on the way in (invariant 7).
func TestSecretsNeverComeOut(t *testing.T) {
	const secret = "hunter2-hunter2"
	var out bytes.Buffer
	s := newTestServer(echo(), &out)
	for _, body := range []string{
		`{"connection":"a","side":"bc","field":"password","value":"` + secret + `"}`,
		`{"connection":"a","side":"bc","field":"password","valu":"` + secret + `"}`,
		`{"connection":"a","value":["` + secret + `"]}`,
		`{"value":"` + secret + `"} "` + secret + `"`,
		`{"value":"` + secret,
		`"` + secret + `"`,
		secret,
	} {
		for _, call := range []string{"POST /v1/secrets", "DELETE /v1/secrets"} {
			out.Write(request(s, RoleAdministrator, call, body).Body.Bytes())
			out.Write(request(s, RoleViewer, call, body).Body.Bytes())
		}
	}
	r := SecretRequest{Connection: "a", Side: "bc", Field: "password", Value: secret}
	fmt.Fprintf(&out, "%v %+v %#v %s %q", r, r, r, r, r)
	if out.Len() == 0 || strings.Contains(out.String(), "hunter2") {
		t.Errorf("the secret came out: %s", out.String())
	}
}

func TestAnswersHaveNoPlaceForASecret(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(rt reflect.Type) {
		if seen[rt] {
			return
		}
		seen[rt] = true
		switch rt.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(rt.Elem())
		case reflect.Struct:
			for i := range rt.NumField() {
				visit(rt.Field(i).Type)
			}
		}
	}
	b := reflect.TypeFor[Backend]()
	for i := range b.NumMethod() {
		m := b.Method(i).Type
		for j := range m.NumOut() {
			visit(m.Out(j))
		}
		for j := range m.NumIn() { // what a stream sends
			if in := m.In(j); in.Kind() == reflect.Func {
				visit(in.In(0))
			}
		}
	}
	if !seen[reflect.TypeFor[Exchange]()] || !seen[reflect.TypeFor[SyncEvent]()] {
		t.Fatal("the walk over the answers missed some")
	}
	for _, never := range []reflect.Type{reflect.TypeFor[SecretRequest](), reflect.TypeFor[settings.Secret]()} {
		if seen[never] {
			t.Errorf("%s is part of an answer", never)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{}`, `{"connection":"a","kinds":["stock"]}`, `{"until":"2026-12-01T00:00:00Z"}`, `[`, `{"a":1}{}`, "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, in := range []any{&SyncRequest{}, &PauseRequest{}, &ExplainRequest{}, &JournalRequest{}, &SecretRequest{}, &ConnectionFile{}} {
			err := decode(strings.NewReader(body), in)
			if err != nil && fault.As(err).Code != "ipc.bad_request" {
				t.Fatalf("%T: %v", in, err)
			}
		}
	})
}
