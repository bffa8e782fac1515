package window

import "fyne.io/fyne/v2"

// columns lays the cells of a table's rows out below each other: row after row, all in one container. The first
// column takes what the others leave; those are as wide as their widest cell. A container's objects are the cells of
// all rows in order.
type columns struct {
	count int
	gap   float32
}

// MinSize implements fyne.Layout.
func (c columns) MinSize(cells []fyne.CanvasObject) fyne.Size {
	widths, heights := c.measure(cells)
	size := fyne.NewSize(c.gap*float32(c.count-1), 0)
	for _, w := range widths {
		size.Width += w
	}
	for _, h := range heights {
		size.Height += h
	}
	return size
}

// Layout implements fyne.Layout.
func (c columns) Layout(cells []fyne.CanvasObject, size fyne.Size) {
	widths, heights := c.measure(cells)
	if spare := size.Width - c.MinSize(cells).Width; spare > 0 {
		widths[0] += spare
	}
	y := float32(0)
	for row, height := range heights {
		x := float32(0)
		for col, width := range widths {
			cell := cells[row*c.count+col]
			cell.Move(fyne.NewPos(x, y))
			cell.Resize(fyne.NewSize(width, height))
			x += width + c.gap
		}
		y += height
	}
}

func (c columns) measure(cells []fyne.CanvasObject) (widths, heights []float32) {
	widths, heights = make([]float32, c.count), make([]float32, len(cells)/c.count)
	for i := range len(heights) * c.count {
		size := cells[i].MinSize()
		widths[i%c.count] = max(widths[i%c.count], size.Width)
		heights[i/c.count] = max(heights[i/c.count], size.Height)
	}
	return widths, heights
}

// centred puts its one object in the middle, no wider than width.
type centred struct{ width float32 }

// MinSize implements fyne.Layout.
func (c centred) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := objects[0].MinSize()
	return fyne.NewSize(min(size.Width, c.width), size.Height)
}

// Layout implements fyne.Layout.
func (c centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, c.width)
	// A paragraph knows its height only once it knows its width.
	objects[0].Resize(fyne.NewSize(width, size.Height))
	height := min(size.Height, objects[0].MinSize().Height)
	objects[0].Resize(fyne.NewSize(width, height))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, max(0, (size.Height-height)/2)))
}
