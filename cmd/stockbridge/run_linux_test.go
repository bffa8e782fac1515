package main

import (
	"archive/zip"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"stockbridge/sync/sim"
)

func TestNoListeningPort(t *testing.T) {
	w := newWorld(t)
	c := w.start()
	w.settled()
	if found := listeners(t, c.cmd.Process.Pid); len(found) > 0 {
		t.Errorf("the service listens on %v", found)
	}
	if found := listeners(t, os.Getpid()); len(found) < 2 {
		t.Errorf("this test sees only %v of the two servers of its own", found)
	}
}

func TestSecondRunNamesTheFirst(t *testing.T) {
	w := newWorld(t)
	c := w.start()
	a := cli(t, "--data-dir", w.dir, "run")
	if pid := strconv.Itoa(c.cmd.Process.Pid); a.code != 1 || !strings.Contains(a.errOut, "process "+pid) {
		t.Errorf("exit %d, %q; want 1 and process %s", a.code, a.errOut, pid)
	}
	if code := c.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ended it with %d: %s", code, c.output())
	}
	if a := cli(t, "--data-dir", w.dir, "status"); a.code != 1 || !strings.HasPrefix(a.out, "Stockbridge "+version+": stopped") {
		t.Errorf("after its end: exit %d, %q", a.code, a.out)
	}
}

// TestKillLosesAndRepeatsNothing kills the service right after a system wrote and before it could answer, over and
// over, and compares what both systems hold in the end (invariant 3).
func TestKillLosesAndRepeatsNothing(t *testing.T) {
	w := newWorld(t)
	for _, at := range []struct {
		faults *sim.Faults
		rule   sim.Rule
	}{
		{&w.wcFaults, sim.Rule{Method: http.MethodPost, Path: "products/batch", Body: `"create"`}},
		{&w.bcFaults, sim.Rule{Method: http.MethodPost, Path: "/customers"}},
		{&w.bcFaults, sim.Rule{Method: http.MethodPost, Path: "/salesOrders"}},
		{&w.bcFaults, sim.Rule{Method: http.MethodPost, Path: "/salesOrders", Skip: 1}},
		{&w.wcFaults, sim.Rule{Method: http.MethodPost, Path: "/orders/batch", Body: `"meta_data"`}},
		{&w.wcFaults, sim.Rule{Method: http.MethodPost, Path: "/notes"}},
	} {
		killed := make(chan struct{})
		c := make(chan *child, 1)
		at.rule.Do = func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			victim := <-c
			sim.LoseAnswer()(rw, r, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(rw, r)
				_ = victim.cmd.Process.Kill()
				_ = victim.cmd.Wait()
				close(killed)
			}))
		}
		at.faults.Add(at.rule)
		c <- w.start()
		<-killed
	}
	c := w.start()
	w.settled()
	w.inStep()
	if a := cli(t, "--data-dir", w.dir, "sync", "--json"); a.code != 0 {
		t.Errorf("sync: exit %d, %s", a.code, a.errOut)
	} else {
		for _, run := range one(t, a.out).(map[string]any)["runs"].([]any) {
			if n := run.(map[string]any)["written"]; n != 0.0 {
				t.Errorf("a further run wrote %v: %v", n, run)
			}
		}
	}
	if code := c.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ended it with %d: %s", code, c.output())
	}
}

// inStep compares both systems' own contents: every item once in the shop, every order and customer once in BC.
func (w *world) inStep() {
	w.t.Helper()
	products := map[string]int{}
	for _, p := range w.shop.Products() {
		products[p.SKU]++
	}
	for _, i := range w.co.Items() {
		if products[i.Number] != 1 {
			w.t.Errorf("item %s is in the shop %d times", i.Number, products[i.Number])
		}
	}
	documents := map[string]int{}
	for _, o := range w.co.Orders() {
		documents[o.External]++
	}
	for _, o := range w.shop.Orders() {
		if external := strings.ToUpper(shopName) + "-" + o.Number; documents[external] != 1 {
			w.t.Errorf("order %s is in Business Central %d times: %v", external, documents[external], documents)
		}
	}
	if len(documents) != len(w.shop.Orders()) || len(w.co.Customers()) != 1 {
		w.t.Errorf("%d orders of %d, %d customers of 1", len(documents), len(w.shop.Orders()), len(w.co.Customers()))
	}
}

