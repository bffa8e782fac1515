package ipc

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"stockbridge/sync/fault"
)

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
		"POST /v1/secrets": RoleAdministrator, "DELETE /v1/secrets": RoleAdministrator, "POST /v1/backup": RoleAdministrator, "POST /v1/journal/erase": RoleAdministrator,
		"POST /v1/audit": RoleAdministrator, "POST /v1/audit/verify": RoleAdministrator,
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
	for _, want := range []string{"out of range", "half way", "at once", "server_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
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
