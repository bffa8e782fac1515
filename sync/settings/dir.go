package settings

import (
	"os"
	"path/filepath"
	"runtime"
)

// DefaultDir is the data folder when nobody names one: $STOCKBRIDGE_DATA, else the machine's (%ProgramData%\Stockbridge,
// /var/lib/stockbridge) where this account may use it or it exists, else the user's own state folder.
func DefaultDir() string {
	if dir := os.Getenv("STOCKBRIDGE_DATA"); dir != "" {
		return dir
	}
	if runtime.GOOS == "windows" {
		if base := os.Getenv("ProgramData"); base != "" {
			return filepath.Join(base, "Stockbridge")
		}
		return `C:\ProgramData\Stockbridge`
	}
	const machine = "/var/lib/stockbridge"
	if _, err := os.Stat(machine); err == nil || os.Geteuid() == 0 {
		return machine
	}
	if state := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "stockbridge")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return machine
	}
	return filepath.Join(home, ".local", "state", "stockbridge")
}
