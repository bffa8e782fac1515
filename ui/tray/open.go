package tray

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// OpenWindow starts stockbridge-window from the folder this program itself is in, never from PATH or the working
// folder, where somebody could have put another one. The window shows itself when it runs already.
func OpenWindow(dataDir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	name := "stockbridge-window"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command(filepath.Join(filepath.Dir(self), name), "--data-dir", dataDir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // collects the exit status; the window tells a person of its own troubles
	return nil
}
