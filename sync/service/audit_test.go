package service_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// audit lists entries as "what kind key", the oldest first.
func (w *world) audit(r ipc.AuditRequest) []string {
	w.t.Helper()
	var out []string
	for _, e := range w.entries(r) {
		out = append(out, strings.TrimSpace(e.What+" "+string(e.Kind)+" "+e.Key))
	}
	slices.Reverse(out)
	return out
}

func (w *world) entries(r ipc.AuditRequest) []ipc.AuditEntry {
	w.t.Helper()
	list, err := w.api.Audit(w.ctx(), r)
	w.must(err)
	return list
}

// verified fails the test unless every trail is whole, and returns how many entries the connection's has.
func (w *world) verified() int {
	w.t.Helper()
	r, err := w.api.VerifyAudit(w.ctx())
	w.must(err)
	n := 0
	for _, c := range r.Connections {
		if !c.OK || c.Torn > 0 {
			w.t.Fatalf("the trail of %s is not whole: %+v, %+v", c.Name, c, c.Fault)
		}
		if c.Name == w.conf.Name {
			n = c.Entries
		}
	}
	return n
}

func value(e *ipc.AuditEntry, name string) string {
	for _, f := range e.Fields {
		if f.Name == name {
			if f.From != nil {
				return *f.From + " -> " + f.Value
			}
			return f.Value
		}
	}
	return "none"
}

func TestEveryWriteIsInTheTrail(t *testing.T) {
	w := started(t)
	w.sync()
	number := fmt.Sprint(w.order("A-1", "A-2"))
	w.sync()
	w.must(w.co.SetInventory("A-3", decimal.MustParse("4")))
	w.sync()
	var items []string
	for _, sku := range []string{"A-1", "A-2", "A-3"} {
		items = append(items, "create items "+sku, "create stock "+sku, "create prices "+sku)
	}
	got := w.audit(ipc.AuditRequest{})
	for _, want := range append(items, "create shoppers jan@example.com", "create orders "+number, "mark marks "+number, "update stock A-3", "import", "set secret  bc password") {
		if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != want })); n != 1 {
			t.Errorf("%q is %d times in the trail:\n%s", want, n, strings.Join(got, "\n"))
		}
	}
	stock := w.entries(ipc.AuditRequest{Kind: record.KindStock, Key: "A-3", Limit: 1})[0]
	if v := value(&stock, "quantity"); v != "10 -> 4" || stock.Who.Flow != record.KindStock || stock.Who.Installation == "" || stock.Why != "changed at its owner" || stock.To == "" {
		t.Errorf("quantity %s in %+v", v, stock)
	}
	order := w.entries(ipc.AuditRequest{Kind: record.KindOrder, Key: number})[0]
	if order.Number == "" || value(&order, "email") != "jan@example.com" || value(&order, "sell_to.city") != "Utrecht" || value(&order, "total") == "none" {
		t.Errorf("the order's entry: %+v", order)
	}
	secret := w.entries(ipc.AuditRequest{Key: "bc password"})[0]
	if secret.Who.Role != "administrator" || secret.Who.Account == "" || len(secret.Fields) != 0 {
		t.Errorf("the secret's entry: %+v", secret)
	}
	before := w.verified()
	w.sync() // reads the marked order again, and writes nothing
	if n := w.verified(); n != before {
		t.Errorf("a run over nothing new added %d entries", n-before)
	}
	w.reopen()
	if n := w.verified(); n != before {
		t.Errorf("a restart added %d entries", n-before)
	}
}

func TestSettingsBecameOthers(t *testing.T) {
	w := started(t)
	w.conf.Flows.Stock.Buffer.Decimal = decimal.MustParse("2")
	w.importConf()
	e := w.entries(ipc.AuditRequest{Limit: 1})[0]
	if e.What != "import" || len(e.Fields) != 1 || value(&e, "[flows.stock] buffer") != "none -> 2" {
		t.Errorf("the import's entry: %+v", e)
	}
}

func TestErasureReachesTheTrail(t *testing.T) {
	w := started(t)
	w.sync()
	number := fmt.Sprint(w.order("A-1"))
	w.sync()
	before := w.verified()
	erased, err := w.api.Erase(w.ctx(), ipc.EraseRequest{Email: "Jan@Example.com"})
	w.must(err)
	if !erased.Audit || w.verified() != before+1 {
		t.Errorf("erased %+v", erased)
	}
	e := w.entries(ipc.AuditRequest{Kind: record.KindOrder, Key: number})[0]
	if !e.Erased || value(&e, "email") != "(erased)" || value(&e, "total") == "(erased)" {
		t.Errorf("the order's entry after erasure: %+v", e)
	}
	w.must(filepath.WalkDir(filepath.Join(w.opts.Dir, "audit"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("jan@")) || bytes.Contains(text, []byte("Vries")) {
			t.Errorf("%s names the person", path)
		}
		return err
	}))
	if erased, err = w.api.Erase(w.ctx(), ipc.EraseRequest{Email: "jan@example.com"}); err != nil || erased.Audit {
		t.Errorf("erased again: %+v, %v", erased, err)
	}
	w.reopen()
	w.verified()
}

