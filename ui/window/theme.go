package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Colours of our own, beside Fyne's.
const (
	colourPanel fyne.ThemeColorName = "stockbridgePanel" // a card
	colourLine  fyne.ThemeColorName = "stockbridgeLine"  // around a card
	colourCode  fyne.ThemeColorName = "stockbridgeCode"  // behind a command
)

// Theme is the window's look, light or dark as the system is. Text has a contrast of at least 4.5 to 1.
type Theme struct{ base fyne.Theme }

// NewTheme returns the window's look.
func NewTheme() Theme { return Theme{base: theme.DefaultTheme()} }

// shade is a colour in light and in dark surroundings.
type shade struct{ light, dark color.NRGBA }

// Color implements fyne.Theme.
func (t Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	s, ok := shades(name)
	switch {
	case !ok:
		return t.base.Color(name, variant)
	case variant == theme.VariantDark:
		return s.dark
	}
	return s.light
}

func shades(name fyne.ThemeColorName) (shade, bool) {
	switch name {
	case theme.ColorNameBackground:
		return shade{rgb(0xF3F5F8), rgb(0x16191D)}, true
	case colourPanel, theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground:
		return shade{rgb(0xFFFFFF), rgb(0x20252B)}, true
	case colourLine, theme.ColorNameSeparator:
		return shade{rgb(0xDDE2E8), rgb(0x363D45)}, true
	case colourCode:
		return shade{rgb(0xEDF1F5), rgb(0x12151A)}, true
	case theme.ColorNameForeground:
		return shade{rgb(0x1C2733), rgb(0xE8ECF0)}, true
	case theme.ColorNamePlaceHolder:
		return shade{rgb(0x5A6775), rgb(0xA4AFBA)}, true
	case theme.ColorNameDisabled: // quiet labels are drawn with it too, so it must stay legible
		return shade{rgb(0x66727F), rgb(0x98A3AE)}, true
	case theme.ColorNameDisabledButton:
		return shade{rgb(0xEEF1F4), rgb(0x292F36)}, true
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return shade{rgb(0x14587E), rgb(0x2F86BE)}, true
	case theme.ColorNameForegroundOnPrimary:
		return shade{rgb(0xFFFFFF), rgb(0xFFFFFF)}, true
	case theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnWarning, theme.ColorNameForegroundOnSuccess:
		return shade{rgb(0xFFFFFF), rgb(0x16191D)}, true
	case theme.ColorNameInputBackground:
		return shade{rgb(0xFFFFFF), rgb(0x262C33)}, true
	case theme.ColorNameInputBorder:
		return shade{rgb(0xC3CBD4), rgb(0x4A535D)}, true
	case theme.ColorNameButton:
		return shade{rgb(0xE6EBF0), rgb(0x303841)}, true
	case theme.ColorNameError:
		return shade{rgb(0xB3261E), rgb(0xFF8A80)}, true
	case theme.ColorNameWarning:
		return shade{rgb(0x8A5A00), rgb(0xFFC04D)}, true
	case theme.ColorNameSuccess:
		return shade{rgb(0x1B6E3C), rgb(0x6FCF97)}, true
	}
	return shade{}, false
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

// Font implements fyne.Theme.
func (t Theme) Font(s fyne.TextStyle) fyne.Resource { return t.base.Font(s) }

// Icon implements fyne.Theme.
func (t Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return t.base.Icon(name) }

// Size implements fyne.Theme.
func (t Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameInnerPadding:
		return 7
	case theme.SizeNameCaptionText:
		return 12
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 6
	}
	return t.base.Size(name)
}

// denseTheme is Theme with lines of text close together, for tables and paragraphs.
type denseTheme struct{ Theme }

// Size implements fyne.Theme.
func (t denseTheme) Size(name fyne.ThemeSizeName) float32 {
	if name == theme.SizeNameInnerPadding {
		return 3
	}
	return t.Theme.Size(name)
}

// dense draws the lines of o close together.
func dense(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(o, denseTheme{NewTheme()})
}

// sheet is a coloured ground that follows a change between light and dark.
type sheet struct {
	widget.BaseWidget
	fill, line fyne.ThemeColorName // line "": none
	radius     float32
}

func newSheet(fill, line fyne.ThemeColorName, radius float32) *sheet {
	s := &sheet{fill: fill, line: line, radius: radius}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *sheet) CreateRenderer() fyne.WidgetRenderer {
	r := &sheetRenderer{sheet: s, ground: canvas.NewRectangle(nil)}
	r.ground.CornerRadius = s.radius
	r.paint()
	return r
}

type sheetRenderer struct {
	sheet  *sheet
	ground *canvas.Rectangle
}

func (r *sheetRenderer) paint() {
	th, variant := NewTheme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.ground.FillColor = th.Color(r.sheet.fill, variant)
	if r.sheet.line != "" {
		r.ground.StrokeColor, r.ground.StrokeWidth = th.Color(r.sheet.line, variant), 1
	}
}

// Layout implements fyne.WidgetRenderer.
func (r *sheetRenderer) Layout(size fyne.Size) { r.ground.Resize(size) }

// MinSize implements fyne.WidgetRenderer.
func (r *sheetRenderer) MinSize() fyne.Size { return fyne.Size{} }

// Refresh implements fyne.WidgetRenderer.
func (r *sheetRenderer) Refresh() { r.paint(); r.ground.Refresh() }

// Objects implements fyne.WidgetRenderer.
func (r *sheetRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.ground} }

// Destroy implements fyne.WidgetRenderer.
func (r *sheetRenderer) Destroy() {}
