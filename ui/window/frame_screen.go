package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// head is the line above the pages.
type head struct {
	shell    *Shell
	object   fyne.CanvasObject
	icon     *stateIcon
	headline *widget.Label
	tabs     [2]*button
	pages    fyne.CanvasObject // the tabs
	sync     *button
	pause    *button
	resume   *button
}

func newHead(s *Shell) *head {
	h := &head{shell: s, icon: newStateIcon(36), headline: widget.NewLabel("")}
	h.headline.Truncation = fyne.TextTruncateEllipsis
	title := widget.NewLabelWithStyle(s.Text.Get("ui.app", nil), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	title.SizeName = theme.SizeNameSubHeadingText
	h.sync = newButton(s, s.Text.Get("ui.sync_all", nil), theme.ViewRefreshIcon(), func() { s.sync("") })
	h.sync.Importance = widget.HighImportance
	h.pause = newPauseButton(s, "")
	h.resume = newButton(s, s.Text.Get("ui.resume", nil), theme.MediaPlayIcon(), func() { s.resume("") })
	for i, p := range []page{pageConnections, pageProblems} {
		h.tabs[i] = newButton(s, "", nil, func() { s.choose(p) })
	}
	said := dense(container.New(layout.NewCustomPaddedVBoxLayout(0), title, h.headline))
	buttons := container.NewHBox(container.NewCenter(h.resume), container.NewCenter(h.pause), container.NewCenter(h.sync))
	first := container.NewBorder(nil, nil, container.NewCenter(h.icon.object), buttons, said)
	h.pages = container.NewHBox(h.tabs[0], h.tabs[1])
	inner := container.New(layout.NewCustomPaddedVBoxLayout(10), first, h.pages)
	h.object = container.NewVBox(
		container.NewStack(newSheet(colourPanel, "", 0), container.New(layout.NewCustomPaddedLayout(12, 10, 18, 18), inner)),
		widget.NewSeparator())
	return h
}

func (h *head) show(m headModel) {
	h.icon.show(m.Icon)
	setLabel(h.headline, m.Headline)
	for i, tab := range m.Tabs {
		importance := widget.LowImportance
		if tab.Chosen {
			importance = widget.MediumImportance
		}
		h.tabs[i].change(tab.Label, importance)
	}
	h.shell.setVisible(h.pages, m.Pages)
	setEnabled(h.sync, m.May)
	setEnabled(h.pause, m.May)
	setEnabled(h.resume, m.May)
	h.shell.setVisible(h.pause, m.Running || !m.Paused)
	h.shell.setVisible(h.resume, m.Paused)
}

// foot is the line below the pages.
type foot struct {
	shell   *Shell
	object  fyne.CanvasObject
	service *widget.Label
	message *widget.Label
}

func newFoot(s *Shell) *foot {
	f := &foot{shell: s, service: caption(""), message: widget.NewLabel("")}
	f.message.SizeName = theme.SizeNameCaptionText
	f.message.Wrapping = fyne.TextWrapWord
	f.message.Hide()
	keys := caption(s.Text.Get("ui.status.keys", nil))
	line := container.NewBorder(nil, nil, f.service, keys)
	f.object = container.NewVBox(widget.NewSeparator(),
		container.New(layout.NewCustomPaddedLayout(2, 6, 12, 12), dense(container.New(layout.NewCustomPaddedVBoxLayout(0), f.message, line))))
	return f
}

func (f *foot) show(service string) { setLabel(f.service, service) }

// say shows what a command led to until the next one; "" takes it away.
func (f *foot) say(message string, bad bool) {
	f.message.Importance = widget.SuccessImportance
	if bad {
		f.message.Importance = widget.DangerImportance
	}
	f.message.SetText(message)
	f.shell.setVisible(f.message, message != "")
}
