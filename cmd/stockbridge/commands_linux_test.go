package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command is one command line, and what it must give.
type command struct {
	args string
	code int
	says string   // on standard output
	errs string   // on standard error
	keys []string // of the JSON document; nil: it is a list
}

// TestCommands tries every command against a running service, as text and as JSON. One order waits for a person.
func TestCommands(t *testing.T) {
	w := newWorld(t)
	w.must(w.co.SetBlocked("A-4", true))
	w.start()
	w.settled()
	id := w.problem()
	entry := w.entry()
	dir := t.TempDir()
	for _, c := range []command{
		{"status", 3, "webshop-nl: attention (CRONUS NL and 127.0.0.1:", "", []string{"state", "now", "version", "pid", "role", "connections"}},
		{"sync", 3, "orders", "1 wait for a person: stockbridge problems", []string{"runs", "problems"}},
		{"sync webshop-nl --flow stock,prices", 3, "stock", "wait for a person", []string{"runs", "problems"}},
		{"sync nope", 1, "", "There is no connection called nope. There are: webshop-nl.", []string{"fault"}},
		{"plan", 0, "1 planned, ", "", []string{"planned", "unchanged"}},
		{"plan --flow shipments", 0, "0 planned, ", "", []string{"planned", "unchanged"}},
		{"problems", 3, id + "  webshop-nl orders", "", nil},
		{"problems approve " + id, 1, "", "can be retried or skipped, not approved", []string{"fault"}},
		{"problems retry nope", 1, "", "No problem called nope waits", []string{"fault"}},
		{"explain webshop-nl orders " + w.blocked(), 0, "held", "", []string{"connection", "kind", "key", "ref", "state", "steps", "problem"}},
		{"explain webshop-nl items A-1 --live", 0, "Found at the other side", "", []string{"connection", "kind", "key", "ref", "to", "state", "steps", "exchanges"}},
		{"explain webshop-nl shoppers zoe.vandenberg@example.com", 0, "[flows.orders] external_prefix = webshop-nl-", "", []string{"rules", "read", "wanted", "agreed", "sent", "answered", "missing"}},
		{"explain webshop-nl shipments S-1", 0, "Missing\n  Is \"S-1\" spelled", "", []string{"missing"}},
		{"explain nope items A-1", 1, "", "There is no connection called nope", []string{"fault"}},
		{"journal --key A-1 --kind items --connection webshop-nl --since 1h --limit 5", 0, "/wp-json/wc/v3/products", "", nil},
		{"journal list --since 2026-01-01", 0, "shop", "", nil},
		{"journal --connection nope", 1, "", "There is no connection called nope", []string{"fault"}},
		{"journal show " + entry, 0, "response:", "", []string{"id", "at", "connection", "side", "method", "path", "status", "took_ms"}},
		{"journal show nope", 1, "", "There is no journal entry nope", []string{"fault"}},
		{"journal send nope", 1, "", "There is no journal entry nope", []string{"fault"}},
		{"journal erase zoe.vandenberg@example.com", 0, "Erased in ", "", []string{"entries", "state"}},
		{"journal erase zoe", 1, "", "An e-mail address is needed", []string{"fault"}},
		{"audit --key A-1 --kind items --connection webshop-nl --since 1h --limit 5", 0, "flow items  create items A-1", "", nil},
		{"audit --kind orders", 0, "WEBSHOP-NL-", "", nil},
		{"audit --connection nope", 1, "", "There is no connection called nope", []string{"fault"}},
		{"audit verify", 0, " entries, whole", "", []string{"connections"}},
		{"pause --until 8h", 0, "Paused until", "", []string{"until"}},
		{"pause webshop-nl", 0, "Paused until resumed.", "", []string{"connection"}},
		{"pause webshop-nl --flow orders,stock --until tomorrow", 0, "Paused until", "", []string{"connection", "kinds", "until"}},
		{"pause --flow nothing", 2, "", "--flow is \"nothing\"; allowed: items", nil},
		{"resume", 0, "Running again.", "", nil},
		{"resume webshop-nl --flow orders,stock", 0, "Running again.", "", []string{"connection", "kinds"}},
		{"resume nope", 1, "", "There is no connection called nope", []string{"fault"}},
		{"reconcile webshop-nl", 3, "items    12 checked", "", []string{"connection", "checked", "equal", "differences", "repaired"}},
		{"connection list", 0, "webshop-nl\n", "", []string{"names"}},
		{"connection show webshop-nl", 0, "company = 'CRONUS NL'", "", []string{"name", "toml"}},
		{"connection export nope", 1, "", "There is no connection called nope", []string{"fault"}},
		{"connection test webshop-nl", 0, "bc    ok: Business Central", "", []string{"connection", "sides"}},
		{"connection remove nope", 1, "", "There is no connection called nope", []string{"fault"}},
		{"secret list", 0, "webshop-nl shop consumer_secret", "", []string{"names"}},
		{"secret remove webshop-nl bc nope", 1, "", "There is no secret \"bc nope\"", []string{"fault"}},
		{"secret remove webshop-nl bc password", 1, "", "read-only", []string{"fault"}},
		{"backup " + filepath.Join(dir, "b.zip"), 0, "Written to", "", []string{"backup"}},
		{"backup " + filepath.Join(dir, "none", "b.zip"), 1, "", "can't be written", []string{"fault"}},
		{"restore " + filepath.Join(dir, "b.zip"), 1, "", "in use by another Stockbridge", []string{"fault"}},
		{"doctor", 3, "look  connection webshop-nl", "", []string{"checks"}},
		{"doctor --bundle " + filepath.Join(dir, "none", "b.zip"), 1, "", "can't be written: no such file", []string{"fault"}},
		{"version", 0, "stockbridge " + version, "", []string{"version"}},
		{"problems skip " + id, 0, "until its owner changes it", "", []string{"skip"}},
		{"problems", 0, "Nothing waits for a person.", "", nil},
		{"status", 0, "webshop-nl: fine", "", []string{"state"}},
	} {
		t.Run(c.args, func(t *testing.T) { w.try(t, c) })
	}
	w.tamper()
	w.try(t, command{"audit verify", 1, "NOT whole", "[audit.changed]", []string{"connections"}})
}

