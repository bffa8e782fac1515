package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
)

var password = Name{"webshop-nl", "bc", "password"}

const canary = "c4nary-S3cret"

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if err == nil || fault.As(err).Code != code {
		t.Fatalf("got error %v, want %s", err, code)
	}
	if strings.Contains(err.Error(), canary) {
		t.Fatalf("the secret is in the error: %v", err)
	}
}

// keychains are those that can be written, each empty.
func keychains(t *testing.T) map[string]Keychain {
	keyring.MockInit()
	return map[string]Keychain{"ring": newRing(Options{Dir: t.TempDir(), Installation: "A"}, "test"), "memory": Memory()}
}

func TestSecretsAreKeptListedAndRemoved(t *testing.T) {
	ctx := t.Context()
	for name, k := range keychains(t) {
		t.Run(name, func(t *testing.T) {
			key := Name{"webshop-nl", "shop", "consumer_key"}
			other := Name{"webshop.de", "bc", "password"}
			for i, n := range []Name{password, key, other, password} {
				if err := k.Set(ctx, n, settings.NewSecret(fmt.Sprint(canary, i))); err != nil {
					t.Fatal(err)
				}
			}
			want := []Name{password, key, other}
			if names, err := k.Names(ctx); err != nil || !slices.Equal(names, want) {
				t.Errorf("names %v, %v; want %v", names, err, want)
			}
			lookup := Lookup(ctx, k, "webshop-nl")
			if s, err := lookup("bc", "password"); err != nil || s.Reveal() != canary+"3" {
				t.Errorf("got %q, %v", s.Reveal(), err)
			}
			if s, err := lookup("bc", "client_secret"); err != nil || !s.Empty() {
				t.Errorf("one never set: %q, %v", s.Reveal(), err)
			}
			removeAll(t, k, other)
			if s, err := lookup("bc", "password"); err != nil || !s.Empty() {
				t.Errorf("after removal: %q, %v", s.Reveal(), err)
			}
		})
	}
}

// removeAll removes the secrets of one connection; left is another's.
func removeAll(t *testing.T, k Keychain, left Name) {
	t.Helper()
	if err := DeleteAll(t.Context(), k, password.Connection); err != nil {
		t.Fatal(err)
	}
	if err := k.Delete(t.Context(), password); err != nil {
		t.Errorf("removing it twice: %v", err)
	}
	if names, err := k.Names(t.Context()); err != nil || !slices.Equal(names, []Name{left}) {
		t.Errorf("names left %v, %v", names, err)
	}
}

func TestWhatIsNoSecretOrNameIsRefused(t *testing.T) {
	ctx := t.Context()
	for name, k := range keychains(t) {
		t.Run(name, func(t *testing.T) {
			wantCode(t, k.Set(ctx, password, settings.NewSecret(strings.Repeat(canary, 200))), "keychain.too_large")
			wantCode(t, k.Set(ctx, password, settings.Secret{}), "settings.missing")
			if err := k.Set(ctx, password, settings.NewSecret(strings.Repeat("x", longest))); err != nil {
				t.Errorf("the longest secret: %v", err)
			}
			for _, n := range []Name{{}, {"a b", "bc", "f"}, {"../a", "bc", "f"}, {`a\b`, "bc", "f"}, {"a", "b:c", "f"}, {"a", "bc", "f\n"}, {"a", "b.c", "f"}, {strings.Repeat("x", 101), "bc", "f"}} {
				wantCode(t, k.Set(ctx, n, settings.NewSecret(canary)), "settings.invalid")
				_, err := k.Get(ctx, n)
				wantCode(t, err, "settings.invalid")
				wantCode(t, k.Delete(ctx, n), "settings.invalid")
			}
		})
	}
}

