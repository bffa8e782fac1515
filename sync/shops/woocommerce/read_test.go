package woocommerce

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	shopsim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

func TestProductsBySKU(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		for _, sku := range []string{"mok-1", "A,B", "A", "B", `Q"1'`, "☕", "A&B", "C+D", "CAFÉ"} {
			s.product(map[string]any{"name": sku, "sku": sku, "regular_price": "1.00"})
		}
		s.product(map[string]any{"name": "Set", "sku": "SET", "type": "grouped"})
		binned := s.product(map[string]any{"name": "Old", "sku": "OLD"})
		s.call(http.MethodDelete, "products/"+binned, nil)
		asked := []string{"MOK-1", "A,B", `Q"1'`, "☕", "A&B", "C+D", "CAFE", "SET", "OLD", "NONE", "A%20B", ""}
		var got []string
		for _, r := range s.read(record.Query{Kinds: rowKinds[:1], Keys: asked}).Records {
			got = append(got, r.Key.ID+"="+strings.Fields(describe(r))[0])
		}
		slices.Sort(got)
		want := []string{"MOK-1=mok-1", "A,B=A,B", `Q"1'=Q"1'`, "☕=☕", "A&B=A&B", "C+D=C+D", "SET=item.not_simple", "OLD=shop.sku_in_trash"}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	})
}

// TestAllProducts walks the list while products are deleted and added: none that stays may be missing.
func TestAllProducts(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	var ids []string
	for i := range 30 {
		ids = append(ids, s.product(map[string]any{"name": "P", "sku": fmt.Sprintf("P-%02d", i)}))
	}
	remove := func(at ...int) {
		for _, i := range at {
			s.call(http.MethodDelete, "products/"+ids[i]+"?force=true", nil)
		}
	}
	for _, idsOnly := range []bool{true, false} {
		got, _ := s.readAll(record.Query{Kinds: rowKinds[:1], IDs: idsOnly, Limit: 4}, nil)
		if !slices.Equal(got, ids) {
			t.Errorf("undisturbed: %v", got)
		}
	}
	got, _ := s.readAll(record.Query{Kinds: rowKinds[:1], IDs: true, Limit: 4}, func(page int) {
		switch page {
		case 1:
			remove(0, 3) // 3 is the last one of this page
		case 3:
			remove(1, 2, 4, 5, 6, 7, 8) // more than a page
		case 5:
			ids = append(ids, s.product(map[string]any{"name": "New", "sku": "NEW"}))
		}
	})
	for i, id := range ids {
		if n := len(slices.DeleteFunc(slices.Clone(got), func(g string) bool { return g != id })); n > 1 || n == 0 && i > 8 {
			t.Errorf("product %d was read %d times", i, n)
		}
	}
}

func TestProductsByRef(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	a, b := s.product(map[string]any{"name": "A", "sku": "A"}), s.product(map[string]any{"name": "B", "sku": "B"})
	s.call(http.MethodDelete, "products/"+b, nil)
	var got []string
	for _, r := range s.read(record.Query{Kinds: rowKinds[:1], Refs: []string{a, b, "999999"}}).Records {
		got = append(got, r.Ref+" "+describe(r))
	}
	if want := a + " A published false, " + b + " shop.sku_in_trash"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

var orders = []record.Kind{record.KindOrder}

func TestOrdersSinceCursor(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		p := s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"})
		s.order(p, nil)
		s.tick(24 * time.Hour)
		from := monday.Add(time.Hour)
		first := s.order(p, nil)
		s.order(p, map[string]any{"status": "checkout-draft", "set_paid": false})
		got, next := s.readAll(record.Query{Kinds: orders, From: from}, nil)
		if !slices.Equal(got, []string{first}) {
			t.Fatalf("first run: %v, want only %s", got, first)
		}
		s.tick(time.Hour)
		second := s.order(p, nil)
		got, next = s.readAll(record.Query{Kinds: orders, From: from, After: next}, nil)
		if !slices.Contains(got, second) {
			t.Errorf("second run: %v lacks %s", got, second)
		}
		s.tick(time.Hour)
		s.call(http.MethodPut, "orders/"+first, map[string]any{"status": "completed"})
		got, next = s.readAll(record.Query{Kinds: orders, From: from, After: next}, nil)
		if !slices.Contains(got, first) {
			t.Errorf("a change of status was missed: %v", got)
		}
		s.tick(5 * time.Hour)
		if _, next = s.readAll(record.Query{Kinds: orders, From: from, After: next}, nil); next == "" {
			t.Fatal("no cursor")
		}
		if got, _ = s.readAll(record.Query{Kinds: orders, From: from, After: next}, nil); len(got) != 0 {
			t.Errorf("a quiet shop is read over and over: %v", got)
		}
	})
}

// TestOrdersWhileTheyChange pages through orders while some of them are edited: every order must be met, and each edit.
func TestOrdersWhileTheyChange(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	p := s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"})
	var ids []string
	for i := range 25 {
		if i%3 == 0 {
			s.tick(time.Second) // three orders a second
		}
		ids = append(ids, s.order(p, nil))
	}
	s.tick(time.Minute)
	edited := map[string]bool{}
	q := record.Query{Kinds: orders, Limit: 5}
	met := map[string]record.OrderStatus{}
	for n := 0; ; n++ {
		page := s.read(q)
		for _, r := range page.Records {
			met[r.Ref] = r.Body.(*record.Order).Status
		}
		if !page.More {
			break
		}
		if n < 4 {
			id := ids[n*2] // already met, or about to be
			s.call(http.MethodPut, "orders/"+id, map[string]any{"status": "completed"})
			edited[id] = true
			s.tick(time.Second)
		}
		if n > 100 {
			t.Fatal("the list does not end")
		}
		q.After = page.Next
	}
	for _, id := range ids {
		if st, ok := met[id]; !ok || edited[id] != (st == record.OrderCompleted) {
			t.Errorf("order %s: met %v with status %q, edited %v", id, ok, st, edited[id])
		}
	}
}

