package bc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// world is a simulated BC, a client of it, and a clock both share.
type world struct {
	t      *testing.T
	sim    *bcsim.Server
	co     *bcsim.Company
	faults *sim.Faults
	client *Client
	web    *web.Client
	conn   settings.Connection

	mu   sync.Mutex
	time time.Time
	seen []*http.Request
}

const companyName = "CRONUS AG & Co. / Süd"

func newWorld(t *testing.T, change ...func(*settings.Connection)) *world {
	t.Helper()
	w := &world{t: t, time: noon, faults: &sim.Faults{}}
	var err error
	if w.sim, err = bcsim.New(bcsim.Options{User: "STOCKBRIDGE", Key: "kB7+web-service-key==", Now: w.now}); err != nil {
		t.Fatal(err)
	}
	w.sim.AddCompany("Another company")
	w.co = w.sim.AddCompany(companyName)
	w.faults.OnRequest = func(r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen = append(w.seen, r)
	}
	w.conn = settings.Connection{Name: "nl", BC: settings.BC{URL: "https://bc01.example.nl:7048/BC", Company: companyName, User: "STOCKBRIDGE"}}
	for _, f := range change {
		f(&w.conn)
	}
	w.connect(settings.NewSecret("kB7+web-service-key=="))
	return w
}

func (w *world) connect(key settings.Secret) {
	w.t.Helper()
	o, err := Options(w.conn, func(string, string) (settings.Secret, error) { return key, nil })
	if err != nil {
		w.t.Fatal(err)
	}
	o.Transport = &sim.Transport{Handler: w.faults.Wrap(w.sim)}
	o.Now = w.now
	if w.web, err = web.New(o); err != nil {
		w.t.Fatal(err)
	}
	w.client = New(w.conn, w.web)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) requests() []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// api does by hand what another user of the API does, and returns the row answered with.
func (w *world) api(method, path string, body string) map[string]any {
	w.t.Helper()
	res, err := w.web.Do(w.t.Context(), web.Request{Method: method, Path: "api/v2.0/companies(" + w.co.ID + ")/" + path, Body: []byte(body),
		Header: http.Header{"If-Match": {"*"}}})
	if err != nil || res.Status >= 300 {
		w.t.Fatalf("%s %s: %v %s", method, path, err, res.Body)
	}
	row := map[string]any{}
	if len(res.Body) > 0 {
		if err := json.Unmarshal(res.Body, &row); err != nil {
			w.t.Fatal(err)
		}
	}
	return row
}

func (w *world) item(number, price string, stock int) string {
	w.t.Helper()
	id := w.api("POST", "items", fmt.Sprintf(`{"number":%q,"displayName":"Item %s","type":"Inventory","unitPrice":%s}`, number, number, price))["id"].(string)
	if stock > 0 {
		w.api("PATCH", "items("+id+")", fmt.Sprintf(`{"inventory":%d}`, stock))
	}
	return id
}

func (w *world) customer(name, mail string) string {
	w.t.Helper()
	b, _ := json.Marshal(map[string]string{"displayName": name, "email": mail, "country": "NL"})
	return w.api("POST", "customers", string(b))["id"].(string)
}

func (w *world) read(q record.Query) endpoint.Page {
	w.t.Helper()
	p, err := w.client.Read(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range p.Records {
		if r.Err != nil {
			w.t.Fatalf("%s: %v", r.Key, r.Err)
		}
	}
	return p
}

// drain reads from a cursor to the end.
func (w *world) drain(q record.Query) (all []record.Record, next record.Cursor) {
	w.t.Helper()
	for {
		p := w.read(q)
		all = append(all, p.Records...)
		q.After = p.Next
		if !p.More {
			return all, p.Next
		}
	}
}

func keysOf(rs []record.Record) map[string]int {
	m := map[string]int{}
	for _, r := range rs {
		m[r.Key.ID]++
	}
	return m
}

func wantCode(t *testing.T, err error, code fault.Code) *fault.Error {
	t.Helper()
	if err == nil || fault.As(err).Code != code {
		t.Fatalf("%v, want %s", err, code)
	}
	return fault.As(err)
}

func amount(s string) decimal.Decimal { return decimal.MustParse(s) }
