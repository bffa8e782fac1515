package service

import (
	"context"
	"encoding/json"
	"time"

	"stockbridge/store"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// actOn does what a person says to a problem of a whole connection.
func (c *connection) actOn(ctx context.Context, action ipc.Action, p *store.Problem) error {
	switch action {
	case ipc.ActionApprove:
		return c.approve(ctx, p)
	case ipc.ActionRetry: // whatever is still so is found again
		if err := c.settle(p.Key); err != nil {
			return err
		}
		c.forget()
		return nil
	}
	return fault.New("ipc.bad_request", fault.Args{"detail": "Problem " + p.ID + " stops the whole connection; it can be approved or retried, not skipped."})
}

// approve takes a person's word that what the problem tells of is right: what is remembered of both systems changes,
// what was agreed with the former counts no more, and everything is read and compared again. It counts for what the
// problem showed; what has changed again since is asked again.
func (c *connection) approve(ctx context.Context, p *store.Problem) error {
	free, err := c.take(ctx) // whoever runs has finished and remembered
	if err != nil {
		return err
	}
	text, err := c.db.Fact(factPending + "." + p.Key)
	var yes pending
	if err == nil && (text == "" || json.Unmarshal([]byte(text), &yes) != nil || yes.Code != p.Code) {
		err = fault.New("problem.unknown", fault.Args{"id": p.ID})
	}
	if err == nil && p.Code == "connection.swapped" {
		free()
		return c.afresh()
	}
	if err == nil {
		err = c.accept(p, &yes)
	}
	free()
	if err == nil {
		c.recount()
		c.forget()
	}
	return err
}

func (c *connection) accept(p *store.Problem, yes *pending) error {
	now, err := marshal(yes.Then)
	if err != nil {
		return err
	}
	f := store.Fresh{Problem: p.Key, Facts: map[string]string{factIdentity: now, factPending + "." + p.Key: ""}}
	switch p.Code {
	case "connection.other_installation", "connection.cloned":
		// Nothing agreed was wrong; the orders that waited are due.
	case "bc.restored", "bc.copied":
		f.Distrust = []record.Kind{record.KindItem, record.KindOrder}
	case "bc.other_company", "bc.emptied":
		// Ids of the former company mean nothing here; the shop's orders are looked for by their numbers.
		f.Distrust, f.Unlink = []record.Kind{record.KindOrder}, []record.Kind{record.KindItem, record.KindShipment}
	default: // the shop's ids mean something else now
		f.Unlink = []record.Kind{record.KindItem, record.KindOrder, record.KindShipment}
	}
	if len(f.Distrust)+len(f.Unlink) > 0 {
		f.Cursors = record.Kinds()
	}
	return c.db.Begin(f)
}

// afresh begins anew at the place the settings name. The former memory stays beside the file, renamed.
func (c *connection) afresh() error {
	conf := c.conf
	if inherited, err := c.db.Fact(factFrom); err != nil {
		return err
	} else if inherited != "" {
		conf.Flows.Orders.From = time.Time{} // Save makes it now
	}
	s := c.s
	conf, err := s.folder.Save(conf, s.now())
	if err != nil {
		return err
	}
	if err := s.drop(conf.Name); err != nil {
		return err
	}
	if err := store.Retire(s.statePath(conf.Name), s.now()); err != nil {
		return err
	}
	return s.add(conf, true)
}

// inherit remembers whether the cut-over moment of a connection was taken over.
func (s *Service) inherit(name string, from bool) error {
	c, err := s.one(name)
	if err != nil {
		return err
	}
	text := ""
	if from {
		text = "yes"
	}
	return c.db.SetFact(factFrom, text)
}

// factFrom says that the cut-over moment was taken over from settings that led elsewhere: at a new place the moment of
// the person's yes takes its place.
const factFrom = "cut-over.inherited"
