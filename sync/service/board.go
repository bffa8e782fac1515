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
	now := s.now().Round(0)
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
	offline, first, shut := false, true, c.shut()
	if c.fault != nil {
		cs.Fault = ipc.FaultOf(c.fault)
	}
	for _, k := range record.Kinds() {
		f := c.flow(k)
		fs := ipc.FlowStatus{Kind: k, Off: c.conf.Flows.Schedule(k).Off, Last: f.run, LastOK: f.lastOK, Waiting: f.waiting, Paused: pausedUntil(f.pause, now)}
		cs.Problems += f.waiting
		if !fs.Off {
			fs.Next, _ = c.nextRun(k, now)
			cs.LastOK = oldest(cs.LastOK, f.lastOK, first)
			first = false
		}
		if f.fault != nil {
			fs.Fault = ipc.FaultOf(f.fault)
			offline = offline || f.fault.Kind == fault.Retry && (f.lastOK.IsZero() || lasts(f.since, now))
			if f.fault.Kind != fault.Retry && cs.Fault == nil {
				cs.Fault = fs.Fault
			}
		} else if shut != nil && !fs.Off { // it waits for the side, and has not tried
			fs.Fault = ipc.FaultOf(shut)
		}
		cs.Flows = append(cs.Flows, fs)
	}
	cs.Problems += c.flow(record.KindConnection).waiting
	for _, s := range c.sideStatus(now) {
		offline = offline || lasts(s.Since, now)
		cs.Sides = append(cs.Sides, s)
	}
	cs.State = c.state(now, &cs, offline)
	if c.running != nil {
		p := *c.running
		cs.Running = &p
	}
	cs.Paused = pausedUntil(store.Pause{On: c.paused, Until: c.until}, now)
	return cs
}

// grace is how long a side may be out of reach before the board says so: a server that restarts, a router that dials in
// again. A flow that never ran has nobody's trust to lose; its trouble shows at once.
const grace = 10 * time.Minute

// lasts reports whether trouble is older than the grace.
func lasts(since, now time.Time) bool { return !since.IsZero() && now.Sub(since) >= grace }

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