func TestListHoldsNamesOnlyAndIsPrivate(t *testing.T) {
	keyring.MockInit()
	dir := t.TempDir()
	r := newRing(Options{Dir: dir}, "test")
	if err := r.Set(t.Context(), password, settings.NewSecret(canary)); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	path := filepath.Join(dir, entries[0].Name())
	b, err := os.ReadFile(path)
	if err != nil || string(b) != "webshop-nl bc password\n" {
		t.Errorf("the list holds %q, %v", b, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// Two data folders of one account may hold connections of the same name.
func TestInstallationsDoNotShareSecrets(t *testing.T) {
	keyring.MockInit()
	a, b := newRing(Options{Dir: t.TempDir(), Installation: "A"}, ""), newRing(Options{Dir: t.TempDir(), Installation: "B"}, "")
	if err := a.Set(t.Context(), password, settings.NewSecret(canary)); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	if s, err := a.Get(t.Context(), password); err != nil || s.Reveal() != canary {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
}

func TestKeychainThatFails(t *testing.T) {
	keyring.MockInitWithError(errors.New("the vault is shut"))
	defer keyring.MockInit()
	r := newRing(Options{Dir: t.TempDir()}, "test")
	wantCode(t, r.Set(t.Context(), password, settings.NewSecret(canary)), "keychain.failed")
	if names, err := r.Names(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("a secret that was not kept is listed: %v, %v", names, err)
	}
	_, err := r.Get(t.Context(), password)
	wantCode(t, err, "keychain.failed")
	wantCode(t, r.Delete(t.Context(), password), "keychain.failed")
}

func TestKeychainThatHangsIsGivenUpOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(Options{}, "test")
		unlocked := make(chan struct{})
		slow := func() (string, error) { <-unlocked; return "late", nil }
		began := time.Now()
		_, err := r.call(t.Context(), slow)
		wantCode(t, err, "keychain.failed")
		if waited := time.Since(began); waited != patience {
			t.Errorf("waited %v", waited)
		}
		// While it hangs, another call waits its turn in vain; one whose caller leaves ends at once.
		_, err = r.call(t.Context(), func() (string, error) { t.Error("two calls at once"); return "", nil })
		wantCode(t, err, "keychain.failed")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = r.call(ctx, slow)
		wantCode(t, err, "keychain.failed")
		close(unlocked)
		synctest.Wait()
		if v, err := r.call(t.Context(), func() (string, error) { return "well again", nil }); err != nil || v != "well again" {
			t.Errorf("got %q, %v", v, err)
		}
	})
}

func TestCredentialsAreReadAndNeverWritten(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	for file, content := range map[string]string{
		"stockbridge.webshop-nl.bc.password": canary + "\n", "stockbridge.web.de.shop.consumer_key": "k", "stockbridge.odd": "x", "other.a.b.c": "x",
		"stockbridge.big.bc.password": strings.Repeat("x", longest+1), "stockbridge.empty.bc.password": "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	k := open(Options{}, "linux", func(name string) string { return map[string]string{"CREDENTIALS_DIRECTORY": dir}[name] })
	if s, err := k.Get(ctx, password); err != nil || s.Reveal() != canary {
		t.Errorf("got %q, %v", s.Reveal(), err)
	}
	for _, n := range []Name{{"no", "bc", "password"}, {"empty", "bc", "password"}} {
		if s, err := k.Get(ctx, n); err != nil || !s.Empty() {
			t.Errorf("%v: %q, %v", n, s.Reveal(), err)
		}
	}
	_, err := k.Get(ctx, Name{"big", "bc", "password"})
	wantCode(t, err, "keychain.too_large")
	want := []Name{{"big", "bc", "password"}, {"empty", "bc", "password"}, {"web.de", "shop", "consumer_key"}, password}
	if names, err := k.Names(ctx); err != nil || !slices.Equal(names, want) {
		t.Errorf("names %v, %v", names, err)
	}
	err = k.Set(ctx, password, settings.NewSecret(canary))
	wantCode(t, err, "keychain.read_only")
	for _, line := range []string{
		"systemd-creds encrypt --name=stockbridge.webshop-nl.bc.password - /etc/credstore.encrypted/stockbridge.webshop-nl.bc.password",
		"LoadCredentialEncrypted=stockbridge.webshop-nl.bc.password:/etc/credstore.encrypted/stockbridge.webshop-nl.bc.password",
	} {
		if !strings.Contains(err.Error(), line) {
			t.Errorf("%q does not say %q", err, line)
		}
	}
	wantCode(t, k.Delete(ctx, password), "keychain.read_only")
}

// A link planted among the credentials leads nowhere.
func TestCredentialCannotLeadOutOfItsFolder(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(outside, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, password.credential())); err != nil {
		t.Skip(err)
	}
	s, err := credentials{dir}.Get(t.Context(), password)
	wantCode(t, err, "keychain.failed")
	if !s.Empty() {
		t.Error("it was read")
	}
}

func TestOpenTakesWhatTheAccountHas(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		goos, bus, creds, want string
	}{
		{"windows", "", dir, "Windows Credential Manager"},
		{"darwin", "", "", "macOS keychain"},
		{"linux", "unix:path=/run/user/1000/bus", dir, "Secret Service"},
		{"linux", "", dir, "systemd credentials (read-only)"},
		{"linux", "autolaunch:", dir, "systemd credentials (read-only)"},
		{"linux", "", "relative", "none"},
		{"linux", "", "", "none"},
	} {
		env := map[string]string{"DBUS_SESSION_BUS_ADDRESS": c.bus, "CREDENTIALS_DIRECTORY": c.creds}
		if got := open(Options{}, c.goos, func(n string) string { return env[n] }).Place(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestNoKeychainSaysWhatToDo(t *testing.T) {
	k := open(Options{}, "linux", func(string) string { return "" })
	_, err := k.Get(t.Context(), password)
	for _, err := range []error{err, k.Set(t.Context(), password, settings.NewSecret(canary)), k.Delete(t.Context(), password)} {
		wantCode(t, err, "keychain.none")
		if !strings.Contains(err.Error(), "LoadCredentialEncrypted=") {
			t.Errorf("no hint in %q", err)
		}
	}
}
