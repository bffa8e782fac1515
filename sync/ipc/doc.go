// Package ipc lets the command line, the tray and the window talk to the service: HTTP and JSON over a Unix socket
// or a Windows named pipe, never a network port.
//
// One file per operating system opens the listener and finds out who called; everything else is shared. A caller's
// role (viewer, operator, administrator) follows from its account and local groups alone, so nothing has to be
// typed in. Errors travel as classified faults and come back as such. Secrets go in and never come out
// (invariant 7).
//
// github.com/Microsoft/go-winio is here because the standard library has no named pipes.
package ipc
