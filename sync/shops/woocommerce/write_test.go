package woocommerce

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	shopsim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

const broken = `{"code":"internal_server_error","message":"x","data":{"status":500}}`

func TestWriteThenRead(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		made := s.Write(t.Context(), rowChanges("A-1", "", "Mok & Zn", "12.5", 7))
		wantCodes(t, "create", made, "ok ok ok")
		if got, want := s.rows("a-1"), "Mok & Zn published true|7 true|12.5 EUR false"; got != want {
			t.Errorf("after create:\n got %s\nwant %s", got, want)
		}
		ref := made[0].Ref
		update := rowChanges("A-1", ref, "Beker", "9.99", 0)
		wantCodes(t, "update", s.Write(t.Context(), update), "ok ok ok")
		wantCodes(t, "again", s.Write(t.Context(), update), "ok ok ok")
		if got, want := s.rows("A-1"), "Beker published true|0 true|9.99 EUR false"; got != want {
			t.Errorf("after update:\n got %s\nwant %s", got, want)
		}
		update[0].Want = &record.Item{Status: record.Draft}
		update[1].Want = &record.Stock{}
		wantCodes(t, "blocked", s.Write(t.Context(), update[:2]), "ok ok")
		if got, want := s.rows("A-1"), "Beker draft false|0 false|9.99 EUR false"; got != want {
			t.Errorf("after blocking:\n got %s\nwant %s", got, want)
		}
		update[0].Key.ID = "A-2"
		wantCodes(t, "renumbered", s.Write(t.Context(), update[:1]), "ok")
		if got := s.rows("A-2"); !strings.HasPrefix(got, "Beker draft") || s.rows("A-1") != "" {
			t.Errorf("after renumbering: %s, and under the old number %s", got, s.rows("A-1"))
		}
	})
}

func TestOneCallForARow(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	before := s.faults.Calls()
	wantCodes(t, "create", s.Write(t.Context(), rowChanges("A-1", "", "Mok", "1", 1)), "ok ok ok")
	if calls := s.faults.Calls() - before; calls != 1 {
		t.Errorf("%d calls for one product", calls)
	}
}

func TestHundredAndOne(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	var changes []record.Change
	for i := range 101 {
		changes = append(changes, rowChanges(fmt.Sprintf("B-%03d", i), "", "Bulk", "1.95", int64(i))...)
	}
	before := s.faults.Calls()
	results := s.Write(t.Context(), changes)
	if calls := s.faults.Calls() - before; calls != 2 {
		t.Errorf("%d calls for 101 products", calls)
	}
	for i, r := range results {
		if r.Err != nil || r.Ref != results[i/3*3].Ref {
			t.Fatalf("change %d: %+v", i, r)
		}
	}
	var keys []string
	for i := range 101 {
		keys = append(keys, fmt.Sprintf("B-%03d", i))
	}
	page := s.read(record.Query{Kinds: rowKinds, Keys: keys})
	if len(page.Records) != 303 {
		t.Fatalf("%d records read back", len(page.Records))
	}
	for i, r := range page.Records {
		if r.Key.ID != keys[i/3] || r.Key.Kind != rowKinds[i%3] || r.Ref != results[i].Ref {
			t.Errorf("record %d is %+v", i, r)
		}
	}
}