// TestNoSecretAnywhere: after whole runs, one of them with a shop that sends our own sign-in back, no secret is in any
// byte the service left or shows (invariant 7), and no customer in what support gets.
func TestNoSecretAnywhere(t *testing.T) {
	w := newWorld(t)
	w.wcFaults.Add(sim.Rule{Method: http.MethodGet, Path: "/orders", Skip: 1, Do: echo})
	w.bcFaults.Add(sim.Rule{Body: "salesOrders", Do: echo})
	c := w.start()
	w.settled()
	all := []string{"sync", "status", "problems", "connection show " + shopName, "connection test " + shopName, "secret list", "journal --limit 1000",
		"doctor --bundle " + filepath.Join(w.dir, "bundle.zip"), "backup " + filepath.Join(w.dir, "backup.zip"), "explain webshop-nl items A-1"}
	var shown strings.Builder
	for _, line := range all {
		for _, extra := range []string{"", " --json"} {
			a := cli(t, append([]string{"--data-dir", w.dir}, strings.Fields(line+extra)...)...)
			shown.WriteString(a.out + a.errOut)
			if a.code == exitUsage || a.code == exitFailed && !strings.Contains(a.errOut, "can't be") {
				t.Errorf("%s: exit %d, %s", line, a.code, a.errOut)
			}
		}
	}
	places := map[string]string{"commands": shown.String()}
	for _, name := range []string{"environ", "cmdline"} {
		places[name] = read(t, filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid), name))
	}
	if code := c.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ended it with %d: %s", code, c.output())
	}
	places["output"] = c.output()
	w.files(places)
	if w.wcFaults.Pending()+w.bcFaults.Pending() > 0 {
		t.Error("a system never sent the sign-in back")
	}
	for place, text := range places {
		for _, secret := range leaks() {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", place, secret)
			}
		}
		for _, name := range []string{"vandenberg@", "van den Berg", "Dorpsstraat", "3511 AB", "1301234567"} {
			if strings.HasPrefix(place, "bundle.zip/") && strings.Contains(text, name) {
				t.Errorf("%s holds a customer's %q", place, name)
			}
		}
	}
	// The search itself works: what must be there is found.
	for place, text := range map[string]string{"environ": w.creds, "cmdline": "run", "commands": shopName, "connections/" + shopName + ".toml": bcUser,
		"state/" + shopName + ".db": "A-1", "bundle.zip/status.json": shopName, "backup.zip/connections/" + shopName + ".toml": bcUser} {
		if !strings.Contains(places[place], text) {
			t.Errorf("%s doesn't even hold %q", place, text)
		}
	}
}

// echo answers with the caller's own sign-in, coded and plain, as a badly written security plug-in does.
func echo(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadGateway)
	user, key, _ := r.BasicAuth()
	_, _ = io.WriteString(w, `{"code":"blocked","message":"`+r.Header.Get("Authorization")+" of "+user+":"+key+`"}`)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files adds every file of the data folder to places, and what is in its zip files.
func (w *world) files(places map[string]string) {
	w.t.Helper()
	w.must(filepath.WalkDir(w.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Type()&fs.ModeSocket != 0 {
			return err
		}
		name, err := filepath.Rel(w.dir, path)
		places[name] = read(w.t, path)
		if filepath.Ext(path) != ".zip" || err != nil {
			return err
		}
		z, err := zip.OpenReader(path)
		if err != nil {
			return err
		}
		defer z.Close()
		return fs.WalkDir(z, ".", func(inside string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			b, err := fs.ReadFile(z, inside)
			places[name+"/"+inside] = string(b)
			return err
		})
	}))
}
