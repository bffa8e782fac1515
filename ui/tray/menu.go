package tray

import (
	"sync"

	"fyne.io/systray"

	"stockbridge/assets"
	"stockbridge/sync/ipc"
)

// menu keeps the system's menu like a Model. A menu that stays the same in its outline is changed line by line, so
// that one that is open at that moment stays open; only another outline builds it anew.
type menu struct {
	press func(Item)

	mu    sync.Mutex
	icon  ipc.State
	tip   string
	lines []*line
}

// line is one line of the system's menu, with what a press of it means at that moment.
type line struct {
	system *systray.MenuItem // nil: a separator
	sub    []*line

	mu   sync.Mutex
	item Item
}

func (m *menu) show(model Model) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.icon != model.Icon {
		m.icon = model.Icon
		systray.SetIcon(assets.TrayIcon(string(model.Icon)))
	}
	if m.tip != model.Tooltip {
		m.tip = model.Tooltip
		systray.SetTooltip(model.Tooltip)
	}
	if sameOutline(m.lines, model.Items) {
		update(m.lines, model.Items)
		return
	}
	systray.ResetMenu()
	m.lines = nil
	for _, i := range model.Items {
		m.lines = append(m.lines, m.add(nil, i))
	}
}

// repeat sends the icon and tooltip once more.
func (m *menu) repeat() {
	m.mu.Lock()
	defer m.mu.Unlock()
	systray.SetIcon(assets.TrayIcon(string(m.icon)))
	systray.SetTooltip(m.tip)
}

// sameOutline reports whether lines can become items without lines added, removed or changed into another sort.
func sameOutline(lines []*line, items []Item) bool {
	if len(lines) != len(items) {
		return false
	}
	for i, l := range lines {
		if (l.system == nil) != (items[i].Label == "") || l.now().Verb != items[i].Verb || !sameOutline(l.sub, items[i].Items) {
			return false
		}
	}
	return true
}

func update(lines []*line, items []Item) {
	for i, l := range lines {
		old := l.set(items[i])
		if old.Label != items[i].Label {
			l.system.SetTitle(items[i].Label)
		}
		if old.Off != items[i].Off {
			setOff(l.system, items[i].Off)
		}
		update(l.sub, items[i].Items)
	}
}

func setOff(item *systray.MenuItem, off bool) {
	if off {
		item.Disable()
	} else {
		item.Enable()
	}
}

func (m *menu) add(parent *systray.MenuItem, i Item) *line {
	l := &line{item: i}
	switch {
	case i.Label == "":
		systray.AddSeparator()
		return l
	case parent == nil:
		l.system = systray.AddMenuItem(i.Label, i.Hint)
	default:
		l.system = parent.AddSubMenuItem(i.Label, i.Hint)
	}
	if i.Off {
		l.system.Disable()
	}
	for _, sub := range i.Items {
		l.sub = append(l.sub, m.add(l.system, sub))
	}
	go m.listen(l)
	return l
}

// listen passes presses on until the line is removed. Each runs by itself: a sync takes as long as it takes, and the
// system drops a press that nobody waits for.
func (m *menu) listen(l *line) {
	for range l.system.ClickedCh {
		if i := l.now(); i.Verb != VerbNone && !i.Off {
			go m.press(i)
		}
	}
}

func (l *line) now() Item {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.item
}

func (l *line) set(i Item) (old Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, l.item = l.item, i
	return old
}