func TestRejectedOnesAmongMany(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		taken := s.product(map[string]any{"name": "Old", "sku": "CAFÉ"})
		gone := s.product(map[string]any{"name": "Gone", "sku": "G"})
		s.call(http.MethodDelete, "products/"+gone+"?force=true", nil)
		bad := func(c []record.Change, b record.Body) []record.Change {
			c[len(c)-1].Want = b
			return c
		}
		var changes []record.Change
		for _, c := range [][]record.Change{
			rowChanges("OK-1", "", "Good", "1", 1)[:1],
			rowChanges("CAFE", "", "Clash", "1", 1)[:1],
			rowChanges("A%20B", "", "Octets", "1", 1)[:1],
			rowChanges("X-1", "", "", "1", 1)[:1],
			rowChanges("X-2", "", "No item", "1", 1)[1:2],
			rowChanges("G", gone, "Gone", "1", 1)[:1],
			bad(rowChanges("CAFÉ", taken, "Old", "1", 1)[:2], &record.Stock{Quantity: decimal.MustParse("1.5"), Managed: true}),
			bad(rowChanges("CAFÉ", taken, "Old", "1", 1)[2:], &record.Price{Regular: record.Money{Amount: decimal.MustParse("-5")}}),
			rowChanges("OK-2", "", "Good", "1", 1)[:1],
		} {
			changes = append(changes, c...)
		}
		results := s.Write(t.Context(), changes)
		wantCodes(t, "mixed", results, "ok shop.sku_taken item.bad_sku item.no_name item.not_in_shop shop.gone ok record.invalid record.invalid ok")
		if holder := fault.As(results[1].Err).Args["holder"]; holder != taken {
			t.Errorf("the SKU's holder is %q, not %s", holder, taken)
		}
		for _, r := range results {
			if r.Err != nil && fault.Of(r.Err) != fault.Rejected {
				t.Errorf("%v stops the flow", r.Err)
			}
		}
	})
}

func TestUnknownTaxClass(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	ch := rowChanges("A", "", "Mok", "1", 1)[:1]
	ch[0].Want.(*record.Item).TaxClass = "nonesuch"
	results := s.Write(t.Context(), ch)
	wantCodes(t, "unknown class", results, "shop.kept_other")
	if results[0].Ref == "" {
		t.Error("the product was made, its id must be known")
	}
	for _, class := range []string{"reduced-rate", "standard"} {
		ch[0].Ref, ch[0].Want.(*record.Item).TaxClass = results[0].Ref, class
		wantCodes(t, class, s.Write(t.Context(), ch), "ok")
	}
	ch[0].Want.(*record.Item).TaxClass = "reduced-rate"
	s.Write(t.Context(), ch)
	ch[0].Want.(*record.Item).TaxClass = ""
	wantCodes(t, "no class", s.Write(t.Context(), ch), "ok")
	item := s.read(record.Query{Kinds: rowKinds[:1], Keys: []string{"A"}}).Records[0].Body.(*record.Item)
	if item.TaxClass != "reduced-rate" {
		t.Errorf("an empty class changed the product's to %q", item.TaxClass)
	}
}

func TestLostAnswer(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	ref := s.product(map[string]any{"name": "Old", "sku": "U", "manage_stock": true})
	s.faults.Add(sim.Rule{Path: "products/batch", Do: sim.LoseAnswer()})
	changes := append(rowChanges("N", "", "New", "1", 1), rowChanges("U", ref, "Old", "2", 2)...)
	results := s.Write(t.Context(), changes)
	wantCodes(t, "lost", results, "shop.unknown_outcome shop.unknown_outcome shop.unknown_outcome net.cut net.cut net.cut")
	for _, r := range results {
		if fault.Of(r.Err) != fault.Retry {
			t.Errorf("%v is no Retry", r.Err)
		}
	}
	if got := s.rows("N"); got != "New published true|1 true|1 EUR false" {
		t.Errorf("the looked-up product is %s", got)
	}
	wantCodes(t, "sent again", s.Write(t.Context(), changes[3:]), "ok ok ok")
}

func TestRequestThatNeverArrived(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantCodes(t, "cancelled", s.Write(ctx, rowChanges("N", "", "New", "1", 1)), "run.cancelled run.cancelled run.cancelled")
	if got := s.rows("N"); got != "" {
		t.Errorf("written all the same: %s", got)
	}
}

