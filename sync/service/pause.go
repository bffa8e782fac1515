package service

import (
	"context"
	"slices"
	"time"

	"stockbridge/store"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Pause implements ipc.Board. Flows that are named rest by themselves, whatever their connection does.
func (s *Service) Pause(ctx context.Context, r ipc.PauseRequest) error {
	return s.rest(ctx, r, store.Pause{On: true, Until: r.Until})
}

// Resume implements ipc.Board. A flow that was paused by itself is resumed by its own name only: whoever ends a pause
// of an hour need not know why somebody stopped the orders.
func (s *Service) Resume(ctx context.Context, r ipc.PauseRequest) error {
	return s.rest(ctx, r, store.Pause{})
}

func (s *Service) rest(ctx context.Context, r ipc.PauseRequest, p store.Pause) error {
	conns, err := s.some(r.Connection)
	if err != nil {
		return err
	}
	defer s.changed() // also of what was done before one failed
	for _, c := range conns {
		if err := c.rest(r.Kinds, p); err != nil {
			return err
		}
		c.nudge()
		if err := c.audited(ctx, pausing(r.Kinds, p)); err != nil {
			return err
		}
	}
	return nil
}

// rest pauses or resumes the connection, or some of its flows. What is under way is finished and remembered, the rest
// waits.
func (c *connection) rest(kinds []record.Kind, p store.Pause) error {
	if len(kinds) == 0 {
		if err := c.db.SetPause(p); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.paused, c.until = p.On, p.Until
		if p.On && c.stop != nil {
			c.stop()
		}
		return nil
	}
	for _, k := range kinds {
		if err := c.db.SetFlowPause(k, p); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range kinds {
		c.flow(k).pause = p
	}
	if p.On && slices.ContainsFunc(c.active, func(k record.Kind) bool { return slices.Contains(kinds, k) }) {
		c.stop() // the flows that ran along with it go on at once
	}
	return nil
}

// pausedUntil is how the board shows a pause: nil where there is none, the zero time until resumed.
func pausedUntil(p store.Pause, now time.Time) *time.Time {
	if !resting(p, now) {
		return nil
	}
	return &p.Until
}
