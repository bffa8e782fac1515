//go:build linux

package settings_test

import (
	"os"
	"path/filepath"
	"testing"

	"stockbridge/sync/settings"
)

func TestDefaultDir(t *testing.T) {
	t.Setenv("STOCKBRIDGE_DATA", "/srv/bridge")
	if got := settings.DefaultDir(); got != "/srv/bridge" {
		t.Errorf("STOCKBRIDGE_DATA lost to %s", got)
	}
	t.Setenv("STOCKBRIDGE_DATA", "")
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	own := filepath.Join(state, "stockbridge")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	want := own
	if os.Geteuid() == 0 {
		want = "/var/lib/stockbridge"
	}
	if got := settings.DefaultDir(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
