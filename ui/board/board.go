// Package board says in one sentence what a status means, alike in the tray's tooltip and in the window. It is pure:
// times are read in the zone of the status's own Now.
package board

import (
	"slices"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/text"
)

// Headline says the whole status in one sentence. With several connections it names the one it speaks of.
func Headline(s ipc.Status, t *text.Text) string {
	switch {
	case len(s.Connections) == 0:
		return t.Get("ui.headline.empty", nil)
	case len(s.Connections) == 1:
		return Say(s.Connections[0], s.Now, t)
	case s.State == ipc.StateFine:
		return fine(oldest(s.Connections), s.Now, t)
	case s.State == ipc.StateAttention && !slices.ContainsFunc(s.Connections, stopped):
		return waiting(s.Connections, t)
	}
	for _, c := range s.Connections {
		if c.State == s.State && (s.State != ipc.StateAttention || stopped(c)) {
			return c.Name + ": " + Say(c, s.Now, t)
		}
	}
	return t.Get("ui.state."+string(s.State), nil)
}

// Say says one connection's state in one sentence.
func Say(c ipc.ConnectionStatus, now time.Time, t *text.Text) string {
	switch c.State {
	case ipc.StateAttention:
		if f := Fault(c); f != nil && f.Kind != fault.Retry {
			return t.Fault(*f)
		}
		return waiting([]ipc.ConnectionStatus{c}, t)
	case ipc.StateOffline:
		if c.LastOK.IsZero() {
			return t.Get("ui.headline.offline_new", nil)
		}
		return t.Get("ui.headline.offline", text.Args{"time": t.When(c.LastOK, now)})
	case ipc.StatePaused:
		if c.Paused == nil || c.Paused.IsZero() {
			return t.Get("ui.headline.paused_open", nil)
		}
		return t.Get("ui.headline.paused", text.Args{"time": t.When(*c.Paused, now)})
	case ipc.StateWorking:
		if c.Running != nil {
			return Progress(*c.Running, t)
		}
	case ipc.StateFine:
		return fine(c.LastOK, now, t)
	}
	return t.Get("ui.state."+string(c.State), nil)
}

// Progress says how far a run is: "Stock: 240 of 500 · step 2 of 5".
func Progress(p ipc.Progress, t *text.Text) string {
	args := text.Args{"kind": t.Get("ui.kind."+string(p.Kind), nil), "done": t.Number(p.Done), "total": t.Number(p.Total)}
	key := "ui.headline.working"
	if p.Total == 0 {
		key = "ui.headline.starting"
	}
	said := t.Get(key, args)
	if p.Steps > 1 {
		said += " · " + t.Get("ui.step", text.Args{"step": t.Number(p.Step), "steps": t.Number(p.Steps)})
	}
	return said
}

// Lost says why the service could not be asked: it refused, or it is not there.
func Lost(err error, t *text.Text) string {
	if Refused(err) {
		return t.Error(err)
	}
	return t.Get("ui.headline.stopped", nil)
}

// Refused reports whether a service answered and would not serve us, so that starting it is no cure.
func Refused(err error) bool {
	return slices.Contains([]fault.Code{"ipc.denied", "ipc.version", "ipc.untrusted", "ipc.path_too_long"}, fault.As(err).Code)
}

// Fault is why a connection, or else one of its flows, stands still; nil where nothing does. One that waits for a
// person comes before one that passes by itself.
func Fault(c ipc.ConnectionStatus) *ipc.Fault {
	found := c.Fault
	for _, f := range c.Flows {
		if f.Fault != nil && (found == nil || found.Kind == fault.Retry && f.Fault.Kind != fault.Retry) {
			found = f.Fault
		}
	}
	return found
}

// stopped reports whether a connection stands still until a person does something.
func stopped(c ipc.ConnectionStatus) bool {
	f := Fault(c)
	return c.State == ipc.StateAttention && f != nil && f.Kind != fault.Retry
}

// waiting counts what waits for a person: by its name where it is all of one kind.
func waiting(connections []ipc.ConnectionStatus, t *text.Text) string {
	kinds, total := map[record.Kind]int{}, 0
	for _, c := range connections {
		total += c.Problems
		for _, f := range c.Flows {
			if f.Waiting > 0 {
				kinds[f.Kind] += f.Waiting
			}
		}
	}
	if total == 0 {
		return t.Get("ui.headline.attention", nil)
	}
	for _, k := range record.Kinds() {
		if kinds[k] == total {
			return t.Count("ui.wait."+string(k), total)
		}
	}
	return t.Count("ui.wait.any", total)
}

func fine(last, now time.Time, t *text.Text) string {
	if last.IsZero() {
		return t.Get("ui.headline.fresh", nil)
	}
	return t.Get("ui.headline.fine", text.Args{"time": t.When(last, now)})
}

// oldest is the earliest last success, because "all in step" is only true as of then; zero where one never had any.
func oldest(connections []ipc.ConnectionStatus) time.Time {
	return slices.MinFunc(connections, func(a, b ipc.ConnectionStatus) int { return a.LastOK.Compare(b.LastOK) }).LastOK
}
