package service

import (
	"context"
	"maps"
	"net/url"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"stockbridge/store"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Status implements ipc.Board.
func (s *Service) Status(context.Context) ipc.Status {
	now := s.now()
	st := ipc.Status{State: ipc.StateFine, Now: now, Version: s.opts.Version, PID: os.Getpid(), Connections: []ipc.ConnectionStatus{}}
	for _, c := range s.all() {
		cs := c.status(now)
		st.Connections = append(st.Connections, cs)
		if rank(cs.State) > rank(st.State) {
			st.State = cs.State
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.unread)) {
		st.State = ipc.StateAttention
		st.Connections = append(st.Connections, ipc.ConnectionStatus{Name: name, State: ipc.StateAttention, Fault: ipc.FaultOf(s.unread[name]), Flows: []ipc.FlowStatus{}})
	}
	return st
}

// rank orders states by how much they ask for attention; work under way shows unless something is wrong.
func rank(s ipc.State) int {
	switch s {
	case ipc.StatePaused:
		return 1
	case ipc.StateWorking:
		return 2
	case ipc.StateOffline:
		return 3
	case ipc.StateAttention:
		return 4
	}
	return 0
}

func (c *connection) status(now time.Time) ipc.ConnectionStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	cs := ipc.ConnectionStatus{Name: c.conf.Name, State: ipc.StateFine, Company: c.conf.BC.Company, Platform: c.platform.Name,
		ShopHost: hostOf(c.conf.Shop.URL), Flows: []ipc.FlowStatus{}}
	offline, first := false, true
	for _, k := range record.Kinds() {
		f := c.flow(k)
		fs := ipc.FlowStatus{Kind: k, Off: c.conf.Flows.Schedule(k).Off, Last: f.run, LastOK: f.lastOK, Waiting: f.waiting}
		cs.Problems += f.waiting
		if !fs.Off {
			fs.Next, _ = c.nextRun(k, now)
			if c.pausedAt(now) {
				fs.Next = c.until
			}
			cs.LastOK = oldest(cs.LastOK, f.lastOK, first)
			first = false
		}
		if f.fault != nil {
			fs.Fault = ipc.FaultOf(f.fault)
			offline = offline || f.fault.Kind == fault.Retry
			if f.fault.Kind != fault.Retry && cs.Fault == nil {
				cs.Fault = fs.Fault
			}
		}
		cs.Flows = append(cs.Flows, fs)
	}
	cs.State = c.state(now, &cs, offline)
	if c.running != nil {
		p := *c.running
		cs.Running = &p
	}
	if c.pausedAt(now) {
		until := c.until
		cs.Paused = &until
	}
	return cs
}

// oldest is the earlier of two times; a zero one (never) is earliest, but the first is taken as it is.
func oldest(a, b time.Time, first bool) time.Time {
	if first || b.Before(a) {
		return b
	}
	return a
}

func (c *connection) state(now time.Time, cs *ipc.ConnectionStatus, offline bool) ipc.State {
	switch {
	case cs.Fault != nil || cs.Problems > 0:
		return ipc.StateAttention
	case c.pausedAt(now):
		return ipc.StatePaused
	case c.running != nil:
		return ipc.StateWorking
	case offline:
		return ipc.StateOffline
	}
	return ipc.StateFine
}

func hostOf(raw string) string {
	if u, err := url.Parse(raw); err == nil {
		return u.Host
	}
	return ""
}

// Watch implements ipc.Board.
func (s *Service) Watch(ctx context.Context, send func(ipc.Status) error) error {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	s.watchers[ch] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.watchers, ch)
		s.mu.Unlock()
	}()
	for {
		if err := send(s.Status(ctx)); err != nil {
			return err
		}
		select {
		case <-ch:
		case <-ctx.Done():
			return nil
		case <-s.ctx.Done():
			return nil
		}
	}
}

// Sync implements ipc.Board.
func (s *Service) Sync(ctx context.Context, r ipc.SyncRequest, send func(ipc.SyncEvent) error) error {
	conns, err := s.some(r.Connection)
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
	sort.SliceStable(last.Runs, func(i, j int) bool { return last.Runs[i].Connection < last.Runs[j].Connection })
	for i := range last.Runs {
		if f := last.Runs[i].Fault; f != nil {
			last.Fault = f
			break
		}
	}
	return send(last)
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
		kinds = c.kinds()
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

// Pause implements ipc.Board.
func (s *Service) Pause(_ context.Context, r ipc.PauseRequest) error {
	return s.rest(r.Connection, true, r.Until)
}

// Resume implements ipc.Board.
func (s *Service) Resume(_ context.Context, r ipc.PauseRequest) error {
	return s.rest(r.Connection, false, time.Time{})
}

func (s *Service) rest(name string, paused bool, until time.Time) error {
	conns, err := s.some(name)
	if err != nil {
		return err
	}
	for _, c := range conns {
		if err := c.db.SetPause(store.Pause{On: paused, Until: until}); err != nil {
			return err
		}
		c.mu.Lock()
		c.paused, c.until = paused, until
		c.mu.Unlock()
		c.nudge()
	}
	s.changed()
	return nil
}

// names lists the connections for a sentence; the caller holds mu.
func (s *Service) names() string {
	names := make([]string, 0, len(s.conns))
	for n := range s.conns {
		names = append(names, n)
	}
	sort.Strings(names)
	if len(names) == 0 {
		return "none yet"
	}
	return strings.Join(names, ", ")
}
