//go:build !linux

package store

// runChild does nothing here: the tests of full and read-only disks need Linux's limits.
func runChild() {}
