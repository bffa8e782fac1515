package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
)

func TestNoSecretInTheTrace(t *testing.T) {
	const key = "kB7+veryLongWebServiceKey=="
	j := &trail{}
	echo := func(w http.ResponseWriter, r *http.Request) { // a server that repeats all it was sent
		w.Header().Set("Content-Type", "application/json")
		_, pw, _ := r.BasicAuth()
		fmt.Fprintf(w, `{"seen":%q,"password":"other-hunter22","n":1,"pw":%q}`, r.Header.Get("Authorization"), pw)
	}
	w := inMemory(t, echo, Options{Connection: "nl", Journal: j, SignIn: func(r *http.Request) { r.SetBasicAuth("STOCKBRIDGE", key) }})
	body := `{"consumer_secret":"cs_hunter22","name":"Jan","nested":{"access_token": "hunter22\"x","client_secret":"hunter22`
	_, err := w.Do(t.Context(), Request{Method: "PUT", Path: "orders?consumer_key=ck_hunter22&oauth_nonce=hunter22&page=2&consumer%5Fsecret=cs_hunter22",
		Body: []byte(body), Kind: record.KindOrder, Keys: []string{"1001"}})
	if err != nil {
		t.Fatal(err)
	}
	x := j.all[0]
	all := fmt.Sprintf("%s %s %s %v", x.Path, x.Request, x.Response, x.Err)
	for _, secret := range []string{"hunter22", key, "U1RPQ0tCUklER0U6"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s in %s", secret, all)
		}
	}
	for _, kept := range []string{"page=2", `"name":"Jan"`, `"n":1`} {
		if !strings.Contains(all, kept) {
			t.Errorf("%s is not in %s", kept, all)
		}
	}
	if x.Connection != "nl" || x.Side != "shop" || x.Kind != record.KindOrder || x.Keys[0] != "1001" || x.Status != 200 || x.Method != "PUT" {
		t.Errorf("%+v", x)
	}
}

// TestNoHalfSecretInTheTrace: keys in place of a name, slashes as PHP writes them, and a secret where a body is cut.
func TestNoHalfSecretInTheTrace(t *testing.T) {
	const user, key = "ck_0123456789abcdef0123456789abcdef01234567", "kB7/veryLong/ServiceKey=="
	for _, body := range []string{
		user + " and STOCKBRIDGE-NAME",
		strings.ReplaceAll(key, "/", `\/`),
		strings.Repeat("x", maxTraced-10) + key,
		strings.Repeat("x", maxTraced-10) + user,
	} {
		j := &trail{}
		w := inMemory(t, answer(body), Options{Journal: j, SignIn: func(r *http.Request) { r.SetBasicAuth(user, key) }})
		if _, err := w.Do(t.Context(), Request{Method: "GET", Path: "x"}); err != nil {
			t.Fatal(err)
		}
		got := string(j.all[0].Response)
		if strings.Contains(got, "kB7") || strings.Contains(got, "ck_0") || !strings.Contains(got, redacted[:1]) && len(got) < maxTraced-10 {
			t.Errorf("%.60s… is kept as …%s", body, got[max(0, len(got)-60):])
		}
	}
}

func TestEveryAttemptIsTraced(t *testing.T) { synctest.Test(t, everyAttemptIsTraced) }

func everyAttemptIsTraced(t *testing.T) {
	j := &trail{}
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	s := &script{steps: []http.HandlerFunc{abort, answer(strings.Repeat("é", 40000))}}
	w := inMemory(t, s.ServeHTTP, Options{Journal: j, Now: func() time.Time { return at }})
	if _, err := w.Do(t.Context(), Request{Method: "GET", Path: "x"}); err != nil {
		t.Fatal(err)
	}
	if len(j.all) != 2 || j.all[0].Status != 0 || j.all[0].Err == nil || j.all[1].Status != 200 || j.all[1].Err != nil || !j.all[1].At.Equal(at) {
		t.Errorf("%d entries: %+v", len(j.all), j.all)
	}
	if n := len(j.all[1].Response); n == 0 || n > maxTraced {
		t.Errorf("%d bytes kept", n)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	refused := roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset by peer") })
	w := client(t, Options{URL: "https://shop.example", Transport: refused, SignIn: func(r *http.Request) { r.SetBasicAuth("u", "hunter22") }})
	_, err := w.once(t.Context(), Request{Method: "POST", Path: "x?consumer_secret=hunter22", Body: []byte(`{"password":"hunter22"}`)})
	wantCode(t, err, "net.cut")
	if strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter22") {
		t.Error(err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A redactor takes out what the client signs in with, and nothing else, however JSON writes it.
func TestRedactorTakesOutOwnSecrets(t *testing.T) {
	const user, key = "ck_0123456789abcdef0123456789abcdef01234567", `kB7"&<Service/Key==`
	w := inMemory(t, answer("{}"), Options{SignIn: func(r *http.Request) { r.SetBasicAuth(user, key) }})
	text, err := json.Marshal(map[string]string{"note": "see " + key + " and " + user, "name": "Jan & <Co>", "password": "ours to keep"})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal(w.Redactor()(text), &back); err != nil {
		t.Fatal(err)
	}
	if back["note"] != "see ••• and •••" || back["name"] != "Jan & <Co>" || back["password"] != "ours to keep" {
		t.Errorf("left is %q", back)
	}
}

func TestExchangeKnowsItsCall(t *testing.T) {
	j := &trail{}
	w := inMemory(t, answer("{}"), Options{Journal: j})
	for _, call := range []string{"20261123T090000.000-00001", ""} {
		if _, err := w.Do(endpoint.WithCall(t.Context(), call), Request{Method: "GET", Path: "x"}); err != nil {
			t.Fatal(err)
		}
		if got := j.all[len(j.all)-1].Call; got != call {
			t.Errorf("call %q, want %q", got, call)
		}
	}
}

// The quick look for names of secrets never passes over a body in which the pattern would find one.
func FuzzNamesSecret(f *testing.F) {
	for _, name := range []string{"oauth_nonce", "Consumer_Key", "SECRET", "client_\u017fecret", "refresh_to\u212aen", "Password", "pwd", "apikey", "API_KEY",
		"Authorization", "webserviceaccesskey", "web_service_access_key", "cardnumber", "cvc", "CVV"} {
		b := []byte(`{"` + name + `" : "x"}`)
		if !secretJSON.Match(b) {
			f.Errorf("%s is no name of a secret any more", name)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if secretJSON.Match(b) && !namesSecret(b) {
			t.Fatalf("%q", b)
		}
	})
}
