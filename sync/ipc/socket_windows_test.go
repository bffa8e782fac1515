package ipc

import (
	"io"
	"strings"
	"testing"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"stockbridge/sync/fault"
)

func TestPipeAdmission(t *testing.T) {
	if callerRights != 0x12019b {
		t.Errorf("callers ask for %#x, the pipe admits 0x12019b", callerRights)
	}
	if _, err := winio.SddlToSecurityDescriptor(admission); err != nil {
		t.Error(err)
	}
}

func TestPipeIsNamedAfterItsFolder(t *testing.T) {
	a, errA := Address(`C:\ProgramData\Stockbridge`)
	b, errB := Address(`c:\programdata\stockbridge\`)
	c, errC := Address(`C:\ProgramData\Other`)
	if errA != nil || errB != nil || errC != nil || a != b || a == c || !strings.HasPrefix(a, `\\.\pipe\stockbridge-`) {
		t.Errorf("%q, %q, %q", a, b, c)
	}
}

func TestOnePipeForOneFolder(t *testing.T) {
	dir, stop := serve(t, newTestServer(echo(), io.Discard))
	if _, err := Listen(dir); fault.As(err).Code != "ipc.running" {
		t.Errorf("a second service: %v", err)
	}
	stop()
	if _, err := NewClient(dir).Status(t.Context()); fault.As(err).Code != "ipc.no_service" {
		t.Errorf("Status of a stopped service: %v", err)
	}
}

// Membership of Administrators counts though the token holds it only to refuse; one of our own groups must be in force.
func TestAccountOf(t *testing.T) {
	sid := func(s string) *windows.SID {
		v, err := windows.StringToSid(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	user := sid("S-1-5-21-1-2-3-1001")
	for name, c := range map[string]struct {
		user   *windows.SID
		groups []windows.SIDAndAttributes
		want   Role
	}{
		"SYSTEM":      {sid("S-1-5-18"), nil, RoleAdministrator},
		"deny only":   {user, []windows.SIDAndAttributes{{Sid: sid("S-1-5-32-544"), Attributes: windows.SE_GROUP_USE_FOR_DENY_ONLY}}, RoleAdministrator},
		"interactive": {user, []windows.SIDAndAttributes{{Sid: sid("S-1-5-4"), Attributes: windows.SE_GROUP_ENABLED}}, RoleViewer},
		"network": {user, []windows.SIDAndAttributes{{Sid: sid("S-1-5-32-544"), Attributes: windows.SE_GROUP_ENABLED},
			{Sid: sid("S-1-5-2"), Attributes: windows.SE_GROUP_ENABLED}}, RoleNone},
		"service": {user, []windows.SIDAndAttributes{{Sid: sid("S-1-5-6"), Attributes: windows.SE_GROUP_ENABLED}}, RoleNone},
	} {
		a, err := accountOf(c.user, c.groups)
		if err != nil {
			t.Fatal(err)
		}
		if got := roleOf(a, groupNames{groupViewers, groupOperators, groupAdministrators}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
