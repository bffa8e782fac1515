package single_test

import (
	"testing"

	"stockbridge/ui/single"
)

func TestNameTellsDataFoldersApart(t *testing.T) {
	a, b := single.Name("Tray", "/var/lib/stockbridge"), single.Name("Tray", "/tmp/demo")
	if a == b {
		t.Errorf("two data folders share the name %s", a)
	}
	if a != single.Name("Tray", "/var/lib/stockbridge") || a == single.Name("Window", "/var/lib/stockbridge") {
		t.Errorf("a name must depend on program and folder alone, got %s", a)
	}
	for _, r := range a {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			t.Errorf("%s holds %q, which a bus name must not", a, r)
		}
	}
}
