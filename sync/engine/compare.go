package engine

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Comparison says whose ids to compare with what is linked. Deletions show in no list of changes, on neither side
// (contracts: business-central NOTES §4, woocommerce NOTES §3).
type Comparison struct {
	// Products and Orders are the jobs of those flows; nil leaves them out. Their owner and follower are compared.
	Products, Orders *Job
	// Night, when it is another than that of the last comparison that succeeded, makes this one read all ids; a failed
	// one is tried again after an hour. Otherwise only what an earlier comparison holds and whose turn it is is looked at.
	Night string
}

// Again lists records, by the owner's id, that are to be looked at by their flows (Job.Refs): something that was lost is
// back, or a person said to make it again.
type Again struct{ Products, Orders []string }

// Compare finds what one side no longer has and holds it for a person; nothing is deleted anywhere. A list of ids
// alone never leads to anything: what it lacks is asked for by id or number, and a list that turns out to be short is
// not believed at all.
func (e *Engine) Compare(ctx context.Context, c Comparison) (Again, error) {
	full := c.Night != "" && c.Night != e.compared && !e.Now().Before(e.compareAfter)
	out, err := e.compare(ctx, c, full)
	switch {
	case full && err == nil:
		e.compared = c.Night
	case full:
		e.compareAfter = e.Now().Add(compareWait)
	}
	return out, err
}

// compareWait is how long a comparison rests that failed.
const compareWait = time.Hour

func (e *Engine) compare(ctx context.Context, c Comparison, full bool) (Again, error) {
	var out Again
	if c.Products != nil {
		p := comparer{e: e, job: c.Products, family: record.KindItem, full: full}
		if err := p.run(ctx, p.products); err != nil {
			return out, err
		}
		out.Products = p.again
	}
	if c.Orders != nil {
		o := comparer{e: e, job: c.Orders, family: record.KindOrder, full: full}
		if err := o.run(ctx, o.orders); err != nil {
			return out, err
		}
		out.Orders = o.again
	}
	return out, nil
}

// comparer is the comparison of one family.
type comparer struct {
	e      *Engine
	job    *Job
	family record.Kind
	full   bool
	lost   map[string][]Lost // by the owner's id
	links  int               // how many have a counterpart; 0 until known
	out    Outcome
	again  []string
}

// run looks, and commits what came of it. Where nothing is to be looked at it costs a look into our own memory.
func (c *comparer) run(ctx context.Context, look func(context.Context) error) error {
	began := c.e.Now()
	all, err := c.e.State.Lost(c.family)
	if err != nil {
		return err
	}
	c.lost = map[string][]Lost{}
	due := false
	for _, l := range all {
		c.lost[l.Source] = append(c.lost[l.Source], l)
		due = due || l.Due && !l.Skipped
	}
	if !c.full && !due {
		return nil
	}
	c.out = Outcome{Kinds: c.kinds(), At: c.e.Now(), Began: began}
	err = look(ctx)
	return errors.Join(c.e.State.Commit(c.out), err) // what was found out until then is right all the same
}

// kinds are those whose problems the comparison may end.
func (c *comparer) kinds() []record.Kind {
	if c.family == record.KindItem {
		return []record.Kind{record.KindItem, record.KindStock, record.KindPrice}
	}
	return []record.Kind{c.family}
}

// mostLost is how many records a comparison looks at more closely; the others' turn comes when these are settled.
const mostLost = 5000

