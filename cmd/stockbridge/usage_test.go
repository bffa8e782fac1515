package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// TestWrongUsage: a mistake is exit code 2 or 1, one clear sentence on standard error, nothing on standard output, and
// no data folder made by it.
func TestWrongUsage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	file := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(file, []byte("name = \"x\"\n[bc]\nurl = \"http://bc01\"\n[shop]\nplatform = \"shopfy\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"bogus", 2, `no command "bogus"; there are: audit, backup, connection`},
		{"--bogus", 2, "Unknown flag: --bogus"},
		{"help bogus", 2, `no command "bogus"`},
		{"connection", 2, "needs a command: export, import"},
		{"connection bogus", 2, `no command "bogus"`},
		{"connection import", 2, "Use it as: stockbridge connection import FILE"},
		{"problems bogus", 2, "there are: approve, retry, skip"},
		{"problems retry", 2, "Use it as: stockbridge problems retry ID"},
		{"explain a b", 2, "Use it as: stockbridge explain CONNECTION KIND KEY"},
		{"explain a bogus c", 2, "KIND is \"bogus\"; allowed: items, stock"},
		{"version x", 2, "Use it as: stockbridge version"},
		{"sync --flow bogus", 2, "--flow is \"bogus\"; allowed: items, stock"},
		{"sync a b", 2, "Use it as: stockbridge sync [CONNECTION]"},
		{"pause --until yesterday", 2, "--until is \"yesterday\"; allowed: 90m"},
		{"audit --kind bogus", 2, "--kind is \"bogus\""},
		{"audit --since bogus", 2, "--since is \"bogus\""},
		{"audit --limit 0", 2, "--limit is 0"},
		{"audit bogus", 2, "there are: verify"},
		{"audit verify x", 2, "Use it as: stockbridge audit verify"},
		{"journal --kind bogus", 2, "--kind is \"bogus\""},
		{"journal --since bogus", 2, "--since is \"bogus\""},
		{"journal list --limit 0", 2, "--limit is 0"},
		{"journal --limit many", 2, `Invalid argument "many" for "--limit" flag.`},
		{"demo --shop bogus", 2, "--shop is \"bogus\""},
		{"demo --items 1", 2, "at least --items 40"},
		{"demo --kills 3", 2, "--kills needs --chaos"},
		{"demo --chaos --kills 0", 2, "--kills is 0; allowed: 1 and more"},
		{"demo --keep " + filepath.Dir(file), 1, "is not empty"},
		{"sync", 1, "There is no data folder " + dir},
		{"doctor", 1, "There is no data folder " + dir},
		{"connection import " + file + "x", 1, "bad.tomlx can't be read: no such file"},
		{"connection import " + filepath.Dir(file), 1, "can't be read: is a directory"},
		{"connection import " + file, 1, "[shop] platform"},
		{"secret set a bc password", 1, "nothing on standard input"},
		{"restore " + file + "x", 1, "can't be read: no such file"},
	} {
		t.Run(c.args, func(t *testing.T) {
			if strings.Contains(c.says, "folder "+dir) {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
			}
			args := append([]string{"--data-dir", dir}, strings.Fields(c.args)...)
			a := cli(t, args...)
			if a.code != c.code || !strings.Contains(a.errOut, c.says) || a.out != "" {
				t.Errorf("exit %d, %q on standard error, %q on standard output; want %d and %q", a.code, a.errOut, a.out, c.code, c.says)
			}
			if c.code == 2 && !strings.HasSuffix(a.errOut, " --help\n") {
				t.Errorf("no way to help: %q", a.errOut)
			}
			a = cli(t, append(args, "--json")...)
			if fault, _ := one(t, a.out).(map[string]any)["fault"].(map[string]any); a.code != c.code || fault["text"] == "" || fault["code"] == "" {
				t.Errorf("with --json: exit %d, %s", a.code, a.out)
			}
		})
	}
}

// TestEveryMistakeIsNamed: a connection file with several mistakes is refused once, with a line for each.
func TestEveryMistakeIsNamed(t *testing.T) {
	text := "name = \"x\"\n[bc]\nurl = \"http://bc01\"\ncompany = \"C\"\nuser = \"U\"\n[shop]\nplatform = \"shopfy\"\nurl = \"https://shop.example.nl\"\n[flows.stock]\nbetween = \"noon\"\n"
	a := cliWith(t, text, "--data-dir", t.TempDir(), "connection", "import", "-")
	for _, says := range []string{"[bc] url", "[shop] platform", "between"} {
		if !strings.Contains(a.errOut, says) {
			t.Errorf("%s isn't named: %q", says, a.errOut)
		}
	}
	if lines := strings.Count(a.errOut, "\n"); a.code != 1 || lines != 3 {
		t.Errorf("exit %d, %d lines: %q", a.code, lines, a.errOut)
	}
}

func TestHelpDocumentsJSON(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		group := c.HasSubCommands() && c.Long == ""
		if name := c.Name(); group || name == "help" || name == "run" {
			return
		}
		if !strings.Contains(c.Long, "With --json:\n") {
			t.Errorf("%s: its help says nothing of its JSON document", c.CommandPath())
		}
	}
	walk(newRoot(&app{}))
}

func TestMoments(t *testing.T) {
	now := time.Date(2026, 11, 23, 20, 30, 0, 0, time.Local)
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, time.Local)
	}
	for _, c := range []struct {
		text         string
		future, past time.Time // zero: refused
	}{
		{"90m", at(11, 23, 22, 0), at(11, 23, 19, 0)},
		{"7d", at(11, 30, 20, 30), at(11, 16, 20, 30)},
		{"22:15", at(11, 23, 22, 15), time.Time{}},
		{"18:00", at(11, 24, 18, 0), time.Time{}},
		{"2026-12-01", at(12, 1, 0, 0), at(12, 1, 0, 0)},
		{"2026-11-01 08:30", time.Time{}, at(11, 1, 8, 30)},
		{"2026-12-01T08:00:00Z", time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)},
		{"-8h", time.Time{}, time.Time{}},
		{"0d", time.Time{}, time.Time{}},
		{"", time.Time{}, time.Time{}},
		{"tomorrow", at(11, 24, 0, 0), time.Time{}},
		{"24:00", time.Time{}, time.Time{}},
		{"9:00", time.Time{}, time.Time{}},
	} {
		if got, err := future(c.text, now); !got.Equal(c.future) || (err != nil) != c.future.IsZero() {
			t.Errorf("future %q: %v, %v", c.text, got, err)
		}
		if got, err := past(c.text, now); !got.Equal(c.past) || (err != nil) != c.past.IsZero() {
			t.Errorf("past %q: %v, %v", c.text, got, err)
		}
	}
}

// What is blank names nothing; it must not match a record without that name.
func TestExplainNeedsAKey(t *testing.T) {
	a := cli(t, "--data-dir", t.TempDir(), "explain", "webshop-nl", "items", " ")
	if a.code != 2 || !strings.Contains(a.errOut, "KEY is empty") {
		t.Errorf("exit %d, %q", a.code, a.errOut)
	}
}
