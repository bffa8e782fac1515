package window

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/text"
)

// service answers the window in a test and notes what it was told.
type service struct {
	ui       queue
	mu       sync.Mutex
	told     []string
	problems []ipc.Problem
	refuse   error
}

func (s *service) tell(format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, fmt.Sprintf(format, args...))
	return s.refuse
}

func (s *service) Watch(ctx context.Context, _ func(ipc.Status) error) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s *service) Sync(_ context.Context, r ipc.SyncRequest, take func(ipc.SyncEvent) error) (ipc.SyncEvent, error) {
	if err := s.tell("sync %q", r.Connection); err != nil {
		return ipc.SyncEvent{}, err
	}
	p := &ipc.Progress{Connection: "webshop-de", Kind: record.KindStock, Done: 1, Total: 4}
	if err := take(ipc.SyncEvent{Progress: p}); err != nil {
		return ipc.SyncEvent{}, err
	}
	return ipc.SyncEvent{Done: true, Runs: []ipc.Run{{Written: 4}}}, nil
}

func (s *service) Pause(_ context.Context, r ipc.PauseRequest) error {
	return s.tell("pause %q open=%v", r.Connection, r.Until.IsZero())
}

func (s *service) Resume(_ context.Context, r ipc.PauseRequest) error {
	return s.tell("resume %q", r.Connection)
}

func (s *service) Problems(_ context.Context, connection string, kind record.Kind) ([]ipc.Problem, error) {
	err := s.tell("problems %q %q", connection, kind)
	return s.problems, err
}

func (s *service) Act(_ context.Context, a ipc.Action, r ipc.ProblemRequest) error {
	return s.tell("%s %s%s", a, r.ID, r.List)
}

// queue stands in for Fyne's goroutine, which a test has none of: what is to run there runs when the test says so.
type queue chan func()

// drain runs what waits, and what follows from it, until nothing is left to do.
func (q queue) drain(s *Shell) {
	for {
		s.Wait()
		select {
		case f := <-q:
			f()
		default:
			return
		}
	}
}

// take returns what the service was told since the last take.
func (s *service) take(shell *Shell) []string {
	s.ui.drain(shell)
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.told
	s.told = nil
	return told
}

func problemsOf(n int) []ipc.Problem {
	var ps []ipc.Problem
	for i := range n {
		ps = append(ps, ipc.Problem{ID: fmt.Sprint("p", i), Connection: "webshop-de", Kind: record.KindOrder, Key: fmt.Sprint(1000 + i), First: now,
			Fault: ipc.Fault{Code: "order.empty", Args: fault.Args{"key": fmt.Sprint(1000 + i)}}})
	}
	return ps
}

func open(t *testing.T, tag string, s *service) *Shell {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(NewTheme())
	w := test.NewTempWindow(t, nil)
	shell := New(t.Context(), w, Options{Service: s, Text: in(t, tag), Start: "stockbridge service start"})
	s.ui = make(queue, 100)
	shell.do = func(f func()) { s.ui <- f }
	return shell
}

// texts are the labels and buttons a person sees below o; disabled buttons in brackets.
func texts(o fyne.CanvasObject) []string {
	if !o.Visible() {
		return nil
	}
	switch v := o.(type) {
	case *widget.Label:
		return []string{v.Text}
	case *button:
		if v.Disabled() {
			return []string{"[(" + v.Text + ")]"}
		}
		return []string{"[" + v.Text + "]"}
	case *fyne.Container:
		var out []string
		for _, child := range v.Objects {
			out = append(out, texts(child)...)
		}
		return out
	case fyne.Widget:
		var out []string
		for _, child := range test.WidgetRenderer(v).Objects() {
			out = append(out, texts(child)...)
		}
		return out
	}
	return nil
}

func (s *Shell) sees(t *testing.T, want ...string) {
	t.Helper()
	got := texts(s.window.Content())
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%q is not on the screen, which has %q", w, got)
		}
	}
}

func (s *Shell) press(t *testing.T, b *button) {
	t.Helper()
	if !b.Visible() || b.Disabled() {
		t.Fatalf("%q can't be pressed", b.Text)
	}
	test.Tap(b)
}

