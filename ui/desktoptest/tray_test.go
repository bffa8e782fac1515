//go:build desktop

package desktoptest

import (
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"stockbridge/sync/ipc"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
	itemName    = "org.kde.StatusNotifierItem"
	menuName    = "com.canonical.dbusmenu"
)

// host is a desktop's tray: it takes an item's registration, reads its icon and menu, and presses what is in it.
type host struct {
	d       *desktop
	conn    *dbus.Conn
	item    dbus.BusObject
	signals chan *dbus.Signal
}

// watcher receives registrations.
type watcher struct{ items chan dbus.BusObject }

// register is org.kde.StatusNotifierWatcher.RegisterStatusNotifierItem.
func (w watcher) register(conn *dbus.Conn) func(string, dbus.Sender) *dbus.Error {
	return func(path string, sender dbus.Sender) *dbus.Error {
		w.items <- conn.Object(string(sender), dbus.ObjectPath(path))
		return nil
	}
}

func newHost(d *desktop) (*host, watcher) {
	d.t.Helper()
	conn, err := dbus.Connect(d.bus)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	w := watcher{make(chan dbus.BusObject, 4)}
	if err := conn.ExportMethodTable(map[string]any{"RegisterStatusNotifierItem": w.register(conn)}, watcherPath, watcherName); err != nil {
		d.t.Fatal(err)
	}
	if _, err := prop.Export(conn, watcherPath, prop.Map{watcherName: {"IsStatusNotifierHostRegistered": {Value: true}}}); err != nil {
		d.t.Fatal(err)
	}
	h := &host{d: d, conn: conn, signals: make(chan *dbus.Signal, 256)}
	conn.Signal(h.signals)
	for _, iface := range []string{itemName, menuName} {
		if err := conn.AddMatchSignal(dbus.WithMatchInterface(iface)); err != nil {
			d.t.Fatal(err)
		}
	}
	if reply, err := conn.RequestName(watcherName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		d.t.Fatal(reply, err)
	}
	return h, w
}

// until waits for signals of the item until ok holds.
func (h *host) until(what string, ok func() bool) {
	h.d.t.Helper()
	for deadline := time.After(patience); !ok(); {
		select {
		case <-h.signals:
		case <-deadline:
			h.d.t.Fatalf("%s: not within %v; the menu is %v", what, patience, h.labels())
		}
	}
}

func (h *host) get(name string, into any) {
	h.d.t.Helper()
	v, err := h.item.GetProperty(itemName + "." + name)
	if err == nil {
		err = dbus.Store([]any{v.Value()}, into)
	}
	if err != nil {
		h.d.t.Fatalf("%s: %v", name, err)
	}
}

func (h *host) tooltip() string {
	var tip struct {
		Name  string
		Icons []struct {
			W, H int32
			Data []byte
		}
		Title, Text string
	}
	h.get("ToolTip", &tip)
	return tip.Title
}

// icon is the item's picture; pixels are ARGB in network order.
func (h *host) icon() image.Image {
	h.d.t.Helper()
	var pictures []struct {
		W, H int32
		Data []byte
	}
	h.get("IconPixmap", &pictures)
	if len(pictures) != 1 || pictures[0].W != 64 || pictures[0].H != 64 {
		h.d.t.Fatalf("icon has %d pictures, want one of 64 by 64", len(pictures))
	}
	p := pictures[0]
	img := image.NewNRGBA(image.Rect(0, 0, int(p.W), int(p.H)))
	for i := range int(p.W * p.H) {
		b := p.Data[4*i:]
		img.SetNRGBA(i%int(p.W), i/int(p.W), color.NRGBA{b[1], b[2], b[3], b[0]})
	}
	return img
}

// node is one entry of the menu's layout.
type node struct {
	ID    int32
	Props map[string]dbus.Variant
	Kids  []dbus.Variant
}

func (h *host) menu() node {
	h.d.t.Helper()
	var path dbus.ObjectPath
	h.get("Menu", &path)
	var revision uint32
	var root node
	if err := h.conn.Object(h.item.Destination(), path).Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		h.d.t.Fatal(err)
	}
	return root
}

// walk visits n's entries and theirs.
func (h *host) walk(n node, visit func(label string, n node)) {
	for _, v := range n.Kids {
		var kid node
		if err := dbus.Store([]any{v.Value()}, &kid); err != nil {
			h.d.t.Fatal(err)
		}
		label, _ := kid.Props["label"].Value().(string)
		visit(strings.ReplaceAll(label, "_", ""), kid)
		h.walk(kid, visit)
	}
}

// labels are the entries as a person reads them, greyed out ones in brackets.
func (h *host) labels() []string {
	h.d.t.Helper()
	var out []string
	h.walk(h.menu(), func(label string, n node) {
		if on, ok := n.Props["enabled"].Value().(bool); ok && !on {
			label = "(" + label + ")"
		}
		if label != "" {
			out = append(out, label)
		}
	})
	return out
}

