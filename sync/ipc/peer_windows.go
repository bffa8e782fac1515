package ipc

import (
	"fmt"
	"net"
	"runtime"

	"golang.org/x/sys/windows"
)

// Local groups of the machine.
const (
	groupViewers        = "Stockbridge Viewers"
	groupOperators      = "Stockbridge Operators"
	groupAdministrators = "Stockbridge Administrators"
)

// identify finds out who is at the other end of a pipe, from the token its caller connected with; nothing is looked
// up by process id, which may be somebody else's by now. Windows gives the token only after something was read from
// the pipe, so this runs with a request, not with a connection.
func identify(c net.Conn) (Caller, error) {
	pipe, ok := c.(interface{ Fd() uintptr })
	if !ok {
		return Caller{}, fmt.Errorf("no named pipe but %T", c)
	}
	token, err := callerToken(windows.Handle(pipe.Fd()))
	if err != nil {
		return Caller{}, err
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return Caller{}, err
	}
	groups, err := token.GetTokenGroups()
	if err != nil {
		return Caller{}, err
	}
	a, err := accountOf(user.User.Sid, groups.AllGroups())
	if err != nil {
		return Caller{}, err
	}
	var pid uint32
	if windows.GetNamedPipeClientProcessId(windows.Handle(pipe.Fd()), &pid) != nil {
		pid = 0 // only for the log
	}
	role := roleOf(a, groupNames{groupViewers, groupOperators, groupAdministrators})
	return Caller{Account: accountName(user.User.Sid), Role: role, PID: int(pid)}, nil
}

// accountOf reduces a token to what decides about a role. Membership of Administrators counts also where the token is
// not elevated and holds the group only to refuse; membership of our own groups must be in force.
func accountOf(user *windows.SID, groups []windows.SIDAndAttributes) (account, error) {
	self, err := ownSID()
	if err != nil {
		return account{}, err
	}
	a := account{administrator: user.IsWellKnown(windows.WinLocalSystemSid) || user.Equals(self)}
	for _, g := range groups {
		switch {
		case g.Sid.IsWellKnown(windows.WinBuiltinAdministratorsSid):
			a.administrator = true
		case g.Sid.IsWellKnown(windows.WinInteractiveSid):
			a.interactive = true
		case g.Sid.IsWellKnown(windows.WinNetworkSid):
			a.network = true
		}
	}
	a.in = func(name string) bool {
		sid, err := localGroup(name)
		if err != nil {
			return false
		}
		for _, g := range groups {
			if g.Attributes&windows.SE_GROUP_ENABLED != 0 && g.Sid.Equals(sid) {
				return true
			}
		}
		return false
	}
	return a, nil
}

// localGroup looks a group up on this machine alone: a group of that name in the domain gives no role.
func localGroup(name string) (*windows.SID, error) {
	machine, err := windows.ComputerName()
	if err != nil {
		return nil, err
	}
	sid, _, kind, err := windows.LookupSID("", machine+`\`+name)
	if err != nil {
		return nil, err
	}
	if kind != windows.SidTypeAlias {
		return nil, fmt.Errorf("%s is no local group", name)
	}
	return sid, nil
}

// callerToken opens the token of a pipe's caller.
func callerToken(pipe windows.Handle) (windows.Token, error) {
	impersonate := windows.NewLazySystemDLL("advapi32.dll").NewProc("ImpersonateNamedPipeClient")
	// A thread that could not be turned back keeps its lock and so ends with this goroutine.
	runtime.LockOSThread()
	if ok, _, err := impersonate.Call(uintptr(pipe)); ok == 0 {
		runtime.UnlockOSThread()
		return 0, err
	}
	var token windows.Token
	err := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY, true, &token)
	if revert := windows.RevertToSelf(); revert != nil {
		return 0, fmt.Errorf("the thread stays the caller's: %w", revert)
	}
	runtime.UnlockOSThread()
	return token, err
}
