package ipc

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"stockbridge/sync/fault"
)

func TestListenMakesASocketForOwnerAndGroup(t *testing.T) {
	dir := shortDir(t)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Stat(filepath.Join(dir, "stockbridge.sock"))
	if err != nil || info.Mode() != os.ModeSocket|0o660 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	if _, err := Listen(dir); fault.As(err).Code != "ipc.running" {
		t.Errorf("a second service: %v", err)
	}
}

func TestListenReplacesOnlyAStaleSocket(t *testing.T) {
	dir := shortDir(t)
	path := filepath.Join(dir, "stockbridge.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false) // as kill -9 leaves it
	dead.Close()
	if _, err := NewClient(dir).Status(t.Context()); fault.As(err).Code != "ipc.no_service" {
		t.Errorf("Status at a stale socket: %v", err)
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatalf("a stale socket is in the way: %v", err)
	}
	l.Close()

	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(dir); fault.As(err).Code != "ipc.listen" {
		t.Errorf("Listen over a file: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
		t.Errorf("the file in the way is %q, %v", b, err)
	}
}

func TestTooLongAPathIsSaid(t *testing.T) {
	dir := filepath.Join(shortDir(t), strings.Repeat("x", 90))
	_, err := Listen(dir)
	if f := fault.As(err); f.Code != "ipc.path_too_long" || f.Args["limit"] != "103" {
		t.Errorf("Listen: %v", err)
	}
	if _, err := NewClient(dir).Status(t.Context()); fault.As(err).Code != "ipc.path_too_long" {
		t.Errorf("Status: %v", err)
	}
}

func TestNoServiceAndNoFolder(t *testing.T) {
	_, err := NewClient(filepath.Join(shortDir(t), "none")).Status(t.Context())
	if fault.As(err).Code != "ipc.no_service" {
		t.Errorf("Status: %v", err)
	}
}

func TestPeerGroupsAreOurOwn(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	got, err := peerGroups(uintptr(fds[0]))
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	var want []uint32
	for _, g := range own {
		want = append(want, uint32(g))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the kernel says %v, we are in %v", got, want)
	}
}

// callerEnv makes the test program a caller under another account.
const callerEnv = "STOCKBRIDGE_TEST_CALL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(callerEnv); dir != "" {
		_, err := NewClient(dir).Status(context.Background())
		if err != nil {
			os.Stdout.WriteString(string(fault.As(err).Code))
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// callAs calls a service as uid 64999, gid 64998 and returns the code of the fault it got.
func callAs(t *testing.T, dir string, groups []uint32) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test program lies where only root may read; the other account gets a copy.
	copied := filepath.Join(dir, "caller")
	b, err := os.ReadFile(exe)
	if err == nil {
		err = os.WriteFile(copied, b, 0o755)
	}
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), copied)
	cmd.Env = []string{callerEnv + "=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 64_999, Gid: 64_998, Groups: groups}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Another account, in more groups than one call to the kernel asks for, is known by its ids and has no role.
func TestAnotherAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can call as another account")
	}
	groups := []uint32{}
	for g := range uint32(100) {
		groups = append(groups, 70_000+g)
	}
	var caller Caller
	var seen []uint32
	s := newTestServer(echo(), io.Discard)
	s.identify = func(c net.Conn) (Caller, error) {
		raw, err := c.(*net.UnixConn).SyscallConn()
		if err != nil {
			return Caller{}, err
		}
		_ = raw.Control(func(fd uintptr) { seen, _ = peerGroups(fd) })
		caller, err = identify(c)
		return caller, err
	}
	dir, _ := serve(t, s)
	if got := callAs(t, dir, groups); got != "ipc.denied" || seen != nil {
		t.Errorf("a stranger at a socket of 0660 got %q", got)
	}
	if err := os.Chown(filepath.Join(dir, "stockbridge.sock"), -1, 70_050); err != nil {
		t.Fatal(err)
	}
	if got := callAs(t, dir, groups); got != "ipc.denied" {
		t.Errorf("a member of the socket's group alone got %q", got)
	}
	if caller.Account != strconv.Itoa(64_999) || caller.Role != RoleNone || caller.PID == 0 {
		t.Errorf("the caller is %+v", caller)
	}
	if !slices.Equal(seen, groups) {
		t.Errorf("the kernel says %v", seen)
	}
}