// TestOneThatBreaksTheShop: a product on which the shop's own code breaks is found among the others, and nothing is made twice.
func TestOneThatBreaksTheShop(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	s.faults.Add(sim.Rule{Path: "products/batch", Body: "POISON", Times: -1, Do: sim.Status(500, nil, "application/json", broken)})
	var changes []record.Change
	want := []string{}
	for i := range 20 {
		sku, code := fmt.Sprintf("P-%02d", i), "ok"
		if i == 13 {
			sku, code = "POISON", "shop.refused"
		}
		changes, want = append(changes, rowChanges(sku, "", "Item", "1", 1)[:1]...), append(want, code)
	}
	wantCodes(t, "poison", s.Write(t.Context(), changes), strings.Join(want, " "))
	all, _ := s.readAll(record.Query{Kinds: rowKinds[:1], IDs: true}, nil)
	if len(all) != 19 {
		t.Errorf("%d products made", len(all))
	}
}

func TestBrokenAfterWriting(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	s.faults.Add(sim.Rule{Path: "products/batch", Do: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(discard{http.Header{}}, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(500)
		_, _ = w.Write([]byte(broken))
	}})
	changes := append(rowChanges("N", "", "New", "1", 1)[:1], rowChanges("M", "", "New", "1", 1)[:1]...)
	wantCodes(t, "written, then broken", s.Write(t.Context(), changes), "shop.unknown_outcome shop.unknown_outcome")
	if all, _ := s.readAll(record.Query{Kinds: rowKinds[:1], IDs: true}, nil); len(all) != 2 {
		t.Errorf("%d products made of 2", len(all))
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func TestSickShop(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	ref := s.product(map[string]any{"name": "Old", "sku": "U"})
	s.server.SetTrouble(shopsim.DatabaseDown)
	changes := append(rowChanges("N", "", "New", "1", 1)[:1], rowChanges("U", ref, "Old", "2", 2)[:1]...)
	wantCodes(t, "database down", s.Write(t.Context(), changes), "shop.unknown_outcome net.server_error")
	s.server.SetTrouble(shopsim.Healthy)
	s.faults.Add(sim.Rule{Path: "products/batch", Times: -1, Do: sim.Status(500, nil, "application/json", broken)})
	wantCodes(t, "every batch breaks", s.Write(t.Context(), changes[1:]), "net.server_error")
}

func TestAnswerThatDoesNotMatch(t *testing.T) {
	for name, answer := range map[string]string{
		"too few":    `{"update":[]}`,
		"another id": `{"update":[{"id":99999}]}`,
		"no object":  `[]`,
		"a page":     `<html>`,
	} {
		s := openShop(t, shopsim.Version11)
		ref := s.product(map[string]any{"name": "Old", "sku": "U"})
		s.faults.Add(sim.Rule{Path: "products/batch", Do: sim.Status(200, nil, "application/json", answer)})
		if r := s.Write(t.Context(), rowChanges("U", ref, "Old", "1", 1)[:1]); r[0].Err == nil || r[0].Ref != "" {
			t.Errorf("%s: taken for success: %+v", name, r[0])
		}
	}
}

func TestReadOnlyKeyWrites(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	wantCodes(t, "read-only key", s.signedIn(readKey, password).Write(t.Context(), rowChanges("A", "", "Mok", "1", 1)[:1]), "shop.right_missing")
	wantCodes(t, "wrong secret", s.signedIn(goodKey, "cs_wrong").Write(t.Context(), rowChanges("A", "", "Mok", "1", 1)[:1]), "shop.sign_in")
}

func TestMark(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		p := s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"})
		first, second := s.order(p, nil), s.order(p, nil)
		mark := func(ref, installation string) record.Change {
			return record.Change{Key: record.Key{Kind: record.KindMark, ID: ref}, Ref: ref, Want: &record.Mark{Installation: installation, Document: "1001", Note: true}}
		}
		both := []record.Change{mark(first, "inst"), mark(second, "inst"), mark("999999", "inst")}
		wantCodes(t, "marks", s.Write(t.Context(), both), "ok ok shop.gone")
		wantCodes(t, "again", s.Write(t.Context(), both), "ok ok shop.gone")
		if n := s.notes(first); len(n) != 1 || !strings.Contains(n[0], "1001") {
			t.Errorf("notes: %q", n)
		}
		wantCodes(t, "other installation", s.Write(t.Context(), []record.Change{mark(first, "intruder")}), "order.other_mark")
		o := s.read(record.Query{Kinds: []record.Kind{record.KindOrder}, Refs: []string{first}}).Records[0].Body.(*record.Order)
		if o.MarkedBy != "inst" || o.MarkedAs != "1001" {
			t.Errorf("marked by %q as %q", o.MarkedBy, o.MarkedAs)
		}
	})
}

