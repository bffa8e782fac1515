package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// noticeScreen says in the middle of the window why there is nothing to list.
type noticeScreen struct {
	shell   *Shell
	object  fyne.CanvasObject
	icon    *stateIcon
	title   *widget.Label
	text    *widget.Label
	command *widget.Label
	box     fyne.CanvasObject
	foot    *widget.Label
}

func newNoticeScreen(s *Shell) *noticeScreen {
	n := &noticeScreen{shell: s, icon: newStateIcon(64)}
	n.title = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	n.title.SizeName = theme.SizeNameSubHeadingText
	n.title.Wrapping = fyne.TextWrapWord
	n.text = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{})
	n.text.Wrapping = fyne.TextWrapWord
	n.command = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Monospace: true})
	n.command.Selectable = true
	n.foot = caption("")
	n.foot.Alignment = fyne.TextAlignCenter
	n.foot.Wrapping = fyne.TextWrapWord
	copied := newButton(s, s.Text.Get("ui.copy", nil), theme.ContentCopyIcon(), nil)
	copied.OnTapped = func() {
		fyne.CurrentApp().Clipboard().SetContent(n.command.Text)
		s.foot.say(s.Text.Get("ui.copied", nil), false)
		s.settle()
	}
	n.box = container.NewStack(newSheet(colourCode, colourLine, 6),
		container.New(layout.NewCustomPaddedLayout(4, 4, 10, 4), container.NewBorder(nil, nil, nil, container.NewCenter(copied), container.NewHScroll(n.command))))
	n.object = container.NewVScroll(container.New(centred{600}, container.New(layout.NewCustomPaddedVBoxLayout(10),
		container.NewCenter(n.icon.object), n.title, n.text, n.box, n.foot)))
	return n
}

func (n *noticeScreen) show(m noticeModel) {
	n.icon.show(m.Icon)
	setLabel(n.title, m.Title)
	setLabel(n.text, m.Text)
	setLabel(n.command, m.Command)
	setLabel(n.foot, m.Foot)
	n.shell.setVisible(n.text, m.Text != "")
	n.shell.setVisible(n.box, m.Command != "")
	n.shell.setVisible(n.foot, m.Foot != "")
}
