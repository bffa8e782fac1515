package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/sim"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		calls := 0
		w := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
			calls++
			status(code, "Location", "https://www.shop.example/wp-json?consumer_secret=cs_hunter22")(w, r)
		}, Options{})
		_, err := w.Do(t.Context(), Request{Method: "GET", Path: "wp-json"})
		f := wantCode(t, err, "net.redirect")
		if calls != 1 || f.Args["to"] != "https://www.shop.example/wp-json" {
			t.Errorf("%d: %d calls, to %q", code, calls, f.Args["to"])
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	var got *http.Request
	w := inMemory(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		w.Header().Set("Date", "Sat, 01 Jan 2028 10:00:00 GMT")
		answer(`{}`)(w, r)
	}, Options{Version: "1.2.3", SignIn: func(r *http.Request) { r.SetBasicAuth("u", "p") }})
	res, err := w.Do(t.Context(), Request{Method: "POST", Path: "items?$filter=a%20eq%20'b'", Header: http.Header{"if-match": {"*"}}, Body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	user, _, _ := got.BasicAuth()
	if user != "u" || got.Header.Get("User-Agent") != "Stockbridge/1.2.3" || got.Header.Get("If-Match") != "*" ||
		got.Header.Get("Content-Type") != "application/json" || got.URL.RawQuery != "$filter=a%20eq%20'b'" {
		t.Errorf("%v %v", got.Header, got.URL)
	}
	if res.Path != "/items" || res.Host != "shop.example" || res.Side != "Shop" {
		t.Errorf("%+v", res)
	}
	if want := time.Date(2028, 1, 1, 10, 0, 0, 0, time.UTC); !w.Date().Equal(want) {
		t.Errorf("date %s", w.Date())
	}
}

func TestSignInCanNotLeaveTheHost(t *testing.T) {
	calls := 0
	w := inMemory(t, func(http.ResponseWriter, *http.Request) { calls++ }, Options{SignIn: func(r *http.Request) { r.URL.Host = "evil.example" }})
	_, err := w.Do(t.Context(), Request{Method: "GET", Path: "x"})
	wantCode(t, err, "bug.unclassified")
	if calls != 0 {
		t.Error("it was sent")
	}
}

func packed(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := io.Copy(z, r); err != nil {
		t.Fatal(err)
	}
	_ = z.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func gzipped(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b)
	}
}

func TestPackedAnswers(t *testing.T) {
	own, file := authority(t)
	url := serve(t, gzipped(packed(t, strings.NewReader(`{"a":"b"}`))), certificate(t, own, "127.0.0.1"))
	res, err := client(t, Options{URL: url, CAFile: file}).Do(t.Context(), Request{Method: "GET", Path: "x"})
	if err != nil || string(res.Body) != `{"a":"b"}` {
		t.Fatalf("%s %v", res.Body, err)
	}
}

func TestBombIsNotUnpacked(t *testing.T) {
	bomb := packed(t, io.LimitReader(zeros{}, 256<<20))
	w := inMemory(t, gzipped(bomb), Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := w.Do(t.Context(), Request{Method: "POST", Path: "x"})
	runtime.ReadMemStats(&after)
	wantCode(t, err, "answer.too_large")
	// All buffers the answer grew through, together; what is in it never exists.
	if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 64 {
		t.Errorf("%d MiB allocated", grown)
	}
}

func TestLargeAnswers(t *testing.T) {
	w := inMemory(t, answer(strings.Repeat("x", 2001)), Options{MaxAnswer: 2000})
	_, err := w.Do(t.Context(), Request{Method: "GET", Path: "x"})
	wantCode(t, err, "answer.too_large")
	w = inMemory(t, answer(strings.Repeat("x", 2000)), Options{MaxAnswer: 2000})
	if _, err = w.Do(t.Context(), Request{Method: "GET", Path: "x"}); err != nil {
		t.Error(err)
	}
}

func TestCutAnswerIsNoAnswer(t *testing.T) {
	own, file := authority(t)
	f := &sim.Faults{}
	f.Add(sim.Rule{Times: 1, Do: sim.CutAnswer(5)})
	url := serve(t, f.Wrap(answer(`{"value":[1,2,3]}`)), certificate(t, own, "127.0.0.1"))
	c := client(t, Options{URL: url, CAFile: file})
	_, err := c.once(t.Context(), Request{Method: "GET", Path: "x"})
	wantCode(t, err, "net.cut")
	if f.Pending() != 0 {
		t.Error("the cut was not met")
	}
}

func TestJSON(t *testing.T) {
	for name, c := range map[string]struct {
		kind, body string
		code       fault.Code
	}{
		"plain":         {"application/json", `{"a":12345678901234567.10}`, ""},
		"byte order":    {"application/json; charset=utf-8", "\xef\xbb\xbf" + `{"a":1}`, ""},
		"odata":         {"application/json; odata.metadata=minimal", `{"a":1}`, ""},
		"problem":       {"application/problem+json", `{"a":1}`, ""},
		"undeclared":    {"", ` {"a":1}`, ""},
		"web page":      {"text/html; charset=utf-8", "<html>", "answer.not_json"},
		"page as empty": {"", "<html>", "answer.not_json"},
		"picture":       {"image/png", "{}", "answer.not_json"},
		"empty":         {"application/json", "", "answer.invalid"},
		"half":          {"application/json", `{"a":`, "answer.invalid"},
		"two":           {"application/json", `{"a":1}{"a":2}`, "answer.invalid"},
		"deep":          {"application/json", `{"a":` + strings.Repeat("[", 100000), "answer.invalid"},
		"wrong type":    {"application/json", `[1]`, "answer.invalid"},
	} {
		res := &Response{Header: http.Header{"Content-Type": {c.kind}}, Body: []byte(c.body), Side: "Shop", Host: "h", Path: "/p"}
		var into struct{ A any }
		err := JSON(res, &into)
		if c.code == "" {
			if _, ok := into.A.(json.Number); err != nil || !ok {
				t.Errorf("%s: %v %T", name, err, into.A)
			}
			continue
		}
		if f := wantCode(t, err, c.code); f.Args["path"] != "/p" {
			t.Errorf("%s: %v", name, f.Args)
		}
	}
}
