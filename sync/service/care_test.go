package service_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/service"
	"stockbridge/sync/settings"
)

// busy is a world with 50 products and eight orders in step, some of them shipped and posted.
func busy(t *testing.T) *world {
	t.Helper()
	w := started(t, func(c *settings.Connection) { // the simulators let nothing come late
		c.BC.Settle, c.Shop.Settle = settings.Duration(time.Millisecond), settings.Duration(time.Millisecond)
	})
	for i := 4; i <= 50; i++ {
		w.item(fmt.Sprint("A-", i), 10)
	}
	w.sync()
	for i := range 8 {
		w.order(fmt.Sprint("A-", 1+i), fmt.Sprint("A-", 2+i))
	}
	w.sync()
	for i, o := range w.co.Orders() {
		if i < 4 {
			w.must(w.co.Release(o.Number))
			w.must(w.co.Ship(o.Number, nil, i < 2))
		}
	}
	w.sync()
	return w
}

// counts is what both systems hold.
func (w *world) counts() string {
	return fmt.Sprintf("%d orders, %d invoices, %d customers, %d products", len(w.co.Orders()), len(w.co.Invoices()), len(w.co.Customers()), len(w.shop.Products()))
}

func (w *world) state() string { return filepath.Join(w.opts.Dir, "state", shopName+".db") }

// Whatever becomes of the state file, and of the copy beside it: nothing is made twice, nothing is lost, and what is
// new comes in.
func TestLostStateMakesNothingTwice(t *testing.T) {
	rubbish := func(path string) error {
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		copy(b[2*os.Getpagesize():], bytes.Repeat([]byte{0xab}, len(b)-2*os.Getpagesize()))
		return os.WriteFile(path, b, 0o600)
	}
	for name, c := range map[string]struct {
		spoil func(path string) error
		told  string // the problem that says so
	}{
		"lost":             {os.Remove, "connection state store.rebuilt"},
		"lost with copy":   {func(p string) error { return firstError(os.Remove(p), os.Remove(p+".snapshot")) }, ""},
		"damaged":          {rubbish, "connection state store.rebuilt"},
		"damaged and copy": {func(p string) error { return firstError(rubbish(p), rubbish(p+".snapshot")) }, "connection state store.begun_again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := busy(t)
			before := w.counts()
			w.must(w.s.Close())
			w.must(os.WriteFile(w.state()+".pid", []byte("1"), 0o600)) // nobody closed it
			if c.told == "" {
				w.must(os.Remove(w.state() + ".pid"))
			}
			w.must(c.spoil(w.state()))
			w.open()
			w.requests()
			w.sync()
			for _, r := range w.requests() {
				// The shop counts its own stock down with each order; that is put right, and a mark may be left once more.
				if r.writes() && (r.side == "bc" || strings.Contains(r.body, `"create"`)) {
					t.Errorf("written: %s %s %s", r.method, r.path, r.body)
				}
			}
			if after := w.counts(); after != before {
				t.Errorf("%s before, %s after", before, after)
			}
			if got := w.problems(); len(got) > 1 || strings.Join(got, "") != c.told {
				t.Errorf("problems: %v", got)
			}
			if c.told != "" { // it is news; having read it is all there is to do
				p := w.problem()
				if len(p.Actions) != 1 || p.Actions[0].Action != ipc.ActionSkip {
					t.Errorf("actions %+v", p.Actions)
				}
				w.must(w.api.Act(w.ctx(), ipc.ActionSkip, ipc.ProblemRequest{ID: p.ID}))
				if got := w.problems(); len(got) != 0 {
					t.Errorf("problems after it was read: %v", got)
				}
			}
			w.order("A-1")
			w.sync()
			if got := len(w.co.Orders()) + len(w.co.Invoices()); got != 9 {
				t.Errorf("%d orders after one more", got)
			}
			w.requests()
			w.sync()
			if len(w.written()) != 0 {
				t.Error("a quiet run wrote something")
			}
		})
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A page that turns out to be spoilt while the service runs costs the file, not the connection: it is made again without a
// restart.
func TestDamageFoundInUseIsHealed(t *testing.T) {
	w := busy(t)
	before := w.counts()
	f, err := os.OpenFile(w.state(), os.O_RDWR, 0)
	w.must(err)
	info, err := f.Stat()
	w.must(err)
	page := int64(os.Getpagesize())
	_, err = f.WriteAt(bytes.Repeat([]byte{0xab}, int(info.Size()-2*page)), 2*page)
	w.must(err)
	w.must(f.Close())
	w.order("A-1")
	last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: shopName}, nil)
	if err == nil && (last.Fault == nil || last.Fault.Code != "store.damaged") {
		t.Fatalf("the run ended with %+v", last)
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		list, _ := w.api.Problems(w.ctx(), "", record.KindConnection) // refused until it is made again
		if slices.ContainsFunc(list, func(p ipc.Problem) bool { return p.Fault.Code == "store.rebuilt" }) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not made again")
		}
	}
	w.sync()
	if got := len(w.co.Orders()) + len(w.co.Invoices()); got != 9 || !strings.HasSuffix(before, fmt.Sprint(len(w.shop.Products()), " products")) {
		t.Errorf("%s before, %s after", before, w.counts())
	}
}

