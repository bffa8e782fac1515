// Package window is Stockbridge's window: what each connection does, what waits for a person, and the buttons for it.
//
// Beside each screen lies a view model without widgets, which decides what is said; the screen only shows it. Texts
// that come from a shop reach plain labels only, never Markdown, and never a notification.
//
// fyne.io/fyne/v2 is here because it draws the same window on Windows and Linux. This package never imports
// fyne/app, so that it is tested without a display and without cgo.
package window

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"

	"stockbridge/assets"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/board"
	"stockbridge/ui/text"
)

// Service is what the window needs of the service; *ipc.Client is one.
type Service interface {
	Watch(ctx context.Context, take func(ipc.Status) error) error
	Sync(ctx context.Context, r ipc.SyncRequest, take func(ipc.SyncEvent) error) (ipc.SyncEvent, error)
	Pause(ctx context.Context, r ipc.PauseRequest) error
	Resume(ctx context.Context, r ipc.PauseRequest) error
	Desk
}

// Desk is where problems lie.
type Desk interface {
	Problems(ctx context.Context, connection string, kind record.Kind) ([]ipc.Problem, error)
	Act(ctx context.Context, action ipc.Action, r ipc.ProblemRequest) error
}

// Options are what the window is made of. All fields are required.
type Options struct {
	Service Service
	Text    *text.Text
	// Start is the command that starts the service of this data folder, for the page that says it doesn't run.
	Start string
}

// again is how long the window waits before it looks for a service that went away.
const again = 3 * time.Second

// Shell is the whole content of the window. Its methods run on Fyne's goroutine, but for Run.
type Shell struct {
	Options
	ctx    context.Context
	window fyne.Window

	status ipc.Status
	err    error // why there is no status
	page   page

	head        *head
	foot        *foot
	connections *connectionsScreen
	problems    *problemsScreen
	notice      *noticeScreen
	pages       *fyne.Container

	moved bool           // parts came or went since settle
	calls sync.WaitGroup // commands under way
	do    func(func())   // runs something on Fyne's goroutine
}

// page is one of the two pages a person chooses between.
type page string

const (
	pageConnections page = "connections"
	pageProblems    page = "problems"
)

// New fills w. Commands end with ctx.
func New(ctx context.Context, w fyne.Window, o Options) *Shell {
	s := &Shell{Options: o, ctx: ctx, window: w, page: pageConnections, do: fyne.Do}
	s.head = newHead(s)
	s.foot = newFoot(s)
	s.connections = newConnectionsScreen(s)
	s.problems = newProblemsScreen(s)
	s.notice = newNoticeScreen(s)
	s.pages = container.NewStack(s.connections.object, s.problems.object, s.notice.object)
	w.SetPadded(false)
	w.SetContent(stacked(s.head.object, s.pages, s.foot.object))
	s.show(ipc.Status{}, errLooking)
	w.SetIcon(fyne.NewStaticResource("app.png", assets.AppIcon()))
	w.Resize(fyne.NewSize(980, 760))
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyR, Modifier: fyne.KeyModifierShortcutDefault},
		func(fyne.Shortcut) { s.sync("") })
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { s.key(e) })
	return s
}

// Run shows what the service reports until the Shell's context ends, and looks for it again where it is gone.
func (s *Shell) Run() {
	for s.ctx.Err() == nil {
		err := s.Service.Watch(s.ctx, func(status ipc.Status) error {
			status.Now = status.Now.Local()
			s.do(func() { s.show(status, nil) })
			return nil
		})
		if s.ctx.Err() != nil {
			return
		}
		s.do(func() { s.show(ipc.Status{}, err) })
		select {
		case <-s.ctx.Done():
		case <-time.After(again):
		}
	}
}

// Wait waits for the commands under way.
func (s *Shell) Wait() { s.calls.Wait() }

