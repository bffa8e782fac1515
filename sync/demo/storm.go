package demo

import (
	"context"
	"fmt"
	"slices"

	"stockbridge/sync/ipc"
	"stockbridge/sync/sim"
)

// storm breaks three in ten of all requests to either side from now on, and returns what counts them.
func (w *World) storm(seed uint64) [2]*sim.Mix {
	mixes := [2]*sim.Mix{sim.Usual(), sim.Usual()}
	w.bcFaults.Add(mixes[0].Rule(2 * seed))
	w.shopFaults.Add(mixes[1].Rule(2*seed + 1))
	return mixes
}

// calm ends the storm.
func (w *World) calm() {
	w.bcFaults.Reset()
	w.shopFaults.Reset()
}

// calls is how many requests reached both sides.
func (w *World) calls() int64 { return w.bcFaults.Calls() + w.shopFaults.Calls() }

// mostSyncs is how often a round asks for a run before the demo gives up on it.
const mostSyncs = 500

// stormyRound asks for runs until one is neither stopped nor has anything left to do.
func (d *demo) stormyRound(ctx context.Context, n int) ([]ipc.Run, error) {
	var all []ipc.Run
	for range mostSyncs {
		runs, f, err := d.sync(ctx, n)
		if err != nil {
			return nil, err
		}
		all = append(all, runs...)
		done, err := d.done(ctx, runs, f)
		if done || err != nil {
			return all, err
		}
	}
	return nil, fmt.Errorf("round %d is not over after %d runs", n, mostSyncs)
}

// done reports whether a run left nothing to do: it went to its end, wrote nothing, and only what was planted waits.
func (d *demo) done(ctx context.Context, runs []ipc.Run, f *ipc.Fault) (bool, error) {
	if f != nil || slices.ContainsFunc(runs, func(r ipc.Run) bool { return r.Written > 0 }) {
		return false, nil
	}
	problems, err := d.api.Problems(ctx, "", "")
	return !slices.ContainsFunc(problems, func(p ipc.Problem) bool { return !d.stock.isPlanted(p) }), err
}

func (s *stock) isPlanted(p ipc.Problem) bool {
	return slices.Contains(s.planted, Problem{Kind: p.Kind, Key: p.Key, Code: string(p.Fault.Code)})
}

// measure brings the same world across twice, first undisturbed, then with three in ten requests broken, and counts
// the requests of both.
func measure(ctx context.Context, o Options) (clean, stormy Report, err error) {
	o.Dir, o.Keep, o.Say, o.Progress = "", nil, nil, nil
	if clean, err = Run(ctx, o); err != nil {
		return clean, stormy, fmt.Errorf("the undisturbed world: %w", err)
	}
	o.storm = true
	if stormy, err = Run(ctx, o); err != nil {
		return clean, stormy, fmt.Errorf("the world with broken requests: %w", err)
	}
	return clean, stormy, nil
}