// TestManyOrdersInOneSecond: a bulk edit gives more orders one date than a page holds.
func TestManyOrdersInOneSecond(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	p := s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"})
	var want []string
	for n, perSecond := range []int{2, 23, 1, 5, 4, 6} {
		for range perSecond {
			want = append(want, s.order(p, map[string]any{"customer_note": fmt.Sprint(n)}))
		}
		s.tick(time.Second)
	}
	for _, limit := range []int{1, 2, 3, 5, 7, 0} {
		got, _ := s.readAll(record.Query{Kinds: orders, Limit: limit}, nil)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("limit %d: read %d orders, %d different ones, of %d", limit, len(got), len(slices.Compact(got)), len(want))
		}
	}
}

func TestOrdersByRefAndNumber(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		p := s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"})
		live, binned := s.order(p, nil), s.order(p, nil)
		s.call(http.MethodDelete, "orders/"+binned, nil)
		got := map[string]string{}
		for _, r := range s.read(record.Query{Kinds: orders, Refs: []string{live, binned, "999999"}}).Records {
			o := r.Body.(*record.Order)
			got[r.Ref] = string(o.Status) + "/" + o.Raw
		}
		if len(got) != 2 || got[live] != "processing/processing" || got[binned] != "cancelled/trash" {
			t.Errorf("by ref: %v", got)
		}
		if recs := s.read(record.Query{Kinds: orders, Keys: []string{live, "999999"}}).Records; len(recs) != 1 || recs[0].Ref != live {
			t.Errorf("by number: %+v", recs)
		}
		if ids, _ := s.readAll(record.Query{Kinds: orders, IDs: true}, nil); !slices.Equal(ids, []string{live}) {
			t.Errorf("ids: %v", ids)
		}
	})
}

func TestBadOrderAmongGoodOnes(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	s.faults.Add(sim.Rule{Path: "/orders?", Do: sim.Status(200, nil, "application/json", `[
		{"id":1,"number":"1","status":"processing","currency":"EUR","date_created_gmt":"2026-11-23T09:00:00","date_modified_gmt":"2026-11-23T09:00:00","total":"1.00"},
		{"id":2,"number":"2","status":"processing","currency":"EUR","date_created_gmt":"2026-11-23T09:00:00","date_modified_gmt":{},"total":"1.00"},
		{"id":3,"number":"3","status":"processing","currency":"EUR","date_created_gmt":"2026-11-23T09:00:00","date_modified_gmt":"2026-11-23T09:00:01","total":"lots"},
		null,
		{"id":4,"number":"4","status":"processing","currency":"EUR","date_created_gmt":"2026-11-23T09:00:00","date_modified_gmt":"2026-11-23T09:00:02","total":"1.00"}]`)})
	var got []string
	for _, r := range s.read(record.Query{Kinds: orders}).Records {
		code := "ok"
		if r.Err != nil {
			code = string(fault.As(r.Err).Code)
		}
		got = append(got, r.Ref+code)
	}
	if want := "1ok 2ok 3record.invalid record.invalid 4ok"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestListsThatLie(t *testing.T) {
	row := func(id int, modified string) string {
		return fmt.Sprintf(`{"id":%d,"number":"%d","status":"processing","currency":"EUR","date_created_gmt":"2026-11-23T09:00:00","date_modified_gmt":"%s","total":"1.00","sku":"A"}`, id, id, modified)
	}
	for name, c := range map[string]struct {
		answer string
		q      record.Query
	}{
		"filter ignored":         {"[" + row(1, "2020-01-01T00:00:00") + "," + row(2, "2020-01-01T00:00:01") + "]", record.Query{Kinds: orders, Limit: 2, After: cursor{Since: monday.Unix()}.String()}},
		"ids sorted otherwise":   {"[" + row(2, "") + "," + row(1, "") + "]", record.Query{Kinds: rowKinds[:1], IDs: true}},
		"offset ignored":         {"[" + row(1, "") + "," + row(2, "") + "," + row(3, "") + "]", record.Query{Kinds: rowKinds[:1], IDs: true, Limit: 2, After: cursor{Walk: walk{2, 2, 1}}.String()}},
		"an object for the list": {`{"a":1}`, record.Query{Kinds: orders}},
	} {
		s := openShop(t, shopsim.Version11)
		s.faults.Add(sim.Rule{Path: "wc/v3/", Times: -1, Do: sim.Status(200, nil, "application/json", c.answer)})
		page, err := s.Read(t.Context(), c.q)
		if f := fault.As(err); f == nil || f.Code != "answer.invalid" {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

func TestUnknownStatusInSettings(t *testing.T) {
	s := openShop(t, shopsim.Version11, func(c *settings.Connection) {
		c.Shop.WooCommerce.Statuses = map[string]string{"wc-nonesuch": "processing"}
	})
	_, err := s.Read(t.Context(), record.Query{Kinds: orders})
	if f := fault.As(err); f == nil || f.Code != "settings.invalid" || f.Kind != fault.Config {
		t.Errorf("%v", err)
	}
}

func TestUnknownKinds(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	for _, kinds := range [][]record.Kind{nil, {record.KindShopper}, {record.KindItem, record.KindOrder}} {
		if _, err := s.Read(t.Context(), record.Query{Kinds: kinds}); fault.Of(err) != fault.Bug {
			t.Errorf("%v: %v", kinds, err)
		}
	}
}
