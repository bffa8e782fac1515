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
	s, ok := palette[name]
	switch {
	case !ok:
		return t.base.Color(name, variant)
	case variant == theme.VariantDark:
		return s.dark
	}
	return s.light
}

// palette holds the colours in which the window differs from Fyne's own; it never changes.
var palette = map[fyne.ThemeColorName]shade{
	theme.ColorNameBackground:          {rgb(0xF3F5F8), rgb(0x16191D)},
	colourPanel:                        {rgb(0xFFFFFF), rgb(0x20252B)},
	theme.ColorNameMenuBackground:      {rgb(0xFFFFFF), rgb(0x20252B)},
	theme.ColorNameOverlayBackground:   {rgb(0xFFFFFF), rgb(0x20252B)},
	colourLine:                         {rgb(0xDDE2E8), rgb(0x363D45)},
	theme.ColorNameSeparator:           {rgb(0xDDE2E8), rgb(0x363D45)},
	colourCode:                         {rgb(0xEDF1F5), rgb(0x12151A)},
	theme.ColorNameForeground:          {rgb(0x1C2733), rgb(0xE8ECF0)},
	theme.ColorNamePlaceHolder:         {rgb(0x5A6775), rgb(0xA4AFBA)},
	theme.ColorNameDisabled:            {rgb(0x66727F), rgb(0x98A3AE)}, // quiet labels are drawn with it too, so it must stay legible
	theme.ColorNameDisabledButton:      {rgb(0xEEF1F4), rgb(0x292F36)},
	theme.ColorNamePrimary:             {rgb(0x14587E), rgb(0x2F86BE)},
	theme.ColorNameHyperlink:           {rgb(0x14587E), rgb(0x2F86BE)},
	theme.ColorNameForegroundOnPrimary: {rgb(0xFFFFFF), rgb(0xFFFFFF)},
	theme.ColorNameForegroundOnError:   {rgb(0xFFFFFF), rgb(0x16191D)},
	theme.ColorNameForegroundOnWarning: {rgb(0xFFFFFF), rgb(0x16191D)},
	theme.ColorNameForegroundOnSuccess: {rgb(0xFFFFFF), rgb(0x16191D)},
	theme.ColorNameInputBackground:     {rgb(0xFFFFFF), rgb(0x262C33)},
	theme.ColorNameInputBorder:         {rgb(0xC3CBD4), rgb(0x4A535D)},
	theme.ColorNameButton:              {rgb(0xE6EBF0), rgb(0x303841)},
	theme.ColorNameError:               {rgb(0xB3261E), rgb(0xFF8A80)},
	theme.ColorNameWarning:             {rgb(0x8A5A00), rgb(0xFFC04D)},
	theme.ColorNameSuccess:             {rgb(0x1B6E3C), rgb(0x6FCF97)},
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
