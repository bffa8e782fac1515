package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"stockbridge/sync/fault"
)

// Environment variables that make this program, started again by a test, the process whose disk has an end.
const (
	fullFile     = "STOCKBRIDGE_STORE_FULL"
	readOnlyFile = "STOCKBRIDGE_STORE_READONLY"
)

// child runs this program again with a variable set, and fails the test with what it complains about.
func child(t *testing.T, variable, value string) {
	t.Helper()
	cmd := exec.Command(must[string](t)(os.Executable()), "-test.run=^$")
	cmd.Env = append(os.Environ(), variable+"="+value)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "as it should\n") {
		t.Fatalf("%v: %s", err, out)
	}
}

// A disk that is full is told as store.disk and loses nothing: what was committed is read as before, and once there is
// room the same process goes on.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	child(t, fullFile, path)
	check(t, Verify(path))
	wantWholePages(t, path)
}

// runChild does the work of a process that a test has started.
func runChild() {
	if path := os.Getenv(fullFile); path != "" {
		runInto(path, fillDisk)
	}
	if path := os.Getenv(readOnlyFile); path != "" {
		runInto(path, useReadOnly)
	}
}

// runInto is what the process of a test does; it says so when all was as it should be.
func runInto(path string, what func(path string) error) {
	if err := what(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("as it should")
	os.Exit(0)
}

// fillDisk commits until the largest size of a file this process may write is reached, then is given more.
func fillDisk(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	d, err := Open(path, Options{})
	if err != nil {
		return err
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: mapped, Max: old.Max}); err != nil {
		return err
	}
	n := 0
	for ; n < 1000; n++ {
		if err = d.Commit(crashPage(n)); err != nil {
			break
		}
	}
	for range 3 { // asking again changes nothing
		if e := fault.As(d.Commit(crashPage(n))); e == nil || e.Code != "store.disk" || e.Kind != fault.Retry || n == 0 {
			return fmt.Errorf("page %d on a full disk: %v", n, e)
		}
		if got := next(d); got != n {
			return fmt.Errorf("page %d is next, not %d", got, n)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: old.Max}); err != nil {
		return err
	}
	if err := d.KeepSnapshot(); err == nil || fault.As(err).Code != "store.disk" || exists(path+snapshotSuffix) || exists(path+snapshotSuffix+tmpSuffix) {
		return fmt.Errorf("a snapshot on a full disk: %v", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	for range 5 {
		if err := d.Commit(crashPage(n)); err != nil {
			return err
		}
		n++
	}
	return errors.Join(d.KeepSnapshot(), d.Close(), Verify(path+snapshotSuffix))
}

// A file or folder that may only be read is told as store.disk, is not touched, and opens again once it may be written.
func TestReadOnlyDisk(t *testing.T) {
	dir := must[string](t)(os.MkdirTemp("", "stockbridge-readonly-"))
	defer os.RemoveAll(dir)
	if os.Getuid() == 0 {
		check(t, os.Chown(dir, 65534, 65534))
	}
	child(t, readOnlyFile, filepath.Join(dir, "c.db"))
}

func useReadOnly(path string) error {
	if os.Getuid() == 0 { // to whom nothing is read-only
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
	}
	fill := func(n int) error {
		d, err := Open(path, Options{})
		if err != nil {
			return err
		}
		return errors.Join(d.Commit(crashPage(n)), d.Close())
	}
	if err := fill(0); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	for _, m := range []struct {
		what        string
		folder, own os.FileMode
	}{{"folder", 0o500, 0o600}, {"file", 0o700, 0o400}, {"both", 0o500, 0o400}} {
		if err := errors.Join(os.Chmod(path, m.own), os.Chmod(dir, m.folder)); err != nil {
			return err
		}
		if e := fault.As(fill(1)); e == nil || e.Code != "store.disk" {
			return fmt.Errorf("a read-only %s: %v", m.what, e)
		}
	}
	return errors.Join(os.Chmod(dir, 0o700), os.Chmod(path, 0o600), fill(1), Verify(path))
}