// A connection that can't be opened for a reason that passes (a full disk, a file that a virus scanner holds) goes on by
// itself, without a restart, once the reason is gone.
func TestConnectionOpensOnceTheDiskLetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := started(t)
		w.must(w.s.Close())
		inTheWay := w.state() + ".pid"
		w.must(os.Mkdir(inTheWay, 0o700))
		w.open()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.s.Run(ctx) }()
		time.Sleep(5 * time.Minute)
		if _, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: shopName}, nil); codeOf(nil, err) != "store.disk" {
			t.Errorf("while it can't be opened: %v", err)
		}
		w.must(os.Remove(inTheWay))
		time.Sleep(2 * time.Minute)
		if _, ok := w.shop.ProductBySKU("A-1"); !ok {
			t.Error("nothing has run since")
		}
		stop()
		w.must(<-done)
	})
}

// A restored state is older than both systems. Orders that came in since are found by number, a price that went away and
// back is put right although the backup says it was agreed, and products keep their links.
func TestRestoreDoesNotBelieveWhatItRemembers(t *testing.T) {
	w := busy(t)
	file := filepath.Join(t.TempDir(), "backup.zip")
	w.must(w.api.Backup(w.ctx(), ipc.FileRequest{Path: file}))
	w.must(w.co.SetPrice("A-3", decimal.MustNew(2000, 2)))
	w.order("A-5")
	w.item("B-1", 7)
	w.sync()
	if w.product("A-3").Regular != "20.00" {
		t.Fatalf("price %s", w.product("A-3").Regular)
	}
	w.must(w.co.SetPrice("A-3", decimal.MustNew(1000, 2))) // what the backup remembers as agreed
	w.editProduct(w.product("A-7").ID, `{"sku":"renamed-in-the-shop"}`)
	w.order("A-6") // nobody has taken it yet
	before := w.counts()
	w.must(w.s.Close())
	_, err := service.Restore(w.opts.Dir, file, time.Now())
	w.must(err)
	w.open()
	w.sync()
	if got := w.product("A-3").Regular; got != "10.00" {
		t.Errorf("the price is %s: the old agreement was believed", got)
	}
	if got := len(w.co.Orders()) + len(w.co.Invoices()); got != 10 {
		t.Errorf("%d orders; %s before, %s after", got, before, w.counts())
	}
	if got := len(w.shop.Products()); got != 51 {
		t.Errorf("%d products", got)
	}
	if got := w.problems(); len(got) != 0 {
		t.Errorf("problems: %v", got)
	}
	if asides, _ := filepath.Glob(w.state() + ".*.old"); len(asides) != 1 {
		t.Errorf("set aside: %v", asides)
	}
	w.requests()
	w.sync()
	if len(w.written()) != 0 {
		t.Error("a quiet run wrote something")
	}
}

// One command on each server. The old one refuses from then on, the new one goes on; taking it back is a restore.
func TestMoveToAnotherServer(t *testing.T) {
	w := busy(t)
	old := w.opts.Dir
	file := filepath.Join(t.TempDir(), "move.zip")
	w.must(w.api.Backup(w.ctx(), ipc.FileRequest{Path: file, Move: true}))
	w.order("A-9")
	last, err := w.api.Sync(w.ctx(), ipc.SyncRequest{Connection: shopName}, nil)
	if code := codeOf(last.Fault, err); code != "store.moved" {
		t.Errorf("a run at the old place ended with %q", code)
	}
	w.must(w.s.Close())
	_, err = service.Open(w.opts)
	if e := fault.As(err); e == nil || e.Code != "store.moved" || e.Args["file"] != file || !strings.Contains(e.Error(), file) {
		t.Fatalf("the old place opens with %v", err)
	}
	w.opts.Dir = t.TempDir()
	restored, err := service.Restore(w.opts.Dir, file, time.Now())
	w.must(err)
	want := []settings.SecretField{{Side: "bc", Field: "password"}, {Side: "shop", Field: "consumer_key"}, {Side: "shop", Field: "consumer_secret"}}
	if len(restored) != 1 || !slices.Equal(restored[0].Secrets, want) {
		t.Errorf("restored %+v", restored)
	}
	w.open()
	if w.status().Paused != nil {
		t.Error("the new place begins paused")
	}
	w.sync()
	if got := len(w.co.Orders()) + len(w.co.Invoices()); got != 9 {
		t.Errorf("%d orders after the move: %s", got, w.counts())
	}
	w.must(w.s.Close())
	_, err = service.Restore(old, file, time.Now())
	w.must(err)
	w.opts.Dir = old
	w.open()
	w.sync(record.KindOrder)
	if len(w.co.Orders())+len(w.co.Invoices()) != 9 {
		t.Errorf("back at the old place: %s", w.counts())
	}
}

func codeOf(f *ipc.Fault, err error) fault.Code {
	if f != nil {
		return f.Code
	}
	if err != nil {
		return fault.As(err).Code
	}
	return ""
}

// A backup holds a connection's file as it was written: a default of today is not made a setting for ever.
func TestBackupKeepsTheConnectionFileAsItIs(t *testing.T) {
	w := started(t)
	want, err := os.ReadFile(filepath.Join(w.opts.Dir, "connections", shopName+".toml"))
	w.must(err)
	file := filepath.Join(t.TempDir(), "backup.zip")
	w.must(w.api.Backup(w.ctx(), ipc.FileRequest{Path: file}))
	fresh := t.TempDir()
	_, err = service.Restore(fresh, file, time.Now())
	w.must(err)
	got, err := os.ReadFile(filepath.Join(fresh, "connections", shopName+".toml"))
	w.must(err)
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
