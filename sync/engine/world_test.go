package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// side is a system in memory: rows by id, and a log of their ids in the order of their last change.
type side struct {
	mu   sync.Mutex
	rows map[string]*row
	log  []string
	seq  int
	last int
	size int // records a page, counted in rows

	wrote  int                                 // changes that arrived
	refuse map[record.Key]error                // changes refused, by key
	before func(changes []record.Change) error // runs before a write call; an error fails the call as a whole
	onRead func(q record.Query)
}

// row is what lives under one id: the bodies of a product's kinds, or one order, customer or shipment.
type row struct {
	ref, key string
	seq      int // of its last change
	bodies   map[record.Kind]record.Body
}

func newSide(size int) *side {
	return &side{rows: map[string]*row{}, size: size, refuse: map[record.Key]error{}}
}

// put makes or changes a row.
func (s *side) put(ref, key string, bodies ...record.Body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(ref, key, bodies...)
}

func (s *side) set(ref, key string, bodies ...record.Body) {
	r := s.rows[ref]
	if r == nil {
		r = &row{ref: ref, bodies: map[record.Kind]record.Body{}}
		s.rows[ref] = r
	}
	r.key = key
	for _, b := range bodies {
		r.bodies[b.Kind()] = b
	}
	s.seq++
	r.seq = s.seq
	s.log = append(slices.DeleteFunc(s.log, func(l string) bool { return l == ref }), ref)
}

func (s *side) remove(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, ref)
	s.log = slices.DeleteFunc(s.log, func(l string) bool { return l == ref })
}

// Check implements endpoint.Endpoint.
func (s *side) Check(context.Context) (endpoint.Facts, error) { return endpoint.Facts{}, nil }

// Read implements endpoint.Endpoint. A cursor is the number of the last change read.
func (s *side) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	if s.onRead != nil {
		s.onRead(q)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return endpoint.Page{}, fault.As(err)
	}
	switch {
	case len(q.Refs) > 0:
		return endpoint.Page{Records: s.records(q.Refs, q.Kinds)}, nil
	case len(q.Keys) > 0:
		return endpoint.Page{Records: s.byKey(q)}, nil
	}
	after, _ := strconv.Atoi(string(q.After))
	from, _ := slices.BinarySearchFunc(s.log, after+1, func(ref string, seq int) int { return s.rows[ref].seq - seq })
	to := min(len(s.log), from+s.size)
	p := endpoint.Page{Records: s.records(s.log[from:to], q.Kinds), Next: q.After, More: to < len(s.log)}
	if to > from {
		p.Next = record.Cursor(strconv.Itoa(s.rows[s.log[to-1]].seq))
	}
	return p, nil
}

func (s *side) records(refs []string, kinds []record.Kind) []record.Record {
	var out []record.Record
	for _, ref := range refs {
		for _, k := range kinds {
			if r := s.rows[ref]; r != nil && r.bodies[k] != nil {
				out = append(out, record.Record{Key: record.Key{Kind: k, ID: r.key}, Ref: ref, Body: r.bodies[k]})
			}
		}
	}
	return out
}

func (s *side) byKey(q record.Query) []record.Record {
	var refs []string
	for ref, r := range s.rows {
		if slices.Contains(q.Keys, r.key) {
			refs = append(refs, ref)
		}
	}
	slices.Sort(refs)
	return s.records(refs, q.Kinds)
}

// Write implements endpoint.Endpoint.
func (s *side) Write(ctx context.Context, changes []record.Change) []endpoint.Result {
	out := make([]endpoint.Result, len(changes))
	if s.before != nil {
		if err := s.before(changes); err != nil {
			return failAll(len(changes), err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return failAll(len(changes), err)
	}
	made := map[string]string{} // source -> id of a product made in this call
	for i, c := range changes {
		s.wrote++
		if err := s.refuse[c.Key]; err != nil {
			out[i].Err = err
			continue
		}
		out[i] = s.write(c, made)
	}
	return out
}

func failAll(n int, err error) []endpoint.Result {
	out := make([]endpoint.Result, n)
	for i := range out {
		out[i].Err = err
	}
	return out
}

func (s *side) write(c record.Change, made map[string]string) endpoint.Result {
	switch want := c.Want.(type) {
	case *record.Mark:
		o := *s.rows[c.Ref].bodies[record.KindOrder].(*record.Order)
		o.MarkedBy, o.MarkedAs = want.Installation, want.Document
		s.set(c.Ref, o.Number, &o)
		return endpoint.Result{Ref: c.Ref}
	case *record.Shipment:
		o := *s.rows[c.Ref].bodies[record.KindOrder].(*record.Order)
		o.Status = record.OrderCompleted
		s.set(c.Ref, o.Number, &o)
		return endpoint.Result{Ref: c.Ref}
	case *record.SalesOrder:
		if want.CustomerID == "" {
			return endpoint.Result{Err: fault.New("bc.refused", fault.Args{"detail": "a sales order needs a customer"})}
		}
		ref := s.next("doc")
		doc := *want
		doc.Number = "S-" + want.External
		s.set(ref, want.External, &doc)
		return endpoint.Result{Ref: ref, Number: doc.Number}
	case *record.Shopper:
		ref := s.next("customer")
		s.set(ref, record.FoldEmail(want.Email), want)
		return endpoint.Result{Ref: ref}
	}
	ref := c.Ref
	if ref == "" && made[c.Source] == "" {
		made[c.Source] = s.next("product")
	}
	if ref == "" {
		ref = made[c.Source]
	}
	s.set(ref, c.Key.ID, c.Want)
	return endpoint.Result{Ref: ref}
}

func (s *side) next(what string) string {
	s.last++
	return what + strconv.Itoa(s.last)
}

// content is everything a side holds, by business key and without its own ids, sorted: what two worlds are compared by.
func (s *side) content() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.rows {
		for k, b := range r.bodies {
			line := fmt.Sprintf("%s %s %x", k, r.key, record.SumOf(b))
			if o, ok := b.(*record.Order); ok {
				line += " " + string(o.Status) + " marked " + o.MarkedBy + " " + o.MarkedAs
			}
			if o, ok := b.(*record.SalesOrder); ok {
				line += " for " + s.rows[o.CustomerID].key
			}
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

func (s *side) writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrote
}
