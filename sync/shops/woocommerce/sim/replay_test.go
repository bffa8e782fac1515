package sim

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/settings"
)

// replay sends the recorded requests of one version to one simulator and compares the answers.
type replay struct {
	t       *testing.T
	shop    *Server
	now     time.Time
	secure  *httptest.Server
	plain   *httptest.Server
	client  *http.Client
	prepare map[string]func(*replay, *recording)
}

func newReplay(t *testing.T, version string) *replay {
	r := &replay{t: t, prepare: preparations()}
	r.shop = New(Options{Version: version, Now: func() time.Time { return r.now }, Keys: replayKeys()})
	r.secure, r.plain = httptest.NewTLSServer(r.shop), httptest.NewServer(r.shop)
	t.Cleanup(r.secure.Close)
	t.Cleanup(r.plain.Close)
	r.client = r.secure.Client()
	r.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r
}

func replayKeys() []Key {
	var out []Key
	for _, p := range []Permission{ReadWrite, ReadOnly, WriteOnly} {
		out = append(out, Key{settings.NewSecret("ck_" + string(p)), settings.NewSecret("cs_" + string(p)), p})
	}
	return out
}

// TestRecordings replays all recorded requests of both versions, in order. Each must be answered as recorded, but for
// those listed as not simulated, which must differ: the list stays exact.
func TestRecordings(t *testing.T) {
	for _, version := range []string{Version11, Version8} {
		t.Run(version, func(t *testing.T) {
			r, left := newReplay(t, version), notSimulated(version)
			seen := map[string]bool{}
			for _, rec := range recordings(t, version) {
				seen[rec.Name] = true
				reason, listed := left[rec.Name]
				diffs := r.run(&rec)
				switch {
				case listed && reason == "":
					t.Errorf("%s is listed as not simulated without a reason", rec.file)
				case listed && len(diffs) == 0:
					t.Errorf("%s is answered as recorded, but is listed as not simulated (%s)", rec.file, reason)
				case !listed && len(diffs) > 0:
					t.Errorf("%s %s %s\n  %s", rec.file, rec.Request.Method, rec.Request.Path, strings.Join(diffs[:min(len(diffs), 12)], "\n  "))
				}
			}
			for name := range left {
				if !seen[name] {
					t.Errorf("%s is listed as not simulated, but no recording has that name", name)
				}
			}
		})
	}
}

// run sends one recorded request and returns how the answer differs.
func (r *replay) run(rec *recording) []string {
	if rec.Request.Scheme == "" {
		return []string{"the request itself was not kept"}
	}
	r.now = r.moment(rec)
	if prep := r.prepare[rec.Name]; prep != nil {
		prep(r, rec)
	}
	want := value(rec.Response.Body)
	r.forceIDs(rec, want)
	res, body := r.send(rec)
	c := &comparer{free: varies()}
	if res.StatusCode != rec.Response.Status {
		c.note("status", "recorded %d, got %d: %s", rec.Response.Status, res.StatusCode, brief(string(body)))
		return c.diffs
	}
	for _, h := range []string{"Content-Type", "X-WP-Total", "X-WP-TotalPages", "Location", "Link", "Retry-After"} {
		if w, g := r.here(rec, rec.header(h)), r.here(rec, res.Header.Get(h)); w != g {
			c.note(h, "recorded %q, got %q", w, g)
		}
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") && rec.Request.Method != http.MethodHead {
		root := "$"
		if strings.Contains(rec.Request.Path, "/notes") {
			root = "$@note"
		}
		c.same(root, r.local(rec, want), r.local(rec, value(body)))
	}
	return c.diffs
}

// moment is the shop's clock at the request: when it dated what it made, else when it answered.
func (r *replay) moment(rec *recording) time.Time {
	at := rec.when(r.t)
	o, _ := value(rec.Response.Body).(object)
	for _, field := range []string{"date_modified_gmt", "date_created_gmt"} {
		made, ok := readDate(o[field], time.UTC)
		if ok && rec.Response.Status == http.StatusCreated && at.Sub(made).Abs() < time.Minute {
			return made
		}
	}
	return at
}

