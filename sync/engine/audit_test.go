package engine_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/store/audit"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// diary is an Audit that keeps what it is told, and can fail.
type diary struct {
	deeds []engine.Deed
	err   error
}

func (d *diary) Append(deeds []engine.Deed) error {
	if d.err != nil {
		return d.err
	}
	d.deeds = append(d.deeds, deeds...)
	return nil
}

// lines are the deeds as "flow: what kind key, why", sorted, and forgotten.
func (d *diary) lines() []string {
	var out []string
	for _, v := range d.deeds {
		out = append(out, fmt.Sprintf("%s: %s %s %s, %s", v.Flow, v.What, v.Kind, v.Key, v.Why))
	}
	slices.Sort(out)
	d.deeds = nil
	return out
}

// deed returns the one deed of a kind and key.
func (d *diary) deed(t *testing.T, kind record.Kind, key string) engine.Deed {
	t.Helper()
	var found []engine.Deed
	for _, v := range d.deeds {
		if v.Kind == kind && v.Key == key {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d deeds about %s %s", len(found), kind, key)
	}
	return found[0]
}

func TestAuditIsToldEveryWrite(t *testing.T) {
	w := newWorld(t)
	d := &diary{}
	w.engine.Audit = d
	w.seedItems(1)
	w.shop.put("old", "A001", &record.Item{Name: "Bicycle A001", Status: record.Published}, &record.Stock{Quantity: decimal.MustParse("9"), Managed: true},
		&record.Price{Regular: record.Money{Amount: decimal.MustParse("10.01"), Currency: "EUR"}})
	w.seedItem(1, 2)
	w.run(products)
	if v := d.deed(t, record.KindStock, "A001"); v.To != "old" || v.Source != "itemA001" || v.Before == nil || v.Body == nil || v.Sum == (record.Sum{}) || v.Was.Set {
		t.Errorf("the stock that was there: %+v", v)
	}
	want := []string{
		"items: create items A000, not there yet", "items: link items A001, already there", "prices: create prices A000, not there yet",
		"prices: link prices A001, already there", "stock: create stock A000, not there yet", "stock: update stock A001, already there",
	}
	if diff := cmp.Diff(want, d.lines()); diff != "" {
		t.Error(diff)
	}
	w.seedItem(1, 5)
	w.run(products)
	if v := d.deed(t, record.KindStock, "A001"); v.Before != nil || !v.Was.Set || v.Was.Level != 20_000 || v.Why != "changed at its owner" {
		t.Errorf("the stock that changed: %+v", v)
	}
	d.lines()
	w.seedOrder("1001", "jan@example.nl")
	w.run(orders)
	if v := d.deed(t, record.KindOrder, "1001"); v.Number != "S-WEB-1001" || v.Source != "order1001" || v.To == "" || record.PersonOf(v.Body) != "jan@example.nl" {
		t.Errorf("the order: %+v", v)
	}
	want = []string{"orders: create orders 1001, not there yet", "orders: create shoppers jan@example.nl, not there yet", "orders: mark marks 1001, taken"}
	if diff := cmp.Diff(want, d.lines()); diff != "" {
		t.Error(diff)
	}
	w.run(orders)
	w.run(products)
	if got := d.lines(); len(got) != 0 {
		t.Errorf("nothing was written, and the trail is told %v", got)
	}
}

func TestAuditIsToldWhoApproved(t *testing.T) {
	w := newWorld(t)
	d := &diary{}
	w.engine.Audit = d
	w.seedItems(1)
	w.run(products)
	d.lines()
	w.seedItem(0, 8)
	eight := record.SumOf(&record.Stock{Quantity: decimal.MustNew(8, 0), Managed: true})
	job := w.job(products)
	rules := *job.Rules
	rules.Approved = map[plan.Suspect]record.Sum{{Ref: "itemA000", Code: "stock.mass_zero"}: eight, {Ref: "itemA000", Code: "price.mass_change"}: {1}}
	job.Rules = &rules
	if _, err := w.engine.Run(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if got := d.lines(); !slices.Equal(got, []string{"stock: update stock A000, approved: stock.mass_zero"}) {
		t.Errorf("told %v", got)
	}
}

// TestRefusedIsNotInTheTrail: nothing was done.
func TestRefusedIsNotInTheTrail(t *testing.T) {
	w := newWorld(t)
	d := &diary{}
	w.engine.Audit = d
	w.seedItems(2)
	w.shop.refuse[record.Key{Kind: record.KindStock, ID: "A001"}] = fault.New("shop.refused", fault.Args{"detail": "no"})
	w.run(products)
	if got := d.lines(); len(got) != 5 || slices.ContainsFunc(got, func(s string) bool { return s == "stock: create stock A001, not there yet" }) {
		t.Errorf("told %v", got)
	}
}

// TestNothingIsRememberedThatTheTrailLacks: while the trail can't be written, no run commits; afterwards what was made
// is found and linked, and nothing is made twice.
func TestNothingIsRememberedThatTheTrailLacks(t *testing.T) {
	w := newWorld(t)
	d := &diary{err: fault.New("store.disk", nil)}
	w.engine.Audit = d
	w.seedItems(2)
	if _, err := w.engine.Run(t.Context(), w.job(products)); fault.As(err).Code != "store.disk" {
		t.Fatalf("run: %v", err)
	}
	agreed, err := w.db.Agreed(record.KindItem, []string{"itemA000", "itemA001"})
	if err != nil || agreed[0].To != "" || agreed[1].To != "" || w.cursor(record.KindItem) != "" {
		t.Errorf("remembered: %+v, cursor %q, %v", agreed, w.cursor(record.KindItem), err)
	}
	made := w.shop.writes()
	d.err = nil
	w.later()
	w.run(products)
	if got := len(w.products()); got != 2 || made == 0 {
		t.Errorf("%d products, %d writes before", got, made)
	}
	if got := d.lines(); len(got) != 6 {
		t.Errorf("told %v", got)
	}
}

// frailAudit is a trail behind a breaker.
type frailAudit struct {
	engine.Audit
	b *breaker
}

func (f frailAudit) Append(deeds []engine.Deed) (err error) {
	return errors.Join(f.b.call(func() { err = f.Audit.Append(deeds) }), err)
}

// TestTrailIsNeverBehindTheState ends the process before and after every call, those of the trail among them, on real
// files: whatever the state has linked by then is in the trail, and the trail is whole.
func TestTrailIsNeverBehindTheState(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for at := 1; ; at++ {
			w := merchant(t)
			dir := t.TempDir()
			keys, err := audit.OpenKeys(filepath.Join(dir, "keys"), true)
			if err != nil {
				t.Fatal(err)
			}
			trail, err := audit.Open(filepath.Join(dir, "nl"), keys, audit.Options{Now: w.clock, NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			b := &breaker{at: at, lost: lost}
			err = w.auditedRoad(t, trail, b)
			w.trailHasLinks(t, fmt.Sprintf("call %d, answer lost %v", at, lost), trail)
			if e := errors.Join(w.db.Close(), trail.Close(), keys.Close()); e != nil {
				t.Fatal(e)
			}
			if err == nil {
				break
			}
		}
	}
}

// auditedRoad runs products and orders behind a breaker.
func (w *world) auditedRoad(t *testing.T, trail engine.Audit, b *breaker) error {
	t.Helper()
	w.limits = endpoint.Limits{Batch: 2, Parallel: 1}
	e := engine.New(frailState{w.db, b}, w.clock)
	e.Audit = frailAudit{trail, b}
	for _, kinds := range [][]record.Kind{products, orders} {
		if _, err := e.Run(t.Context(), w.job(kinds)); err != nil {
			if !errors.Is(err, errDead) {
				t.Fatal(err)
			}
			return err
		}
	}
	return nil
}

func (w *world) trailHasLinks(t *testing.T, name string, trail *audit.Trail) {
	t.Helper()
	if r, err := trail.Verify(); err != nil || r.Fault != nil {
		t.Fatalf("%s: %v, %v", name, r.Fault, err)
	}
	entries, err := trail.List(audit.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, e := range entries {
		told[e.Ref+" "+e.To] = true
	}
	for kind, side := range map[record.Kind]*side{record.KindItem: w.bc, record.KindOrder: w.shop} {
		var refs []string
		for ref := range side.rows {
			refs = append(refs, ref)
		}
		agreed, err := w.db.Agreed(kind, refs)
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range agreed {
			if a.To != "" && !told[refs[i]+" "+a.To] {
				t.Fatalf("%s: the state has %s linked with %s, the trail says nothing of it", name, refs[i], a.To)
			}
		}
	}
}
