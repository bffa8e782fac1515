package ipc

// groupNames are the local groups that give a role, in the spelling of the operating system. An installer makes
// them; where they are missing only the administrators below remain.
type groupNames struct{ viewers, operators, administrators string }

// account is what the operating system knows of a caller, reduced to what decides about its role.
type account struct {
	administrator bool // root, SYSTEM, a member of Administrators, or the service's own account
	interactive   bool // signed in at this machine (Windows)
	network       bool // came over the network (Windows)
	in            func(group string) bool
}

// roleOf returns the highest role an account has. Being signed in at the machine is enough to see the status on
// Windows, where the pipe admits such accounts; on Linux the socket's group already decides who gets this far, and
// membership of a Stockbridge group is needed as well.
func roleOf(a account, names groupNames) Role {
	switch {
	case a.network:
		return RoleNone
	case a.administrator || a.in(names.administrators):
		return RoleAdministrator
	case a.in(names.operators):
		return RoleOperator
	case a.interactive || a.in(names.viewers):
		return RoleViewer
	}
	return RoleNone
}
