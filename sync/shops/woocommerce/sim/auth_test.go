package sim

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestStrangers checks what a call without a key gets on each kind of route, and that plain http never signs in.
func TestStrangers(t *testing.T) {
	s := openShop(t, Options{})
	for _, tt := range []struct{ method, path, code string }{
		{get, "/products", "woocommerce_rest_cannot_view"},
		{get, "/products/11", "woocommerce_rest_cannot_view"},
		{post, "/orders", "woocommerce_rest_cannot_create"},
		{put, "/orders/1", "woocommerce_rest_cannot_edit"},
		{remove, "/orders/1", "woocommerce_rest_cannot_delete"},
		{post, "/products/batch", "woocommerce_rest_cannot_batch"},
	} {
		w := s.request(tt.method, apiRoot+tt.path, "", nil)
		if code := asText(at(value(w.Body.Bytes()), "code")); w.Code != http.StatusUnauthorized || code != tt.code {
			t.Errorf("%s %s: %d %s, want 401 %s", tt.method, tt.path, w.Code, code, tt.code)
		}
	}
	w := s.request(get, apiRoot+"/products", "", func(r *http.Request) {
		r.SetBasicAuth("ck_read_write", "cs_read_write")
		r.TLS = nil
	})
	if w.Code != http.StatusUnauthorized {
		t.Errorf("a key over plain http answered %d", w.Code)
	}
}

// TestPlatformTrouble checks that troubles come before sign-in, in HTML, and go again.
func TestPlatformTrouble(t *testing.T) {
	s := openShop(t, Options{})
	for trouble, want := range map[Trouble]int{Maintenance: 503, DatabaseDown: 500, PHPDown: 502, Healthy: 401} {
		s.SetTrouble(trouble)
		w := s.request(get, apiRoot+"/products", "", nil)
		html := strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
		if w.Code != want || html != (trouble != Healthy) || (w.Header().Get("Retry-After") == "600") != (trouble == Maintenance) {
			t.Errorf("trouble %d answered %d %v", trouble, w.Code, w.Header())
		}
	}
}

// zeros is an endless body.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestBodyTooLarge checks the web server's own limit: HTML, no JSON (golden 707).
func TestBodyTooLarge(t *testing.T) {
	s := openShop(t, Options{})
	w := s.request(post, apiRoot+"/products", "", func(r *http.Request) {
		r.Body = io.NopCloser(io.LimitReader(zeros{}, maxBody+1))
		r.SetBasicAuth("ck_read_write", "cs_read_write")
	})
	if w.Code != http.StatusRequestEntityTooLarge || w.Header().Get("Content-Type") != "text/html" {
		t.Errorf("answered %d %s", w.Code, w.Header().Get("Content-Type"))
	}
}
