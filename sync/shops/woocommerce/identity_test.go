package woocommerce

import (
	"testing"

	"stockbridge/sync/record"
)

// A check tells which site it is, by what its orders are known for good, and who marked them.
func TestIdentity(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		s := openShop(t, version)
		before, err := s.Check(t.Context())
		if err != nil || before.Identity.ID == "" || before.Identity.Name == "" || before.Identity.Trail == nil || len(before.Identity.Trail) != 0 {
			t.Fatalf("an empty shop: %+v, %v", before.Identity, err)
		}
		product := s.product(map[string]any{"name": "City bicycle", "sku": "A100", "regular_price": "10"})
		first := s.order(product, map[string]any{"set_paid": true})
		second := s.order(product, map[string]any{"set_paid": false, "status": "cancelled"})
		mark := &record.Mark{Installation: "inst", Document: "1001", Run: "run@1"}
		if res := s.Write(t.Context(), []record.Change{{Key: record.Key{Kind: record.KindMark, ID: first}, Ref: first, Want: mark, Source: first}}); res[0].Err != nil {
			t.Fatal(res[0].Err)
		}
		f, err := s.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		trail := f.Identity.Trail
		if len(trail) != 2 || trail[0].Ref != second || !trail[0].Dead || trail[1].Ref != first || trail[1].Dead || trail[0].ID == "" || trail[0].ID == trail[1].ID || trail[1].At.IsZero() {
			t.Errorf("the trail: %+v", trail)
		}
		if m := f.Identity.Marks; len(m) != 1 || m[0].Ref != first || m[0].Installation != "inst" || m[0].Run != "run@1" || m[0].Document != "1001" {
			t.Errorf("the marks: %+v", m)
		}
		over := &record.Mark{Installation: "other", Document: "1001"}
		leave := func() error {
			return s.Write(t.Context(), []record.Change{{Key: record.Key{Kind: record.KindMark, ID: first}, Ref: first, Want: over, Source: first}})[0].Err
		}
		if err := leave(); err == nil {
			t.Error("another installation's mark was replaced")
		}
		over.Over = []string{"inst"}
		if err := leave(); err != nil {
			t.Errorf("the mark of one that is gone: %v", err)
		}
		s.server.Reinstall("another")
		if again, err := s.Check(t.Context()); err != nil || again.Identity.ID == f.Identity.ID {
			t.Errorf("another site: %+v, %v", again.Identity, err)
		}
	})
}
