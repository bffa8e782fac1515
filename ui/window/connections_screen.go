package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"stockbridge/sync/ipc"
)

// connectionsScreen shows a card for each connection. Cards stay as long as their connection does, so that the
// keyboard's focus and an open menu survive each new status.
type connectionsScreen struct {
	object fyne.CanvasObject
	shell  *Shell
	list   *fyne.Container
	cards  map[string]*card
}

func newConnectionsScreen(s *Shell) *connectionsScreen {
	c := &connectionsScreen{shell: s, list: container.New(layout.NewCustomPaddedVBoxLayout(12)), cards: map[string]*card{}}
	c.object = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(14, 14, 18, 18), c.list))
	return c
}

func (c *connectionsScreen) show(models []cardModel) {
	kept := map[string]*card{}
	var objects []fyne.CanvasObject
	for _, m := range models {
		k, ok := c.cards[m.Name]
		if !ok || len(k.rows) != len(m.Flows) {
			k = newCard(c.shell, m)
		}
		k.show(m)
		kept[m.Name] = k
		objects = append(objects, k.object)
	}
	c.cards = kept
	if !sameObjects(c.list.Objects, objects) {
		c.list.Objects = objects
		c.list.Refresh()
	}
}

// progress moves one card's bar on between two statuses.
func (c *connectionsScreen) progress(p ipc.Progress) {
	if k, ok := c.cards[p.Connection]; ok {
		k.progress(progressOf(p, c.shell.Text))
	}
}

func sameObjects(a, b []fyne.CanvasObject) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// card is one connection.
type card struct {
	shell    *Shell
	object   fyne.CanvasObject
	icon     *stateIcon
	word     *widget.Label
	pair     *widget.Label
	sentence *widget.Label
	says     fyne.CanvasObject // around sentence
	times    *widget.Label
	problems *button
	sync     *button
	pause    *button
	resume   *button
	run      fyne.CanvasObject // around bar
	running  *widget.Label
	bar      *bar
	rows     [][]*widget.Label
}

func newCard(s *Shell, m cardModel) *card {
	k := &card{shell: s, icon: newStateIcon(30), word: widget.NewLabel(""), pair: widget.NewLabel(""), sentence: widget.NewLabel(""),
		times: caption(""), running: caption(""), bar: newBar()}
	name := widget.NewLabelWithStyle(m.Name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	name.SizeName = theme.SizeNameSubHeadingText
	k.sentence.Wrapping = fyne.TextWrapWord
	k.pair.Truncation = fyne.TextTruncateEllipsis
	k.problems = newButton(s, "", theme.WarningIcon(), func() { s.problems.only(m.Name); s.choose(pageProblems) })
	k.pause = newPauseButton(s, m.Name)
	k.resume = newButton(s, s.Text.Get("ui.resume", nil), theme.MediaPlayIcon(), func() { s.resume(m.Name) })
	k.sync = newButton(s, s.Text.Get("ui.sync", nil), theme.ViewRefreshIcon(), func() { s.sync(m.Name) })

	k.says = dense(k.sentence)
	k.run = dense(container.New(layout.NewCustomPaddedVBoxLayout(2), k.running, k.bar.object))
	title := container.NewHBox(name, container.NewCenter(pill(k.word)))
	buttons := container.NewHBox(k.problems, k.resume, k.pause, k.sync)
	said := container.New(layout.NewCustomPaddedVBoxLayout(0), container.NewBorder(nil, nil, dense(title), buttons),
		dense(container.New(layout.NewCustomPaddedVBoxLayout(0), k.pair, k.times)))
	top := container.NewBorder(nil, nil, container.NewVBox(k.icon.object), nil, said)
	k.object = panel(container.New(layout.NewCustomPaddedVBoxLayout(8), top, k.says, k.run, widget.NewSeparator(), k.table(s, m)))
	return k
}

// table builds the flows' rows under their titles.
func (k *card) table(s *Shell, m cardModel) fyne.CanvasObject {
	cells := []fyne.CanvasObject{caption(s.Text.Get("ui.column.flow", nil))}
	for _, key := range columnKeys() {
		title := caption(s.Text.Get(key, nil))
		title.Alignment = fyne.TextAlignTrailing
		cells = append(cells, title)
	}
	for _, f := range m.Flows {
		row := []*widget.Label{widget.NewLabel("")}
		for range f.Cells {
			row = append(row, widget.NewLabelWithStyle("", fyne.TextAlignTrailing, fyne.TextStyle{}))
		}
		for _, l := range row {
			cells = append(cells, l)
		}
		k.rows = append(k.rows, row)
	}
	return dense(container.New(columns{count: 1 + len(columnKeys()), gap: 14}, cells...))
}

func (k *card) show(m cardModel) {
	k.icon.show(m.State)
	setLabel(k.word, m.Word)
	setLabel(k.pair, m.Pair)
	setLabel(k.times, m.Times)
	importance := widget.MediumImportance
	if m.Urgent {
		importance = widget.DangerImportance
	}
	setLoud(k.sentence, m.Sentence, importance)
	k.shell.setVisible(k.says, m.Sentence != "")
	k.problems.change(m.Problems, widget.DangerImportance)
	k.shell.setVisible(k.problems, m.Problems != "")
	for _, b := range []*button{k.sync, k.pause, k.resume} {
		setEnabled(b, m.May)
	}
	k.shell.setVisible(k.pause, !m.Paused)
	k.shell.setVisible(k.resume, m.Paused)
	k.progress(m.Progress)
	for i, f := range m.Flows {
		k.showRow(k.rows[i], f)
	}
}

func (k *card) showRow(row []*widget.Label, f flowModel) {
	quiet := widget.MediumImportance
	if f.Quiet {
		quiet = widget.LowImportance
	}
	setLoud(row[0], f.Name, quiet)
	for i, c := range f.Cells {
		importance := quiet
		switch c.Loud {
		case amber:
			importance = widget.WarningImportance
		case red:
			importance = widget.DangerImportance
		}
		setLoud(row[1+i], c.Text, importance)
	}
}

// progress shows how far a run is; nil takes the bar away.
func (k *card) progress(p *progressModel) {
	k.shell.setVisible(k.run, p != nil)
	if p != nil {
		setLabel(k.running, p.Text)
		k.bar.set(p.Share)
	}
}

// setLoud is setLabel with an importance. A label that stands out is bold too: colour alone tells some people nothing.
func setLoud(l *widget.Label, s string, importance widget.Importance) {
	bold := importance == widget.WarningImportance || importance == widget.DangerImportance
	if l.Text != s || l.Importance != importance {
		l.Text, l.Importance, l.TextStyle.Bold = s, importance, bold
		l.Refresh()
	}
}