func TestMarkWhoseNoteWasLost(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	order := s.order(s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"}), nil)
	mark := []record.Change{{Key: record.Key{Kind: record.KindMark, ID: order}, Ref: order, Want: &record.Mark{Installation: "inst", Document: "1001", Note: true}}}
	s.faults.Add(sim.Rule{Method: http.MethodPost, Path: "/notes", Do: sim.HTMLPage()})
	wantCodes(t, "a login wall in place of the note", s.Write(t.Context(), mark), "answer.not_json")
	s.faults.Add(sim.Rule{Method: http.MethodPost, Path: "/notes", Do: sim.LoseAnswer()})
	wantCodes(t, "note's answer lost", s.Write(t.Context(), mark), "net.cut")
	wantCodes(t, "again", s.Write(t.Context(), mark), "ok")
	if n := s.notes(order); len(n) != 1 {
		t.Errorf("notes: %q", n)
	}
}

func shipment(order, number string, complete bool) record.Change {
	return record.Change{Key: record.Key{Kind: record.KindShipment, ID: number}, Ref: order, Want: &record.Shipment{
		Number: number, Date: monday, Complete: complete, Lines: []record.ShippedLine{{SKU: "A", Quantity: decimal.MustNew(2, 0)}, {SKU: "B"}},
	}}
}

func TestShipment(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		p := s.product(map[string]any{"name": "Mok", "sku": "A", "regular_price": "10.00"})
		open, closed, binned := s.order(p, nil), s.order(p, nil), s.order(p, nil)
		s.call(http.MethodPut, "orders/"+closed, map[string]any{"status": "cancelled"})
		s.call(http.MethodDelete, "orders/"+binned, nil)
		wantCodes(t, "part", s.Write(t.Context(), []record.Change{shipment(open, "S1", false)}), "ok")
		all := []record.Change{shipment(open, "S1", false), shipment(open, "S10", true), shipment(closed, "S2", true), shipment(binned, "S3", true), shipment("999999", "S4", true)}
		for range 2 {
			wantCodes(t, "rest", s.Write(t.Context(), all), "ok ok shipment.order_closed shipment.order_closed shop.gone")
		}
		if n := strings.Join(s.notes(open), " "); n != "Shipment S1 of 2026-11-23: 2 x A. Shipment S10 of 2026-11-23: 2 x A." {
			t.Errorf("notes: %s", n)
		}
		o := s.read(record.Query{Kinds: []record.Kind{record.KindOrder}, Refs: []string{open, closed}})
		for i, want := range []record.OrderStatus{record.OrderCompleted, record.OrderCancelled} {
			for _, r := range o.Records {
				if r.Ref == []string{open, closed}[i] && r.Body.(*record.Order).Status != want {
					t.Errorf("order %d is %s", i, r.Body.(*record.Order).Status)
				}
			}
		}
	})
}

func TestUnknownBody(t *testing.T) {
	s := openShop(t, shopsim.Version11)
	r := s.Write(t.Context(), []record.Change{{Want: &record.Shopper{}}, {Key: record.Key{Kind: record.KindStock}, Ref: "7/../8", Want: &record.Stock{}}})
	if fault.Of(r[0].Err) != fault.Bug || fault.Of(r[1].Err) != fault.Bug {
		t.Errorf("%v, %v", r[0].Err, r[1].Err)
	}
}
