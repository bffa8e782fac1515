package ipc

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"stockbridge/sync/fault"
)

func TestRoleOf(t *testing.T) {
	names := groupNames{"v", "o", "a"}
	for _, c := range []struct {
		name    string
		account account
		groups  []string
		want    Role
	}{
		{"nobody", account{}, nil, RoleNone},
		{"some other group", account{}, []string{"users"}, RoleNone},
		{"viewers", account{}, []string{"users", "v"}, RoleViewer},
		{"signed in at the machine", account{interactive: true}, nil, RoleViewer},
		{"operators", account{interactive: true}, []string{"o"}, RoleOperator},
		{"the highest counts", account{}, []string{"v", "o", "a"}, RoleAdministrator},
		{"administrators of the machine", account{administrator: true, interactive: true}, nil, RoleAdministrator},
		{"but not over the network", account{administrator: true, network: true}, []string{"a"}, RoleNone},
	} {
		c.account.in = func(g string) bool { return slices.Contains(c.groups, g) }
		if got := roleOf(c.account, names); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRolesIncludeTheOnesBelow(t *testing.T) {
	roles := []Role{RoleNone, RoleViewer, RoleOperator, RoleAdministrator}
	for i, have := range roles {
		for j, need := range roles {
			if have.Allows(need) != (i >= j) {
				t.Errorf("%q allows %q: %v", have, need, have.Allows(need))
			}
		}
	}
	if Role("king").Allows(RoleViewer) {
		t.Error("an unknown role is one")
	}
}

// A caller nobody can identify has no role, and one in this process can't claim another over the socket.
func TestUnidentifiedCallersAreRefused(t *testing.T) {
	s := newTestServer(echo(), io.Discard)
	s.identify = func(net.Conn) (Caller, error) { return Caller{}, errors.New("no such luck") }
	dir, _ := serve(t, s)
	_, err := NewClient(dir).Status(t.Context())
	if f := fault.As(err); f.Code != "ipc.denied" || f.Args["have"] != "in no Stockbridge group" {
		t.Errorf("Status: %v", err)
	}
}
