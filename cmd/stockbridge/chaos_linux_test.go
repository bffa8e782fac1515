package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"stockbridge/store/secret"
	"stockbridge/sync/demo"
)

// TestChaos runs the demo as people do, with the real service as a process of its own that is killed eight times.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("killing processes is left out with -short")
	}
	t.Setenv(childEnv, "1") // the demo starts this very program, as the service
	dir := filepath.Join(t.TempDir(), "kept")
	a := cli(t, "demo", "--chaos", "--kills", "8", "--seed", "7", "--items", "60", "--orders", "30", "--keep", dir, "--json")
	if a.code != 0 {
		t.Fatalf("exit %d: %s\n%s", a.code, a.errOut, a.out)
	}
	one(t, a.out)
	var r demo.Report
	if err := json.Unmarshal([]byte(a.out), &r); err != nil || r.Chaos == nil {
		t.Fatalf("%v: %s", err, a.out)
	}
	c := r.Chaos
	if c.Kills != 8 || c.OrdersInShop != 26 || c.OrdersInBC != 26 || c.OrdersLost+c.OrdersTwice+c.StockWrong+c.OpenIntents != 0 || c.CentsApart != "0.00" {
		t.Errorf("%+v", c)
	}
	if c.OrdersMeanwhile != 10 || c.Broken == 0 || c.Broken > c.Requests/2 || c.CallsClean == 0 || c.CallsStormy <= c.CallsClean {
		t.Errorf("%+v", c)
	}
	if len(r.Wrong) != 0 || len(r.Problems) != 4 || r.ThirdRunWritten != 0 || r.Orders != 30 || r.Items != 60 || r.CallsPerChangedItem == 0 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "demo-shop.db")); err != nil {
		t.Error(err)
	}
	if running := runningOn(t, dir); len(running) > 0 {
		t.Errorf("left behind: %v", running)
	}
}

// TestChaosIsInterrupted: Ctrl+C leaves no process behind.
func TestChaosIsInterrupted(t *testing.T) {
	t.Setenv(childEnv, "1")
	dir := filepath.Join(t.TempDir(), "kept")
	ctx, cancel := context.WithCancel(t.Context())
	var errOut interrupter
	errOut.at, errOut.do = "1 of 10 kills", cancel
	code := execute(ctx, []string{"demo", "--chaos", "--kills", "10", "--items", "40", "--orders", "12", "--keep", dir}, strings.NewReader(""), &bytes.Buffer{}, &errOut)
	if code != 1 || !strings.Contains(errOut.String(), "Interrupted.") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
	if running := runningOn(t, dir); len(running) > 0 {
		t.Errorf("left behind: %v", running)
	}
}

// interrupter does something when a text is written to it.
type interrupter struct {
	bytes.Buffer
	at string
	do func()
}

func (i *interrupter) Write(b []byte) (int, error) {
	if strings.Contains(string(b), i.at) {
		i.do()
	}
	return i.Buffer.Write(b)
}

// runningOn are the processes other than this one with a data folder in their arguments.
func runningOn(t *testing.T, dir string) (pids []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && slices.Contains(strings.Split(string(line), "\x00"), dir) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestHandedService: a service whose secrets come through a pipe has them nowhere else, and ends with the pipe.
func TestHandedService(t *testing.T) {
	w := newWorld(t)
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	h := demo.Handover{Hurry: 1}
	for field, value := range map[string]string{"bc password": bcKey, "shop consumer_key": shopKey, "shop consumer_secret": shopSecret} {
		side, name, _ := strings.Cut(field, " ")
		h.Secrets = append(h.Secrets, demo.HandedSecret{Name: secret.Name{Connection: shopName, Side: side, Field: name}, Value: value})
	}
	line, err := json.Marshal(h)
	w.must(err)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--data-dir", w.dir, "run", "--secrets-from-stdin")
	cmd.Env = []string{childEnv + "=1", "HOME=" + w.dir, "PATH=" + os.Getenv("PATH")}
	pipe, err := cmd.StdinPipe()
	w.must(err)
	out, in, err := os.Pipe()
	w.must(err)
	defer out.Close()
	cmd.Stderr = in
	w.must(cmd.Start())
	w.must(in.Close())
	_, err = pipe.Write(append(line, '\n'))
	w.must(err)
	c := &child{t: t, cmd: cmd}
	serves := make(chan bool, 1)
	go c.listen(out, serves)
	if !<-serves {
		t.Fatalf("the service ended: %s", c.output())
	}
	w.settled()
	w.inStep()
	places := map[string]string{"output": c.output()}
	for _, name := range []string{"environ", "cmdline"} {
		places[name] = read(t, filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), name))
	}
	w.must(pipe.Close())
	if err := cmd.Wait(); err != nil {
		t.Errorf("the pipe's end ended it with %v: %s", err, c.output())
	}
	w.files(places)
	for place, text := range places {
		for _, s := range leaks() {
			if strings.Contains(text, s) {
				t.Errorf("%s holds %q", place, s)
			}
		}
	}
	for _, text := range []string{"", "{\n", `{"secrets":[{"Connection":"a b","value":"x"}]}` + "\n"} {
		if a := cliWith(t, text, "--data-dir", t.TempDir(), "run", "--secrets-from-stdin"); a.code != 1 || a.out != "" {
			t.Errorf("%q: exit %d, %s", text, a.code, a.errOut)
		}
	}
}
