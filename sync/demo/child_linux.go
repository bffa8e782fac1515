package demo

import "syscall"

// dieWithParent makes the system kill a child whose parent is killed: it could be too busy to notice its pipe.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
