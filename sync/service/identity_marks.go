package service

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// watch looks at every order read from the shop for marks that are not ours, and signs those we leave. Two
// installations, or two copies of one, that serve one shop stop before the page that shows it is decided on.
//
// What it can't see: a copy that has left no mark yet, and which of the two copies is meant to live. Marks carry the
// run that left them and its time, so a copy shows once it has marked an order after this service began.
type watch struct {
	installation, run string
	began             time.Time
	from              time.Time // the cut-over moment: what others did before it is nobody's trouble
	now               func() time.Time
	raise             func(*fault.Error)

	mu      sync.Mutex
	adopted []string
	runs    []string
	alone   time.Time
}

// trust takes over what a person has answered for.
func (w *watch) trust(m *identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.adopted, w.runs, w.alone = m.Adopted, m.Runs, m.Alone
}

// sign fills in who leaves a mark, and whose it may replace.
func (w *watch) sign(m record.Mark) *record.Mark {
	w.mu.Lock()
	defer w.mu.Unlock()
	m.Run = w.run + "@" + strconv.FormatInt(w.now().Unix(), 10)
	m.Over = w.adopted
	return &m
}

// foreign is what a mark says, when it is not ours.
func (w *watch) foreign(m *endpoint.Marked) *fault.Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	args := fault.Args{"installation": m.Installation, "key": m.Key, "number": m.Document, "date": m.At.Local().Format(time.DateOnly)}
	switch {
	case m.Installation == "" || m.At.Before(w.from), slices.Contains(w.adopted, m.Installation):
		return nil
	case m.Installation != w.installation:
		return fault.New("connection.other_installation", args)
	}
	run, at, ok := strings.Cut(m.Run, "@")
	left, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || run == w.run || slices.Contains(w.runs, run) || !time.Unix(left, 0).After(w.began) || !time.Unix(left, 0).After(w.alone) {
		return nil
	}
	return fault.New("connection.cloned", args)
}

// look returns what the first foreign mark among orders says, after it is stored for a person.
func (w *watch) look(records []record.Record) error {
	for i := range records {
		o, ok := records[i].Body.(*record.Order)
		if !ok {
			continue
		}
		f := w.foreign(&endpoint.Marked{Key: o.Number, Ref: records[i].Ref, At: o.Created, Installation: o.MarkedBy, Run: o.MarkedRun, Document: o.MarkedAs})
		if f != nil {
			w.raise(f)
			return f
		}
	}
	return nil
}

// refused looks at what became of marks: the shop's connector leaves another's alone.
func (w *watch) refused(changes []record.Change, results []endpoint.Result) {
	for i := range results {
		e := fault.As(results[i].Err)
		if e == nil || e.Code != "order.other_mark" || i >= len(changes) {
			continue
		}
		w.raise(fault.New("connection.other_installation", fault.Args{"installation": e.Args["installation"], "key": changes[i].Key.ID,
			"number": e.Args["number"], "date": w.now().Local().Format(time.DateOnly)}))
		return
	}
}

// otherMarks looks at the marks of the newest orders.
func (c *connection) otherMarks(sd *sides, next *identity) *trouble {
	sd.watch.trust(next)
	for i := range sd.shop.facts.Identity.Marks {
		if f := sd.watch.foreign(&sd.shop.facts.Identity.Marks[i]); f != nil {
			return c.marked(f, next)
		}
	}
	return nil
}

// marked says what a yes to a foreign mark means: the other installation is gone and its marks count as ours, or we are
// alone from now on.
func (c *connection) marked(f *fault.Error, next *identity) *trouble {
	if f.Code == "connection.cloned" {
		next.Alone = c.s.now()
	} else {
		next.Adopted = append(slices.Clone(next.Adopted), f.Args["installation"])
	}
	return &trouble{keyMarks, f}
}

// noticed stores a foreign mark that was met while a flow ran; the flow itself ends with it.
func (c *connection) noticed(f *fault.Error) {
	m, err := c.memory()
	if err == nil {
		p := c.marked(f, &m)
		if err = c.raise(p, m); err == error(f) {
			err = nil
		}
	}
	if err != nil {
		c.s.log.Error("Another installation's mark could not be recorded", "connection", c.conf.Name, "err", err)
	}
	c.doubt()
}
