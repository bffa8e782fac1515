package bc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// rubbish is a server that knows its company and answers everything else with the same body.
type rubbish struct {
	t     *testing.T
	body  []byte
	parts bool // body is each part's of a $batch, not the whole answer
	calls int
}

const (
	rubbishCompany = "5d115c9c-44e3-ea11-bb43-000d3a2feca1"
	// mostRubbish is more calls than any one question needs: a body that names a next page must not lead round and round.
	mostRubbish = 200
)

func (s *rubbish) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.calls++; s.calls > mostRubbish {
		s.t.Errorf("%d calls for one question: %q", s.calls, s.body)
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", noon.Format(http.TimeFormat))
	answer := s.body
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/companies"):
		answer = fmt.Appendf(nil, `{"value":[{"id":"%s","name":%q}]}`, rubbishCompany, companyName)
	case strings.HasSuffix(path, "/companyInformation"):
		answer = []byte(`{"value":[{"id":"1","currencyCode":"EUR"}]}`)
	case strings.HasSuffix(path, "/$batch") && s.parts:
		answer = batchOf(r, s.body)
	}
	_, _ = w.Write(answer)
}

// batchOf answers each part of a $batch with the same body.
func batchOf(r *http.Request, body []byte) []byte {
	var b batch
	if json.NewDecoder(r.Body).Decode(&b) != nil || !json.Valid(body) {
		return body
	}
	var out bytes.Buffer
	out.WriteString(`{"responses":[`)
	for i, q := range b.Requests {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"id":%q,"status":200,"headers":{"content-type":"application/json"},"body":%s}`, q.ID, body)
	}
	out.WriteString(`]}`)
	return out.Bytes()
}

// rubbishClient is the real client of such a server.
func rubbishClient(t *testing.T, s *rubbish) *Client {
	conn := settings.Connection{Name: "nl", BC: settings.BC{URL: "https://bc01.example.nl:7048/BC", Company: companyName, User: "STOCKBRIDGE"}}
	o, err := Options(conn, func(string, string) (settings.Secret, error) { return settings.NewSecret("k"), nil })
	if err != nil {
		t.Fatal(err)
	}
	o.Transport = &sim.Transport{Handler: s}
	client, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return New(conn, client)
}

// seedAnswers adds pages as BC sends them: a few here, and all that was collected when the contracts are there.
func seedAnswers(f *testing.F) {
	for _, s := range []string{
		`{"value":[{"id":"f2a5738a-44e3-ea11-bb43-000d3a2feca1","number":"1000","type":"Inventory","inventory":12.5,"unitPrice":10.00,"blocked":false}]}`,
		`{"value":[{"id":"a","number":"SO-1","externalDocumentNumber":"WEB-1001","status":"Open","totalAmountIncludingTax":12.10,"totalTaxAmount":2.1,"currencyCode":"EUR"}]}`,
		`{"value":[{"id":"a","number":"C1","email":"jan@example.nl","blocked":"_x0020_","displayName":"Jan"}]}`,
		`{"value":[{"id":"a","number":"102001","orderNumber":"SO-1","externalDocumentNumber":"WEB-1001","postingDate":"2026-11-23","salesShipmentLines":[{"quantity":1,"lineType":"Item","lineObjectNumber":"1000"}]}]}`,
		`{"value":[{"id":"a","number":"1"},{"id":5},null,"x",[],{"id":"b","inventory":1e400}]}`,
		`{"value":[],"@odata.nextLink":"http://bcserver:7048/BC/api/v2.0/companies(` + rubbishCompany + `)/items?$skiptoken=1"}`,
		`{"responses":[{"id":"1","status":200,"headers":{},"body":"text"},{"id":"99","status":-1}]}`,
		`{"error":{"code":"Internal_ServerError","message":"x"}}`, `{"value":null}`, `[]`, `null`, ``, "\xff",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	dir := os.Getenv("STOCKBRIDGE_CONTRACTS")
	b, err := os.ReadFile(filepath.Join(dir, "business-central", "doc-samples.json"))
	if dir == "" || err != nil {
		return
	}
	var docs struct {
		Samples map[string][]struct {
			Body json.RawMessage `json:"body"`
		} `json:"samples"`
	}
	if err := json.Unmarshal(b, &docs); err != nil {
		f.Fatal(err)
	}
	for _, set := range slices.Sorted(maps.Keys(docs.Samples)) {
		for _, s := range docs.Samples[set] {
			if len(s.Body) > 0 {
				f.Add([]byte(`{"value":[`+string(s.Body)+`]}`), true)
			}
		}
	}
}

// Whatever a server answers, every question ends, and ends with records that are either whole or say what is wrong with
// them, or with a fault that has a code.
func FuzzAnswer(f *testing.F) {
	seedAnswers(f)
	questions := []record.Query{
		{Kinds: []record.Kind{record.KindItem, record.KindStock, record.KindPrice}},
		{Kinds: []record.Kind{record.KindItem}, Keys: []string{"1000", "A|B"}},
		{Kinds: []record.Kind{record.KindOrder}, Keys: []string{"WEB-1001"}},
		{Kinds: []record.Kind{record.KindShopper}, Keys: []string{"jan@example.nl", "#C1"}},
		{Kinds: []record.Kind{record.KindShipment}},
		{Kinds: []record.Kind{record.KindInvoice}, Keys: []string{"SO-1"}},
		{Kinds: []record.Kind{record.KindOrder}, IDs: true},
	}
	f.Fuzz(func(t *testing.T, body []byte, parts bool) {
		for _, q := range questions {
			p, err := rubbishClient(t, &rubbish{t: t, body: body, parts: parts}).Read(t.Context(), q)
			if err != nil {
				if code := fault.As(err).Code; strings.HasPrefix(string(code), "bug.") {
					t.Fatalf("%v: %s: %v", q, code, err)
				}
				continue
			}
			for i := range p.Records {
				r := &p.Records[i]
				if !q.IDs && (r.Body == nil) == (r.Err == nil) || r.Err == nil && r.Ref == "" {
					t.Fatalf("%v: %+v", q, r)
				}
			}
		}
	})
}

// A bad row is one record's trouble: its neighbours are read all the same.
func FuzzNeighbours(f *testing.F) {
	for _, s := range []string{`{"id":"b","number":"2","inventory":"x"}`, `null`, `[]`, `5`, `{"id":"a"}`, `{"id":"c"}`, `{"id":{}}`, `{"number":[]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		if !json.Valid(row) {
			return
		}
		body := fmt.Appendf(nil, `{"value":[{"id":"a","number":"1","inventory":3},%s,{"id":"c","number":"3","inventory":5}]}`, row)
		q := record.Query{Kinds: []record.Kind{record.KindItem, record.KindStock}}
		p, err := rubbishClient(t, &rubbish{t: t, body: body}).Read(t.Context(), q)
		if err != nil {
			if fault.As(err).Code == "answer.invalid" && (bytes.Count(row, []byte("[")) > 50 || bytes.Count(row, []byte("{")) > 50) {
				return // nested too deeply for anybody to read
			}
			t.Fatalf("%s: %v", row, err)
		}
		for _, want := range [][2]string{{"a", "3"}, {"c", "5"}} {
			if !holds(p, want[0], want[1]) {
				t.Fatalf("%s took item %s with it: %+v", row, want[0], p.Records)
			}
		}
	})
}

