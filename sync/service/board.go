package service

import (
	"context"
	"maps"
	"net/url"
	"os"
	"slices"
	"sort"
	"strings"
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
	case c.running != nil:
		return ipc.StateWorking
	case c.pausedAt(now):
		return ipc.StatePaused
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
		if paused && c.stop != nil {
			c.stop() // what is under way is finished and remembered, the rest waits
		}
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