func TestWindowShowsWhatIsThere(t *testing.T) {
	s := open(t, "en", &service{})
	s.sees(t, "Looking for the service …")
	s.show(ipc.Status{}, fault.New("ipc.no_service", nil))
	s.sees(t, "The Stockbridge service is not running", "stockbridge service start", "[Copy]", "[(Sync all now)]")
	s.show(ipc.Status{Now: now, Role: ipc.RoleOperator}, nil)
	s.sees(t, "No connection yet", "stockbridge connection import FILE", "[(Sync all now)]")
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	s.sees(t, "webshop-de", "Needs you", "1,200 orders wait for you", "14,203", "[Sync now]", "[Problems (1,200)]",
		"Service 0.1.0 · you may sync, pause and settle problems")
	if slices.Contains(texts(s.window.Content()), "No connection yet") {
		t.Error("the notice stays in front of the connections")
	}
}

func TestCardsStayWhileTheirStatusChanges(t *testing.T) {
	s := open(t, "en", &service{})
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	before := s.connections.cards["webshop-de"]
	s.window.Canvas().Focus(before.sync)
	c := ordersWait()
	c.Problems, c.LastOK = 3, ago(1)
	s.show(statusOf(ipc.RoleOperator, c), nil)
	if s.connections.cards["webshop-de"] != before || s.window.Canvas().Focused() != before.sync {
		t.Error("a new status took the focus away")
	}
	s.sees(t, "[Show problems (3)]")
	c.Name = "webshop-nl"
	s.show(statusOf(ipc.RoleOperator, c), nil)
	if len(s.connections.cards) != 1 || s.connections.cards["webshop-nl"] == nil {
		t.Errorf("cards %v after the connection went", s.connections.cards)
	}
}

func TestButtons(t *testing.T) {
	srv := &service{}
	s := open(t, "en", srv)
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	k := s.connections.cards["webshop-de"]
	expect := func(want ...string) {
		t.Helper()
		if got := srv.take(s); !slices.Equal(got, want) {
			t.Errorf("the service was told %q, want %q", got, want)
		}
	}
	s.press(t, s.head.sync)
	expect(`sync ""`)
	s.sees(t, "Finished. 4 written, 0 unchanged.", "Stock: 1 of 4")
	s.press(t, k.sync)
	expect(`sync "webshop-de"`)
	k.sync.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	expect(`sync "webshop-de"`)
	k.pause.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF5})
	expect(`sync ""`)
	s.pause("webshop-de", "open")
	expect(`pause "webshop-de" open=true`)
	c := ordersWait()
	c.Paused = &now
	s.show(statusOf(ipc.RoleOperator, c), nil)
	s.press(t, k.resume)
	expect(`resume "webshop-de"`)
	s.press(t, s.head.resume)
	expect(`resume ""`)

	s.show(statusOf(ipc.RoleViewer, ordersWait()), nil)
	k.sync.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnter})
	s.key(&fyne.KeyEvent{Name: fyne.KeyF5})
	expect()
}

func TestPauseMenu(t *testing.T) {
	srv := &service{}
	s := open(t, "en", srv)
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	var told []string
	for steps := range 4 {
		s.press(t, s.connections.cards["webshop-de"].pause)
		menu := menuIn(s.window.Canvas().Overlays().Top())
		if menu == nil {
			t.Fatal("no menu opened")
		}
		for range steps + 1 {
			menu.ActivateNext()
		}
		menu.TriggerLast()
		told = append(told, srv.take(s)...)
	}
	timed, untimed := `pause "webshop-de" open=false`, `pause "webshop-de" open=true`
	if !slices.Equal(told, []string{timed, timed, timed, untimed}) {
		t.Errorf("the service was told %q", told)
	}
}

// menuIn returns the menu that is open below o.
func menuIn(o fyne.CanvasObject) *widget.PopUpMenu {
	switch v := o.(type) {
	case *widget.PopUpMenu:
		return v
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(v).Objects() {
			if m := menuIn(child); m != nil {
				return m
			}
		}
	}
	return nil
}

