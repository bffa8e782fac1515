// Package ipc lets the command line, the tray and the window talk to the service: HTTP and JSON over a Unix socket
// or a Windows named pipe, never a network port.
//
// One file per operating system opens the listener and finds out who called; everything else is shared. A caller's
// role (viewer, operator, administrator) follows from its account and local groups alone, so nothing has to be
// typed in:
//
//   - Linux: root and the service's own account are administrators; members of the local groups
//     stockbridge-administrators, -operators and -viewers have that role. The socket (0660, in the data folder, which
//     they must be able to enter) belongs to the viewers' group, so members of the other two are in that one too.
//     Whoever else can open it has no role.
//   - Windows: SYSTEM, the service's own account and members of Administrators (elevated or not) are administrators;
//     members of the machine's groups "Stockbridge Administrators", "... Operators" and "... Viewers" have that role;
//     anybody else signed in at the machine, Remote Desktop included, is a viewer; the network gets nowhere.
//
// Errors travel as classified faults and come back as such. Secrets go in and never come out
// (invariant 7).
//
// github.com/Microsoft/go-winio is here because the standard library has no named pipes.
package ipc
