package ipc

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"stockbridge/sync/fault"
)

// Groups of the local group file. The socket belongs to the viewers' group, so operators and administrators are
// members of that one too.
const (
	groupViewers        = "stockbridge-viewers"
	groupOperators      = "stockbridge-operators"
	groupAdministrators = "stockbridge-administrators"
)

// maxPath is what every Unix leaves for a socket's path, with the byte that ends it.
const maxPath = 103

// Address returns where the service of a data folder listens.
func Address(dataDir string) (string, error) {
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return "", fault.Wrap(err, "ipc.listen", fault.Args{"path": dataDir, "detail": err.Error()})
	}
	path := filepath.Join(abs, "stockbridge.sock")
	if len(path) > maxPath {
		return "", fault.New("ipc.path_too_long", fault.Args{"path": path,
			"length": strconv.Itoa(len(path)), "limit": strconv.Itoa(maxPath)})
	}
	return path, nil
}

// Listen opens the socket of a data folder. A socket that nobody answers at, left by a crash, is replaced; one that
// is answered is fault ipc.running.
func Listen(dataDir string) (net.Listener, error) {
	path, err := Address(dataDir)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err = removeStale(path); err == nil {
			l, err = net.Listen("unix", path)
		}
	}
	if err == nil {
		if err = admit(path); err != nil {
			l.Close()
		}
	}
	if err == nil {
		return l, nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return nil, e
	}
	return nil, fault.New("ipc.listen", fault.Args{"path": path, "detail": err.Error()})
}

// removeStale removes a socket that nobody answers at, and nothing that isn't a socket.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("something that is no socket is in its place")
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return fault.New("ipc.running", fault.Args{"path": path})
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// admit opens the socket to the viewers' group. Where that group is missing, or our account may not hand the socket
// to it, only our own group and root remain; whoever comes in that way still needs a role.
func admit(path string) error {
	if err := os.Chmod(path, 0o660); err != nil {
		return err
	}
	g, err := user.LookupGroup(groupViewers)
	if err != nil {
		return nil
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return nil
	}
	if err := os.Lchown(path, -1, gid); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// dial connects to the service of a data folder.
func dial(ctx context.Context, dataDir string) (net.Conn, error) {
	path, err := Address(dataDir)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		return conn, nil
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fault.Wrap(err, "ipc.no_service", nil)
	case errors.Is(err, fs.ErrPermission):
		return nil, denied(RoleViewer, RoleNone)
	}
	return nil, err
}