func TestProblemsPage(t *testing.T) {
	srv := &service{problems: problemsOf(51)}
	s := open(t, "en", srv)
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	s.press(t, s.connections.cards["webshop-de"].problems)
	if got := srv.take(s); !slices.Equal(got, []string{`problems "webshop-de" ""`}) {
		t.Fatalf("the service was told %q", got)
	}
	s.sees(t, "Orders  1000", "Order 1000 has no lines.", "Orders  1049", "[Show 1 more]")
	if n := len(s.problems.list.Objects); n != 50 {
		t.Errorf("%d rows are drawn at once", n)
	}
	s.press(t, s.problems.more)
	s.sees(t, "Orders  1050")

	s.problems.kind.SetSelected("Orders")
	if got := srv.take(s); !slices.Equal(got, []string{`problems "webshop-de" "orders"`}) {
		t.Errorf("the service was told %q", got)
	}
	srv.problems = nil
	first := find(s.problems.list.Objects[0], "Retry")
	s.press(t, first)
	if got := srv.take(s); !slices.Equal(got, []string{"retry p0", `problems "webshop-de" "orders"`}) {
		t.Errorf("the service was told %q", got)
	}
	s.sees(t, "Nothing waits for you.")
}

func TestSkipAsksFirst(t *testing.T) {
	srv := &service{problems: problemsOf(1)}
	s := open(t, "en", srv)
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	s.choose(pageProblems)
	srv.take(s)
	s.press(t, find(s.problems.list.Objects[0], "Skip"))
	if got := srv.take(s); len(got) > 0 {
		t.Errorf("skipped without a question: %q", got)
	}
	question := s.window.Canvas().Overlays().Top()
	if question == nil || !slices.Contains(texts(question), "Skip Orders 1000? It stays as it is until it changes on the side it comes from.") {
		t.Fatalf("no question, but %q", texts(question))
	}
}

func TestRefusalIsSaid(t *testing.T) {
	srv := &service{refuse: fault.New("ipc.denied", fault.Args{"role": "operator", "have": "viewer"})}
	s := open(t, "nl", srv)
	s.show(statusOf(ipc.RoleOperator, ordersWait()), nil)
	s.press(t, s.head.sync)
	srv.take(s)
	s.sees(t, "U mag dit niet doen: daarvoor is de rol bediener nodig, en u bent kijker.")
}

// find returns the button with a label below o.
func find(o fyne.CanvasObject, label string) *button {
	switch v := o.(type) {
	case *button:
		if v.Text == label {
			return v
		}
	case *fyne.Container:
		for _, child := range v.Objects {
			if b := find(child, label); b != nil {
				return b
			}
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(v).Objects() {
			if b := find(child, label); b != nil {
				return b
			}
		}
	}
	return nil
}

// A remote desktop of 1024 by 768 shows the whole window in each language, also with the longest sentences.
func TestWindowFitsASmallScreen(t *testing.T) {
	for _, tag := range []string{"en", "nl", "de"} {
		srv := &service{problems: problemsOf(3)}
		s := open(t, tag, srv)
		pages := map[string]func(){
			"stopped":     func() { s.show(ipc.Status{}, fault.New("ipc.no_service", nil)) },
			"connections": func() { s.show(statusOf(ipc.RoleOperator, ordersWait(), longWords(in(t, tag))), nil) },
			"problems":    func() { s.choose(pageProblems); srv.take(s) },
		}
		for _, name := range []string{"stopped", "connections", "problems"} {
			pages[name]()
			if size := s.window.Content().MinSize(); size.Width > 1000 || size.Height > 700 {
				t.Errorf("%s, %s needs %v", tag, name, size)
			}
			keepPicture(t, s, tag+"-"+name)
		}
	}
}

// longWords is a connection with everything on at once and the largest numbers.
func longWords(t *text.Text) ipc.ConnectionStatus {
	c := ordersWait()
	c.Name, c.State = "webshop-with-20-char", ipc.StateAttention
	c.Company, c.ShopHost = "CRONUS International Trading Company B.V.", "a-long-name-of-a-shop.example.com"
	c.Fault = &ipc.Fault{Kind: fault.Config, Code: "bc.api_disabled", Text: t.Fault(ipc.Fault{Code: "bc.api_disabled"})}
	c.Running = &ipc.Progress{Kind: record.KindStock, Done: 123456, Total: 1234567, Step: 2, Steps: 5}
	c.Flows[0].Last = &ipc.Run{Read: 1234567, Written: 123456, Unchanged: 1111111, Held: 1234, Rejected: 1234, Ended: ago(20000)}
	c.LastOK = ago(20000)
	return c
}

// keepPicture saves what is drawn to the folder STOCKBRIDGE_SHOTS names, to be looked at.
func keepPicture(t *testing.T, s *Shell, name string) {
	t.Helper()
	dir := os.Getenv("STOCKBRIDGE_SHOTS")
	if dir == "" {
		return
	}
	s.window.Resize(fyne.NewSize(1000, 700))
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, s.window.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}
