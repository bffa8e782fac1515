package window

import (
	"context"
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/text"
)

// problemsPage is how many problems are drawn at once; a button draws more.
const problemsPage = 50

// problemsScreen lists what waits for a person.
type problemsScreen struct {
	object     fyne.CanvasObject
	shell      *Shell
	connection *pick
	kind       *pick
	choice     choicesModel
	list       *fyne.Container
	none       fyne.CanvasObject
	more       *button

	problems []ipc.Problem
	drawn    int // how many of them have a row
	loads    int // numbers the requests, so that a late answer of an older one is dropped
}

func newProblemsScreen(s *Shell) *problemsScreen {
	p := &problemsScreen{shell: s, list: container.New(layout.NewCustomPaddedVBoxLayout(10)), drawn: problemsPage}
	p.connection = newPick(s, p.load)
	p.kind = newPick(s, p.load)
	p.more = newButton(s, "", nil, func() { p.drawn += problemsPage; p.draw(); s.settle() })
	none := widget.NewLabelWithStyle(s.Text.Get("ui.problems.none", nil), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	about := widget.NewLabelWithStyle(s.Text.Get("ui.problems.none_more", nil), fyne.TextAlignCenter, fyne.TextStyle{})
	about.Wrapping = fyne.TextWrapWord
	icon := newStateIcon(48)
	icon.show(ipc.StateFine)
	p.none = container.New(centred{520}, container.NewVBox(container.NewCenter(icon.object), none, about))
	p.none.Hide()
	filters := container.New(layout.NewCustomPaddedLayout(12, 0, 18, 18), container.NewGridWrap(fyne.NewSize(210, p.kind.MinSize().Height), p.connection, p.kind))
	rows := container.NewVBox(p.list, container.NewCenter(p.more))
	p.object = stacked(filters, container.NewStack(p.none,
		container.NewVScroll(container.New(layout.NewCustomPaddedLayout(12, 14, 18, 18), rows))), nil)
	p.more.Hide()
	return p
}

// choices fills the two lists anew when the connections change.
func (p *problemsScreen) choices(m choicesModel) {
	if len(m.Connections) == len(p.choice.Connections) && len(p.connection.Options) > 0 {
		same := true
		for i := range m.Connections {
			same = same && m.Connections[i] == p.choice.Connections[i]
		}
		if same {
			return
		}
	}
	p.choice = m
	fill(p.connection, m.Connections)
	fill(p.kind, m.Kinds)
}

// fill offers entries and keeps what was chosen where it is still among them.
func fill(p *pick, entries []choiceModel) {
	chosen := entries[0].Label
	p.Options = nil
	for _, e := range entries {
		p.Options = append(p.Options, e.Label)
		if e.Label == p.Selected {
			chosen = e.Label
		}
	}
	p.Selected = chosen
	p.Refresh()
}

// only narrows the list down to one connection.
func (p *problemsScreen) only(connection string) {
	p.connection.Selected = connection
	p.connection.Refresh()
}

func valueOf(p *pick, entries []choiceModel) string {
	if i := p.SelectedIndex(); i >= 0 && i < len(entries) {
		return entries[i].Value
	}
	return ""
}

// load asks the service for the problems chosen and draws them.
func (p *problemsScreen) load() {
	p.loads++
	mine := p.loads
	connection, kind := valueOf(p.connection, p.choice.Connections), record.Kind(valueOf(p.kind, p.choice.Kinds))
	var found []ipc.Problem
	failed := true
	p.shell.call(func(ctx context.Context) (err error) {
		found, err = p.shell.Service.Problems(ctx, connection, kind)
		failed = err != nil
		return err
	}, func() {
		if !failed && mine == p.loads {
			p.problems, p.drawn = found, max(problemsPage, min(p.drawn, len(found)))
			p.draw()
		}
	})
}

func (p *problemsScreen) draw() {
	var rows []fyne.CanvasObject
	for _, problem := range p.problems[:min(p.drawn, len(p.problems))] {
		rows = append(rows, p.row(problemOf(problem, p.shell.status, p.shell.Text)))
	}
	p.list.Objects = rows
	p.list.Refresh()
	left := len(p.problems) - len(rows)
	p.more.change(p.shell.Text.Get("ui.problems.more", text.Args{"count": p.shell.Text.Number(min(left, problemsPage))}), widget.MediumImportance)
	p.shell.setVisible(p.more, left > 0)
	p.shell.setVisible(p.none, len(p.problems) == 0)
}

func (p *problemsScreen) row(m problemModel) fyne.CanvasObject {
	t := p.shell.Text
	title := widget.NewLabelWithStyle(m.Kind+"  "+m.Key, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	title.Truncation = fyne.TextTruncateEllipsis
	sentence := widget.NewLabel(m.Sentence)
	sentence.Wrapping = fyne.TextWrapWord
	lines := []fyne.CanvasObject{container.NewBorder(nil, nil, nil, caption(m.Where), title), sentence}
	if m.Detail != "" {
		detail := caption(m.Detail)
		detail.Wrapping = fyne.TextWrapWord
		lines = append(lines, detail)
	}
	if m.Setting != "" {
		setting := caption(m.Setting)
		setting.Wrapping = fyne.TextWrapWord
		lines = append(lines, setting)
	}
	if len(m.Pages) > 0 {
		pages := container.NewHBox()
		for _, page := range m.Pages {
			link := newButton(p.shell, page.Label, theme.ComputerIcon(), func() { p.open(page.URL) })
			link.Importance = widget.LowImportance
			pages.Add(link)
		}
		lines = append(lines, pages)
	}
	var buttons []*button
	press := func(action ipc.Action) func() {
		return func() { p.act(action, ipc.ProblemRequest{ID: m.ID, List: m.List}, buttons) }
	}
	retry := newButton(p.shell, t.Get("ui.retry", nil), theme.ViewRefreshIcon(), press(ipc.ActionRetry))
	skip := newButton(p.shell, t.Get("ui.skip", nil), theme.MediaSkipNextIcon(), func() { p.askSkip(m, press(ipc.ActionSkip)) })
	buttons = []*button{retry, skip}
	if m.Approve {
		approve := newButton(p.shell, t.Get("ui.approve", nil), theme.ConfirmIcon(), press(ipc.ActionApprove))
		approve.Importance = widget.HighImportance
		buttons = append(buttons, approve)
	}
	right := container.NewHBox()
	for _, b := range buttons {
		setEnabled(b, m.May)
		right.Add(b)
	}
	foot := container.NewBorder(nil, nil, nil, right, dense(container.NewVBox(caption(m.Since))))
	return panel(container.New(layout.NewCustomPaddedVBoxLayout(6), dense(container.New(layout.NewCustomPaddedVBoxLayout(2), lines...)), foot))
}

// act tells the service what a person decided. The buttons stay off until the list shows what came of it.
func (p *problemsScreen) act(action ipc.Action, r ipc.ProblemRequest, buttons []*button) {
	for _, b := range buttons {
		b.Disable()
	}
	p.shell.foot.say("", false)
	p.shell.call(func(ctx context.Context) error { return p.shell.Service.Act(ctx, action, r) }, p.load)
}

// open shows a record's page in the browser.
func (p *problemsScreen) open(address string) {
	u, err := url.Parse(address)
	if err == nil {
		err = fyne.CurrentApp().OpenURL(u)
	}
	if err != nil {
		p.shell.foot.say(p.shell.Text.Get("ui.open.failed", text.Args{"url": address}), true)
	}
}

// askSkip asks first: a skipped record stays unsynchronised without another word.
func (p *problemsScreen) askSkip(m problemModel, skip func()) {
	t := p.shell.Text
	question := widget.NewLabel(t.Get("ui.skip.ask", text.Args{"kind": m.Kind, "key": m.Key}))
	question.Wrapping = fyne.TextWrapWord
	d := dialog.NewCustomConfirm(t.Get("ui.skip.title", nil), t.Get("ui.skip", nil), t.Get("ui.cancel", nil), question,
		func(yes bool) {
			if yes {
				skip()
			}
		}, p.shell.window)
	d.Resize(fyne.NewSize(440, 200))
	d.Show()
}
