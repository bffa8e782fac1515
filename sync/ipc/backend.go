package ipc

import (
	"context"

	"stockbridge/sync/record"
)

// Backend is what the service does for its callers. The server has checked a caller's role before it calls a method,
// and CallerOf(ctx) says who it is. Every method is safe for concurrent use and returns classified errors (package
// fault); ctx ends when the caller goes away.
type Backend interface {
	Board
	Records
	ConnectionAdmin
	SecretAdmin
	Upkeep
	Audited
}

// Board shows what goes on and starts, stops and hurries it.
type Board interface {
	// Status returns the whole board. The server fills in Role.
	Status(ctx context.Context) Status
	// Watch calls send with the whole board at once and again after each change, until ctx ends (nil) or send fails
	// (its error). It need not slow changes down; the server does.
	Watch(ctx context.Context, send func(Status) error) error
	// Sync runs what is asked for and waits, or joins a run under way. It calls send with progress and, as the last
	// event, one that is Done. A run that ended early says so in that event's Fault; an error returned means that
	// nothing was run.
	Sync(ctx context.Context, r SyncRequest, send func(SyncEvent) error) error
	Pause(ctx context.Context, r PauseRequest) error
	Resume(ctx context.Context, r PauseRequest) error
}

// Records answers for single records: what would happen to them, what became of them and why.
type Records interface {
	// Plan is a dry run; it writes nothing.
	Plan(ctx context.Context, r PlanRequest) (PlanAnswer, error)
	// Problems lists what waits for a person; an empty connection or kind means all.
	Problems(ctx context.Context, connection string, kind record.Kind) ([]Problem, error)
	// Act does what a person decided about a problem.
	Act(ctx context.Context, action Action, r ProblemRequest) error
	Explain(ctx context.Context, r ExplainRequest) (Explanation, error)
	// Journal returns exchanges, newest first.
	Journal(ctx context.Context, r JournalRequest) ([]Exchange, error)
	// Erase takes a person's data out of the evidence and the state.
	Erase(ctx context.Context, r EraseRequest) (Erasure, error)
	// Send handles the records of one journal entry again, through the whole road of a run.
	Send(ctx context.Context, id string) error
	// Reconcile reads both sides and reports every difference; it writes only when r.Repair is set.
	Reconcile(ctx context.Context, r ReconcileRequest) (Reconciliation, error)
}

// ConnectionAdmin keeps the connection files.
type ConnectionAdmin interface {
	Connections(ctx context.Context) (Connections, error)
	// Export returns a connection as TOML text.
	Export(ctx context.Context, name string) (ConnectionFile, error)
	// Import makes or replaces the connection the text names and returns what was stored.
	Import(ctx context.Context, f ConnectionFile) (ConnectionFile, error)
	Remove(ctx context.Context, name string) error
	// Test reaches and signs in to both sides; it writes nothing.
	Test(ctx context.Context, name string) (TestAnswer, error)
}

// SecretAdmin keeps secrets in the keychain of the service's account. No method returns one (invariant 7).
type SecretAdmin interface {
	SetSecret(ctx context.Context, r SecretRequest) error
	RemoveSecret(ctx context.Context, r SecretRequest) error
	Secrets(ctx context.Context) (SecretNames, error)
}

// Upkeep looks after the installation itself.
type Upkeep interface {
	Doctor(ctx context.Context) (DoctorAnswer, error)
	// Backup writes everything but secrets to a file on the service's machine.
	Backup(ctx context.Context, r FileRequest) error
}

// Action is what a person decides about a problem.
type Action string

// The actions.
const (
	ActionRetry   Action = "retry"   // look at the record again now
	ActionSkip    Action = "skip"    // leave it as it is until its owner changes it
	ActionApprove Action = "approve" // go on in spite of a guard (a mass change)
)
