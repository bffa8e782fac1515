package demo

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// recordedOrder is an order as a real shop answered it last, with what the test needs to know of it.
type recordedOrder struct {
	raw      json.RawMessage
	file     string // of the recording, without its number
	ID       int    `json:"id"`
	Number   string `json:"number"`
	Status   string `json:"status"`
	Currency string `json:"currency"`
	Total    string `json:"total"`
	Paid     string `json:"date_paid_gmt"`
	Modified string `json:"date_modified_gmt"`
	Billing  struct{ Country string }
	Lines    []struct {
		SKU      string `json:"sku"`
		Name     string `json:"name"`
		TaxClass string `json:"tax_class"`
	} `json:"line_items"`
}

// recordedShop answers as one of the recorded shops: its orders as they were last, and what it said of itself.
type recordedShop struct {
	orders []*recordedOrder    // by id
	said   map[string]recorded // by recording, without its number
}

type recorded struct {
	Status int
	Body   json.RawMessage
}

// readRecordings reads one shop's recordings in the order in which they were made.
func readRecordings(t *testing.T, version string) *recordedShop {
	t.Helper()
	root := os.Getenv("STOCKBRIDGE_CONTRACTS")
	if root == "" {
		t.Skip("STOCKBRIDGE_CONTRACTS is not set: recorded orders are not tried")
	}
	files, err := filepath.Glob(filepath.Join(root, "woocommerce", version, "golden", "*.json"))
	if err != nil || len(files) < 400 {
		t.Fatalf("%d recordings of %s, %v", len(files), version, err)
	}
	s := &recordedShop{said: map[string]recorded{}}
	last := map[int]*recordedOrder{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Response recorded
		}
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".json")[4:]
		s.said[name] = r.Response
		ordersIn(r.Response.Body, name, last)
	}
	s.orders = slices.SortedFunc(maps.Values(last), func(a, b *recordedOrder) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

// ordersIn finds every whole order in an answer, also in lists and batches.
func ordersIn(raw json.RawMessage, file string, last map[int]*recordedOrder) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, r := range list {
			ordersIn(r, file, last)
		}
		return
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	whole := true
	for _, f := range []string{"id", "number", "line_items", "billing", "total", "date_created_gmt"} {
		whole = whole && len(fields[f]) > 0
	}
	o := recordedOrder{raw: raw, file: file}
	if whole && json.Unmarshal(raw, &o) == nil && o.ID > 0 {
		last[o.ID] = &o
		return
	}
	for _, r := range fields {
		ordersIn(r, file, last)
	}
}

// ServeHTTP implements http.Handler: lists of orders are filtered as the shop does, marks are taken and forgotten.
func (s *recordedShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/wp-json/wc/v3/")
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	said := map[string]string{"products": "products-status-any", "data/currencies/current": "currencies-current", "settings/tax": "settings-tax",
		"system_status": "system_status", "orders/statuses": "order-statuses"}[path]
	var answer any = struct{}{}
	switch {
	case r.Method == http.MethodPost && path == "orders/batch":
		var in any
		if json.NewDecoder(r.Body).Decode(&in) == nil {
			answer = in
		}
	case r.Method == http.MethodPost && path == "products/batch":
	case r.Method == http.MethodPost && strings.HasSuffix(path, "/notes"):
		w.WriteHeader(http.StatusCreated)
		answer = map[string]int{"id": 1}
	case strings.HasSuffix(path, "/notes"):
		answer = []string{}
	case path == "orders":
		answer = s.list(r)
	case said != "":
		w.WriteHeader(s.said[said].Status)
		answer = s.said[said].Body
	case r.URL.Path == "/wp-json/":
		answer = map[string]string{"name": "Recorded shop"}
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// list answers GET orders by status, ids and moment of change; one page holds all.
func (s *recordedShop) list(r *http.Request) []json.RawMessage {
	q := r.URL.Query()
	statuses, ids := strings.Split(q.Get("status"), ","), q.Get("include")
	out := []json.RawMessage{}
	if q.Get("search") != "" {
		return out
	}
	sorted := slices.SortedStableFunc(slices.Values(s.orders), func(a, b *recordedOrder) int { return cmp.Compare(a.Modified, b.Modified) })
	for _, o := range sorted {
		wanted := slices.Contains(statuses, o.Status) || slices.Contains(statuses, "any") && o.Status != "trash"
		if ids != "" {
			wanted = wanted && slices.Contains(strings.Split(ids, ","), strconv.Itoa(o.ID))
		}
		if wanted && o.Modified > q.Get("modified_after") {
			out = append(out, o.raw)
		}
	}
	return out
}