// suspects are the links to look at: those the lists lack, and those held already whose turn it is.
func (c *comparer) suspects(lacks func(*Link) bool) ([]Link, error) {
	var out []Link
	seen := map[string]bool{}
	take := func(l Link) {
		if !seen[l.Ref] && len(out) < mostLost {
			seen[l.Ref] = true
			out = append(out, l)
		}
	}
	if c.full {
		err := c.e.State.EachLink(c.family, func(l Link) error {
			if l.To == "" {
				return nil
			}
			c.links++
			if len(c.lost[l.Ref]) > 0 || lacks(&l) {
				take(l)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for ref, held := range c.lost {
		if seen[ref] || !c.full && !dueAmong(held) {
			continue
		}
		agreed, err := c.e.State.Agreed(c.family, []string{ref})
		if err != nil {
			return nil, err
		}
		l := Link{Ref: ref, Last: agreed[0]}
		if l.Key == "" {
			l.Key = held[0].Key
		}
		take(l)
	}
	return out, nil
}

func dueAmong(held []Lost) bool {
	for _, l := range held {
		if l.Due && !l.Skipped {
			return true
		}
	}
	return false
}

// approved reports whether a person let a record go on that is held with one of the codes.
func (c *comparer) approved(ref string, codes ...fault.Code) bool {
	for _, l := range c.lost[ref] {
		for _, code := range codes {
			if l.Approved && l.Code == code {
				return true
			}
		}
	}
	return false
}

// hold holds a link's record. The kinds of its row that are held with the same code keep waiting with it.
func (c *comparer) hold(l *Link, code fault.Code, args fault.Args) {
	args["key"] = l.Key
	h := plan.Held{Kind: c.family, Key: l.Key, Source: l.Ref, To: l.To, Code: code, Args: args}
	for _, held := range c.lost[l.Ref] {
		if held.Kind == c.family {
			h.Sum = held.Sum
			continue
		}
		other := held.Held
		other.Because = &record.Key{Kind: c.family, ID: l.Key}
		c.out.Held = append(c.out.Held, other)
	}
	c.out.Held = append(c.out.Held, h)
}

// over ends what a comparison held of a record.
func (c *comparer) over(ref string) {
	if len(c.lost[ref]) > 0 {
		c.out.Over = append(c.out.Over, ref)
	}
}

// idSet holds the ids of a side: their hashes, because a merchant may have a million. Two ids with one hash hide a
// deletion for a day: the next comparison hashes differently.
type idSet struct {
	seed  maphash.Seed
	have  map[uint64]struct{}
	known string // one of them
}

func (s *idSet) has(id string) bool {
	_, ok := s.have[maphash.String(s.seed, id)]
	return ok
}

// idPage is how many ids are asked for at once; a side that gives fewer a page is asked more often.
const idPage = 5000

// ids reads all ids of a side; each is called with every record, nil is nobody.
func (c *comparer) ids(ctx context.Context, side endpoint.Endpoint, each func(record.Record)) (*idSet, error) {
	s := &idSet{seed: maphash.MakeSeed(), have: map[uint64]struct{}{}}
	q := record.Query{Kinds: []record.Kind{c.family}, IDs: true, Limit: idPage}
	for {
		p, err := side.Read(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range p.Records {
			s.have[maphash.String(s.seed, r.Ref)] = struct{}{}
			s.known = r.Ref
			if each != nil {
				each(r)
			}
		}
		if !p.More {
			return s, nil
		}
		if p.Next == q.After {
			return nil, fault.New("bug.unclassified", nil)
		}
		q.After = p.Next
	}
}

// there asks a side for records by id. known is an id it has just listed: an answer that lacks it is not believed
// (listed then says false); "" asks without.
func (c *comparer) there(ctx context.Context, side endpoint.Endpoint, refs []string, known string) (found map[string]record.Record, listed bool, err error) {
	found = map[string]record.Record{}
	for len(refs) > 0 {
		n := min(again-1, len(refs))
		ask := refs[:n:n]
		refs = refs[n:]
		if known != "" {
			ask = append(ask, known)
		}
		p, err := side.Read(ctx, record.Query{Kinds: []record.Kind{c.family}, Refs: ask})
		if err != nil {
			return nil, false, err
		}
		sawKnown := known == ""
		for _, r := range p.Records {
			found[r.Ref] = r
			sawKnown = sawKnown || r.Ref == known
		}
		if !sawKnown {
			return nil, false, nil
		}
	}
	return found, true, nil
}
