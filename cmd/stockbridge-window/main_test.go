package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRunAnswersTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		out    string
	}{
		{[]string{"--version"}, 0, "stockbridge-window " + version},
		{[]string{"--help"}, 0, ""},
		{[]string{"--nonsense"}, 2, ""},
		{[]string{"word"}, 2, ""},
	} {
		var out, errOut bytes.Buffer
		if got := run(c.args, &out, &errOut); got != c.status || !strings.Contains(out.String(), c.out) {
			t.Errorf("%v: exit status %d, said %q", c.args, got, &out)
		}
	}
}

func TestStartCommand(t *testing.T) {
	t.Setenv("STOCKBRIDGE_DATA", "/srv/bridge")
	for dir, want := range map[string]string{
		"/srv/bridge":  "stockbridge service start",
		"/tmp/demo":    "stockbridge run --data-dir /tmp/demo",
		"/tmp/my demo": `stockbridge run --data-dir "/tmp/my demo"`,
	} {
		if got := startCommand(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}
