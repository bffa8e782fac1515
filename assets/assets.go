// Package assets carries the icons and translations inside the programs, as bytes.
package assets

import (
	"embed"
	"fmt"
	"io/fs"
	"runtime"
)

//go:generate go run icons/draw.go -out icons

//go:embed icons/*.png icons/*.ico
var icons embed.FS

//go:embed translations/*.json
var translations embed.FS

// fyne holds Fyne's own words in the languages it doesn't speak itself.
//
//go:embed translations/fyne/*.json
var fyne embed.FS

// States lists the states that have an icon, by the names of ipc.State.
func States() []string {
	return []string{"fine", "working", "paused", "offline", "attention", "stopped"}
}

// Sizes lists the edges, in pixels, at which each state's icon is drawn.
func Sizes() []int { return []int{16, 20, 24, 32, 48, 64} }

// Languages lists the languages there are translations for.
func Languages() []string { return []string{"en", "nl", "de"} }

// StateIcon is a state's icon as PNG; size is one of Sizes. A state without an icon gets the one of "stopped",
// so that an unknown state of a newer service still shows something.
func StateIcon(state string, size int) []byte {
	b, err := icons.ReadFile(fmt.Sprintf("icons/%s-%d.png", state, size))
	if err != nil {
		b, _ = icons.ReadFile(fmt.Sprintf("icons/stopped-%d.png", size))
	}
	return b
}

// TrayIcon is a state's icon in the form the system's tray wants: .ico with all sizes on Windows, else PNG of 64 pixels.
func TrayIcon(state string) []byte {
	if runtime.GOOS != "windows" {
		return StateIcon(state, 64)
	}
	b, err := icons.ReadFile("icons/" + state + ".ico")
	if err != nil {
		b, _ = icons.ReadFile("icons/stopped.ico")
	}
	return b
}

// AppIcon is the program's own icon, a PNG of 256 pixels.
func AppIcon() []byte {
	b, _ := icons.ReadFile("icons/app-256.png")
	return b
}

// FyneWords returns Fyne's own words in the languages it lacks (Dutch), and the folder they are in.
func FyneWords() (words embed.FS, folder string) { return fyne, "translations/fyne" }

// Translation is a language's file: a flat JSON object of key to sentence.
func Translation(language string) ([]byte, error) {
	return fs.ReadFile(translations, "translations/"+language+".json")
}
