package tray

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
)

// flaky is a service that goes away after each status it shows, and remembers what it was told to do.
type flaky struct {
	shows []ipc.State
	told  []string
	until time.Time
}

func (f *flaky) Watch(ctx context.Context, take func(ipc.Status) error) error {
	if len(f.shows) == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	s := f.shows[0]
	f.shows = f.shows[1:]
	if s != ipc.StateStopped {
		if err := take(ipc.Status{State: s}); err != nil {
			return err
		}
	}
	return fault.New("ipc.no_service", nil)
}

func (f *flaky) Sync(context.Context, ipc.SyncRequest, func(ipc.SyncEvent) error) (ipc.SyncEvent, error) {
	f.told = append(f.told, "sync")
	return ipc.SyncEvent{}, nil
}

func (f *flaky) Pause(_ context.Context, r ipc.PauseRequest) error {
	f.told, f.until = append(f.told, "pause"), r.Until
	return nil
}

func (f *flaky) Resume(context.Context, ipc.PauseRequest) error {
	f.told = append(f.told, "resume")
	return errors.New("refused")
}

func TestWatchLooksAgainAfterThreeSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{shows: []ipc.State{ipc.StateFine, ipc.StateStopped, ipc.StatePaused}}
		tray := &Tray{Service: f, Text: english(t), Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithCancel(t.Context())
		type shown struct {
			At   time.Duration
			Icon ipc.State
		}
		var got []shown
		start := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			tray.watch(ctx, func(s ipc.Status, err error) {
				got = append(got, shown{time.Since(start), Of(s, err, tray.Text).Icon})
			})
		}()
		time.Sleep(time.Minute)
		synctest.Wait()
		cancel()
		<-done
		want := []shown{{0, ipc.StateFine}, {0, ipc.StateStopped}, {3 * time.Second, ipc.StateStopped},
			{6 * time.Second, ipc.StatePaused}, {6 * time.Second, ipc.StateStopped}}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
}

func TestPress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, opened := &flaky{}, 0
		tray := &Tray{Service: f, Text: english(t), Log: slog.New(slog.DiscardHandler), Open: func() error { opened++; return nil }}
		for _, i := range []Item{{Verb: VerbSync}, {Verb: VerbPause, Pause: board.PauseHours}, {Verb: VerbResume}, {Verb: VerbOpen}, {}} {
			tray.press(t.Context(), i)
		}
		if d := cmp.Diff([]string{"sync", "pause", "resume"}, f.told); d != "" || opened != 1 {
			t.Errorf("opened %d times, told (-want +got)\n%s", opened, d)
		}
		if want := time.Now().Add(8 * time.Hour); !f.until.Equal(want) {
			t.Errorf("paused until %v, want %v", f.until, want)
		}
	})
}
