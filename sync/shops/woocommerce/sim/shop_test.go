package sim

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// testShop is a shop with a clock the test moves.
type testShop struct {
	*Server
	t   *testing.T
	now time.Time
}

func openShop(t *testing.T, o Options) *testShop {
	s := &testShop{t: t, now: time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)}
	o.Now = func() time.Time { return s.now }
	o.Keys = replayKeys()
	s.Server = New(o)
	return s
}

// ask sends JSON with the read-write key over TLS and returns status and answer.
func (s *testShop) ask(method, path, body string) (int, any) {
	s.t.Helper()
	res := s.request(method, apiRoot+path, body, func(r *http.Request) { r.SetBasicAuth("ck_read_write", "cs_read_write") })
	return res.Code, value(res.Body.Bytes())
}

func (s *testShop) request(method, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), method, "https://shop.example"+path, bytes.NewReader([]byte(body)))
	r.TLS = &tls.ConnectionState{}
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// at digs into an answer: "line_items.0.total".
func at(v any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case object:
			v = x[step]
		case []any:
			i := whole(step)
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// shown is a value as text, for tables.
func asText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}