func (r *replay) send(rec *recording) (*http.Response, []byte) {
	r.t.Helper()
	base := r.secure.URL
	if rec.Request.Scheme == "http" {
		base = r.plain.URL
	}
	path := strings.NewReplacer("ck_REDACTED", "ck_read_write", "cs_REDACTED", "cs_read_write").Replace(rec.Request.Path)
	req, err := http.NewRequestWithContext(r.t.Context(), rec.Request.Method, base+path, bytes.NewReader(rec.payload(r.t)))
	if err != nil {
		r.t.Fatal(err)
	}
	for k, v := range rec.Request.Headers {
		if k != "Authorization" {
			req.Header.Set(k, v)
		}
	}
	switch auth := rec.Request.Auth; auth {
	case "":
	case "badsecret":
		req.SetBasicAuth("ck_read_write", "cs_wrong")
	case "badkey", "garbage":
		req.SetBasicAuth("ck_unknown", "cs_unknown")
	default:
		p := string(Permission(auth))
		req.SetBasicAuth("ck_"+p, "cs_"+p)
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatalf("%s: %v", rec.file, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s: %v", rec.file, err)
	}
	return res, body
}

var (
	noteAddress  = regexp.MustCompile(`/notes/\d+`)
	recordedHost = regexp.MustCompile(`https?://127\.0\.0\.1:(8443|8444|8088|8089)`)
)

// here puts the simulator's address in the place of the recorded shop's.
func (r *replay) here(rec *recording, s string) string {
	base := r.secure.URL
	if rec.Request.Scheme == "http" {
		base = r.plain.URL
	}
	s = strings.NewReplacer("ck_REDACTED", "ck_read_write", "cs_REDACTED", "cs_read_write").Replace(s)
	return noteAddress.ReplaceAllString(recordedHost.ReplaceAllString(s, base), "/notes/N")
}

// local does the same inside a JSON value.
func (r *replay) local(rec *recording, v any) any {
	switch v := v.(type) {
	case string:
		return r.here(rec, v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = r.local(rec, v[i])
		}
		return out
	case object:
		out := make(object, len(v))
		for k := range v {
			out[k] = r.local(rec, v[k])
		}
		return out
	}
	return v
}

// forceIDs lets the simulator hand out the ids the recorded shop did: a shop's counters run past what was not kept.
func (r *replay) forceIDs(rec *recording, want any) {
	created := []any{want}
	if o, ok := want.(object); ok {
		created = append(created, items(o["create"])...)
	}
	path := rec.Request.Path
	for _, x := range created {
		o, ok := x.(object)
		if !ok {
			continue
		}
		id := whole(o["id"])
		if data, ok := o["data"].(object); ok {
			id = whole(data["new_draft_order_id"])
		}
		switch {
		case strings.Contains(path, "/customers"):
			forward(&r.shop.next.user, id)
		case strings.Contains(path, "/notes"):
			forward(&r.shop.next.note, id)
		case strings.Contains(path, "/taxes"):
		default:
			forward(&r.shop.next.post, id)
		}
		if strings.Contains(path, "/orders") {
			forward(&r.shop.next.item, firstNew(o, r.shop.next.item, "line_items", "shipping_lines", "fee_lines", "tax_lines", "coupon_lines"))
		} else {
			forward(&r.shop.next.meta, firstNew(o, r.shop.next.meta, "meta_data"))
		}
		if rec.Response.Status == http.StatusCreated && len(created) == 1 || id == 0 {
			continue
		}
		return // the first create of a batch; the others follow it
	}
}

func forward(counter *int, to int) { *counter = max(*counter, to) }

// firstNew is the lowest id at or above next in the lists; 0 is none.
func firstNew(o object, next int, lists ...string) int {
	lowest := 0
	for _, name := range lists {
		for _, x := range items(o[name]) {
			if id := whole(bodyOf(x)["id"]); id >= next && (lowest == 0 || id < lowest) {
				lowest = id
			}
		}
	}
	return lowest
}

// call runs a request on the shop itself, for what the recordings leave out.
func (r *replay) do(method, path string, body any) object {
	r.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(r.t.Context(), method, "https://shop.example"+apiRoot+path, bytes.NewReader(raw))
	req.TLS = &tls.ConnectionState{}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("ck_read_write", "cs_read_write")
	w := httptest.NewRecorder()
	r.shop.ServeHTTP(w, req)
	if w.Code >= 300 {
		r.t.Fatalf("preparing %s %s: %d %s", method, path, w.Code, w.Body)
	}
	o, _ := value(w.Body.Bytes()).(object)
	return o
}

// recorded finds another recording of the same version by name.
func (r *replay) recorded(name string) object {
	r.t.Helper()
	all := recordings(r.t, r.shop.opts.Version)
	at := slices.IndexFunc(all, func(x recording) bool { return x.Name == name })
	if at < 0 {
		r.t.Fatalf("no recording %q", name)
	}
	return bodyOf(value(all[at].Response.Body))
}
