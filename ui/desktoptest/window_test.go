//go:build desktop

package desktoptest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stockbridge/sync/ipc"
)

// openWindow starts the window and returns its X id once it is on the screen and has the keyboard.
func (d *desktop) openWindow() (cmd *exec.Cmd, id string) {
	d.t.Helper()
	cmd, _ = d.ours("stockbridge-window")
	id = d.tool("search", "--sync", "--onlyvisible", "--name", "^Stockbridge$")
	d.tool("windowactivate", "--sync", id)
	return cmd, id
}

// shot takes a picture of a window. Where STOCKBRIDGE_SHOTS names a folder it is kept there.
func (d *desktop) shot(id, name string) image.Image {
	d.t.Helper()
	cmd := exec.Command("import", "-window", id, "png:-")
	cmd.Env = d.env()
	b, err := cmd.Output()
	if err != nil {
		d.t.Fatal(err)
	}
	if dir := os.Getenv("STOCKBRIDGE_SHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644); err != nil {
			d.t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		d.t.Fatal(err)
	}
	return img
}

// points counts the points of a picture that have a colour, give or take what smoothing does to it.
func points(img image.Image, c color.NRGBA) int {
	near := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return -3 <= d && d <= 3 }
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); near(r, c.R) && near(g, c.G) && near(b, c.B) {
				n++
			}
		}
	}
	return n
}

// colours counts how many different colours a picture has.
func colours(img image.Image) int {
	seen := map[color.Color]bool{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			seen[img.At(x, y)] = true
		}
	}
	return len(seen)
}

// The colours of the icons of assets/icons/draw.go.
var (
	iconRed  = color.NRGBA{0xCF, 0x2B, 0x2B, 255}
	iconBlue = color.NRGBA{0x1F, 0x6F, 0xD6, 255}
	primary  = color.NRGBA{0x14, 0x58, 0x7E, 255} // of ui/window/theme.go
	ground   = color.NRGBA{0xF3, 0xF5, 0xF8, 255} // behind the foot
	iconCoal = color.NRGBA{0x4A, 0x4F, 0x57, 255}
)

func TestWindowShowsTheStatusAndSyncs(t *testing.T) {
	d := newDesktop(t, sample(time.Now()), true)
	cmd, id := d.openWindow()
	// The head's and a card's icon say "needs you", the other card's "working".
	d.eventually("both states' icons", func() bool {
		img := d.shot(id, "connections")
		return points(img, iconRed) > 300 && points(img, iconBlue) > 50
	})
	img := d.shot(id, "connections")
	if size := img.Bounds().Size(); size.X < 900 || size.Y < 600 || size.X > 1280 || size.Y > 1000 {
		t.Errorf("the window is %v, which doesn't fit", size)
	}
	if n := colours(img); n < 100 {
		t.Errorf("the window has %d colours; no text can be in it", n)
	}
	d.tool("windowsize", "--sync", id, "980", "832")
	d.eventually("the larger window drawn to its end", func() bool {
		img := d.shot(id, "tall").(interface {
			image.Image
			SubImage(image.Rectangle) image.Image
		})
		bounds := img.Bounds()
		bounds.Min.Y = bounds.Max.Y - 4
		return points(img.SubImage(bounds), ground) == bounds.Dx()*bounds.Dy()
	})
	d.tool("key", "ctrl+r")
	if r := receive(t, "Ctrl+R", d.backend.synced); r.Connection != "" {
		t.Errorf("Ctrl+R synced %q, want all", r.Connection)
	}
	d.tool("key", "F5")
	receive(t, "F5", d.backend.synced)

	d.tool("key", "alt+F4")
	if err := cmd.Wait(); err != nil {
		t.Errorf("the window's process ended with %v", err)
	}
}

// Tab walks through pause, sync, the two pages and the page itself; Enter presses.
func TestWindowByKeyboardAlone(t *testing.T) {
	d := newDesktop(t, sample(time.Now()), true)
	_, id := d.openWindow()
	d.eventually("a status", func() bool { return points(d.shot(id, "connections"), iconRed) > 300 })
	d.tool("key", "Tab", "Tab", "Return")
	receive(t, "Tab, Tab, Enter on sync", d.backend.synced)
	d.tool("key", "F5")
	receive(t, "F5 on a button", d.backend.synced)
	d.tool("key", "Tab", "Tab")
	d.shot(id, "focus")
	d.tool("key", "Return")
	if connection := receive(t, "Tab, Tab, Enter on problems", d.backend.listed); connection != "" {
		t.Errorf("listed the problems of %q, want of all", connection)
	}
	// Only the Approve button of the last problem is in the primary colour beside Sync all.
	d.eventually("three problems", func() bool { return points(d.shot(id, "problems"), primary) > 5000 })
	d.tool("key", "Tab", "Tab", "Tab", "Return") // past the two lists that narrow the problems down
	if acted := receive(t, "Tab, Tab, Tab, Enter on retry", d.backend.acted); acted != "retry p1" {
		t.Errorf("told the service %q, want retry p1", acted)
	}
	receive(t, "the list read again", d.backend.listed)
}

func TestWindowTellsHowToStartTheService(t *testing.T) {
	d := newDesktop(t, ipc.Status{}, true)
	d.data = t.TempDir() // nobody answers here
	cmd, id := d.openWindow()
	d.eventually("the stopped icon", func() bool { return points(d.shot(id, "stopped"), iconCoal) > 1000 })
	// A service that starts is found by itself.
	d.backend.set(func(s *ipc.Status) { *s = sample(time.Now()) })
	d.serve()
	d.eventually("the service's status", func() bool { return points(d.shot(id, "found"), iconRed) > 300 })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the window's process ended with %v", err)
	}
}

func TestSecondWindowRaisesTheFirst(t *testing.T) {
	d := newDesktop(t, sample(time.Now()), true)
	_, id := d.openWindow()
	second, _ := d.ours("stockbridge-window")
	if err := second.Wait(); err != nil {
		t.Fatalf("the second window: %v", err)
	}
	if ids := strings.Fields(d.tool("search", "--onlyvisible", "--name", "^Stockbridge$")); len(ids) != 1 || ids[0] != id {
		t.Errorf("windows %v, want only %s", ids, id)
	}
}
