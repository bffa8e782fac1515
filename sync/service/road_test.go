package service_test

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/service"
	"stockbridge/sync/sim"
)

// serve puts both systems behind real TLS on loopback and the service behind its real socket.
func (w *world) serve() {
	w.t.Helper()
	ca, err := sim.NewAuthority(time.Now())
	w.must(err)
	cert, err := ca.Certificate([]string{"127.0.0.1"}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	w.must(err)
	caFile := filepath.Join(w.t.TempDir(), "ca.pem")
	w.must(os.WriteFile(caFile, ca.PEM(), 0o600))
	address := map[string]string{}
	for _, side := range []string{"bc", "shop"} {
		server, err := sim.Serve(w.front(side), cert)
		w.must(err)
		address[side] = server.URL
		w.t.Cleanup(func() { w.must(server.Close()) })
	}
	w.conf.BC.URL, w.conf.BC.CAFile = address["bc"]+"/BC", caFile
	w.conf.Shop.URL, w.conf.Shop.CAFile, w.conf.Shop.Network = address["shop"], caFile, "private"
	w.opts.Transport, w.opts.NoSync = nil, false
}

// listen answers on the data folder's socket until the test ends, and calls through it from now on.
func (w *world) listen() {
	w.t.Helper()
	l, err := ipc.Listen(w.opts.Dir)
	w.must(err)
	done := make(chan error, 1)
	go func() { done <- ipc.NewServer(w.s, slog.New(slog.DiscardHandler)).Serve(w.ctx(), l) }()
	w.api = ipc.NewClient(w.opts.Dir)
	w.t.Cleanup(func() { // w.ctx has ended by now
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

// TestRoad goes the way an installer goes, over real TLS and the real socket.
func TestRoad(t *testing.T) {
	w := newWorld(t)
	w.serve()
	w.open()
	w.listen()
	if got, err := w.api.Connections(w.ctx()); err != nil || len(got.Names) != 0 {
		t.Fatalf("a fresh folder has %v, %v", got, err)
	}
	w.connect()
	test, err := w.api.Test(w.ctx(), shopName)
	w.must(err)
	for _, s := range test.Sides {
		if !s.OK || s.Fault != nil || len(s.Notes) == 0 {
			t.Errorf("side %+v", s)
		}
	}
	if len(test.Sides) != 2 || test.Sides[0].Company != company || test.Sides[1].Version != "11.0.1" {
		t.Errorf("the test says %+v", test.Sides)
	}
	if got := w.written(); len(got) != 0 {
		t.Errorf("a test of the connection wrote: %v", got)
	}
	runs := w.sync()
	if r := runs[record.KindItem]; r.Read != 3 || r.Written != 3 || r.Fault != nil {
		t.Errorf("items: %+v", r)
	}
	number := strconv.Itoa(w.order("A-1", "A-3"))
	runs = w.sync()
	if r := runs[record.KindOrder]; r.Written != 1 {
		t.Errorf("orders: %+v", r)
	}
	orders := w.co.Orders()
	if len(orders) != 1 || orders[0].External != plan.External(shopName+"-", number) || len(orders[0].Lines) != 3 {
		t.Errorf("Business Central has %+v", orders)
	}
	st := w.status()
	if st.Company != company || st.Platform != "WooCommerce" || st.Running != nil || st.LastOK.IsZero() || st.Fault != nil {
		t.Errorf("status %+v", st)
	}
	secrets, err := w.api.Secrets(w.ctx())
	w.must(err)
	if want := []string{shopName + " bc password", shopName + " shop consumer_key", shopName + " shop consumer_secret"}; !cmp.Equal(secrets.Names, want) {
		t.Errorf("secrets %v", secrets.Names)
	}
	w.noSecretOnDisk()
}

// noSecretOnDisk looks for the secrets in every file of the data folder (invariant 7).
func (w *world) noSecretOnDisk() {
	w.t.Helper()
	count := 0
	w.must(filepath.WalkDir(w.opts.Dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(f)
		count++
		for _, s := range []string{bcKey, shopKey, shopSecret} {
			if strings.Contains(string(text), s) {
				w.t.Errorf("%s holds a secret", path)
			}
		}
		return errors.Join(err, f.Close())
	}))
	if count < 4 {
		w.t.Errorf("only %d files looked at", count)
	}
}

// A second instance on a data folder is refused and told who has it.
func TestSecondInstance(t *testing.T) {
	w := started(t)
	_, err := service.Open(w.opts)
	f := fault.As(err)
	if err == nil || f.Code != "store.locked" || f.Args["pid"] != strconv.Itoa(os.Getpid()) || f.Args["path"] != w.opts.Dir {
		t.Errorf("a second instance: %v %v", err, f)
	}
	w.reopen() // and the refused one holds nothing
}

// A restart keeps problems, last runs, pause and what is agreed.
func TestRestartKeeps(t *testing.T) {
	w := started(t)
	w.sync()
	w.co.DeleteItem("A-2")
	w.order("A-2")
	w.sync()
	w.must(w.api.Pause(w.ctx(), ipc.PauseRequest{Connection: shopName}))
	before, problems := w.status(), w.problems()
	if len(problems) != 1 {
		t.Fatalf("problems %v", problems)
	}
	w.reopen()
	after := w.status()
	if !slices.Equal(w.problems(), problems) || after.Problems != 1 || after.Paused == nil {
		t.Errorf("after the restart: %v, %+v", w.problems(), after)
	}
	if got, want := w.flow(record.KindOrder).Last, before.Flows[3].Last; got == nil || got.Held != want.Held || got.Read != want.Read || !got.Started.Equal(want.Started) {
		t.Errorf("the last run is %+v, was %+v", got, want)
	}
	w.requests()
	w.sync()
	if got := w.written(); len(got) != 0 {
		t.Errorf("after the restart it wrote again: %v", got)
	}
}

// Removing a connection removes its secrets; its state is set aside.
func TestRemove(t *testing.T) {
	w := started(t)
	w.sync()
	w.must(w.api.Remove(w.ctx(), shopName))
	left, err := w.api.Secrets(w.ctx())
	w.must(err)
	names, err := w.api.Connections(w.ctx())
	w.must(err)
	if len(left.Names) != 0 || len(names.Names) != 0 {
		t.Errorf("left: secrets %v, connections %v", left.Names, names.Names)
	}
	if _, err := w.api.Export(w.ctx(), shopName); fault.As(err).Code != "connection.unknown" {
		t.Errorf("export says %v", err)
	}
	old, err := filepath.Glob(filepath.Join(w.opts.Dir, "state", shopName+".db.*.old"))
	if err != nil || len(old) != 1 {
		t.Errorf("set aside: %v, %v", old, err)
	}
	w.connect() // made again: everything is found, nothing made twice
	w.sync()
	if n := len(w.shop.Products()); n != 3 {
		t.Errorf("%d products", n)
	}
}

// A connection that can't be opened is on the board with its reason, and doesn't keep others from working.
func TestBrokenConnection(t *testing.T) {
	w := started(t)
	w.must(w.s.Close())
	file := filepath.Join(w.opts.Dir, "connections", "broken.toml")
	w.must(os.WriteFile(file, []byte("name = \"broken\"\n[bc]\nuri = \"https://x\"\n"), 0o600))
	w.must(os.WriteFile(filepath.Join(w.opts.Dir, "connections", "zz-state.toml"), w.read("connections", shopName+".toml"), 0o600))
	w.open()
	w.sync()
	st, err := w.api.Status(w.ctx())
	w.must(err)
	if st.State != ipc.StateAttention || len(st.Connections) != 3 {
		t.Fatalf("the board: %+v", st)
	}
	if b := st.Connections[1]; b.Name != "broken" || b.State != ipc.StateAttention || b.Fault == nil || !strings.Contains(b.Fault.Text, "uri") {
		t.Errorf("the broken one: %+v", b)
	}
	doctor, err := w.api.Doctor(w.ctx())
	w.must(err)
	if !slices.ContainsFunc(doctor.Checks, func(c ipc.DoctorCheck) bool { return !c.OK && c.Area == "connection broken" }) {
		t.Errorf("doctor doesn't mention it: %+v", doctor.Checks)
	}
	if _, err := w.api.Test(w.ctx(), "broken"); fault.As(err).Code == "connection.unknown" {
		t.Errorf("a test says only %v", err)
	}
	w.must(w.api.Remove(w.ctx(), "broken"))
	w.must(w.api.Remove(w.ctx(), "zz-state"))
	if st, err = w.api.Status(w.ctx()); err != nil || len(st.Connections) != 1 {
		t.Errorf("after their removal: %+v, %v", st, err)
	}
}

func (w *world) read(path ...string) []byte {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{w.opts.Dir}, path...)...))
	w.must(err)
	return text
}
