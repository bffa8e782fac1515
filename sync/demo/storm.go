package demo

import (
	"context"
	"fmt"
	"slices"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
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

// stormyRound asks for a run of everything, and then again for those flows that were stopped or have something waiting
// that nobody planted, as their own schedules would.
func (d *demo) stormyRound(ctx context.Context, n int) ([]ipc.Run, error) {
	var all []ipc.Run
	var again []record.Kind
	for range mostSyncs {
		runs, _, err := d.sync(ctx, n, again...)
		if err != nil {
			return nil, err
		}
		all = append(all, runs...)
		problems, err := d.unplanted(ctx)
		if err != nil {
			return nil, err
		}
		again = again[:0]
		for _, r := range runs {
			if r.Fault != nil || slices.ContainsFunc(problems, func(p ipc.Problem) bool { return p.Kind == r.Kind }) {
				again = append(again, r.Kind)
			}
		}
		if len(again) == 0 {
			return all, nil
		}
	}
	return nil, fmt.Errorf("round %d is not over after %d runs", n, mostSyncs)
}

// settled asks for runs of everything until one is not stopped, writes nothing, and leaves only what was planted.
func (d *demo) settled(ctx context.Context, n int) ([]ipc.Run, error) {
	var all []ipc.Run
	for range mostSyncs {
		runs, f, err := d.sync(ctx, n)
		if err != nil {
			return nil, err
		}
		all = append(all, runs...)
		problems, err := d.unplanted(ctx)
		if err != nil {
			return nil, err
		}
		if f == nil && len(problems) == 0 && !slices.ContainsFunc(runs, func(r ipc.Run) bool { return r.Written > 0 }) {
			return all, nil
		}
	}
	return nil, fmt.Errorf("round %d still has something to do after %d runs", n, mostSyncs)
}

// unplanted are the problems that wait though nobody planted them.
func (d *demo) unplanted(ctx context.Context) ([]ipc.Problem, error) {
	problems, err := d.api.Problems(ctx, "", "")
	return slices.DeleteFunc(problems, d.stock.isPlanted), err
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
