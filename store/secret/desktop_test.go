//go:build desktop && linux

package secret

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"stockbridge/sync/settings"
)

// inSession says which part this program plays when it is started again inside a D-Bus session of its own.
const inSession = "STOCKBRIDGE_SECRET_SESSION"

// session runs one test of this program again inside a fresh D-Bus session with a home of its own; daemon is the shell
// line that starts a keyring there, or "".
func session(t *testing.T, home, part, daemon string, bus ...string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := daemon + "\nexec \"$0\" -test.run='^TestInSession$' -test.v"
	cmd := exec.Command("dbus-run-session", append(bus, "--", "sh", "-e", "-c", script, self)...)
	cmd.Env = append(os.Environ(), inSession+"="+part, "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+home+"/data")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInSession") {
		t.Fatalf("%s: %v\n%s", part, err, out)
	}
	if strings.Contains(string(out), canary) {
		t.Errorf("%s: the secret was printed", part)
	}
}

const unlocked = `eval "$(printf 'test\n' | gnome-keyring-daemon --unlock --components=secrets)"; export GNOME_KEYRING_CONTROL`

func TestRealKeyring(t *testing.T) {
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	home := t.TempDir()
	session(t, home, "set", unlocked)
	session(t, home, "get after a restart", unlocked)
	session(t, home, "removed", unlocked)
	session(t, t.TempDir(), "locked", "") // the bus starts a keyring by itself, which nobody unlocks
	config := filepath.Join(t.TempDir(), "bus.conf")
	if err := os.WriteFile(config, []byte(emptyBus), 0o600); err != nil {
		t.Fatal(err)
	}
	session(t, t.TempDir(), "no service", "", "--config-file="+config)
}

// emptyBus is a session bus that knows no service to start.
const emptyBus = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>`

// TestInSession is what happens inside a session.
func TestInSession(t *testing.T) {
	part := os.Getenv(inSession)
	if part == "" {
		t.Skip("only inside a session that TestRealKeyring starts")
	}
	ctx, k := t.Context(), Open(Options{Dir: os.Getenv("HOME"), Installation: "A"})
	if k.Place() != "Secret Service" {
		t.Fatalf("opened %s", k.Place())
	}
	s, err := k.Get(ctx, password)
	switch part {
	case "set":
		if err != nil || !s.Empty() {
			t.Fatalf("before: %q, %v", s, err)
		}
		err = k.Set(ctx, password, settings.NewSecret(canary))
	case "get after a restart":
		if s.Reveal() != canary {
			t.Errorf("got another secret, %v", err)
		}
		err = k.Delete(ctx, password)
	case "removed":
		if !s.Empty() {
			t.Errorf("it is still there")
		}
	case "locked":
		wantCode(t, err, "keychain.failed")
		err = nil
	case "no service":
		wantCode(t, err, "keychain.none")
		err = nil
	}
	if err != nil {
		t.Fatal(err)
	}
}
