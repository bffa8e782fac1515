package ipc

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"stockbridge/sync/record"
)

// Status returns the whole board.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return get[Status](ctx, c, "status")
}

// Watch calls take with the whole board at once and after each change, at most five times a second, until ctx ends
// (its error), take fails (its error) or the service goes away (ipc.no_service).
func (c *Client) Watch(ctx context.Context, take func(Status) error) error {
	resp, err := c.open(ctx, http.MethodGet, "watch", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return lines(ctx, resp.Body, take)
}

// Sync runs now and waits; take (nil: nobody) sees progress and the last event. The last event is returned; a run
// that ended early is its Fault, not an error.
func (c *Client) Sync(ctx context.Context, r SyncRequest, take func(SyncEvent) error) (SyncEvent, error) {
	resp, err := c.open(ctx, http.MethodPost, "sync", r)
	if err != nil {
		return SyncEvent{}, err
	}
	defer resp.Body.Close()
	var last SyncEvent
	err = lines(ctx, resp.Body, func(e SyncEvent) error {
		last = e
		if take != nil {
			if err := take(e); err != nil {
				return err
			}
		}
		if e.Done {
			return errDone
		}
		return nil
	})
	if errors.Is(err, errDone) {
		return last, nil
	}
	return SyncEvent{}, err
}

// errDone ends the reading of a stream that has said its last.
var errDone = errors.New("done")

// Pause pauses a connection, or all.
func (c *Client) Pause(ctx context.Context, r PauseRequest) error { return c.post(ctx, "pause", r) }

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context, r PauseRequest) error { return c.post(ctx, "resume", r) }

// Plan is a dry run.
func (c *Client) Plan(ctx context.Context, r PlanRequest) (PlanAnswer, error) {
	return post[PlanAnswer](ctx, c, "plan", r)
}

// Problems lists what waits for a person; an empty connection or kind means all.
func (c *Client) Problems(ctx context.Context, connection string, kind record.Kind) ([]Problem, error) {
	q := url.Values{}
	if connection != "" {
		q.Set("connection", connection)
	}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	return get[[]Problem](ctx, c, "problems?"+q.Encode())
}

// Act does what a person decided about a problem.
func (c *Client) Act(ctx context.Context, action Action, r ProblemRequest) error {
	return c.post(ctx, "problems/"+url.PathEscape(string(action)), r)
}

// Explain says why a record did or did not sync.
func (c *Client) Explain(ctx context.Context, r ExplainRequest) (Explanation, error) {
	return post[Explanation](ctx, c, "explain", r)
}

// Journal searches the journal, newest first.
func (c *Client) Journal(ctx context.Context, r JournalRequest) ([]Exchange, error) {
	return post[[]Exchange](ctx, c, "journal", r)
}

// Erase takes a person's data out of the journal and the state.
func (c *Client) Erase(ctx context.Context, r EraseRequest) (Erasure, error) {
	return post[Erasure](ctx, c, "journal/erase", r)
}

// Send handles the records of a journal entry again.
func (c *Client) Send(ctx context.Context, id string) error {
	return c.post(ctx, "journal/send", ProblemRequest{ID: id})
}

// Reconcile compares both sides, and repairs when asked to.
func (c *Client) Reconcile(ctx context.Context, r ReconcileRequest) (Reconciliation, error) {
	return post[Reconciliation](ctx, c, "reconcile", r)
}

// Connections lists the connections.
func (c *Client) Connections(ctx context.Context) (Connections, error) {
	return get[Connections](ctx, c, "connections")
}

// Export returns a connection as TOML text.
func (c *Client) Export(ctx context.Context, name string) (ConnectionFile, error) {
	return get[ConnectionFile](ctx, c, connectionPath(name))
}

// Import makes or replaces the connection a TOML text names.
func (c *Client) Import(ctx context.Context, f ConnectionFile) (ConnectionFile, error) {
	return post[ConnectionFile](ctx, c, "connections", f)
}

// Remove removes a connection.
func (c *Client) Remove(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, connectionPath(name), nil, nil)
}

// Test reaches and signs in to both sides of a connection.
func (c *Client) Test(ctx context.Context, name string) (TestAnswer, error) {
	return post[TestAnswer](ctx, c, connectionPath(name)+"/test", nil)
}

// SetSecret stores a secret in the service account's keychain.
func (c *Client) SetSecret(ctx context.Context, r SecretRequest) error {
	return c.post(ctx, "secrets", r)
}

// RemoveSecret removes a secret.
func (c *Client) RemoveSecret(ctx context.Context, r SecretRequest) error {
	return c.call(ctx, http.MethodDelete, "secrets", r, nil)
}

// Secrets lists the names of the secrets that are set.
func (c *Client) Secrets(ctx context.Context) (SecretNames, error) {
	return get[SecretNames](ctx, c, "secrets")
}

// Doctor checks everything a support call would ask.
func (c *Client) Doctor(ctx context.Context) (DoctorAnswer, error) {
	return post[DoctorAnswer](ctx, c, "doctor", nil)
}

// Backup writes a backup to a file on the service's machine.
func (c *Client) Backup(ctx context.Context, r FileRequest) error { return c.post(ctx, "backup", r) }

// connectionPath keeps a name with a slash one part of the path. The server refuses what is no name.
func connectionPath(name string) string { return "connections/" + url.PathEscape(name) }

func get[Out any](ctx context.Context, c *Client, path string) (out Out, err error) {
	err = c.call(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

func post[Out any](ctx context.Context, c *Client, path string, in any) (out Out, err error) {
	err = c.call(ctx, http.MethodPost, path, in, &out)
	return out, err
}

func (c *Client) post(ctx context.Context, path string, in any) error {
	return c.call(ctx, http.MethodPost, path, in, nil)
}
