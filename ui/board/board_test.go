package board_test

import (
	"errors"
	"testing"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/board"
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

var zone = time.FixedZone("CET", 3600)

func at(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 0, 0, zone) }

type conn = ipc.ConnectionStatus

func waitingFlows(kinds ...record.Kind) []ipc.FlowStatus {
	var flows []ipc.FlowStatus
	for _, k := range kinds {
		flows = append(flows, ipc.FlowStatus{Kind: k, Waiting: 2})
	}
	return flows
}

func TestHeadline(t *testing.T) {
	until, open := at(15, 30), time.Time{}
	auth := &ipc.Fault{Kind: fault.Auth, Code: "bc.tenant", Text: "Business Central does not know this tenant."}
	passing := &ipc.Fault{Kind: fault.Retry, Code: "net.timeout", Text: "It did not answer."}
	cases := []struct {
		name  string
		state ipc.State
		conns []conn
		want  string
	}{
		{"none", ipc.StateFine, nil, "No connection yet"},
		{"fine", ipc.StateFine, []conn{{State: ipc.StateFine, LastOK: at(14, 32)}}, "All in step · 14:32"},
		{"fine since yesterday", ipc.StateFine, []conn{{State: ipc.StateFine, LastOK: at(14, 32).AddDate(0, 0, -1)}}, "All in step · yesterday 14:32"},
		{"never ran", ipc.StateFine, []conn{{State: ipc.StateFine}}, "Waiting for the first run"},
		{"several: the oldest counts", ipc.StateFine, []conn{{State: ipc.StateFine, LastOK: at(14, 32)}, {State: ipc.StateFine, LastOK: at(13, 5)}}, "All in step · 13:05"},
		{"one kind waits", ipc.StateAttention, []conn{{State: ipc.StateAttention, Problems: 2, Flows: waitingFlows(record.KindOrder)}}, "2 orders wait for you"},
		{"two kinds wait", ipc.StateAttention, []conn{{State: ipc.StateAttention, Problems: 4, Flows: waitingFlows(record.KindOrder, record.KindStock)}}, "4 records wait for you"},
		{"several connections wait", ipc.StateAttention, []conn{
			{Name: "a", State: ipc.StateAttention, Problems: 2, Flows: waitingFlows(record.KindOrder)},
			{Name: "b", State: ipc.StateAttention, Problems: 2, Flows: waitingFlows(record.KindOrder)}}, "4 orders wait for you"},
		{"a fault comes before what waits", ipc.StateAttention, []conn{{State: ipc.StateAttention, Problems: 2, Fault: auth}}, auth.Text},
		{"a passing fault doesn't", ipc.StateAttention, []conn{{State: ipc.StateAttention, Problems: 2, Fault: passing, Flows: waitingFlows(record.KindOrder)}}, "2 orders wait for you"},
		{"the faulty one is named among several", ipc.StateAttention, []conn{{Name: "a", State: ipc.StateFine}, {Name: "b", State: ipc.StateAttention, Fault: auth}}, "b: " + auth.Text},
		{"and comes before one where records wait", ipc.StateAttention, []conn{{Name: "a", State: ipc.StateAttention, Problems: 2}, {Name: "b", State: ipc.StateAttention, Fault: auth}}, "b: " + auth.Text},
		{"working", ipc.StateWorking, []conn{{State: ipc.StateWorking, Running: &ipc.Progress{Kind: record.KindStock, Done: 240, Total: 5000, Step: 2, Steps: 5}}}, "Stock: 240 of 5,000 · step 2 of 5"},
		{"working, nothing known yet", ipc.StateWorking, []conn{{State: ipc.StateWorking, Running: &ipc.Progress{Kind: record.KindOrder, Step: 1, Steps: 1}}}, "Orders: reading"},
		{"working, no progress", ipc.StateWorking, []conn{{State: ipc.StateWorking}}, "Working"},
		{"paused", ipc.StatePaused, []conn{{State: ipc.StatePaused, Paused: &until}}, "Paused until 15:30"},
		{"paused for good", ipc.StatePaused, []conn{{State: ipc.StatePaused, Paused: &open}}, "Paused until you resume"},
		{"offline", ipc.StateOffline, []conn{{State: ipc.StateOffline, LastOK: at(14, 2)}}, "No contact since 14:02; tried again by itself"},
		{"offline from the start", ipc.StateOffline, []conn{{State: ipc.StateOffline}}, "No contact yet; tried again by itself"},
	}
	for _, c := range cases {
		got := board.Headline(ipc.Status{State: c.state, Now: at(14, 40), Connections: c.conns}, in(t, "en"))
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestFaultPrefersWhatWaitsForAPerson(t *testing.T) {
	retry, config := &ipc.Fault{Kind: fault.Retry}, &ipc.Fault{Kind: fault.Config}
	for name, c := range map[string]conn{
		"of the flow":       {Fault: retry, Flows: []ipc.FlowStatus{{}, {Fault: config}}},
		"of the connection": {Fault: config, Flows: []ipc.FlowStatus{{Fault: retry}}},
		"of a later flow":   {Flows: []ipc.FlowStatus{{Fault: retry}, {Fault: config}}},
	} {
		if got := board.Fault(c); got != config {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if board.Fault(conn{}) != nil {
		t.Error("a fault from nowhere")
	}
}

func TestLost(t *testing.T) {
	gone := fault.Wrap(errors.New("dial"), "ipc.no_service", nil)
	denied := fault.New("ipc.denied", fault.Args{"role": "viewer", "have": "in no Stockbridge group"})
	if got := board.Lost(gone, in(t, "nl")); got != "De service draait niet" || board.Refused(gone) {
		t.Errorf("gone: %q", got)
	}
	if got := board.Lost(denied, in(t, "de")); got != "Das dürfen Sie nicht: Dafür ist die Rolle Betrachter nötig, und Sie sind in keiner Stockbridge-Gruppe." || !board.Refused(denied) {
		t.Errorf("denied: %q", got)
	}
}

func TestPauseUntil(t *testing.T) {
	now := at(23, 50)
	want := map[board.Pause]time.Time{
		board.PauseHour:     now.Add(time.Hour),
		board.PauseHours:    now.Add(8 * time.Hour),
		board.PauseTomorrow: time.Date(2026, 11, 24, 0, 0, 0, 0, zone),
		board.PauseOpen:     {},
	}
	for _, p := range board.Pauses() {
		if got := p.Until(now); !got.Equal(want[p]) {
			t.Errorf("%s ends %v, want %v", p, got, want[p])
		}
	}
}
