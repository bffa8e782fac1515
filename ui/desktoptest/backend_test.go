//go:build desktop

package desktoptest

import (
	"context"
	"slices"
	"sync"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// backend is a service of which a test decides the status, and that tells what it was asked to do. What neither tray
// nor window may ever ask for is not there, and would end the call as a bug.
type backend struct {
	ipc.Backend
	synced chan ipc.SyncRequest
	paused chan ipc.PauseRequest
	acted  chan string
	listed chan string

	mu       sync.Mutex
	status   ipc.Status
	changed  chan struct{}
	problems []ipc.Problem
}

func newBackend(s ipc.Status) *backend {
	return &backend{status: s, changed: make(chan struct{}), synced: make(chan ipc.SyncRequest, 9),
		paused: make(chan ipc.PauseRequest, 9), acted: make(chan string, 9), listed: make(chan string, 9), problems: sampleProblems()}
}

func (b *backend) set(change func(*ipc.Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Connections = slices.Clone(b.status.Connections)
	change(&b.status)
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *backend) current() (ipc.Status, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status, b.changed
}

// Watch implements ipc.Board.
func (b *backend) Watch(ctx context.Context, send func(ipc.Status) error) error {
	for {
		s, changed := b.current()
		if err := send(s); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// Sync implements ipc.Board: it works at the stock of every connection, and everything is in step afterwards.
func (b *backend) Sync(_ context.Context, r ipc.SyncRequest, send func(ipc.SyncEvent) error) error {
	b.synced <- r
	b.set(func(s *ipc.Status) { s.State = ipc.StateFine; s.Connections[0].State = ipc.StateFine })
	return send(ipc.SyncEvent{Done: true, Runs: []ipc.Run{{Kind: record.KindStock, Read: 500, Written: 12, Unchanged: 488}}})
}

// Pause implements ipc.Board.
func (b *backend) Pause(_ context.Context, r ipc.PauseRequest) error {
	b.paused <- r
	b.set(func(s *ipc.Status) {
		s.State = ipc.StatePaused
		for i := range s.Connections {
			s.Connections[i].State, s.Connections[i].Paused = ipc.StatePaused, &r.Until
		}
	})
	return nil
}

// Problems implements ipc.Records.
func (b *backend) Problems(_ context.Context, connection string, _ record.Kind) ([]ipc.Problem, error) {
	b.listed <- connection
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.problems, nil
}

// Act implements ipc.Records: the problem is settled.
func (b *backend) Act(_ context.Context, action ipc.Action, r ipc.ProblemRequest) error {
	b.acted <- string(action) + " " + r.ID
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = slices.DeleteFunc(slices.Clone(b.problems), func(p ipc.Problem) bool { return p.ID == r.ID })
	return nil
}

func sampleRun(kind record.Kind, at time.Time, read, written, held, rejected int) *ipc.Run {
	return &ipc.Run{Kind: kind, Started: at.Add(-4 * time.Second), Ended: at, Read: read, Written: written,
		Unchanged: read - written - held - rejected, Held: held, Rejected: rejected}
}

// sample is a merchant's afternoon: one shop busy with its stock, one where orders wait.
func sample(now time.Time) ipc.Status {
	ago := func(m int) time.Time { return now.Add(-time.Duration(m) * time.Minute) }
	flow := func(r *ipc.Run, every, waiting int) ipc.FlowStatus {
		return ipc.FlowStatus{Kind: r.Kind, Last: r, LastOK: r.Ended, Next: r.Ended.Add(time.Duration(every) * time.Minute), Waiting: waiting}
	}
	return ipc.Status{State: ipc.StateAttention, Now: now, Version: "0.1.0", PID: 1204, Connections: []ipc.ConnectionStatus{
		{Name: "webshop-nl", State: ipc.StateWorking, Company: "CRONUS NL", Platform: "woocommerce", ShopHost: "shop.example.nl",
			LastOK:  ago(3),
			Running: &ipc.Progress{Connection: "webshop-nl", Kind: record.KindStock, Step: 2, Steps: 5, Read: 500, Done: 240, Total: 500},
			Flows: []ipc.FlowStatus{
				flow(sampleRun(record.KindItem, ago(3), 14203, 18, 0, 0), 15, 0),
				flow(sampleRun(record.KindStock, ago(3), 500, 61, 0, 0), 5, 0),
				flow(sampleRun(record.KindPrice, ago(3), 14203, 4, 0, 0), 15, 0),
				flow(sampleRun(record.KindOrder, ago(1), 12, 12, 0, 0), 2, 0),
				flow(sampleRun(record.KindShipment, ago(3), 9, 9, 0, 0), 5, 0),
			}},
		{Name: "webshop-de", State: ipc.StateAttention, Company: "CRONUS DE", Platform: "woocommerce", ShopHost: "laden.example.de",
			LastOK: ago(6), Problems: 3,
			Flows: []ipc.FlowStatus{
				flow(sampleRun(record.KindItem, ago(6), 3310, 0, 0, 0), 15, 0),
				flow(sampleRun(record.KindStock, ago(6), 212, 35, 0, 0), 5, 0),
				{Kind: record.KindPrice, Off: true},
				flow(sampleRun(record.KindOrder, ago(1), 7, 4, 2, 1), 2, 3),
				flow(sampleRun(record.KindShipment, ago(6), 3, 3, 0, 0), 5, 0),
			}},
	}}
}

func sampleProblems() []ipc.Problem {
	now := time.Now()
	problem := func(id, key string, code fault.Code, args fault.Args, tries int) ipc.Problem {
		args["key"] = key
		e := fault.New(code, args)
		return ipc.Problem{ID: id, Connection: "webshop-de", Kind: record.KindOrder, Key: key, First: now.Add(-2 * time.Hour), Last: now,
			Tries: tries, Fault: ipc.Fault{Kind: e.Kind, Code: code, Args: args, Text: e.Sentence()}}
	}
	mass := problem("p3", "1000-A", "stock.mass_zero", fault.Args{"count": "412"}, 1)
	mass.Kind, mass.Approvable = record.KindStock, true
	return []ipc.Problem{
		problem("p1", "10482", "order.unknown_sku", fault.Args{"sku": "FIETS-28", "name": "City bike 28\" blue"}, 3),
		problem("p2", "10479", "order.total_differs", fault.Args{"shop": "EUR 118.40", "bc": "EUR 118.41", "max": "0.05"}, 2),
		mass,
	}
}
