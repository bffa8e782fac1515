package woocommerce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// rubbish is a shop that passes every check of itself and answers everything else with the same body.
type rubbish struct {
	t     *testing.T
	body  []byte
	calls int
}

// mostRubbish is more calls than any one question needs: a shop must not lead us round and round.
const mostRubbish = 300

func (s *rubbish) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.calls++; s.calls > mostRubbish {
		s.t.Errorf("%d calls for one question: %q", s.calls, s.body)
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", monday.Format(http.TimeFormat))
	_, _ = w.Write(s.body)
}

// rubbishClient is the real client of such a shop.
func rubbishClient(t *testing.T, s *rubbish) *Client {
	conn := settings.Connection{Name: "test", Shop: settings.Shop{Platform: ID, URL: "https://shop.example.nl"}}
	o, err := Options(conn, func(string, string) (settings.Secret, error) { return settings.NewSecret("k"), nil })
	if err != nil {
		t.Fatal(err)
	}
	o.Transport = &sim.Transport{Handler: s}
	doer, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c := New(conn, doer)
	c.terms = &terms{currency: "EUR"}
	return c
}

const plainProduct = `{"id":7,"name":"Mok","type":"simple","status":"publish","sku":"A-1","regular_price":"12.10","tax_class":"","manage_stock":true,"stock_quantity":5}`

// seedRows adds lists as shops send them: a few here, and every recorded answer when the contracts are there.
func seedRows(f *testing.F) {
	for _, s := range []string{
		"[" + plainProduct + "]", "[" + plainOrder + "]", `{"2":` + plainOrder + `}`, "[" + strings.Repeat(plainProduct+",", 99) + plainProduct + "]",
		`[{"id":"7","sku":null,"type":"simple","regular_price":12.1,"stock_quantity":"-3","manage_stock":"parent"}]`,
		`{"create":[{"id":7}],"update":[{"id":7,"stock_quantity":5,"manage_stock":true},{"id":0,"error":{"code":"x","message":"y","data":{"status":400}}}]}`,
		`{"update":[{"error":{"data":5}}]}`, `{"code":"woocommerce_rest_cannot_view","message":"","data":{"status":401}}`,
		`[{"type":"simple","sku":"A-1"}]`, `[{"id":1},null,5,[],{"id":{}},{"id":"x"}]`, `[]`, `{}`, `null`, ``, "\xff", `{"0":1,"x":2}`,
	} {
		f.Add([]byte(s))
	}
	dir := os.Getenv("STOCKBRIDGE_CONTRACTS")
	if dir == "" {
		return
	}
	for _, version := range []string{"wc-11.0.1", "wc-8.9.3"} {
		files, err := filepath.Glob(filepath.Join(dir, "woocommerce", version, "golden", "*.json"))
		if err != nil || len(files) == 0 {
			f.Fatalf("no recordings of %s: %v", version, err)
		}
		for i := 0; i < len(files); i += 7 {
			b, err := os.ReadFile(files[i])
			if err != nil {
				f.Fatal(err)
			}
			var golden struct {
				Response struct {
					Body json.RawMessage `json:"body"`
				} `json:"response"`
			}
			if err := json.Unmarshal(b, &golden); err != nil {
				f.Fatalf("%s: %v", files[i], err)
			}
			f.Add([]byte(golden.Response.Body))
		}
	}
}

// Whatever a shop answers, every question ends, and ends with records that are either whole or say what is wrong with
// them, or with a fault that has a code.
func FuzzAnswer(f *testing.F) {
	seedRows(f)
	products := []record.Kind{record.KindItem, record.KindStock, record.KindPrice}
	questions := []record.Query{
		{Kinds: products}, {Kinds: products, Keys: []string{"A-1", "B,2"}}, {Kinds: products, Refs: []string{"7"}},
		{Kinds: []record.Kind{record.KindOrder}, Limit: 2}, {Kinds: []record.Kind{record.KindOrder}, Refs: []string{"7"}},
		{Kinds: []record.Kind{record.KindOrder}, Keys: []string{"7", "WEB"}}, {Kinds: []record.Kind{record.KindOrder}, IDs: true},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, q := range questions {
			p, err := rubbishClient(t, &rubbish{t: t, body: body}).Read(t.Context(), q)
			if err != nil {
				if code := fault.As(err).Code; strings.HasPrefix(string(code), "bug.") {
					t.Fatalf("%v: %s: %v", q, code, err)
				}
				continue
			}
			for i := range p.Records {
				r := &p.Records[i]
				if !q.IDs && (r.Body == nil) == (r.Err == nil) || r.Body != nil && text(r.Ref).number() == 0 {
					t.Fatalf("%v: %+v", q, r)
				}
			}
		}
	})
}

