package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRunAnswersTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		args        []string
		status      int
		out, errOut string
	}{
		{[]string{"--version"}, 0, "stockbridge-tray " + version, ""},
		{[]string{"--help"}, 0, "", "-data-dir"},
		{[]string{"--nonsense"}, 2, "", "nonsense"},
		{[]string{"word"}, 2, "", ""},
	} {
		var out, errOut bytes.Buffer
		if got := run(c.args, &out, &errOut); got != c.status {
			t.Errorf("%v: exit status %d, want %d", c.args, got, c.status)
		}
		if !strings.Contains(out.String(), c.out) || !strings.Contains(errOut.String(), c.errOut) {
			t.Errorf("%v: said %q and %q", c.args, &out, &errOut)
		}
	}
}
