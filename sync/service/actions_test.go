package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

func actionsOf(p ipc.Problem) (out []string) {
	for _, a := range p.Actions {
		out = append(out, strings.TrimSpace(strings.Join([]string{string(a.Action), a.Side, a.URL, a.Field}, " ")))
	}
	return out
}

// What can be done about a problem leads to the connection's own hosts and nowhere else.
func TestActions(t *testing.T) {
	w := started(t, func(c *settings.Connection) { c.BC.WebURL, c.Safety.Min = "https://erp.example.nl/BC", 1 })
	w.sync()
	want := []string{"open shop https://shop.example.nl/wp-admin/post.php?post=", "open bc https://erp.example.nl/BC/?company=CRONUS", "retry", "skip"}
	w.order("A-1")
	w.must(w.co.SetBlocked("A-1", true))
	w.sync(record.KindOrder)
	p := w.problem()
	got := actionsOf(p)
	if len(got) != len(want) || p.Together {
		t.Fatalf("%s: %v", p.Fault.Code, got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	w.must(w.api.Act(w.ctx(), ipc.ActionSkip, ipc.ProblemRequest{ID: p.ID}))
	for _, n := range []string{"A-2", "A-3"} {
		w.must(w.co.SetInventory(n, decimal.Zero))
	}
	w.sync()
	list, err := w.api.Problems(w.ctx(), "", record.KindStock)
	w.must(err)
	if len(list) != 2 || !list[0].Together || list[0].Fault.Args["from"] != "10" || list[0].Fault.Args["to"] != "0" ||
		list[0].Actions[0].Action != ipc.ActionApprove || !slices.Contains(actionsOf(list[0]), "setting   [safety] share") {
		t.Errorf("a guard's problems: %+v", list)
	}
}

// The side's own words reach the person, and the problem ends by itself when what they say is mended there.
func TestTheSidesOwnWords(t *testing.T) {
	w := started(t)
	w.sync()
	_, err := w.co.AddCustomer(bcsim.Customer{Number: "C1", Name: "Jan", Email: "jan@example.com", Country: "NL", NoPosting: true})
	w.must(err)
	w.order("A-1")
	w.sync(record.KindOrder)
	p := w.problem()
	if p.Fault.Code != "bc.refused" || !strings.Contains(p.Fault.Text+p.Fault.Detail, "Posting Group") || p.Tries != 1 || p.First.IsZero() || p.Last.Before(p.First) {
		t.Errorf("the problem is %+v", p)
	}
	w.must(w.co.FillPosting("C1"))
	w.must(w.api.Act(w.ctx(), ipc.ActionRetry, ipc.ProblemRequest{ID: p.ID}))
	w.sync(record.KindOrder)
	if got := w.problems(); len(got) != 0 {
		t.Errorf("mended, and still %v wait", got)
	}
}
