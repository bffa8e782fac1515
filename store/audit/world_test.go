package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// world is a data folder with one connection's trail on real files.
type world struct {
	t     testing.TB
	dir   string
	keys  *Keys
	trail *Trail
	now   time.Time
	years int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "audit"), now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	w.start(Head{})
	t.Cleanup(w.stop)
	return w
}

// start opens keys and trail as a service does that remembers a head.
func (w *world) start(known Head) {
	w.t.Helper()
	var err error
	if w.keys, err = OpenKeys(filepath.Join(w.dir, "keys"), true); err != nil {
		w.t.Fatal(err)
	}
	w.trail, err = Open(filepath.Join(w.dir, "nl"), w.keys, Options{Installation: "inst-a", Years: w.years, Known: known, Now: func() time.Time { return w.now }, NoSync: true})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) stop() {
	if w.trail != nil {
		if err := w.trail.Close(); err != nil {
			w.t.Error(err)
		}
		if err := w.keys.Close(); err != nil {
			w.t.Error(err)
		}
	}
	w.trail, w.keys = nil, nil
}

func (w *world) restart(known Head) {
	w.t.Helper()
	w.stop()
	w.start(known)
}

func (w *world) stock(sku string, level int64) engine.Deed {
	return engine.Deed{At: w.now, Flow: record.KindStock, What: engine.Updated, Kind: record.KindStock, Key: sku, Source: "item-" + sku, To: "17",
		Why: "changed at its owner", Sum: record.Sum{1, 2, 3}, Body: &record.Stock{Quantity: decimal.MustNew(level, 0), Managed: true},
		Was: plan.Agreement{Set: true, Level: 50_000}}
}

func (w *world) order(number, email string) engine.Deed {
	return engine.Deed{At: w.now, Flow: record.KindOrder, What: engine.Created, Kind: record.KindOrder, Key: number, Source: "wc" + number, To: "guid-" + number,
		Number: "S-ORD" + number, Why: "not there yet", Body: &record.SalesOrder{External: "WEB-" + number, Email: email, Currency: "EUR",
			SellTo: record.Address{FirstName: "Jan", LastName: "de Vries", Line1: "Dorpsstraat 1", City: "Utrecht"},
			Total:  decimal.MustParse("121.00")}}
}

// slim is an order of which only its number and its address are kept: for tests that make many.
func (w *world) slim(number, email string) engine.Deed {
	d := w.order(number, email)
	d.Before, d.Body = &record.SalesOrder{}, &record.SalesOrder{Email: email}
	return d
}

func (w *world) customer(email string) engine.Deed {
	return engine.Deed{At: w.now, Flow: record.KindOrder, What: engine.Created, Kind: record.KindShopper, Key: email, Source: email, To: "guid-customer",
		Number: "C00010", Why: "not there yet", Body: &record.Shopper{Email: email, Billing: record.Address{FirstName: "Jan", LastName: "de Vries"}}}
}

func (w *world) append(deeds ...engine.Deed) {
	w.t.Helper()
	if err := w.trail.Append(deeds); err != nil {
		w.t.Fatal(err)
	}
}

// fill appends n stock changes, one commit each.
func (w *world) fill(n int) {
	w.t.Helper()
	for i := range n {
		w.append(w.stock(fmt.Sprintf("A%03d", i), int64(i)))
	}
}

func (w *world) list(q Query) []Entry {
	w.t.Helper()
	found, err := w.trail.List(q)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// whole fails the test unless the trail verifies.
func (w *world) whole() Report {
	w.t.Helper()
	r, err := w.trail.Verify()
	if err != nil || r.Fault != nil {
		w.t.Fatalf("the trail is not whole: %v, %v", r.Fault, err)
	}
	return r
}

// code verifies and returns the fault's code and place; "" when the trail is whole.
func (w *world) code(known Head) string {
	w.t.Helper()
	r, err := Verify(filepath.Join(w.dir, "nl"), w.keys, known, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return placed(r.Fault)
}

func placed(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return string(f.Code) + " " + f.Args["file"] + ":" + f.Args["line"] + " entry " + f.Args["entry"]
}

func (w *world) path(month string) string { return filepath.Join(w.dir, "nl", month+suffix) }

func (w *world) read(month string) []byte {
	w.t.Helper()
	b, err := os.ReadFile(w.path(month))
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *world) put(month string, b []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.path(month), b, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) lines(month string) [][]byte {
	w.t.Helper()
	return bytes.SplitAfter(bytes.TrimSuffix(w.read(month), nil), []byte{'\n'})
}

func (w *world) value(e *Entry, name string) string {
	w.t.Helper()
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	w.t.Errorf("entry %d has no field %s: %+v", e.Seq, name, e.Fields)
	return ""
}
