//go:build !linux

package demo

import "syscall"

// dieWithParent is nothing here: a child ends when its standard input does.
func dieWithParent() *syscall.SysProcAttr { return nil }
