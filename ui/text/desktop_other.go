//go:build !windows

package text

// desktopLanguage is known from the environment alone here.
func desktopLanguage() string { return "" }
