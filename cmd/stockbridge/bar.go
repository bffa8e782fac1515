package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"stockbridge/sync/ipc"
)

// bar is one line of progress, drawn over itself at a terminal and left out elsewhere.
type bar struct {
	w     io.Writer
	shown bool
}

const barWidth = 24

func newBar(w io.Writer) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{w: w}
}

func (b *bar) show(p ipc.Progress) {
	if b.w == nil {
		return
	}
	full := 0
	if p.Total > 0 {
		full = min(barWidth, barWidth*p.Done/p.Total)
	}
	fmt.Fprintf(b.w, "\r\x1b[K%s %d/%d %-10s [%s%s] %d of %d", p.Connection, p.Step, p.Steps, p.Kind,
		strings.Repeat("#", full), strings.Repeat("-", barWidth-full), p.Done, p.Total)
	b.shown = true
}

func (b *bar) clear() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = false
	}
}
