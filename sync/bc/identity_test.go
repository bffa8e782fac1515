package bc

import (
	"slices"
	"testing"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/endpoint"
)

// A check tells which company it is and where its ledger ends; a right that is missing leaves the one and hides the
// other.
func TestIdentity(t *testing.T) {
	w := newWorld(t)
	look := func() endpoint.Identity {
		t.Helper()
		f, err := w.client.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f.Identity
	}
	if _, err := w.co.AddItem(bcsim.Item{Number: "A100", Name: "City bicycle"}); err != nil {
		t.Fatal(err)
	}
	backup := w.co.Backup()
	before := look()
	if before.ID != w.co.ID || before.Name != companyName || before.Trail == nil {
		t.Errorf("%+v", before)
	}
	item := w.co.Items()[0].Number
	if err := w.co.Receive(item, decimal.MustNew(3, 0)); err != nil {
		t.Fatal(err)
	}
	after := look()
	if len(after.Trail) != len(before.Trail)+1 || after.Trail[0].Number <= 0 || after.Trail[0].ID == "" || after.Trail[0].At.IsZero() || !slices.Equal(after.Trail[1:], before.Trail) {
		t.Errorf("%+v, before %+v", after.Trail, before.Trail)
	}
	w.co.Restore(backup)
	if err := w.co.Receive(item, decimal.MustNew(4, 0)); err != nil {
		t.Fatal(err)
	}
	if again := look(); again.Trail[0].Number != after.Trail[0].Number || again.Trail[0].ID == after.Trail[0].ID {
		t.Errorf("the number a restored company gives again: %+v, was %+v", again.Trail[0], after.Trail[0])
	}
	if err := w.sim.Change(func(o *bcsim.Options) { o.Denied = []string{"TableData 32 Item Ledger Entry Read"} }); err != nil {
		t.Fatal(err)
	}
	if f, err := w.client.Check(t.Context()); err == nil || f.Identity.ID != w.co.ID || f.Identity.Trail != nil {
		t.Errorf("without the right: %+v, %v", f.Identity, err)
	}
}
