// Package tray shows Stockbridge's state as an icon with a menu, and passes what is pressed there on to the service.
//
// fyne.io/systray is here because it puts an icon into the tray of Windows and of Linux desktops without cgo;
// github.com/godbus/dbus/v5 because it tells whether a Linux desktop has a tray at all.
package tray

import (
	"context"
	"log/slog"
	"time"

	"fyne.io/systray"

	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
	"stockbridge/ui/text"
)

// Service is what the tray needs of the service; *ipc.Client is one.
type Service interface {
	Watch(ctx context.Context, take func(ipc.Status) error) error
	Sync(ctx context.Context, r ipc.SyncRequest, take func(ipc.SyncEvent) error) (ipc.SyncEvent, error)
	Pause(ctx context.Context, r ipc.PauseRequest) error
	Resume(ctx context.Context, r ipc.PauseRequest) error
}

// Tray is the icon's process. All fields are required.
type Tray struct {
	Service Service
	Text    *text.Text
	Open    func() error // opens the window
	Log     *slog.Logger
}

// again is how long the tray waits before it looks for a service that went away.
const again = 3 * time.Second

// Run shows the icon until ctx ends or somebody presses Quit. It must be called on the main goroutine.
func (t *Tray) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := &menu{press: func(i Item) { t.press(ctx, i) }}
	systray.SetOnTapped(t.open)
	systray.Run(func() {
		systray.SetTitle("Stockbridge")
		// The menu is there from the first moment on: some desktops never ask for one that comes later.
		m.show(Of(ipc.Status{}, context.Canceled, t.Text))
		context.AfterFunc(ctx, systray.Quit)
		go t.repeat(ctx, m)
		go t.watch(ctx, func(s ipc.Status, err error) { m.show(Of(s, err, t.Text)) })
	}, cancel)
}

// repeat sends icon and tooltip once more while the tray starts. systray forgets what is set between the moment it
// describes its icon to the session bus and the moment it is reachable there, and a state that stays is set only once.
func (t *Tray) repeat(ctx context.Context, m *menu) {
	for _, wait := range []time.Duration{time.Second, 9 * time.Second, 50 * time.Second} {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			m.repeat()
		}
	}
}

// watch tells show each status and each loss of the service, until ctx ends.
func (t *Tray) watch(ctx context.Context, show func(ipc.Status, error)) {
	for ctx.Err() == nil {
		err := t.Service.Watch(ctx, func(s ipc.Status) error {
			s.Now = s.Now.Local()
			show(s, nil)
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		t.Log.Debug("Service lost", "error", err)
		show(ipc.Status{}, err)
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// press does what an item says. The menu itself changes only by what the service reports.
func (t *Tray) press(ctx context.Context, i Item) {
	var err error
	switch i.Verb {
	case VerbSync:
		_, err = t.Service.Sync(ctx, ipc.SyncRequest{}, nil)
	case VerbPause:
		err = t.Service.Pause(ctx, ipc.PauseRequest{Until: i.Pause.Until(time.Now())})
	case VerbResume:
		err = t.Service.Resume(ctx, ipc.PauseRequest{})
	case VerbOpen:
		t.open()
	case VerbQuit:
		systray.Quit()
	}
	if err != nil && ctx.Err() == nil {
		t.Log.Warn("Command failed", "command", string(i.Verb), "error", board.Lost(err, t.Text))
	}
}

func (t *Tray) open() {
	if err := t.Open(); err != nil {
		t.Log.Error("Window not started", "error", t.Text.Get("ui.no_window", text.Args{"detail": err.Error()}))
	}
}