// holds reports whether a page has an item with its stock.
func holds(p endpoint.Page, id, stock string) bool {
	for _, r := range p.Records {
		if s, ok := r.Body.(*record.Stock); ok && r.Ref == id && record.Text(s.Quantity) == stock {
			return true
		}
	}
	return false
}

// An amount is the one on the wire, to the fifth decimal and digit for digit as far as there are 19, or the row is
// refused.
func FuzzAmounts(f *testing.F) {
	for _, s := range []string{"0", "-0", "12.50", "1e2", "1E-5", "0.30000000000000004", "9999999999999999999", "1e400", "-1.005", "0.00000000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		if !json.Valid([]byte(number)) || len(number) > 60 || strings.ContainsAny(number, `"[{ntfa`) {
			return
		}
		r := itemReader{co: testCompany, kinds: []record.Kind{record.KindStock, record.KindPrice}}
		raw := fmt.Sprintf(`{"id":"a","number":"1","type":"Inventory","inventory":%s,"unitPrice":%s}`, number, number)
		if err := r.add(json.RawMessage(raw)); err != nil {
			t.Fatal(err)
		}
		var o orderRow
		if err := json.Unmarshal(fmt.Appendf(nil, `{"totalAmountIncludingTax":%s}`, number), &o); err == nil {
			same(t, number, o.order().Total)
		}
		for _, rec := range r.out {
			switch b := rec.Body.(type) {
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
