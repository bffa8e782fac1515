package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

func TestEntryTellsWhoWhatAndWhy(t *testing.T) {
	w := newWorld(t)
	w.append(w.stock("A1", 7), w.order("1001", "Jan@Example.nl"))
	if err := w.trail.Command(Command{Account: `SHOP\piet`, Role: "operator", What: "approve", Kind: record.KindPrice, Key: "A1", Why: "price.mass_change"}); err != nil {
		t.Fatal(err)
	}
	found := w.list(Query{})
	if len(found) != 3 {
		t.Fatalf("%d entries", len(found))
	}
	was := "5"
	stock := Entry{Seq: 1, At: w.now, Who: Who{Flow: record.KindStock, Installation: "inst-a"}, What: "update", Kind: record.KindStock, Key: "A1", Ref: "item-A1", To: "17",
		Why: "changed at its owner", Sum: "AQIDAAAAAAAAAAAAAAAAAA", Fields: []Field{{Name: "quantity", Value: "7", From: &was}, {Name: "managed", Value: "true"}},
		Prev: genesis("nl"), Connection: "nl"}
	if diff := cmp.Diff(stock, found[2]); diff != "" {
		t.Error(diff)
	}
	order := found[1]
	if order.Number != "S-ORD1001" || order.What != "create" || w.value(&order, "email") != "Jan@Example.nl" || w.value(&order, "sell_to.city") != "Utrecht" || w.value(&order, "total") != "121" {
		t.Errorf("the order's entry: %+v", order)
	}
	command := Entry{Seq: 3, At: w.now, Who: Who{Account: `SHOP\piet`, Role: "operator"}, What: "approve", Kind: record.KindPrice, Key: "A1", Why: "price.mass_change",
		Prev: found[0].Prev, Connection: "nl"}
	if diff := cmp.Diff(command, found[0]); diff != "" {
		t.Error(diff)
	}
	if r := w.whole(); r.Entries != 3 || r.Torn != 0 {
		t.Errorf("verified: %+v", r)
	}
}

func TestOnlyWhatChangedIsListed(t *testing.T) {
	w := newWorld(t)
	d := w.stock("A1", 7)
	d.Kind, d.Was.Set = record.KindItem, false
	d.Body = &record.Item{Name: "Bicycle", SKU: "A1", Status: record.Published, Unit: "PCS"}
	d.Before = &record.Item{Name: "Bike", SKU: "A1", Status: record.Published}
	gone := w.stock("A2", 0)
	gone.Kind, gone.Body = record.KindShipment, &record.Shipment{Number: "S1", Lines: []record.ShippedLine{{SKU: "A", Quantity: decimal.One}}}
	gone.Before = &record.Shipment{Number: "S1", Lines: []record.ShippedLine{{SKU: "A", Quantity: decimal.One}, {SKU: "B", Quantity: decimal.Two}}}
	w.append(d, gone)
	found := w.list(Query{})
	bike, b, two := "Bike", "B", "2"
	if diff := cmp.Diff([]Field{{Name: "name", Value: "Bicycle", From: &bike}, {Name: "unit", Value: "PCS"}}, found[1].Fields); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Field{{Name: "lines.2.sku", From: &b}, {Name: "lines.2.quantity", From: &two}}, found[0].Fields); diff != "" {
		t.Error(diff)
	}
}

func TestListNarrows(t *testing.T) {
	w := newWorld(t)
	w.fill(3)
	w.append(w.order("1001", "jan@example.nl"), w.customer("jan@example.nl"), w.order("A001", "piet@example.nl"))
	w.now = w.now.AddDate(0, 1, 0)
	w.append(w.stock("A001", 9), w.order("1002", "jan@example.nl"))
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Limit: 3}, "8 7 6"},
		{Query{Key: "A001"}, "7 6 2"},
		{Query{Key: "A001", Kind: record.KindStock}, "7 2"},
		{Query{Key: "Jan@example.nl"}, "8 5 4"},
		{Query{Kind: record.KindShopper}, "5"},
		{Query{Since: w.now}, "8 7"},
		{Query{Since: w.now.Add(time.Hour)}, ""},
		{Query{Key: "A0"}, ""},
	} {
		var got []string
		for _, e := range w.list(c.q) {
			got = append(got, fmt.Sprint(e.Seq))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.q, got, c.want)
		}
	}
}

