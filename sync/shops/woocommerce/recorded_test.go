package woocommerce

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// recording is one file of contracts/woocommerce/wc-*/golden.
type recording struct {
	file    string
	Request struct {
		Method, Path string
	}
	Response struct {
		Status  int
		Headers [][2]string
		Body    json.RawMessage
	}
}

// ServeHTTP answers as recorded. Bodies recorded as a JSON string were web pages.
func (r *recording) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for _, h := range r.Response.Headers {
		if h[0] != "Transfer-Encoding" && h[0] != "Content-Length" && h[0] != "Connection" {
			w.Header().Add(h[0], h[1])
		}
	}
	body := []byte(r.Response.Body)
	var page string
	if json.Unmarshal(body, &page) == nil {
		body = []byte(page)
	}
	w.WriteHeader(r.Response.Status)
	_, _ = w.Write(body)
}

func recordings(t *testing.T) []*recording {
	t.Helper()
	root := os.Getenv("STOCKBRIDGE_CONTRACTS")
	if root == "" {
		t.Skip("STOCKBRIDGE_CONTRACTS is not set: recorded answers are not checked")
	}
	files, err := filepath.Glob(filepath.Join(root, "woocommerce", "wc-*", "golden", "*.json"))
	if err != nil || len(files) < 800 {
		t.Fatalf("%d recordings found below %s (%v)", len(files), root, err)
	}
	var all []*recording
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		r := &recording{file: filepath.Base(filepath.Dir(filepath.Dir(f))) + "/" + filepath.Base(f)}
		if err := json.Unmarshal(raw, r); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		all = append(all, r)
	}
	return all
}

// connected is a client whose requests h answers, through the real HTTP stack but without a socket.
func connected(t *testing.T, h http.Handler, edit ...func(*settings.Connection)) *Client {
	t.Helper()
	c := settings.Connection{Name: "test", Shop: settings.Shop{Platform: ID, URL: "https://shop.test"}}
	for _, e := range edit {
		e(&c)
	}
	o, err := Options(c, func(side, field string) (settings.Secret, error) { return settings.NewSecret("secret-" + field), nil })
	if err != nil {
		t.Fatal(err)
	}
	o.Transport = &sim.Transport{Handler: h}
	doer, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return New(c, doer)
}

// objects calls f with every JSON object in raw, nested ones included.
func objects(raw json.RawMessage, f func(json.RawMessage, map[string]json.RawMessage)) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, r := range list {
			objects(r, f)
		}
		return
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil {
		return
	}
	f(raw, o)
	for _, r := range o {
		objects(r, f)
	}
}

// has tells records from the schemas among the recordings, whose fields are objects.
func has(o map[string]json.RawMessage, fields ...string) bool {
	for _, f := range fields {
		if _, ok := o[f]; !ok {
			return false
		}
	}
	return !bytes.HasPrefix(o["id"], []byte("{"))
}

// offByACent lists the recordings whose own lines do not add up to the total, and why.
var offByACent = map[string]string{
	"645-order-round-subtotal.json": "the shop rounds tax once per order: 3 x 0.07 has tax 0.04, its lines 0.03",
}

func TestRecordedOrders(t *testing.T) {
	statuses, _ := statusMap(nil)
	count := 0
	for _, r := range recordings(t) {
		objects(r.Response.Body, func(raw json.RawMessage, o map[string]json.RawMessage) {
			if !has(o, "id", "number", "line_items", "billing", "total", "date_created_gmt") {
				return
			}
			count++
			rec := orderRecord(raw, statuses)
			if rec.Err != nil {
				t.Errorf("%s: %v", r.file, rec.Err)
				return
			}
			body := rec.Body.(*record.Order)
			if body.Status == record.OrderUnknown || rec.Ref == "" || rec.Key.ID == "" {
				t.Errorf("%s: status %q, ref %q, number %q", r.file, body.Raw, rec.Ref, rec.Key.ID)
			}
			sum := decimal.Decimal{}
			for _, l := range body.Lines {
				sum = add(t, sum, l.Total, l.TotalTax)
			}
			for _, c := range body.Charges {
				sum = add(t, sum, c.Total, c.Tax)
			}
			if why := offByACent[filepath.Base(r.file)]; (sum.Cmp(body.Total) != 0) != (why != "") {
				t.Errorf("%s: lines and charges make %s, total is %s (known exception: %q)", r.file, sum, body.Total, why)
			}
		})
	}
	if count < 80 {
		t.Errorf("only %d orders found in the recordings", count)
	}
}

