package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"stockbridge/assets"
	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
)

// button is a button that Enter presses as well as the space bar does, and that leaves F5 to the window.
type button struct {
	widget.Button
	shell *Shell
}

func newButton(s *Shell, label string, icon fyne.Resource, tapped func()) *button {
	b := &button{shell: s}
	b.ExtendBaseWidget(b)
	b.Text, b.Icon, b.OnTapped = label, icon, tapped
	return b
}

// TypedKey implements fyne.Focusable.
func (b *button) TypedKey(e *fyne.KeyEvent) {
	switch {
	case e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter:
		if !b.Disabled() {
			b.OnTapped()
		}
	case !b.shell.key(e):
		b.Button.TypedKey(e)
	}
}

// change redraws the button only when it looks different afterwards.
func (b *button) change(label string, importance widget.Importance) {
	if b.Text != label || b.Importance != importance {
		b.Text, b.Importance = label, importance
		b.Refresh()
	}
}

// newPauseButton offers the pauses of a connection, or of all for "", in a menu.
func newPauseButton(s *Shell, connection string) *button {
	b := newButton(s, s.Text.Get("ui.pause", nil), theme.MediaPauseIcon(), nil)
	b.OnTapped = func() {
		var items []*fyne.MenuItem
		for _, p := range board.Pauses() {
			items = append(items, fyne.NewMenuItem(s.Text.Get("ui.pause."+string(p), nil), func() { s.pause(connection, p) }))
		}
		widget.ShowPopUpMenuAtRelativePosition(fyne.NewMenu("", items...), s.window.Canvas(), fyne.NewPos(0, b.Size().Height), b)
	}
	return b
}

// pick is a choice from a list that leaves F5 to the window.
type pick struct {
	widget.Select
	shell *Shell
}

func newPick(s *Shell, changed func()) *pick {
	p := &pick{shell: s}
	p.ExtendBaseWidget(p)
	p.OnChanged = func(string) { changed() }
	return p
}

// TypedKey implements fyne.Focusable.
func (p *pick) TypedKey(e *fyne.KeyEvent) {
	if !p.shell.key(e) {
		p.Select.TypedKey(e)
	}
}

// stateIcon is a state's icon at a fixed size.
type stateIcon struct {
	object fyne.CanvasObject
	image  *canvas.Image
	state  ipc.State
}

func newStateIcon(edge float32) *stateIcon {
	i := &stateIcon{image: canvas.NewImageFromResource(nil)}
	i.image.FillMode = canvas.ImageFillContain
	i.image.ScaleMode = canvas.ImageScaleSmooth
	i.image.SetMinSize(fyne.NewSquareSize(edge))
	i.object = i.image
	return i
}

func (i *stateIcon) show(state ipc.State) {
	if i.state == state {
		return
	}
	i.state = state
	i.image.Resource = fyne.NewStaticResource(string(state)+".png", assets.StateIcon(string(state), 64))
	i.image.Refresh()
}

// caption is a label in small, quiet letters.
func caption(s string) *widget.Label {
	l := widget.NewLabel(s)
	l.SizeName = theme.SizeNameCaptionText
	l.Importance = widget.LowImportance
	return l
}

// pill puts a short word on a rounded ground.
func pill(word *widget.Label) fyne.CanvasObject {
	word.SizeName = theme.SizeNameCaptionText
	return container.NewStack(newSheet(colourCode, colourLine, 10), container.New(layout.NewCustomPaddedLayout(0, 0, 7, 7), word))
}

// panel puts content on a raised sheet.
func panel(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newSheet(colourPanel, colourLine, 8), container.New(layout.NewCustomPaddedLayout(14, 14, 16, 16), content))
}

// setLabel redraws a label only when it reads different afterwards.
func setLabel(l *widget.Label, s string) {
	if l.Text != s {
		l.SetText(s)
	}
}

func setEnabled(b fyne.Disableable, enabled bool) {
	if b.Disabled() != enabled {
		return
	}
	if enabled {
		b.Enable()
	} else {
		b.Disable()
	}
}