// tamper changes a value in the audit trail of the running service.
func (w *world) tamper() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "audit", "webshop-nl", "*.jsonl"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("trails %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	w.must(err)
	w.must(os.WriteFile(files[0], bytes.Replace(text, []byte(`"key":"A-1"`), []byte(`"key":"A-2"`), 1), 0o600))
}

// try runs a command line as text and as JSON.
func (w *world) try(t *testing.T, c command) {
	args := append([]string{"--data-dir", w.dir}, strings.Fields(c.args)...)
	a := cli(t, args...)
	if a.code != c.code || !strings.Contains(a.out, c.says) || !strings.Contains(a.errOut, c.errs) || (c.errs == "") != (a.errOut == "") {
		t.Errorf("exit %d, want %d; output %q, want %q; errors %q, want %q", a.code, c.code, a.out, c.says, a.errOut, c.errs)
	}
	if strings.HasPrefix(c.args, "problems skip") {
		return // done, and can't be done again
	}
	a = cli(t, append(args, "--json")...)
	if a.code != c.code || !strings.Contains(a.errOut, c.errs) {
		t.Errorf("with --json: exit %d, want %d; errors %q", a.code, c.code, a.errOut)
	}
	document, _ := one(t, a.out).(map[string]any)
	for _, key := range c.keys {
		if _, ok := document[key]; !ok {
			t.Errorf("its JSON has no %q: %s", key, a.out)
		}
	}
}

// problem returns the id of the one problem.
func (w *world) problem() string {
	w.t.Helper()
	var list []struct{ ID string }
	w.must(json.Unmarshal([]byte(cli(w.t, "--data-dir", w.dir, "problems", "--json").out), &list))
	if len(list) != 1 {
		w.t.Fatalf("%d problems", len(list))
	}
	return list[0].ID
}

// entry returns the id of some exchange with Business Central.
func (w *world) entry() string {
	w.t.Helper()
	var list []struct{ ID, Side string }
	w.must(json.Unmarshal([]byte(cli(w.t, "--data-dir", w.dir, "journal", "--json").out), &list))
	for _, x := range list {
		if x.Side == "bc" {
			return x.ID
		}
	}
	w.t.Fatalf("no exchange with Business Central in %d", len(list))
	return ""
}

// blocked is the number of the order with the blocked item.
func (w *world) blocked() string {
	for _, o := range w.shop.Orders() {
		if o.Lines[0].SKU == "A-4" {
			return o.Number
		}
	}
	w.t.Fatal("no order has item A-4")
	return ""
}

// TestWithoutService: the account that owns the folder can do without a service; what it does is seen by the next.
func TestWithoutService(t *testing.T) {
	w := newWorld(t)
	for _, c := range []command{
		{"status", 1, ": stopped", "The Stockbridge service is not running", []string{"state", "connections"}},
		{"sync", 0, "orders           6       6", "", []string{"runs", "problems"}},
		{"pause", 0, "Paused", "", nil},
		{"problems", 0, "Nothing waits", "", nil},
		{"reconcile webshop-nl", 0, "orders   6 checked, 6 equal", "", []string{"differences"}},
		{"connection list", 0, shopName, "", []string{"names"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			a := cli(t, append([]string{"--data-dir", w.dir}, strings.Fields(c.args)...)...)
			if a.code != c.code || !strings.Contains(a.out, c.says) || !strings.Contains(a.errOut, c.errs) {
				t.Errorf("exit %d, want %d; output %q, want %q; errors %q, want %q", a.code, c.code, a.out, c.says, a.errOut, c.errs)
			}
		})
	}
	w.inStep()
	backup := filepath.Join(t.TempDir(), "b.zip")
	if a := cli(t, "--data-dir", w.dir, "backup", backup); a.code != 0 {
		t.Fatal(a.errOut)
	}
	elsewhere := filepath.Join(t.TempDir(), "data")
	if a := cli(t, "--data-dir", elsewhere, "restore", backup); a.code != 0 {
		t.Fatal(a.errOut)
	}
	w.dir = elsewhere
	a := cli(t, "--data-dir", w.dir, "sync", "--json")
	for _, run := range one(t, a.out).(map[string]any)["runs"].([]any) {
		if n := run.(map[string]any)["written"]; n != 0.0 {
			t.Errorf("after a restore a run wrote again: %v", run)
		}
	}
	w.inStep()
}
