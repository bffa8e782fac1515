package engine

import (
	"context"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/plan"
)

// Evidence keeps what decisions rested on and what came of them, so that each can be explained and made again later
// (store/journal). It must not block for long, and losing it loses nothing else. Its methods are safe for concurrent
// use and keep nothing of what they are given.
type Evidence interface {
	// Call returns a new id; the exchanges of one page, from its reading to its writing, bear it.
	Call() string
	// Decided is called with every decision before anything of it is written.
	Decided(call string, d *Decision, rules *plan.Rules)
	// Answered is called with what was sent and what came back, one result per change.
	Answered(call string, sent []plan.Change, results []endpoint.Result)
}

// call begins a new call for a page, where anybody keeps evidence.
func (r *run) call(ctx context.Context) (context.Context, string) {
	if r.job.Evidence == nil {
		return ctx, ""
	}
	id := r.job.Evidence.Call()
	return endpoint.WithCall(ctx, id), id
}
