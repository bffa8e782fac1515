package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	shopsim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

const (
	goodKey, readKey, writeKey = "ck_good", "ck_read", "ck_write"
	password                   = "cs_do_not_print"
)

// shop is a simulated shop behind real TLS, a client of it, and a hand to break the requests between them.
type shop struct {
	t      *testing.T
	server *shopsim.Server
	faults *sim.Faults
	clock  *atomic.Int64 // the shop's, Unix seconds
	conn   settings.Connection
	*Client
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func openShop(t *testing.T, version string, edit ...func(*settings.Connection)) *shop {
	t.Helper()
	s := &shop{t: t, faults: &sim.Faults{}, clock: &atomic.Int64{}}
	s.clock.Store(monday.Unix())
	var keys []shopsim.Key
	for name, may := range map[string]shopsim.Permission{goodKey: shopsim.ReadWrite, readKey: shopsim.ReadOnly, writeKey: shopsim.WriteOnly} {
		keys = append(keys, shopsim.Key{ConsumerKey: settings.NewSecret(name), ConsumerSecret: settings.NewSecret(password), Permission: may})
	}
	s.server = shopsim.New(shopsim.Options{Version: version, Keys: keys, Now: func() time.Time { return time.Unix(s.clock.Load(), 0) }})
	dated := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Unix(s.clock.Load(), 0).UTC().Format(http.TimeFormat))
		s.server.ServeHTTP(w, r)
	})
	authority, err := sim.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Certificate([]string{"127.0.0.1"}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	served, err := sim.Serve(s.faults.Wrap(dated), cert)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = served.Close() })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	s.conn = settings.Connection{Name: "test", Shop: settings.Shop{Platform: ID, URL: served.URL, CAFile: ca}}
	for _, e := range edit {
		e(&s.conn)
	}
	s.Client = s.signedIn(goodKey, password)
	return s
}

// signedIn is a client with another key.
func (s *shop) signedIn(key, secret string) *Client {
	s.t.Helper()
	o, err := Options(s.conn, func(_, field string) (settings.Secret, error) {
		return settings.NewSecret(map[string]string{keyField: key, secretField: secret}[field]), nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	doer, err := web.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(doer.Close)
	return New(s.conn, doer)
}

// call is what a person or another program does in the shop.
func (s *shop) call(method, path string, body any) map[string]any {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := web.Request{Method: method, Path: api + path, Body: raw, Repeatable: true}
	if body == nil {
		r.Body = nil
	}
	res, err := s.send(context.Background(), r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	var out map[string]any
	if web.JSON(res, &out) != nil {
		out = nil // a list
	}
	return out
}

// product makes a product as a person would, and returns its id.
func (s *shop) product(fields map[string]any) string {
	s.t.Helper()
	return fmt.Sprint(s.call(http.MethodPost, "products", fields)["id"])
}

// order makes a paid order and returns its id.
func (s *shop) order(product string, fields map[string]any) string {
	s.t.Helper()
	body := map[string]any{
		"set_paid": true, "payment_method": "bacs",
		"billing":    map[string]any{"first_name": "Jan", "last_name": "de Vries", "country": "NL", "postcode": "3511 AB", "email": "jan@example.com"},
		"line_items": []any{map[string]any{"product_id": json.Number(product), "quantity": 1}},
	}
	for k, v := range fields {
		body[k] = v
	}
	return fmt.Sprint(s.call(http.MethodPost, "orders", body)["id"])
}

func (s *shop) tick(d time.Duration) { s.clock.Add(int64(d / time.Second)) }

func (s *shop) read(q record.Query) endpoint.Page {
	s.t.Helper()
	page, err := s.Read(context.Background(), q)
	if err != nil {
		s.t.Fatalf("read %+v: %v", q, err)
	}
	return page
}

// readAll follows a query to its end and returns the refs in the order they came, and the last cursor.
func (s *shop) readAll(q record.Query, between func(page int)) ([]string, record.Cursor) {
	s.t.Helper()
	var refs []string
	for n := 1; ; n++ {
		page := s.read(q)
		for _, r := range page.Records {
			refs = append(refs, r.Ref)
		}
		if !page.More {
			return refs, page.Next
		}
		if n > 500 {
			s.t.Fatal("the list does not end")
		}
		if between != nil {
			between(n)
		}
		q.After = page.Next
	}
}

var rowKinds = []record.Kind{record.KindItem, record.KindStock, record.KindPrice}

// rowChanges are the changes that make or update one product.
func rowChanges(sku, ref, name, price string, stock int64) []record.Change {
	change := func(k record.Kind, b record.Body) record.Change {
		return record.Change{Key: record.Key{Kind: k, ID: sku}, Ref: ref, Want: b}
	}
	return []record.Change{
		change(record.KindItem, &record.Item{Name: name, Status: record.Published, Managed: true}),
		change(record.KindStock, &record.Stock{Quantity: decimal.MustNew(stock, 0), Managed: true}),
		change(record.KindPrice, &record.Price{Regular: record.Money{Amount: decimal.MustParse(price), Currency: "EUR"}}),
	}
}

// codes are the outcomes of results: "ok", or the fault's code.
func codes(results []endpoint.Result) []string {
	out := make([]string, len(results))
	for i, r := range results {
		if out[i] = "ok"; r.Err != nil {
			out[i] = string(fault.As(r.Err).Code)
		}
	}
	return out
}

func wantCodes(t *testing.T, what string, results []endpoint.Result, want string) {
	t.Helper()
	if got := strings.Join(codes(results), " "); got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		for _, r := range results {
			if r.Err != nil {
				t.Log(r.Err)
			}
		}
	}
}

// rows describes what the shop has under SKUs.
func (s *shop) rows(skus ...string) string {
	s.t.Helper()
	var out []string
	for _, r := range s.read(record.Query{Kinds: rowKinds, Keys: skus}).Records {
		out = append(out, describe(r))
	}
	return strings.Join(out, "|")
}

func (s *shop) notes(order string) []string {
	s.t.Helper()
	var notes rows[note]
	if _, err := s.get(context.Background(), web.Request{Path: api + "orders/" + order + "/notes"}, &notes); err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, n := range notes {
		if strings.HasPrefix(string(n.Note), "Taken") || strings.HasPrefix(string(n.Note), "Shipment") {
			out = append(out, string(n.Note))
		}
	}
	slices.Sort(out)
	return out
}

// versions runs a test against both recorded shops.
func versions(t *testing.T, f func(t *testing.T, version string)) {
	for _, v := range []string{shopsim.Version11, shopsim.Version8} {
		t.Run(v, func(t *testing.T) { f(t, v) })
	}
}
