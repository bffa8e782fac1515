package store

import (
	"os"
	"strconv"
	"testing"

	"stockbridge/sync/fault"
)

func TestSecondLockNamesTheHolder(t *testing.T) {
	dir := t.TempDir()
	first, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockFolder(dir)
	e := fault.As(err)
	if e == nil || e.Code != "store.locked" || e.Args["pid"] != strconv.Itoa(os.Getpid()) {
		t.Fatalf("second lock: %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Unlock(); err != nil {
		t.Fatal(err)
	}
}
