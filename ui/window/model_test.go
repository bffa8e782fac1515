package window

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/text"
)

func in(t *testing.T, tag string) *text.Text {
	t.Helper()
	tx, err := text.New(tag)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

var now = time.Date(2026, 11, 23, 14, 40, 0, 0, time.UTC)

func ago(minutes int) time.Time { return now.Add(-time.Duration(minutes) * time.Minute) }

func ordersWait() ipc.ConnectionStatus {
	return ipc.ConnectionStatus{Name: "webshop-de", State: ipc.StateAttention, Company: "CRONUS DE", Platform: "woocommerce",
		ShopHost: "laden.example.de", LastOK: ago(6), Problems: 1200, Flows: []ipc.FlowStatus{
			{Kind: record.KindStock, Last: &ipc.Run{Read: 14203, Written: 20, Linked: 1, Unchanged: 14182, Ended: ago(6)}, Next: now.Add(time.Minute)},
			{Kind: record.KindPrice, Off: true, Next: now},
			{Kind: record.KindOrder, Last: &ipc.Run{Read: 7, Written: 4, Held: 2, Rejected: 1, Ended: ago(1440)}, Waiting: 1200,
				Next: now.Add(3 * time.Minute), Fault: &ipc.Fault{Kind: fault.Retry}},
			{Kind: record.KindShipment},
		}}
}

func statusOf(role ipc.Role, cs ...ipc.ConnectionStatus) ipc.Status {
	return ipc.Status{State: cs[0].State, Now: now, Version: "0.1.0", Role: role, Connections: cs}
}

func TestCard(t *testing.T) {
	got := cardsOf(statusOf(ipc.RoleOperator, ordersWait()), in(t, "en"))
	calmly := func(texts ...string) []cellModel {
		var cells []cellModel
		for _, s := range texts {
			cells = append(cells, cellModel{Text: s})
		}
		return cells
	}
	want := []cardModel{{
		Name: "webshop-de", State: ipc.StateAttention, Word: "Needs you", Pair: "CRONUS DE with laden.example.de (WooCommerce)",
		Sentence: "1,200 orders wait for you", Urgent: true, Times: "Last in step: 14:34  ·  Next run: 14:41",
		Problems: "Show problems (1,200)", May: true,
		Flows: []flowModel{
			{Name: "Stock", Cells: calmly("14,203", "21", "14,182", "0", "0", "14:34", "14:41")},
			{Name: "Prices", Quiet: true, Cells: calmly("–", "–", "–", "–", "–", "–", "off")},
			{Name: "Orders", Cells: append(append(calmly("7", "4", "0"), cellModel{"2", amber}, cellModel{"1", red}, cellModel{"yesterday 14:40", amber}), calmly("14:43")...)},
			{Name: "Shipments", Cells: calmly("–", "–", "–", "–", "–", "–", "–")},
		},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestCardStates(t *testing.T) {
	until := now.Add(time.Hour)
	offline := &ipc.Fault{Kind: fault.Retry, Text: "Shop: shop.example.nl did not answer in time."}
	cases := []struct {
		name   string
		change func(*ipc.ConnectionStatus)
		want   func(cardModel) bool
	}{
		{"in step says nothing more", func(c *ipc.ConnectionStatus) { c.State = ipc.StateFine },
			func(m cardModel) bool { return m.Sentence == "" && !m.Urgent }},
		{"offline says why", func(c *ipc.ConnectionStatus) { c.State, c.Fault = ipc.StateOffline, offline },
			func(m cardModel) bool { return m.Sentence == offline.Text && !m.Urgent }},
		{"paused has no next run", func(c *ipc.ConnectionStatus) { c.State, c.Paused = ipc.StatePaused, &until },
			func(m cardModel) bool {
				return m.Paused && m.Sentence == "Paused until 15:40" && m.Times == "Last in step: 14:34" && m.Flows[0].Cells[6].Text == "–"
			}},
		{"a flow that is paused by itself says so", func(c *ipc.ConnectionStatus) { c.Flows[0].Paused = &until },
			func(m cardModel) bool { return !m.Paused && m.Flows[0].Cells[6] == cellModel{"paused", amber} }},
		{"working shows how far", func(c *ipc.ConnectionStatus) {
			c.State, c.Running = ipc.StateWorking, &ipc.Progress{Kind: record.KindStock, Done: 240, Total: 500, Step: 2, Steps: 5}
		}, func(m cardModel) bool {
			return m.Sentence == "" && *m.Progress == progressModel{"Stock: 240 of 500 · step 2 of 5", 0.48} && m.Flows[0].Cells[6].Text == "now"
		}},
		{"a total that shrinks doesn't overflow the bar", func(c *ipc.ConnectionStatus) { c.Running = &ipc.Progress{Done: 9, Total: 3} },
			func(m cardModel) bool { return m.Progress.Share == 1 }},
		{"nothing known yet is an empty bar", func(c *ipc.ConnectionStatus) { c.Running = &ipc.Progress{Kind: record.KindOrder} },
			func(m cardModel) bool { return m.Progress.Share == 0 && m.Progress.Text == "Orders: reading" }},
		{"a fault that waits for a person is loud in its row", func(c *ipc.ConnectionStatus) { c.Flows[0].Fault = &ipc.Fault{Kind: fault.Config} },
			func(m cardModel) bool { return m.Flows[0].Cells[5].Loud == red }},
	}
	for _, c := range cases {
		connection := ordersWait()
		c.change(&connection)
		if m := cardsOf(statusOf(ipc.RoleOperator, connection), in(t, "en"))[0]; !c.want(m) {
			t.Errorf("%s: got %+v", c.name, m)
		}
	}
}

func TestOnlyOperatorsMayAct(t *testing.T) {
	for role, want := range map[ipc.Role]bool{ipc.RoleNone: false, ipc.RoleViewer: false, ipc.RoleOperator: true, ipc.RoleAdministrator: true} {
		s := statusOf(role, ordersWait())
		tx := in(t, "en")
		if cardsOf(s, tx)[0].May != want || headOf(s, nil, pageConnections, tx).May != want || problemOf(ipc.Problem{}, s, tx).May != want {
			t.Errorf("%q: want %v everywhere", role, want)
		}
	}
	if mayAct(statusOf(ipc.RoleOperator, ordersWait()), errors.New("gone")) {
		t.Error("one may act on a service that is gone")
	}
}

func TestHead(t *testing.T) {
	tx := in(t, "en")
	m := headOf(statusOf(ipc.RoleOperator, ordersWait()), nil, pageProblems, tx)
	want := headModel{Icon: ipc.StateAttention, Headline: "1,200 orders wait for you", Pages: true, May: true, Running: true,
		Tabs: [2]tabModel{{pageConnections, "Connections", false}, {pageProblems, "Problems (1,200)", true}}}
	if d := cmp.Diff(want, m); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if m := headOf(ipc.Status{}, errors.New("gone"), pageConnections, tx); m.Icon != ipc.StateStopped || m.Headline != "Stopped" || m.Pages {
		t.Errorf("without a service: %+v", m)
	}
}

func TestNotice(t *testing.T) {
	gone := fault.Wrap(errors.New("dial"), "ipc.no_service", nil)
	denied := fault.New("ipc.denied", fault.Args{"role": "viewer", "have": "in no Stockbridge group"})
	cases := []struct {
		name           string
		status         ipc.Status
		err            error
		title, command string
	}{
		{"connections", statusOf(ipc.RoleViewer, ordersWait()), nil, "", ""},
		{"none yet", ipc.Status{}, nil, "No connection yet", "stockbridge connection import FILE"},
		{"no service", ipc.Status{}, gone, "The Stockbridge service is not running", "stockbridge service start"},
		{"refused: starting it is no cure", ipc.Status{}, denied, "The Stockbridge service can't be used from here", ""},
		{"not asked yet", ipc.Status{}, errLooking, "Looking for the service …", ""},
	}
	for _, c := range cases {
		var title, command string
		if n := noticeOf(c.status, c.err, "stockbridge service start", in(t, "en")); n != nil {
			title, command = n.Title, n.Command
		}
		if title != c.title || command != c.command {
			t.Errorf("%s: %q, %q", c.name, title, command)
		}
	}
}

func TestProblem(t *testing.T) {
	p := ipc.Problem{ID: "p1", Connection: "webshop-de", Kind: record.KindOrder, Key: "1042", First: ago(90), Tries: 3, Next: now.Add(time.Hour),
		Approvable: true, Fault: ipc.Fault{Code: "bc.refused", Args: fault.Args{"key": "1042", "detail": "Blocked"}, Detail: "Blocked"}}
	want := problemModel{ID: "p1", Kind: "Aufträge", Key: "1042", Where: "webshop-de", Sentence: "Business Central hat 1042 abgelehnt: Blocked",
		Since: "seit 13:10  ·  3 Versuche  ·  nächster Versuch 15:40", Approve: true, May: true}
	if d := cmp.Diff(want, problemOf(p, statusOf(ipc.RoleOperator, ordersWait()), in(t, "de"))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	p.Fault.Detail = "Blocked since May"
	if m := problemOf(p, ipc.Status{Now: now}, in(t, "de")); m.Detail != "Blocked since May" {
		t.Errorf("words the sentence lacks are left out: %+v", m)
	}
}

func TestProblemLinks(t *testing.T) {
	open := func(side, url string) ipc.ProblemAction {
		return ipc.ProblemAction{Action: ipc.ActionOpen, Side: side, URL: url}
	}
	p := ipc.Problem{Actions: []ipc.ProblemAction{{Action: ipc.ActionRetry}, open("shop", "https://shop.example.nl/wp-admin/post.php?post=1"),
		open("bc", "https://erp.example.nl/BC/?page=31"), open("bc", "file:///etc/passwd"), open("shop", "javascript:alert(1)"), open("shop", "https:///x"),
		{Action: ipc.ActionSetting, Field: "[flows.prices] vat"}}}
	m := problemOf(p, ipc.Status{Now: now}, in(t, "en"))
	want := []pageModel{{"Open in the shop", "https://shop.example.nl/wp-admin/post.php?post=1"}, {"Open in Business Central", "https://erp.example.nl/BC/?page=31"}}
	if d := cmp.Diff(want, m.Pages); d != "" || m.Setting != "Setting that may help: [flows.prices] vat" {
		t.Errorf("%s\n%s", m.Setting, d)
	}
}

func TestResult(t *testing.T) {
	e := ipc.SyncEvent{Done: true, Problems: 1, Runs: []ipc.Run{{Written: 10, Linked: 2, Unchanged: 400}, {Written: 1, Unchanged: 88}}}
	tx := in(t, "en")
	if got := resultOf("webshop-nl", e, tx); got != "webshop-nl: finished. 13 written, 488 unchanged. 1 record waits for you." {
		t.Error(got)
	}
	e.Problems = 0
	if got := resultOf("", e, tx); got != "Finished. 13 written, 488 unchanged." {
		t.Error(got)
	}
	e.Fault = &ipc.Fault{Code: "run.cancelled", Text: "The run was stopped."}
	if got := resultOf("", e, tx); got != "The run was stopped." {
		t.Error(got)
	}
}