func add(t *testing.T, ds ...decimal.Decimal) decimal.Decimal {
	t.Helper()
	sum, err := record.Add(ds...)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestRecordedProducts(t *testing.T) {
	count, special := 0, 0
	for _, r := range recordings(t) {
		objects(r.Response.Body, func(raw json.RawMessage, o map[string]json.RawMessage) {
			if !has(o, "id", "sku", "name", "regular_price", "manage_stock", "stock_quantity", "type", "tax_class") {
				return
			}
			count++
			p := readProduct(raw)
			recs := productRecords(p, string(p.SKU), rowKinds, terms{currency: "EUR"})
			if p.Type == "simple" && p.Status != "trash" {
				sameProduct(t, r.file, p, recs)
				return
			}
			special++
			want := map[bool]fault.Code{true: "shop.sku_in_trash", false: "item.not_simple"}[p.Status == "trash"]
			if fault.As(recs[0].Err).Code != want {
				t.Errorf("%s: a %s %s gives %v", r.file, p.Status, p.Type, recs[0].Err)
			}
		})
	}
	if count < 400 || special < 5 {
		t.Errorf("only %d products, %d of them not for us, found in the recordings", count, special)
	}
}

// sameProduct checks that stock and price come through exactly.
func sameProduct(t *testing.T, file string, p *product, recs []record.Record) {
	t.Helper()
	for _, rec := range recs {
		if rec.Err != nil || rec.Body.Kind() != rec.Key.Kind || rec.Ref == "" {
			t.Errorf("%s: %+v", file, rec)
			return
		}
	}
	if q := recs[1].Body.(*record.Stock); q.Managed && p.StockQuantity != "" && record.Text(q.Quantity) != string(p.StockQuantity) {
		t.Errorf("%s: stock %s became %s", file, p.StockQuantity, q.Quantity)
	}
	if pr := recs[2].Body.(*record.Price); p.RegularPrice != "" && pr.Regular.Amount.Cmp(decimal.MustParse(string(p.RegularPrice))) != 0 {
		t.Errorf("%s: price %s became %s", file, p.RegularPrice, pr.Regular.Amount)
	}
}

func TestRecordedCustomers(t *testing.T) {
	count := 0
	for _, r := range recordings(t) {
		objects(r.Response.Body, func(raw json.RawMessage, o map[string]json.RawMessage) {
			if !has(o, "is_paying_customer", "billing") {
				return
			}
			count++
			var c struct{ Billing, Shipping address }
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Errorf("%s: %v", r.file, err)
			}
			if a := c.Billing.record(); a.Country != strings.ToUpper(string(c.Billing.Country)) || a.LastName != string(c.Billing.LastName) {
				t.Errorf("%s: billing became %+v", r.file, a)
			}
		})
	}
	if count < 8 {
		t.Errorf("only %d customers found in the recordings", count)
	}
}

// wantCode is NOTES §4 as this program understands it, by status and code of the shop.
func wantCode(status int, code string) fault.Code {
	switch {
	case status == 301:
		return "shop.permalinks"
	case status == 401:
		return "shop.sign_in"
	case code == "rest_no_route", status == 404 && code == "":
		return "shop.not_found"
	case code == "product_invalid_sku":
		return "shop.sku_taken"
	case status == 502, status == 503, code == "internal_server_error", status == 500 && code == "":
		return "net.server_error"
	case strings.HasSuffix(code, "_invalid_id"):
		return "shop.gone"
	}
	return "shop.refused"
}

func TestRecordedErrors(t *testing.T) {
	all := recordings(t)
	synctest.Test(t, func(t *testing.T) { // repeats of 502 wait in virtual time
		count := 0
		for _, r := range all {
			if r.Response.Status < 300 || r.Request.Method == http.MethodHead || r.Request.Method == http.MethodOptions {
				continue
			}
			count++
			var body apiError
			_ = json.Unmarshal(r.Response.Body, &body)
			c := connected(t, r)
			_, err := c.send(context.Background(), web.Request{Method: r.Request.Method, Path: r.Request.Path, Keys: []string{"A-1"}})
			f := fault.As(err)
			if f == nil {
				t.Errorf("%s: status %d is no error", r.file, r.Response.Status)
				continue
			}
			if want := wantCode(r.Response.Status, string(body.Code)); f.Code != want {
				t.Errorf("%s: status %d code %s gives %s, want %s", r.file, r.Response.Status, body.Code, f.Code, want)
			}
			if s := f.Sentence(); strings.ContainsAny(s, "{}") || strings.Contains(f.Error(), "secret-") || strings.Contains(s, "/srv/") {
				t.Errorf("%s: sentence %q", r.file, s)
			}
		}
		if count < 180 {
			t.Errorf("only %d errors found in the recordings", count)
		}
	})
}

// TestRecordedBatch decodes the recorded batch answers and finds each item's outcome by position.
func TestRecordedBatch(t *testing.T) {
	found := 0
	for _, r := range recordings(t) {
		if !strings.HasSuffix(r.file, "264-batch-mixed.json") {
			continue
		}
		found++
		var answer struct {
			Create rows[answered] `json:"create"`
			Update rows[answered] `json:"update"`
		}
		if err := json.Unmarshal(r.Response.Body, &answer); err != nil {
			t.Fatalf("%s: %v", r.file, err)
		}
		var got []string
		c := connected(t, r)
		for _, row := range append(answer.Create, answer.Update...) {
			if row.Error == nil {
				got = append(got, "ok")
				continue
			}
			f := c.itemFault(row.Error, "K", "7")
			got = append(got, string(f.Code))
			if f.Code == "shop.sku_taken" && text(f.Args["holder"]).number() == 0 {
				t.Errorf("%s: no holder in %v", r.file, f.Args)
			}
		}
		want := "ok shop.sku_taken ok ok shop.sku_taken ok shop.gone ok shop.sku_taken ok ok"
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s:\n got %s\nwant %s", r.file, s, want)
		}
	}
	if found != 2 {
		t.Errorf("%d mixed batches found", found)
	}
}
