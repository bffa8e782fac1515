package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// told is what reached the backend of a call that answers nothing.
type told struct {
	what string
	with any
}

func TestEveryCallOverTheSocket(t *testing.T) {
	day := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	var got told
	b := echo()
	b.tell(&got)
	dir, _ := serve(t, newTestServer(b, io.Discard))
	c := NewClient(dir)
	defer c.Close()
	ctx := t.Context()
	tell := func(call func() error) func() (any, error) {
		return func() (any, error) { got = told{}; err := call(); return got, err }
	}
	pause := PauseRequest{Connection: "a", Until: day}
	secret := SecretRequest{Connection: "a", Side: "bc", Field: "password", Value: "geheim"}
	for name, call := range map[string]struct {
		do   func() (any, error)
		want any
	}{
		"status": {func() (any, error) { return c.Status(ctx) },
			Status{State: StateFine, Now: day, Version: "0.1", PID: 7, Role: RoleAdministrator}},
		"watch": {func() (any, error) {
			var first Status
			err := c.Watch(ctx, func(s Status) error { first = s; return io.EOF })
			return first, onlyIf(err, io.EOF)
		}, Status{State: StateWorking, Now: day, Role: RoleAdministrator}},
		"sync": {func() (any, error) {
			return c.Sync(ctx, SyncRequest{Connection: "a", Kinds: []record.Kind{record.KindStock}}, nil)
		}, SyncEvent{Done: true, Runs: []Run{{Connection: "a", Kind: record.KindStock}}}},
		"plan": {func() (any, error) {
			return c.Plan(ctx, PlanRequest{Connection: "a", Kinds: []record.Kind{record.KindItem}})
		}, PlanAnswer{Planned: []Planned{{Connection: "a", Kind: record.KindItem, Action: "create"}}, Unchanged: 3}},
		"problems": {func() (any, error) { return c.Problems(ctx, "a&b=c", record.KindOrder) },
			[]Problem{{ID: "p1", Connection: "a&b=c", Kind: record.KindOrder}}},
		"all problems": {func() (any, error) { return c.Problems(ctx, "", "") }, []Problem{{ID: "p1"}}},
		"explain": {func() (any, error) { return c.Explain(ctx, ExplainRequest{"a", record.KindOrder, "10/01", true}) },
			Explanation{Connection: "a", Kind: record.KindOrder, Key: "10/01", Steps: []string{"one"}}},
		"journal": {func() (any, error) { return c.Journal(ctx, JournalRequest{ID: "j", Key: "k", Since: day}) },
			[]Exchange{{ID: "j", At: day, Keys: []string{"k"}}}},
		"erase": {func() (any, error) { return c.Erase(ctx, EraseRequest{"jan@example.nl"}) }, Erasure{Entries: 14}},
		"reconcile": {func() (any, error) { return c.Reconcile(ctx, ReconcileRequest{"a", true}) },
			Reconciliation{Connection: "a", Checked: map[record.Kind]int{record.KindItem: 2}}},
		"connections": {func() (any, error) { return c.Connections(ctx) }, Connections{Names: []string{"a", "b"}}},
		"export":      {func() (any, error) { return c.Export(ctx, "a") }, ConnectionFile{Name: "a", TOML: "name = \"a\"\n"}},
		"a name that is a path": {func() (any, error) { return c.Export(ctx, "../b") },
			ConnectionFile{Name: "../b", TOML: "name = \"a\"\n"}},
		"import":  {func() (any, error) { return c.Import(ctx, ConnectionFile{TOML: "x"}) }, ConnectionFile{TOML: "x"}},
		"test":    {func() (any, error) { return c.Test(ctx, "a") }, TestAnswer{Connection: "a", Sides: []SideTest{{Side: "bc", OK: true}}}},
		"secrets": {func() (any, error) { return c.Secrets(ctx) }, SecretNames{Names: []string{"a bc password"}}},
		"doctor": {func() (any, error) { return c.Doctor(ctx) },
			DoctorAnswer{Checks: []DoctorCheck{{Area: "service", OK: true, Text: "runs"}}}},
		"pause":         {tell(func() error { return c.Pause(ctx, pause) }), told{"pause", pause}},
		"resume":        {tell(func() error { return c.Resume(ctx, pause) }), told{"resume", pause}},
		"act":           {tell(func() error { return c.Act(ctx, ActionApprove, ProblemRequest{ID: "p1", List: "+l"}) }), told{"approve", "p1+l"}},
		"send":          {tell(func() error { return c.Send(ctx, "j1") }), told{"send", "j1"}},
		"remove":        {tell(func() error { return c.Remove(ctx, "a") }), told{"remove", "a"}},
		"set secret":    {tell(func() error { return c.SetSecret(ctx, secret) }), told{"set", secret}},
		"remove secret": {tell(func() error { return c.RemoveSecret(ctx, secret) }), told{"unset", secret}},
		"backup":        {tell(func() error { return c.Backup(ctx, FileRequest{"/b", true}) }), told{"backup", FileRequest{"/b", true}}},
	} {
		answer, err := call.do()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(call.want, answer, cmp.AllowUnexported(told{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// tell makes the calls that answer nothing leave what they were told.
func (f *fake) tell(got *told) {
	f.pause = func(_ context.Context, r PauseRequest) error { *got = told{"pause", r}; return nil }
	f.resume = func(_ context.Context, r PauseRequest) error { *got = told{"resume", r}; return nil }
	f.act = func(_ context.Context, a Action, r ProblemRequest) error {
		*got = told{string(a), r.ID + r.List}
		return nil
	}
	f.send = func(_ context.Context, id string) error { *got = told{"send", id}; return nil }
	f.remove = func(_ context.Context, name string) error { *got = told{"remove", name}; return nil }
	f.setSecret = func(_ context.Context, r SecretRequest) error { *got = told{"set", r}; return nil }
	f.removeSecret = func(_ context.Context, r SecretRequest) error { *got = told{"unset", r}; return nil }
	f.backup = func(_ context.Context, r FileRequest) error { *got = told{"backup", r}; return nil }
}

// onlyIf returns nil for the error a test made itself.
func onlyIf(err, own error) error {
	if errors.Is(err, own) {
		return nil
	}
	return err
}

func TestFaultsComeBackAsTheyWere(t *testing.T) {
	one := fault.New("settings.unknown_key", fault.Args{"field": "[flows.stock] evry", "near": ` ("every"?)`})
	two := fault.New("settings.invalid", fault.Args{"field": "name", "value": `"A"`, "allowed": "a-z"})
	three := fault.Wrap(errors.New("Der Postleitzahlenbereich ist unbekannt"), "bc.refused", fault.Args{"key": "1001", "detail": "x"})
	for name, in := range map[string]error{
		"one":      one,
		"wrapped":  fmt.Errorf("import: %w", three),
		"several":  errors.Join(one, two, three),
		"nested":   errors.Join(errors.Join(one, two), three),
		"a bug":    errors.New("index out of range"),
		"too late": context.DeadlineExceeded,
		"unknown":  &fault.Error{Kind: fault.Config, Code: "made.up", Args: fault.Args{"a": "b"}},
	} {
		b := echo()
		b.doctor = func(context.Context) (DoctorAnswer, error) { return DoctorAnswer{}, in }
		_, err := Direct(newTestServer(b, io.Discard), RoleOperator).Doctor(t.Context())
		want, got := faultsIn(in), faultsIn(err)
		if len(want) != len(got) {
			t.Errorf("%s: %d faults became %d: %v", name, len(want), len(got), err)
			continue
		}
		for i := range want {
			same := want[i].Code == got[i].Code && want[i].Kind == got[i].Kind && maps.Equal(want[i].Args, got[i].Args)
			cause := want[i].Err == nil || (got[i].Err != nil && got[i].Err.Error() == want[i].Err.Error())
			if !same || !cause {
				t.Errorf("%s: %#v became %#v", name, want[i], got[i])
			}
		}
	}
	if FaultOf(nil) != nil || FaultOf(errors.Join()) != nil {
		t.Error("no error became a fault")
	}
}

// faultsIn lists the faults of a joined error, or the one of any other.
func faultsIn(err error) []*fault.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*fault.Error
		for _, e := range joined.Unwrap() {
			out = append(out, faultsIn(e)...)
		}
		return out
	}
	return []*fault.Error{fault.As(err)}
}
