package tray

import (
	"strings"

	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
	"stockbridge/ui/text"
)

// Verb is what a menu item does when it is pressed.
type Verb string

// The verbs. An item without one is only read.
const (
	VerbNone   Verb = ""
	VerbSync   Verb = "sync"
	VerbPause  Verb = "pause"
	VerbResume Verb = "resume"
	VerbOpen   Verb = "open"
	VerbQuit   Verb = "quit"
)

// Item is one line of the menu. An item without a label is a separator.
type Item struct {
	Label string
	Hint  string // shown while the mouse rests on it, where the system does that
	Verb  Verb
	Pause board.Pause // of VerbPause
	Off   bool        // greyed out
	Items []Item      // a menu of its own
}

// Model is what the tray shows.
type Model struct {
	Icon    ipc.State
	Tooltip string // one sentence, short enough for Windows
	Items   []Item
}

// maxTooltip is the most UTF-16 units that Windows shows of a tooltip (NOTIFYICONDATAW.szTip is 128 with its end).
const maxTooltip = 127

// Of makes the model of a status, or of the error with which the service could not be asked (then status is not read).
func Of(status ipc.Status, err error, t *text.Text) Model {
	if err != nil {
		return model(ipc.StateStopped, board.Lost(err, t), nil, controls{}, t)
	}
	var lines []Item
	for _, c := range status.Connections {
		lines = append(lines, Item{Label: cut(c.Name+": "+board.Say(c, status.Now, t), maxTooltip), Off: true})
	}
	c := controls{
		sync:   status.Role.Allows(ipc.RoleOperator) && len(status.Connections) > 0,
		pause:  anyPaused(status, false),
		resume: anyPaused(status, true),
		may:    status.Role.Allows(ipc.RoleOperator),
	}
	return model(status.State, board.Headline(status, t), lines, c, t)
}

// controls says which commands make sense now.
type controls struct{ sync, pause, resume, may bool }

func model(icon ipc.State, headline string, lines []Item, c controls, t *text.Text) Model {
	items := []Item{{Label: cut(headline, maxTooltip), Off: true}}
	if len(lines) > 0 {
		items = append(items, Item{})
		items = append(items, lines...)
	}
	items = append(items, Item{}, Item{Label: t.Get("ui.sync", nil), Verb: VerbSync, Off: !c.sync})
	if c.resume {
		items = append(items, Item{Label: t.Get("ui.resume", nil), Verb: VerbResume, Off: !c.may})
	}
	if c.pause || !c.resume {
		items = append(items, pauseItem(!c.may || !c.pause, t))
	}
	items = append(items, Item{}, Item{Label: t.Get("ui.open", nil), Verb: VerbOpen},
		Item{Label: t.Get("ui.quit", nil), Hint: t.Get("ui.quit.hint", nil), Verb: VerbQuit})
	return Model{Icon: icon, Tooltip: cut(headline, maxTooltip), Items: items}
}

func pauseItem(off bool, t *text.Text) Item {
	item := Item{Label: t.Get("ui.pause", nil), Off: off}
	for _, p := range board.Pauses() {
		item.Items = append(item.Items, Item{Label: t.Get("ui.pause."+string(p), nil), Verb: VerbPause, Pause: p, Off: off})
	}
	return item
}

func anyPaused(status ipc.Status, paused bool) bool {
	for _, c := range status.Connections {
		if (c.Paused != nil) == paused {
			return true
		}
	}
	return false
}

// cut shortens a sentence to n UTF-16 units, at a word where it can.
func cut(s string, n int) string {
	units, last := 0, 0
	for i, r := range s {
		if units++; r > 0xFFFF {
			units++
		}
		if units >= n {
			short := s[:last]
			if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
				short = short[:i]
			}
			return short + "…"
		}
		last = i
	}
	return s
}
