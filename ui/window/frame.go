package window

import (
	"errors"

	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
	"stockbridge/ui/text"
)

// errLooking stands in for a status until the service has answered, or failed to, for the first time.
var errLooking = errors.New("looking for the service")

// headModel is the line above the pages.
type headModel struct {
	Icon     ipc.State
	Headline string
	Pages    bool // there is something to turn to
	Tabs     [2]tabModel
	May      bool // sync, pause and resume
	Paused   bool // something can be resumed
	Running  bool // something can be paused
}

// tabModel is the button of a page.
type tabModel struct {
	Page   page
	Label  string
	Chosen bool
}

func headOf(status ipc.Status, err error, chosen page, t *text.Text) headModel {
	m := headModel{Icon: status.State, May: mayAct(status, err), Pages: err == nil && len(status.Connections) > 0}
	switch {
	case errors.Is(err, errLooking):
		m.Icon, m.Headline = ipc.StateStopped, t.Get("ui.status.connecting", nil)
	case err != nil:
		m.Icon, m.Headline = ipc.StateStopped, t.Get("ui.state.stopped", nil)
	default:
		m.Headline = board.Headline(status, t)
	}
	waiting := 0
	for _, c := range status.Connections {
		waiting += c.Problems
		m.Paused = m.Paused || c.Paused != nil
		m.Running = m.Running || c.Paused == nil
	}
	problems := t.Get("ui.tab.problems", nil)
	if waiting > 0 {
		problems = t.Get("ui.tab.problems.count", text.Args{"count": t.Number(waiting)})
	}
	m.Tabs = [2]tabModel{
		{pageConnections, t.Get("ui.tab.connections", nil), chosen == pageConnections},
		{pageProblems, problems, chosen == pageProblems},
	}
	return m
}

// mayAct reports whether the caller may sync, pause, retry and so on, and there is something to do it to.
func mayAct(status ipc.Status, err error) bool {
	return err == nil && len(status.Connections) > 0 && status.Role.Allows(ipc.RoleOperator)
}

// footOf is the line below the pages: which service this is and what one may do with it.
func footOf(status ipc.Status, err error, t *text.Text) string {
	if err != nil {
		return ""
	}
	role := status.Role
	if role == ipc.RoleNone {
		role = ipc.RoleViewer
	}
	return t.Get("ui.status.line", text.Args{"version": status.Version, "role": t.Get("ui.role."+string(role), nil)})
}

// resultOf says what a sync did. connection is "" for all.
func resultOf(connection string, e ipc.SyncEvent, t *text.Text) string {
	if e.Fault != nil {
		return t.Fault(*e.Fault)
	}
	written, unchanged := 0, 0
	for _, r := range e.Runs {
		written += r.Written + r.Linked
		unchanged += r.Unchanged
	}
	args := text.Args{"connection": connection, "written": t.Number(written), "unchanged": t.Number(unchanged)}
	said := t.Get("ui.synced_all", args)
	if connection != "" {
		said = t.Get("ui.synced", args)
	}
	if e.Problems > 0 {
		said += " " + t.Get("ui.synced_wait", text.Args{"wait": t.Count("ui.wait.any", e.Problems)})
	}
	return said
}