// Whatever a shop answers to writes, each change gets one result, and none counts as done that the shop did not name.
func FuzzWritten(f *testing.F) {
	seedRows(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		changes := []record.Change{
			{Key: record.Key{Kind: record.KindStock, ID: "A-1"}, Ref: "7", Want: &record.Stock{Quantity: decimal.MustNew(5, 0), Managed: true}},
			{Key: record.Key{Kind: record.KindItem, ID: "A-2"}, Want: &record.Item{Name: "Mok", SKU: "A-2", Status: record.Published}, Intent: "i"},
		}
		results := rubbishClient(t, &rubbish{t: t, body: body}).Write(t.Context(), changes)
		if len(results) != len(changes) {
			t.Fatalf("%d results", len(results))
		}
		for i, r := range results {
			code := fault.Code("")
			if r.Err != nil {
				code = fault.As(r.Err).Code
			}
			if r.Err == nil && !bytes.Contains(body, []byte(r.Ref)) || strings.HasPrefix(string(code), "bug.") {
				t.Fatalf("%s: %+v", changes[i].Key, r)
			}
		}
	})
}

// A bad row is one record's trouble: its neighbours are read all the same.
func FuzzNeighbours(f *testing.F) {
	for _, s := range []string{`{"id":8,"regular_price":"x","type":"simple"}`, `{"id":8,"total":"x"}`, `{"id":8,"number":[]}`, `{"id":8,"billing":[]}`, plainProduct, plainOrder} {
		f.Add([]byte(s))
	}
	statuses, _ := statusMap(nil)
	f.Fuzz(func(t *testing.T, row []byte) {
		if !json.Valid(row) {
			return
		}
		var list rows[json.RawMessage]
		if err := json.Unmarshal(fmt.Appendf(nil, "[%s,%s,%s]", plainOrder, row, plainProduct), &list); err != nil || len(list) != 3 {
			t.Fatalf("%s: %d rows, %v", row, len(list), err)
		}
		if r := orderRecord(list[0], statuses); r.Err != nil {
			t.Fatalf("%s took an order with it: %v", row, r.Err)
		}
		orderRecord(list[1], statuses)
		kinds := []record.Kind{record.KindItem, record.KindStock, record.KindPrice}
		for _, r := range productRecords(readProduct(list[1]), "A-2", kinds, terms{currency: "EUR"}) {
			if (r.Body == nil) == (r.Err == nil) {
				t.Fatalf("%s: %+v", row, r)
			}
		}
		for _, r := range productRecords(readProduct(list[2]), "A-1", kinds, terms{currency: "EUR"}) {
			if r.Err != nil {
				t.Fatalf("%s took a product with it: %v", row, r.Err)
			}
		}
	})
}

// An amount is the one on the wire, as a number or as a text, to the fifth decimal and digit for digit as far as there
// are 19, or the record is refused.
func FuzzAmounts(f *testing.F) {
	for _, s := range []string{"0", "-0", "12.50", "1e2", "0.30000000000000004", "9999999999999999999", "1e400", "-1.005", "12345678901234567.891"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	statuses, _ := statusMap(nil)
	f.Fuzz(func(t *testing.T, number string, quoted bool) {
		if !json.Valid([]byte(number)) || len(number) > 60 || strings.ContainsAny(number, `"[{ntfa`) {
			return
		}
		wire := number
		if quoted {
			wire = `"` + strings.TrimSpace(number) + `"`
		}
		raw := strings.ReplaceAll(plainOrder, `"total":"12.10"`, `"total":`+wire)
		raw = strings.ReplaceAll(raw, `"subtotal":"10.00"`, `"subtotal":`+wire)
		if !strings.Contains(raw, wire) || !json.Valid([]byte(raw)) {
			t.Fatal(raw)
		}
		if o, ok := orderRecord([]byte(raw), statuses).Body.(*record.Order); ok {
			same(t, number, o.Total)
			same(t, number, o.Lines[0].Subtotal)
		}
		p := readProduct(fmt.Appendf(nil, `{"id":7,"type":"simple","sku":"A-1","manage_stock":true,"regular_price":%s,"stock_quantity":%s}`, wire, wire))
		for _, r := range productRecords(p, "A-1", []record.Kind{record.KindStock, record.KindPrice}, terms{currency: "EUR"}) {
			switch b := r.Body.(type) {
			case *record.Stock:
				same(t, number, b.Quantity)
			case *record.Price:
				same(t, number, b.Regular.Amount)
			}
		}
	})
}

func same(t *testing.T, number string, got decimal.Decimal) {
	t.Helper()
	want, ok := new(big.Rat).SetString(strings.TrimSpace(number))
	have, also := new(big.Rat).SetString(got.String())
	if !ok || !also || new(big.Rat).Abs(want.Sub(want, have)).Cmp(big.NewRat(1, 100_000)) >= 0 {
		t.Fatalf("%s became %s", number, got)
	}
}
