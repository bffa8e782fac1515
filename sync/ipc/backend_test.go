package ipc

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"stockbridge/sync/record"
)

// fake is a Backend of functions. A call that a test doesn't expect fails by its nil function.
type fake struct {
	status       func(context.Context) Status
	watch        func(context.Context, func(Status) error) error
	sync         func(context.Context, SyncRequest, func(SyncEvent) error) error
	pause        func(context.Context, PauseRequest) error
	resume       func(context.Context, PauseRequest) error
	plan         func(context.Context, PlanRequest) (PlanAnswer, error)
	problems     func(context.Context, string, record.Kind) ([]Problem, error)
	act          func(context.Context, Action, ProblemRequest) error
	explain      func(context.Context, ExplainRequest) (Explanation, error)
	journal      func(context.Context, JournalRequest) ([]Exchange, error)
	erase        func(context.Context, EraseRequest) (Erasure, error)
	audit        func(context.Context, AuditRequest) ([]AuditEntry, error)
	verifyAudit  func(context.Context) (AuditReport, error)
	send         func(context.Context, string) error
	reconcile    func(context.Context, ReconcileRequest) (Reconciliation, error)
	connections  func(context.Context) (Connections, error)
	export       func(context.Context, string) (ConnectionFile, error)
	importFile   func(context.Context, ConnectionFile) (ConnectionFile, error)
	remove       func(context.Context, string) error
	test         func(context.Context, string) (TestAnswer, error)
	setSecret    func(context.Context, SecretRequest) error
	removeSecret func(context.Context, SecretRequest) error
	secrets      func(context.Context) (SecretNames, error)
	doctor       func(context.Context) (DoctorAnswer, error)
	backup       func(context.Context, FileRequest) error
}

func (f *fake) Status(ctx context.Context) Status { return f.status(ctx) }
func (f *fake) Watch(ctx context.Context, send func(Status) error) error {
	return f.watch(ctx, send)
}
func (f *fake) Sync(ctx context.Context, r SyncRequest, send func(SyncEvent) error) error {
	return f.sync(ctx, r, send)
}
func (f *fake) Pause(ctx context.Context, r PauseRequest) error  { return f.pause(ctx, r) }
func (f *fake) Resume(ctx context.Context, r PauseRequest) error { return f.resume(ctx, r) }
func (f *fake) Plan(ctx context.Context, r PlanRequest) (PlanAnswer, error) {
	return f.plan(ctx, r)
}
func (f *fake) Problems(ctx context.Context, c string, k record.Kind) ([]Problem, error) {
	return f.problems(ctx, c, k)
}
func (f *fake) Act(ctx context.Context, a Action, r ProblemRequest) error { return f.act(ctx, a, r) }
func (f *fake) Explain(ctx context.Context, r ExplainRequest) (Explanation, error) {
	return f.explain(ctx, r)
}
func (f *fake) Journal(ctx context.Context, r JournalRequest) ([]Exchange, error) {
	return f.journal(ctx, r)
}
func (f *fake) Audit(ctx context.Context, r AuditRequest) ([]AuditEntry, error) {
	return f.audit(ctx, r)
}
func (f *fake) VerifyAudit(ctx context.Context) (AuditReport, error) { return f.verifyAudit(ctx) }
func (f *fake) Erase(ctx context.Context, r EraseRequest) (Erasure, error) {
	return f.erase(ctx, r)
}
func (f *fake) Send(ctx context.Context, id string) error { return f.send(ctx, id) }
func (f *fake) Reconcile(ctx context.Context, r ReconcileRequest) (Reconciliation, error) {
	return f.reconcile(ctx, r)
}
func (f *fake) Connections(ctx context.Context) (Connections, error) { return f.connections(ctx) }
func (f *fake) Export(ctx context.Context, name string) (ConnectionFile, error) {
	return f.export(ctx, name)
}
func (f *fake) Import(ctx context.Context, r ConnectionFile) (ConnectionFile, error) {
	return f.importFile(ctx, r)
}
func (f *fake) Remove(ctx context.Context, name string) error { return f.remove(ctx, name) }
func (f *fake) Test(ctx context.Context, name string) (TestAnswer, error) {
	return f.test(ctx, name)
}
func (f *fake) SetSecret(ctx context.Context, r SecretRequest) error { return f.setSecret(ctx, r) }
func (f *fake) RemoveSecret(ctx context.Context, r SecretRequest) error {
	return f.removeSecret(ctx, r)
}
func (f *fake) Secrets(ctx context.Context) (SecretNames, error) { return f.secrets(ctx) }
func (f *fake) Doctor(ctx context.Context) (DoctorAnswer, error) { return f.doctor(ctx) }
func (f *fake) Backup(ctx context.Context, r FileRequest) error  { return f.backup(ctx, r) }

