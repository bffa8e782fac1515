// Package single lets a program run once per user session: a second start finds the first one and asks it to show
// itself.
//
// github.com/godbus/dbus/v5 is here because on Linux the session bus is what a user's session has exactly one of.
package single

import (
	"crypto/sha256"
	"encoding/hex"
)

// Name names a program that may run once per session and data folder: two installations don't shut each other out.
// The result holds only letters and digits, as bus names and Windows objects allow.
func Name(program, dataDir string) string {
	sum := sha256.Sum256([]byte(dataDir))
	return program + "X" + hex.EncodeToString(sum[:6])
}