// press presses an entry. Its id is looked up each time, because ids change with the menu.
func (h *host) press(label string) {
	h.d.t.Helper()
	id := int32(-1)
	h.walk(h.menu(), func(l string, n node) {
		if l == label {
			id = n.ID
		}
	})
	if id < 0 {
		h.d.t.Fatalf("no entry %q among %v", label, h.labels())
	}
	var path dbus.ObjectPath
	h.get("Menu", &path)
	if err := h.conn.Object(h.item.Destination(), path).Call(menuName+".Event", 0, id, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err; err != nil {
		h.d.t.Fatal(err)
	}
}

func TestTray(t *testing.T) {
	d := newDesktop(t, sample(time.Now()), false)
	h, w := newHost(d)
	cmd, _ := d.ours("stockbridge-tray")
	h.item = receive(t, "registration", w.items)
	h.until("the service's status", func() bool { return h.tooltip() == "3 orders wait for you" })
	if n := points(h.icon(), iconRed); n < 1000 {
		t.Errorf("the icon has %d red points, so it is not the one of %q", n, ipc.StateAttention)
	}
	want := []string{"(3 orders wait for you)", "(webshop-nl: Stock: 240 of 500 · step 2 of 5)", "(webshop-de: 3 orders wait for you)",
		"Sync now", "Pause", "1 hour", "8 hours", "Until tomorrow", "Until I resume", "Open Stockbridge", "Quit"}
	h.until("the whole menu", func() bool { return slices.Equal(h.labels(), want) })

	h.press("Sync now")
	if r := receive(t, "Sync now", d.backend.synced); r.Connection != "" || len(r.Kinds) != 0 {
		t.Errorf("Sync now asked for %+v, want everything", r)
	}
	h.until("the state after the sync", func() bool { return strings.HasPrefix(h.tooltip(), "All in step") })
	if n := points(h.icon(), iconRed); n > 0 {
		t.Errorf("the icon still has %d red points", n)
	}

	before := time.Now()
	h.press("1 hour")
	if r := receive(t, "Pause", d.backend.paused); r.Until.Before(before.Add(time.Hour)) || r.Until.After(time.Now().Add(time.Hour)) {
		t.Errorf("paused until %v, want an hour from %v", r.Until, before)
	}
	h.until("Resume", func() bool { return slices.Contains(h.labels(), "Resume") && !slices.Contains(h.labels(), "Pause") })

	h.press("Quit")
	if err := cmd.Wait(); err != nil {
		t.Errorf("the tray's process ended with %v", err)
	}
}

func TestTrayWithoutAService(t *testing.T) {
	d := newDesktop(t, ipc.Status{}, false)
	d.data = t.TempDir() // nobody answers here
	h, w := newHost(d)
	d.ours("stockbridge-tray")
	h.item = receive(t, "registration", w.items)
	h.until("the stopped icon", func() bool { return points(h.icon(), iconCoal) > 1000 })
	if tip := h.tooltip(); tip != "Service is not running" {
		t.Errorf("tooltip %q", tip)
	}
	if labels := h.labels(); !slices.Contains(labels, "(Sync now)") {
		t.Errorf("Sync now can be pressed: %v", labels)
	}
	// A service that starts is found by itself.
	d.backend.set(func(s *ipc.Status) { *s = sample(time.Now()) })
	d.serve()
	h.until("the service's status", func() bool { return h.tooltip() == "3 orders wait for you" })
}

// Neither the first start on a desktop without a tray nor a second start shows an icon; both open the window, from the
// program's own folder.
func TestTrayOpensTheWindowInstead(t *testing.T) {
	d := newDesktop(t, sample(time.Now()), true)
	cmd, said := d.ours("stockbridge-tray", "--wait", "1ms")
	d.ended(cmd, said, "has no tray")
	id := d.tool("search", "--sync", "--onlyvisible", "--name", "^Stockbridge$")
	d.tool("windowactivate", "--sync", id)
	d.tool("key", "alt+F4")

	h, w := newHost(d)
	d.ours("stockbridge-tray")
	h.item = receive(t, "registration", w.items)
	again, said := d.ours("stockbridge-tray")
	d.ended(again, said, "already there")
	d.tool("search", "--sync", "--onlyvisible", "--name", "^Stockbridge$")
	select {
	case <-w.items:
		t.Error("a second icon")
	default:
	}
}

// ended waits for a program to end well, having said something.
func (d *desktop) ended(cmd *exec.Cmd, said, want string) {
	d.t.Helper()
	if err := cmd.Wait(); err != nil {
		d.t.Errorf("%s: %v", filepath.Base(cmd.Path), err)
	}
	b, err := os.ReadFile(said)
	if err != nil || !strings.Contains(string(b), want) {
		d.t.Errorf("%s said %q (%v), want %q", filepath.Base(cmd.Path), b, err, want)
	}
}