// echo is a fake whose every answer shows what was asked.
func echo() *fake {
	day := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	return &fake{
		status: func(context.Context) Status { return Status{State: StateFine, Now: day, Version: "0.1", PID: 7} },
		watch: func(ctx context.Context, send func(Status) error) error {
			if err := send(Status{State: StateWorking, Now: day}); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		},
		sync: func(_ context.Context, r SyncRequest, send func(SyncEvent) error) error {
			return send(SyncEvent{Done: true, Runs: []Run{{Connection: r.Connection, Kind: r.Kinds[0]}}})
		},
		plan: func(_ context.Context, r PlanRequest) (PlanAnswer, error) {
			return PlanAnswer{Planned: []Planned{{Connection: r.Connection, Kind: r.Kinds[0], Action: "create"}}, Unchanged: 3}, nil
		},
		problems: func(_ context.Context, c string, k record.Kind) ([]Problem, error) {
			return []Problem{{ID: "p1", Connection: c, Kind: k}}, nil
		},
		explain: func(_ context.Context, r ExplainRequest) (Explanation, error) {
			return Explanation{Connection: r.Connection, Kind: r.Kind, Key: r.Key, Steps: []string{"one"}}, nil
		},
		journal: func(_ context.Context, r JournalRequest) ([]Exchange, error) {
			return []Exchange{{ID: r.ID, At: r.Since, Keys: []string{r.Key}}}, nil
		},
		audit: func(_ context.Context, r AuditRequest) ([]AuditEntry, error) {
			return []AuditEntry{{Connection: r.Connection, Seq: uint64(r.Limit), At: r.Since, Kind: r.Kind, Key: r.Key}}, nil
		},
		verifyAudit: func(context.Context) (AuditReport, error) {
			return AuditReport{Connections: []AuditCheck{{Name: "a", OK: true}}}, nil
		},
		erase: func(_ context.Context, r EraseRequest) (Erasure, error) {
			return Erasure{Entries: len(r.Email)}, nil
		},
		reconcile: func(_ context.Context, r ReconcileRequest) (Reconciliation, error) {
			return Reconciliation{Connection: r.Connection, Checked: map[record.Kind]int{record.KindItem: 2}}, nil
		},
		connections: func(context.Context) (Connections, error) { return Connections{Names: []string{"a", "b"}}, nil },
		export: func(_ context.Context, name string) (ConnectionFile, error) {
			return ConnectionFile{Name: name, TOML: "name = \"a\"\n"}, nil
		},
		importFile: func(_ context.Context, f ConnectionFile) (ConnectionFile, error) { return f, nil },
		test: func(_ context.Context, name string) (TestAnswer, error) {
			return TestAnswer{Connection: name, Sides: []SideTest{{Side: "bc", OK: true}}}, nil
		},
		secrets: func(context.Context) (SecretNames, error) {
			return SecretNames{Names: []string{"a bc password"}}, nil
		},
		doctor: func(context.Context) (DoctorAnswer, error) {
			return DoctorAnswer{Checks: []DoctorCheck{{Area: "service", OK: true, Text: "runs"}}}, nil
		},
		pause:        func(context.Context, PauseRequest) error { return nil },
		resume:       func(context.Context, PauseRequest) error { return nil },
		act:          func(context.Context, Action, ProblemRequest) error { return nil },
		send:         func(context.Context, string) error { return nil },
		remove:       func(context.Context, string) error { return nil },
		setSecret:    func(context.Context, SecretRequest) error { return nil },
		removeSecret: func(context.Context, SecretRequest) error { return nil },
		backup:       func(context.Context, FileRequest) error { return nil },
	}
}

func newTestServer(b Backend, log io.Writer) *Server {
	return NewServer(b, slog.New(slog.NewTextHandler(log, nil)))
}

// shortDir is a data folder with a short path, as t.TempDir's can be too long for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// serve runs a server on the real socket or pipe of a new data folder until the test ends; stop ends it sooner.
func serve(t *testing.T, s *Server) (dataDir string, stop func()) {
	t.Helper()
	dir := shortDir(t)
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return dir, stop
}
