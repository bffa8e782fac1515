package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"stockbridge/sync/ipc"
	"stockbridge/sync/service"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
)

// process is one process of the service, from its start to its end.
type process struct {
	l    *life
	n    int
	dir  string
	s    *service.Service
	api  *ipc.Client
	stop func() error // ends it gracefully

	dead atomic.Bool   // nothing of it reaches anybody any more
	died chan struct{} // closed once it was killed and left is there
	once sync.Once
	left string       // the data folder as it was at that instant
	fuse atomic.Int64 // requests until it is killed; 0 is never
}

// begin installs Stockbridge: a service, a connection, its secrets.
func (l *life) begin() {
	l.start(l.t.TempDir())
	text, err := settings.Marshal(l.conf)
	l.must(err)
	_, err = l.svc.api.Import(l.ctx(), ipc.ConnectionFile{TOML: string(text)})
	l.must(err)
	l.rightSecrets()
	l.nextLook = time.Now().Add(lookEvery)
}

// rightSecrets types all secrets in, as a person does after a sign-in was refused.
func (l *life) rightSecrets() {
	for _, s := range [][3]string{{"bc", "password", bcKey}, {"shop", "consumer_key", shopKey}, {"shop", "consumer_secret", shopSecret}} {
		l.must(l.svc.api.SetSecret(l.ctx(), ipc.SecretRequest{Connection: shopName, Side: s[0], Field: s[1], Value: s[2]}))
	}
}

// start starts a process on a data folder.
func (l *life) start(dir string) {
	l.starts++
	l.dirs = append(l.dirs, dir)
	p := &process{l: l, n: l.starts, dir: dir, died: make(chan struct{})}
	s, err := service.Open(service.Options{Dir: dir, Keychain: l.keys, Version: "1.2.3", NoSync: true, Now: lifeClock(&l.skew, l.zone),
		Transport: p.transport, Log: slog.New(slog.NewTextHandler(&l.log, nil))})
	l.must(err)
	p.s, p.api = s, ipc.Direct(ipc.NewServer(s, slog.New(slog.DiscardHandler)), ipc.RoleAdministrator)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	p.stop = func() error {
		cancel()
		err := <-ended
		if closed := s.Close(); err == nil {
			err = closed
		}
		return err
	}
	l.note("process %d starts", p.n)
	l.svc = p
}

// restart stops the service as an administrator does, and starts it again.
func (l *life) restart() {
	l.note("process %d is stopped", l.svc.n)
	l.must(l.svc.stop())
	dir := l.svc.dir
	time.Sleep(l.between(time.Second, 10*time.Minute))
	l.start(dir)
}

// kill ends the process at this instant, as SIGKILL or a power cut does.
func (p *process) kill() {
	p.once.Do(func() {
		p.dead.Store(true) // before the copy: what is sent from now on reaches nobody, so nothing is missing in it
		p.left = filepath.Join(filepath.Dir(p.dir), fmt.Sprintf("process-%d", p.n+1))
		if err := copyFolder(p.dir, p.left); err != nil {
			p.l.t.Errorf("copying the data folder: %v", err)
		}
		close(p.died)
	})
}

// resurrect starts a killed process again after a while.
func (l *life) resurrect() {
	old := l.svc
	l.kills++
	l.note("process %d was killed", old.n)
	l.zombie.Go(func() { _ = old.stop() }) // what it still does, it does to its own folder
	l.look()
	time.Sleep(l.between(time.Second, 20*time.Minute))
	l.start(old.left)
}

// loseState is the disk of the state alone dying: the connection's file is gone.
func (l *life) loseState() {
	l.note("process %d is stopped, and its state is lost", l.svc.n)
	l.must(l.svc.stop())
	l.must(os.RemoveAll(filepath.Join(l.svc.dir, "state")))
	clear(l.skipped)
	clear(l.since)
	l.busy(len(l.orders)) // all of them are looked at again, notes and all
	l.start(l.svc.dir)
}

// transport is the network of a side as this process has it.
func (p *process) transport(side string) http.RoundTripper {
	return &wire{p: p, side: side}
}

// wire is a network that ends with its process.
type wire struct {
	p    *process
	side string
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.p.dead.Load() {
		return nil, errGone
	}
	res, err := (&sim.Transport{Handler: w.p.l.front(w.p, w.side)}).RoundTrip(r)
	if w.p.dead.Load() {
		return nil, errGone
	}
	return res, err
}

var errGone = errors.New("the process is dead")
