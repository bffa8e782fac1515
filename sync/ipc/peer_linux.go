package ipc

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// identify finds out who is at the other end of a socket. The kernel noted the account and its groups when the caller
// connected; nothing is asked of the caller or looked up by process id, which may be somebody else's by now.
func identify(c net.Conn) (Caller, error) {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return Caller{}, fmt.Errorf("no Unix socket but %T", c)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return Caller{}, err
	}
	var cred *unix.Ucred
	var groups []uint32
	var credErr, groupErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		groups, groupErr = peerGroups(fd)
	})
	if err = errors.Join(err, credErr, groupErr); err != nil {
		return Caller{}, err
	}
	id := strconv.FormatUint(uint64(cred.Uid), 10)
	name := id
	if u, err := user.LookupId(id); err == nil {
		name = u.Username
	}
	groups = append(groups, cred.Gid)
	role := roleOf(account{
		administrator: cred.Uid == 0 || int(cred.Uid) == os.Geteuid(),
		in: func(group string) bool {
			g, err := user.LookupGroup(group)
			if err != nil {
				return false
			}
			gid, err := strconv.ParseUint(g.Gid, 10, 32)
			return err == nil && slices.Contains(groups, uint32(gid))
		},
	}, groupNames{groupViewers, groupOperators, groupAdministrators})
	return Caller{Account: name, Role: role, PID: int(cred.Pid)}, nil
}

// peerGroups returns the supplementary groups of a socket's other end (SO_PEERGROUPS, for which x/sys has no call).
// A kernel before 4.13 has none to tell.
func peerGroups(fd uintptr) ([]uint32, error) {
	groups := make([]uint32, 64)
	for {
		size := uint32(len(groups) * 4)
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(unsafe.SliceData(groups))), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			return groups[:size/4], nil
		case errno == unix.ENOPROTOOPT:
			return nil, nil
		case errno == unix.ERANGE && int(size/4) > len(groups):
			groups = make([]uint32, size/4)
		default:
			return nil, errno
		}
	}
}
