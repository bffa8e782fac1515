package ipc

import "context"

// Caller is who sent a request, as the operating system says.
type Caller struct {
	Account string // "DOMAIN\jan", "jan", or the numeric id where the account has no name
	Role    Role
	PID     int // 0 where unknown
}

// rank orders roles; each role may do what the ones below it may.
func (r Role) rank() int {
	switch r {
	case RoleViewer:
		return 1
	case RoleOperator:
		return 2
	case RoleAdministrator:
		return 3
	}
	return 0
}

// Allows reports whether a caller with role r may do what needs role need.
func (r Role) Allows(need Role) bool { return r.rank() >= need.rank() }

type callerKey struct{}

// WithCaller returns a context that carries who called.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns who called; the zero Caller has no role.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