func TestListReadsBackOverBlocks(t *testing.T) {
	w := newWorld(t)
	deeds := make([]engine.Deed, 2000)
	for i := range deeds {
		deeds[i] = w.stock(fmt.Sprintf("A%04d", i), int64(i))
	}
	w.append(deeds...)
	if size := len(w.read("2026-11")); size < 4*block {
		t.Fatalf("the file has only %d bytes", size)
	}
	found := w.list(Query{Limit: 5000})
	if len(found) != len(deeds) {
		t.Fatalf("%d entries", len(found))
	}
	for i, e := range found {
		if e.Seq != uint64(len(deeds)-i) {
			t.Fatalf("place %d holds entry %d", i, e.Seq)
		}
	}
}

func TestPersonIsInNoFile(t *testing.T) {
	w := newWorld(t)
	w.append(w.order("1001", "Jan@Example.nl"), w.customer("jan@example.nl"))
	err := filepath.WalkDir(w.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		b, err := os.ReadFile(path)
		for _, s := range []string{"jan@", `"Jan`, "Vries", "Dorps", "Utrecht", "guid-customer", "C00010"} {
			if bytes.Contains(bytes.ToLower(b), []byte(strings.ToLower(s))) {
				t.Errorf("%s holds %s", path, s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestErasedPersonIsUnreadableAndTheChainWhole(t *testing.T) {
	w := newWorld(t)
	w.append(w.order("1001", "jan@example.nl"), w.customer("jan@example.nl"), w.order("1002", "piet@example.nl"))
	old := w.keys.Find("jan@example.nl")
	if ok, err := w.keys.Erase(" JAN@example.nl"); !ok || err != nil {
		t.Fatalf("erased %v, %v", ok, err)
	}
	if ok, err := w.keys.Erase("jan@example.nl"); ok || err != nil {
		t.Errorf("erased twice: %v, %v", ok, err)
	}
	check := func() {
		t.Helper()
		found := w.list(Query{Limit: 50})
		order, customer, other := found[len(found)-1], found[len(found)-2], found[len(found)-3]
		if !order.Erased || w.value(&order, "sell_to.city") != Erased || w.value(&order, "total") != "121" {
			t.Errorf("the erased order: %+v", order)
		}
		if !customer.Erased || customer.Key != Erased || customer.To != "" {
			t.Errorf("the erased customer: %+v", customer)
		}
		if other.Erased || w.value(&other, "email") != "piet@example.nl" {
			t.Errorf("another's order: %+v", other)
		}
		w.whole()
	}
	check()
	w.restart(w.trail.Head())
	check()
	w.append(w.order("1003", "jan@example.nl")) // back as a new customer, under a new key
	if id := w.keys.Find("jan@example.nl"); id == old || id == "" {
		t.Errorf("the new key is %q, the old one was %q", id, old)
	}
	if e := w.list(Query{Key: "jan@example.nl"}); len(e) != 1 || w.value(&e[0], "email") != "jan@example.nl" {
		t.Errorf("after coming back: %+v", e)
	}
	check()
	b, err := os.ReadFile(filepath.Join(w.dir, "keys"))
	if err != nil || !bytes.Contains(b, make([]byte, slotSize)) {
		t.Errorf("the slot was not overwritten: %v", err)
	}
}

func TestOrderWithoutAddressHasItsOwnKey(t *testing.T) {
	w := newWorld(t)
	w.append(w.order("1001", ""), w.order("1002", ""))
	if ok, err := w.keys.Erase("orders 1001"); !ok || err != nil {
		t.Fatalf("erased %v, %v", ok, err)
	}
	found := w.list(Query{})
	if !found[1].Erased || found[0].Erased {
		t.Errorf("erased are %v and %v", found[1].Erased, found[0].Erased)
	}
	w.whole()
}

func TestSameValueHasAnotherDigestEachTime(t *testing.T) {
	w := newWorld(t)
	w.append(w.order("1001", "jan@example.nl"), w.order("1002", "jan@example.nl"))
	seen := map[string]bool{}
	for _, e := range w.list(Query{}) {
		for _, f := range e.Fields {
			if f.Personal() && seen[f.Digest] {
				t.Errorf("%s has a digest that was there before", f.Name)
			}
			seen[f.Digest] = true
		}
	}
}

func TestHostileTextsAreKept(t *testing.T) {
	w := newWorld(t)
	d := w.order("1001", "jan@example.nl")
	o := d.Body.(*record.SalesOrder)
	o.SellTo.City, o.SellTo.Line1, d.Key = "a\xff\xfeb\x00\n\u2028", strings.Repeat("é", 5000), "10\"01\n\xff"
	w.append(d)
	e := w.list(Query{})[0]
	if got := w.value(&e, "sell_to.city"); got != "a\uFFFDb\x00\n\u2028" || e.Key != "10\"01\n\uFFFD" {
		t.Errorf("city %q, key %q", got, e.Key)
	}
	if got := w.value(&e, "sell_to.line1"); len(got) != longest+len("…") {
		t.Errorf("%d bytes are kept", len(got))
	}
	if len(w.list(Query{Key: e.Key})) != 1 {
		t.Error("the key as it is shown finds nothing")
	}
	w.whole()
}

func TestConcurrentAppends(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 25 {
				if err := w.trail.Append([]engine.Deed{w.stock(fmt.Sprint(i, "-", n), 1), w.order(fmt.Sprint(i, n), fmt.Sprintf("p%d@example.nl", n%3))}); err != nil {
					t.Error(err)
				}
				if r, err := w.trail.Verify(); err != nil || r.Fault != nil {
					t.Errorf("in between: %v, %v", r.Fault, err)
				}
				if n%10 == 9 {
					if _, err := w.keys.Erase("p1@example.nl"); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if r := w.whole(); r.Entries != 8*25*2 {
		t.Errorf("%d entries", r.Entries)
	}
}

func TestDamagedKeysAreRefused(t *testing.T) {
	w := newWorld(t)
	w.append(w.order("1001", "jan@example.nl"))
	path := filepath.Join(w.dir, "keys")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w.stop()
	for _, at := range []int{0, 20, headerSize - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKeys(path, true); err == nil || fault.As(err).Code != "audit.keys" {
			t.Errorf("byte %d changed: %v", at, err)
		}
	}
	for cut := headerSize; cut < len(good); cut += 7 { // a slot that a crash cut off was never used
		if err := os.WriteFile(path, good[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		w.start(Head{})
		w.append(w.order("1002", "an@example.nl"))
		w.restart(w.trail.Head())
		if e := w.list(Query{Key: "an@example.nl"}); len(e) == 0 || e[0].Erased {
			t.Errorf("cut to %d bytes: %+v", cut, e)
		}
		w.stop()
	}
}

func TestHeadIsRemembered(t *testing.T) {
	w := newWorld(t)
	if h := w.trail.Head().String(); h != "" {
		t.Errorf("an empty trail ends with %q", h)
	}
	w.fill(3)
	h, err := ParseHead(w.trail.Head().String())
	if err != nil || h != w.trail.Head() || h.Count != 3 {
		t.Errorf("%+v, %v", h, err)
	}
	for _, s := range []string{"x", "1 2 3 4", "0 " + h.Hash + " 2026-11 0", "3 " + h.Hash + " 2026-13 0", "3 " + h.Hash + " ../../x 0", "3 " + h.Hash + " 2026-11 -1"} {
		if _, err := ParseHead(s); err == nil {
			t.Errorf("%q is taken for a head", s)
		}
	}
}

// TestCopyIsATrail copies trail and keys while entries are added, and reads them elsewhere.
func TestCopyIsATrail(t *testing.T) {
	w, _ := twoMonths(t)
	dir := t.TempDir()
	create := func(name string) (io.Writer, error) {
		w.append(w.stock("meanwhile", 1))
		f, err := os.Create(filepath.Join(dir, "nl", name))
		if err == nil {
			t.Cleanup(func() { _ = f.Close() })
		}
		return f, err
	}
	if err := os.Mkdir(filepath.Join(dir, "nl"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := w.trail.CopyTo(create); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "keys"))
	if err == nil {
		err = errors.Join(w.keys.CopyTo(f), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	w.stop()
	w.dir = dir
	w.start(Head{})
	if r := w.whole(); r.Entries != 6 || r.Torn != 0 {
		t.Errorf("the copy: %+v", r)
	}
	if e := w.list(Query{Limit: 1})[0]; w.value(&e, "email") != "jan@example.nl" {
		t.Errorf("the copy's last entry: %+v", e)
	}
}