// show draws a status, or why there is none.
func (s *Shell) show(status ipc.Status, err error) {
	before := s.waiting()
	s.status, s.err = status, err
	s.head.show(headOf(status, err, s.page, s.Text))
	s.foot.show(footOf(status, err, s.Text))
	if n := noticeOf(status, err, s.Start, s.Text); n != nil {
		s.notice.show(*n)
	}
	s.connections.show(cardsOf(status, s.Text))
	s.problems.choices(choicesOf(status, s.Text))
	if err == nil && s.page == pageProblems && before != s.waiting() {
		s.problems.load()
	}
	s.turn()
}

// turn brings the page to the front that fits.
func (s *Shell) turn() {
	notice := noticeOf(s.status, s.err, s.Start, s.Text) != nil
	s.setVisible(s.notice.object, notice)
	s.setVisible(s.connections.object, !notice && s.page == pageConnections)
	s.setVisible(s.problems.object, !notice && s.page == pageProblems)
	s.settle()
}

// choose turns to a page a person asked for.
func (s *Shell) choose(p page) {
	s.page = p
	s.head.show(headOf(s.status, s.err, p, s.Text))
	if p == pageProblems && s.err == nil {
		s.problems.load()
	}
	s.turn()
}

// waiting counts the problems of all connections.
func (s *Shell) waiting() int {
	n := 0
	for _, c := range s.status.Connections {
		n += c.Problems
	}
	return n
}

// key does what a key means that nothing else wants.
func (s *Shell) key(e *fyne.KeyEvent) bool {
	if e.Name != fyne.KeyF5 {
		return false
	}
	s.sync("")
	return true
}

// call runs a command beside Fyne's goroutine and says in the foot how it failed.
func (s *Shell) call(do func(ctx context.Context) error, done func()) {
	s.calls.Go(func() {
		err := do(s.ctx)
		if s.ctx.Err() != nil {
			return
		}
		s.do(func() {
			if err != nil {
				s.foot.say(s.Text.Error(err), true)
			}
			if done != nil {
				done()
			}
			s.settle()
		})
	})
}

// sync runs one connection, or all for "", and shows how far it is.
func (s *Shell) sync(connection string) {
	if !mayAct(s.status, s.err) {
		return
	}
	s.foot.say("", false)
	var last ipc.SyncEvent
	s.call(func(ctx context.Context) (err error) {
		last, err = s.Service.Sync(ctx, ipc.SyncRequest{Connection: connection}, func(e ipc.SyncEvent) error {
			if e.Progress != nil {
				s.do(func() { s.connections.progress(*e.Progress); s.settle() })
			}
			return nil
		})
		return err
	}, func() {
		if last.Done {
			s.foot.say(resultOf(connection, last, s.Text), last.Fault != nil)
		}
	})
}

func (s *Shell) pause(connection string, p board.Pause) {
	s.call(func(ctx context.Context) error {
		return s.Service.Pause(ctx, ipc.PauseRequest{Connection: connection, Until: p.Until(time.Now())})
	}, nil)
}

func (s *Shell) resume(connection string) {
	s.call(func(ctx context.Context) error {
		return s.Service.Resume(ctx, ipc.PauseRequest{Connection: connection})
	}, nil)
}

// stacked puts middle between top and bottom (nil: none). Tab walks through them in that order, which a plain border
// container doesn't.
func stacked(top, middle, bottom fyne.CanvasObject) fyne.CanvasObject {
	objects := []fyne.CanvasObject{top, middle}
	if bottom != nil {
		objects = append(objects, bottom)
	}
	return container.New(layout.NewBorderLayout(top, bottom, nil, nil), objects...)
}

// setVisible shows or hides a part. What lies around it is laid out anew by settle.
func (s *Shell) setVisible(o fyne.CanvasObject, visible bool) {
	if o.Visible() == visible {
		return
	}
	s.moved = true
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// settle lays the window out anew when parts came or went: Fyne's containers don't notice that by themselves.
func (s *Shell) settle() {
	if s.moved {
		s.moved = false
		s.window.Content().Refresh()
	}
}
