package engine

import (
	"context"
	"maps"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// passageOf is how long what a guard let through counts against later runs. A restart begins anew.
const passageOf = 24 * time.Hour

// decide decides on one page of the run, knowing what its mass-change guards let through before, and counts what they
// let through now.
func (r *run) decide(ctx context.Context, wanted []record.Record) (Decision, error) {
	job := r.job
	guarded := map[fault.Code]int{}
	for i := range wanted {
		if code := plan.GuardOf(wanted[i].Key.Kind); code != "" {
			guarded[code]++
		}
	}
	if len(guarded) == 0 {
		return r.e.Decide(ctx, job, wanted)
	}
	rules := *job.Rules
	rules.Passed, job.Rules = map[fault.Code]plan.Passage{}, &rules
	for code := range guarded {
		p, err := r.passage(code)
		if err != nil {
			return Decision{}, err
		}
		rules.Passed[code] = p
	}
	d, err := r.e.Decide(ctx, job, wanted)
	if err != nil {
		return d, err
	}
	for code, n := range guarded {
		p := r.passages[code]
		p.Read += n
		r.passages[code] = p
	}
	for _, s := range d.Plan.Passed {
		p := r.passages[s.Code]
		if at, today := p.Day[s.Ref]; !today || at.Before(r.began) {
			p.Run++
		}
		p.Day[s.Ref] = r.e.Now()
		r.passages[s.Code] = p
	}
	return d, nil
}

// passage is what a guard has let through before the next page.
func (r *run) passage(code fault.Code) (plan.Passage, error) {
	p, known := r.passages[code]
	if known {
		return p, nil
	}
	day := r.e.passed[code]
	if day == nil {
		day = map[string]time.Time{}
		r.e.passed[code] = day
	}
	limit := r.e.Now().Add(-passageOf)
	maps.DeleteFunc(day, func(_ string, at time.Time) bool { return at.Before(limit) })
	if p.Day = day; r.job.Dry != nil {
		p.Day = maps.Clone(day) // what is only planned lets nothing through
	}
	var err error
	p.All, err = r.e.State.CountLinks(record.KindItem)
	r.passages[code] = p
	return p, err
}
