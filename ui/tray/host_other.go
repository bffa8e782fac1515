//go:build !linux

package tray

import "context"

// HasHost is always true: Windows has its tray, and systray itself waits for one that restarts.
func HasHost(context.Context) bool { return true }
