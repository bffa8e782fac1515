package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// bar is a thin progress bar; what it measures is said beside it, where it can be read.
type bar struct {
	object *fyne.Container
	share  float64
}

func newBar() *bar {
	b := &bar{}
	b.object = container.New(b, newSheet(colourLine, "", 3), newSheet(theme.ColorNamePrimary, "", 3))
	return b
}

// set shows a share of 0 to 1.
func (b *bar) set(share float64) {
	if b.share != share {
		b.share = share
		b.Layout(b.object.Objects, b.object.Size())
	}
}

// MinSize implements fyne.Layout.
func (b *bar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(60, 6) }

// Layout implements fyne.Layout: the ground, and the done part on it.
func (b *bar) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(size)
	objects[1].Resize(fyne.NewSize(size.Width*float32(b.share), size.Height))
}
