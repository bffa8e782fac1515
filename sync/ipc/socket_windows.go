package ipc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"stockbridge/sync/fault"
)

// callerRights are what a caller needs of the pipe: to read and write data and attributes, to read its owner and to
// wait. Generic write is more: it would let a caller make further ends of the pipe and pose as the service.
const callerRights = windows.FILE_READ_DATA | windows.FILE_WRITE_DATA | windows.FILE_READ_EA | windows.FILE_WRITE_EA |
	windows.FILE_READ_ATTRIBUTES | windows.FILE_WRITE_ATTRIBUTES | windows.READ_CONTROL | windows.SYNCHRONIZE

// admission is the pipe's access list without our own account: the network is refused first; SYSTEM and elevated
// administrators have everything, interactive users callerRights.
const admission = "D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;IU)"

// Address returns where the service of a data folder listens: a pipe named after the folder, as Windows compares
// folders, without letter case.
func Address(dataDir string) (string, error) {
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return "", fault.Wrap(err, "ipc.listen", fault.Args{"path": dataDir, "detail": err.Error()})
	}
	sum := sha256.Sum256([]byte(strings.ToLower(abs)))
	return `\\.\pipe\stockbridge-` + hex.EncodeToString(sum[:8]), nil
}

// Listen opens the pipe of a data folder. Windows removes a pipe with its last process, so there is never a stale
// one; one that exists is fault ipc.running.
func Listen(dataDir string) (net.Listener, error) {
	path, err := Address(dataDir)
	if err != nil {
		return nil, err
	}
	self, err := ownSID()
	if err != nil {
		return nil, fault.New("ipc.listen", fault.Args{"path": path, "detail": err.Error()})
	}
	l, err := winio.ListenPipe(path, &winio.PipeConfig{SecurityDescriptor: admission + "(A;;GA;;;" + self.String() + ")"})
	if err == nil {
		return l, nil
	}
	if taken(err) {
		return nil, fault.New("ipc.running", fault.Args{"path": path})
	}
	return nil, fault.New("ipc.listen", fault.Args{"path": path, "detail": err.Error()})
}

// taken reports whether a pipe could not be made because somebody already has one of that name.
func taken(err error) bool {
	return slices.ContainsFunc([]error{windows.ERROR_ACCESS_DENIED, windows.ERROR_PIPE_BUSY, windows.ERROR_ALREADY_EXISTS,
		windows.ERROR_FILE_EXISTS}, func(e error) bool { return errors.Is(err, e) })
}

// dial connects to the service of a data folder. The service may learn who we are but not act as us.
func dial(ctx context.Context, dataDir string) (net.Conn, error) {
	path, err := Address(dataDir)
	if err != nil {
		return nil, err
	}
	conn, err := winio.DialPipeAccessImpLevel(ctx, path, callerRights, winio.PipeImpLevelIdentification)
	switch {
	case errors.Is(err, windows.ERROR_FILE_NOT_FOUND):
		return nil, fault.Wrap(err, "ipc.no_service", nil)
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return nil, denied(RoleViewer, RoleNone)
	case err != nil:
		return nil, err
	}
	if err := trust(conn, path, dataDir); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// trust checks that the pipe belongs to an account that could be our service. Anybody may make a pipe of any name
// while the service is down, and would be sent the next secret (invariant 7).
func trust(conn net.Conn, path, dataDir string) error {
	handle, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return fault.New("ipc.untrusted", fault.Args{"path": path, "owner": "nobody known"})
	}
	sd, err := windows.GetSecurityInfo(windows.Handle(handle.Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fault.Wrap(err, "ipc.untrusted", fault.Args{"path": path, "owner": "nobody known"})
	}
	owner, _, err := sd.Owner()
	if err != nil || owner == nil {
		return fault.New("ipc.untrusted", fault.Args{"path": path, "owner": "nobody known"})
	}
	if serviceAccount(owner, dataDir) {
		return nil
	}
	return fault.New("ipc.untrusted", fault.Args{"path": path, "owner": accountName(owner)})
}

// serviceAccount reports whether an account is one that services run as, ourselves, or the owner of the data folder.
func serviceAccount(owner *windows.SID, dataDir string) bool {
	for _, known := range []windows.WELL_KNOWN_SID_TYPE{windows.WinLocalSystemSid, windows.WinLocalServiceSid,
		windows.WinNetworkServiceSid, windows.WinBuiltinAdministratorsSid} {
		if owner.IsWellKnown(known) {
			return true
		}
	}
	// NT SERVICE\NAME: only the service manager makes such tokens.
	if strings.HasPrefix(owner.String(), "S-1-5-80-") {
		return true
	}
	if self, err := ownSID(); err == nil && owner.Equals(self) {
		return true
	}
	sd, err := windows.GetNamedSecurityInfo(dataDir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	folder, _, err := sd.Owner()
	return err == nil && folder != nil && folder.Equals(owner)
}

// ownSID is the account this process runs as.
func ownSID() (*windows.SID, error) {
	u, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	return u.User.Sid, nil
}

// accountName is DOMAIN\name, or the SID where it has no name.
func accountName(sid *windows.SID) string {
	name, domain, _, err := sid.LookupAccount("")
	if err != nil {
		return sid.String()
	}
	return domain + `\` + name
}