// TestCutTrailShowsAfterAStart takes the last entries away while the service is down: the state remembers them.
func TestCutTrailShowsAfterAStart(t *testing.T) {
	w := started(t)
	w.sync()
	w.must(w.s.Close())
	files, err := filepath.Glob(filepath.Join(w.opts.Dir, "audit", shopName, "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	w.must(err)
	lines := bytes.SplitAfter(text, []byte("\n"))
	w.must(os.WriteFile(files[0], bytes.Join(lines[:len(lines)-3], nil), 0o600))
	w.open()
	for range 2 {
		r, err := w.api.VerifyAudit(w.ctx())
		w.must(err)
		if c := r.Connections[0]; c.OK || c.Fault == nil || !strings.HasPrefix(string(c.Fault.Code), "audit.") {
			t.Errorf("verified: %+v", c)
		}
		w.order("A-1")
		w.sync() // nobody's orders wait for a trail
	}
}

func TestRemovedConnectionKeepsItsTrail(t *testing.T) {
	w := started(t)
	w.sync()
	w.must(w.api.Remove(w.ctx(), shopName))
	got := w.audit(ipc.AuditRequest{Connection: shopName})
	if got[len(got)-1] != "remove" {
		t.Errorf("the trail ends with %s", got[len(got)-1])
	}
	n := w.verified()
	w.connect() // the same name again goes on where it ended
	if again := w.verified(); again <= n {
		t.Errorf("%d entries became %d", n, again)
	}
	if _, err := w.api.Audit(w.ctx(), ipc.AuditRequest{Connection: "nope"}); fault.As(err).Code != "connection.unknown" {
		t.Errorf("an unknown connection: %v", err)
	}
}

// TestDecisionsAreInTheTrail: who skipped what, and who asked for a repair.
func TestDecisionsAreInTheTrail(t *testing.T) {
	w, number := held(t)
	w.must(w.api.Act(w.ctx(), ipc.ActionSkip, ipc.ProblemRequest{ID: w.problem().ID}))
	e := w.entries(ipc.AuditRequest{Limit: 1})[0]
	if e.What != "skip" || e.Kind != record.KindOrder || e.Key != number || e.Why != "order.unknown_sku" || e.Who.Role != "administrator" {
		t.Errorf("the decision's entry: %+v", e)
	}
	_, err := w.api.Reconcile(w.ctx(), ipc.ReconcileRequest{Connection: shopName, Repair: true})
	w.must(err)
	if got := w.audit(ipc.AuditRequest{}); !slices.Contains(got, "reconcile --repair") {
		t.Errorf("no repair in %v", got)
	}
	w.verified()
}

func TestPausesAreInTheTrail(t *testing.T) {
	w := started(t)
	w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Connection: shopName, Kinds: []record.Kind{record.KindOrder}}))
	e := w.entries(ipc.AuditRequest{Limit: 1})[0]
	if e.What != "pause" || value(&e, "flow") != "orders" || e.Who.Role != "administrator" {
		t.Errorf("the pause's entry: %+v", e)
	}
	w.must(w.api.Resume(w.ctx(), ipc.PauseRequest{Connection: shopName, Kinds: []record.Kind{record.KindOrder}}))
	if e = w.entries(ipc.AuditRequest{Limit: 1})[0]; e.What != "resume" {
		t.Errorf("the end's entry: %+v", e)
	}
}

// TestErasedPersonIsInNoFile looks through the whole data folder for a person whose order waits, in whatever form.
func TestErasedPersonIsInNoFile(t *testing.T) {
	w := started(t)
	w.sync()
	for _, number := range []string{"C1", "C2"} {
		_, err := w.co.AddCustomer(bcsim.Customer{Number: number, Name: "Jan", Email: "jan@example.com", Country: "NL"})
		w.must(err)
	}
	w.order("A-1")
	w.sync(record.KindOrder)
	if p := w.problem(); p.Fault.Code != "order.customer_many" {
		t.Fatalf("the problem is %+v", p)
	}
	w.s.Close()
	w.open() // a copy of the state is kept with the next run
	w.sync(record.KindStock)
	_, err := w.api.Erase(w.ctx(), ipc.EraseRequest{Email: "jan@example.com"})
	w.must(err)
	w.must(filepath.WalkDir(w.opts.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(text), []byte("jan@example.com")) {
			t.Errorf("%s names the person", path)
		}
		return err
	}))
	w.sync()
	if p := w.problem(); p.Fault.Code != "order.customer_many" {
		t.Errorf("afterwards the problem is %+v", p)
	}
	w.verified()
}

// Whoever takes somebody out of the journal is in the trail, also where the trail itself holds nothing of the person.
func TestErasureOfTheJournalIsInTheTrail(t *testing.T) {
	w := started(t)
	w.sync()
	_, err := w.api.Erase(w.ctx(), ipc.EraseRequest{Email: "nobody@example.com"})
	w.must(err)
	if e := w.entries(ipc.AuditRequest{Limit: 1})[0]; e.What != "erase" || e.Who.Role != "administrator" {
		t.Errorf("the last entry: %+v", e)
	}
}
