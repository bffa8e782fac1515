//go:build !windows

package store

import (
	"os"
	"syscall"
)

// letGo closes a file that bolt can't close any more. Bolt's mapping of it stays and would keep the lock.
func letGo(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // fails only where bolt has closed it already
	_ = f.Close()
}
