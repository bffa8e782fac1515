package service

import (
	"context"
	"slices"
	"sort"
	"sync"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Sync implements ipc.Board.
func (s *Service) Sync(ctx context.Context, r ipc.SyncRequest, send func(ipc.SyncEvent) error) error {
	conns, err := s.asked(r)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	last := ipc.SyncEvent{Done: true, Runs: []ipc.Run{}}
	safe := func(e ipc.SyncEvent) {
		mu.Lock()
		defer mu.Unlock()
		_ = send(e) // a caller that left doesn't stop the run
	}
	var wg sync.WaitGroup
	for _, c := range conns {
		wg.Go(func() {
			runs, problems := c.syncNow(ctx, r.Kinds, safe)
			mu.Lock()
			defer mu.Unlock()
			last.Runs = append(last.Runs, runs...)
			last.Problems += problems
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return fault.As(err) // the caller left; the runs go on, and a half answer would look like a whole one
	}
	sort.SliceStable(last.Runs, func(i, j int) bool { return last.Runs[i].Connection < last.Runs[j].Connection })
	for i := range last.Runs {
		if f := last.Runs[i].Fault; f != nil {
			last.Fault = f
			break
		}
	}
	return send(last)
}

// asked returns the connections a request means. A flow that is switched off is not run by its name either: whoever
// switched it off may not know who asks, and its first run after months writes the most.
func (s *Service) asked(r ipc.SyncRequest) ([]*connection, error) {
	conns, err := s.some(r.Connection)
	if err != nil || len(r.Kinds) == 0 {
		return conns, err
	}
	var off error
	can := slices.DeleteFunc(conns, func(c *connection) bool {
		on := c.kinds()
		for _, k := range r.Kinds {
			if !slices.Contains(on, k) {
				off = fault.New("flow.off", fault.Args{"kind": string(k), "connection": c.conf.Name, "field": "[flows." + string(k) + "] off"})
				return true
			}
		}
		return false
	})
	if len(can) == 0 && off != nil {
		return nil, off
	}
	return can, nil
}

// syncNow runs the asked kinds, or follows a run under way and runs again only what that began before it was asked
// for.
func (c *connection) syncNow(ctx context.Context, kinds []record.Kind, send func(ipc.SyncEvent)) ([]ipc.Run, int) {
	events := make(chan ipc.SyncEvent, 64)
	c.mu.Lock()
	c.watch[events] = true
	asked := c.begun
	c.mu.Unlock()
	if len(kinds) == 0 {
		kinds = c.awake()
	} else { // each once, in the order in which they run
		kinds = slices.DeleteFunc(record.Kinds(), func(k record.Kind) bool { return !slices.Contains(kinds, k) })
	}
	done := make(chan []ipc.Run, 1)
	go func() {
		free, err := c.take(c.ctx)
		if err != nil {
			done <- nil
			return
		}
		defer free()
		var todo []record.Kind
		c.mu.Lock()
		for _, k := range kinds {
			if c.flow(k).begun <= asked {
				todo = append(todo, k)
			}
		}
		c.fault = nil
		c.mu.Unlock()
		if len(todo) > 0 {
			c.run(c.ctx, todo)
		}
		done <- c.lastRuns(kinds)
	}()
	defer func() {
		c.mu.Lock()
		delete(c.watch, events)
		c.mu.Unlock()
	}()
	for {
		select {
		case e := <-events:
			send(e)
		case runs := <-done:
			c.nudge()
			return runs, c.problems()
		case <-ctx.Done():
			return nil, 0
		}
	}
}

// awake lists the flows that are on and not paused by themselves. A person's run minds no pause of the whole
// connection, but a flow that was singled out runs by its name only.
func (c *connection) awake() []record.Kind {
	now := c.wall()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(c.kinds(), func(k record.Kind) bool { return resting(c.flow(k).pause, now) })
}

func (c *connection) lastRuns(kinds []record.Kind) []ipc.Run {
	c.mu.Lock()
	defer c.mu.Unlock()
	var runs []ipc.Run
	for _, k := range kinds {
		if r := c.flow(k).run; r != nil {
			runs = append(runs, *r)
		}
	}
	return runs
}
