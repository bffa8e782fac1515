package tray

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/text"
)

func english(t *testing.T) *text.Text {
	t.Helper()
	tx, err := text.New("en")
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

var now = time.Date(2026, 11, 23, 14, 40, 0, 0, time.UTC)

// drawn writes a menu as a person sees it: "-" a separator, "(…)" greyed out, "… ▸ …" a menu of its own.
func drawn(items []Item) []string {
	var out []string
	for _, i := range items {
		s := i.Label
		if s == "" {
			s = "-"
		}
		if i.Off {
			s = "(" + s + ")"
		}
		if len(i.Items) > 0 {
			s += " ▸ " + strings.Join(drawn(i.Items), ", ")
		}
		out = append(out, s)
	}
	return out
}

const pauses = " ▸ 1 hour, 8 hours, Until tomorrow, Until I resume"
const pausesOff = " ▸ (1 hour), (8 hours), (Until tomorrow), (Until I resume)"

func TestOf(t *testing.T) {
	until := now.Add(50 * time.Minute)
	ok := ipc.ConnectionStatus{Name: "webshop-nl", State: ipc.StateFine, LastOK: now.Add(-8 * time.Minute)}
	waits := ipc.ConnectionStatus{Name: "webshop-de", State: ipc.StateAttention, Problems: 3,
		Flows: []ipc.FlowStatus{{Kind: record.KindOrder, Waiting: 3}}}
	paused := ipc.ConnectionStatus{Name: "webshop-nl", State: ipc.StatePaused, Paused: &until}
	cases := []struct {
		name   string
		status ipc.Status
		err    error
		icon   ipc.State
		menu   []string
	}{
		{"fine", ipc.Status{State: ipc.StateFine, Role: ipc.RoleOperator, Connections: []ipc.ConnectionStatus{ok}}, nil, ipc.StateFine, []string{
			"(All in step · 14:32)", "-", "(webshop-nl: All in step · 14:32)", "-", "Sync now", "Pause" + pauses, "-", "Open Stockbridge", "Quit"}},
		{"orders wait", ipc.Status{State: ipc.StateAttention, Role: ipc.RoleAdministrator, Connections: []ipc.ConnectionStatus{ok, waits}}, nil, ipc.StateAttention, []string{
			"(3 orders wait for you)", "-", "(webshop-nl: All in step · 14:32)", "(webshop-de: 3 orders wait for you)", "-",
			"Sync now", "Pause" + pauses, "-", "Open Stockbridge", "Quit"}},
		{"all paused", ipc.Status{State: ipc.StatePaused, Role: ipc.RoleOperator, Connections: []ipc.ConnectionStatus{paused}}, nil, ipc.StatePaused, []string{
			"(Paused until 15:30)", "-", "(webshop-nl: Paused until 15:30)", "-", "Sync now", "Resume", "-", "Open Stockbridge", "Quit"}},
		{"one of two paused", ipc.Status{State: ipc.StateAttention, Role: ipc.RoleOperator, Connections: []ipc.ConnectionStatus{paused, waits}}, nil, ipc.StateAttention, []string{
			"(3 orders wait for you)", "-", "(webshop-nl: Paused until 15:30)", "(webshop-de: 3 orders wait for you)", "-",
			"Sync now", "Resume", "Pause" + pauses, "-", "Open Stockbridge", "Quit"}},
		{"a viewer only looks", ipc.Status{State: ipc.StatePaused, Role: ipc.RoleViewer, Connections: []ipc.ConnectionStatus{paused, ok}}, nil, ipc.StatePaused, []string{
			"(webshop-nl: Paused until 15:30)", "-", "(webshop-nl: Paused until 15:30)", "(webshop-nl: All in step · 14:32)", "-",
			"(Sync now)", "(Resume)", "(Pause)" + pausesOff, "-", "Open Stockbridge", "Quit"}},
		{"no connection", ipc.Status{State: ipc.StateFine, Role: ipc.RoleOperator}, nil, ipc.StateFine, []string{
			"(No connection yet)", "-", "(Sync now)", "(Pause)" + pausesOff, "-", "Open Stockbridge", "Quit"}},
		{"no service", ipc.Status{}, fault.Wrap(errors.New("dial"), "ipc.no_service", nil), ipc.StateStopped, []string{
			"(Service is not running)", "-", "(Sync now)", "(Pause)" + pausesOff, "-", "Open Stockbridge", "Quit"}},
		{"refused", ipc.Status{}, fault.New("ipc.version", fault.Args{"service": "2", "client": "1"}), ipc.StateStopped, []string{
			"(The service is version 2 and this program 1. Restart the older one.)", "-", "(Sync now)", "(Pause)" + pausesOff, "-", "Open Stockbridge", "Quit"}},
	}
	for _, c := range cases {
		c.status.Now = now
		m := Of(c.status, c.err, english(t))
		if m.Icon != c.icon {
			t.Errorf("%s: icon %s, want %s", c.name, m.Icon, c.icon)
		}
		if d := cmp.Diff(c.menu, drawn(m.Items)); d != "" {
			t.Errorf("%s: menu (-want +got)\n%s", c.name, d)
		}
		if "("+m.Tooltip+")" != c.menu[0] {
			t.Errorf("%s: tooltip %q is not the headline", c.name, m.Tooltip)
		}
	}
}

func TestLongSentencesFitWindows(t *testing.T) {
	long := ipc.Fault{Kind: fault.Config, Text: strings.Repeat("Größe 😀 ", 40)}
	s := ipc.Status{State: ipc.StateAttention, Now: now, Connections: []ipc.ConnectionStatus{
		{Name: "webshop-nl", State: ipc.StateAttention, Fault: &long}}}
	m := Of(s, nil, english(t))
	if n := len(utf16.Encode([]rune(m.Tooltip))); n > maxTooltip || n < maxTooltip/2 {
		t.Errorf("tooltip has %d units, want at most %d and not much less", n, maxTooltip)
	}
	if !strings.HasSuffix(m.Tooltip, "…") || strings.Contains(m.Tooltip, "\uFFFD") {
		t.Errorf("cut badly: %q", m.Tooltip)
	}
}

// The system's menu is rebuilt only when its outline changes, else an open menu would close at each new number.
func TestOutlineStaysWhileNumbersChange(t *testing.T) {
	tx := english(t)
	working := func(done int) Model {
		return Of(ipc.Status{State: ipc.StateWorking, Now: now, Role: ipc.RoleOperator, Connections: []ipc.ConnectionStatus{
			{Name: "a", State: ipc.StateWorking, Running: &ipc.Progress{Kind: record.KindStock, Done: done, Total: 500}}}}, nil, tx)
	}
	one, two := working(10).Items, working(20).Items
	if slices.Equal(drawn(one), drawn(two)) {
		t.Fatal("the two menus read the same")
	}
	if d := cmp.Diff(outline(one), outline(two)); d != "" {
		t.Errorf("outline changed:\n%s", d)
	}
	stopped := Of(ipc.Status{}, errors.New("gone"), tx).Items
	if cmp.Equal(outline(one), outline(stopped)) {
		t.Error("a menu without connections has the outline of one with")
	}
}

func outline(items []Item) []string {
	var out []string
	for _, i := range items {
		out = append(out, string(i.Verb)+strings.Repeat("-", len(i.Items)))
	}
	return out
}
