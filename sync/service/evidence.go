package service

import (
	"context"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Journal implements ipc.Records.
func (s *Service) Journal(_ context.Context, r ipc.JournalRequest) ([]ipc.Exchange, error) {
	if r.ID != "" {
		entry, err := s.journal.Show(r.ID)
		if err != nil {
			return nil, err
		}
		return []ipc.Exchange{wireExchange(&entry)}, nil
	}
	return s.exchanges(journal.Query{Connection: r.Connection, Kind: r.Kind, Key: r.Key, Since: r.Since, Limit: r.Limit})
}

func (s *Service) exchanges(q journal.Query) ([]ipc.Exchange, error) {
	entries, err := s.journal.Search(q)
	out := make([]ipc.Exchange, len(entries))
	for i := range entries {
		out[i] = wireExchange(&entries[i])
	}
	return out, err
}

func wireExchange(e *journal.Entry) ipc.Exchange {
	return ipc.Exchange{ID: e.ID, At: e.At, Connection: e.Connection, Side: e.Side, Kind: e.Kind, Keys: e.Keys, Method: e.Method,
		Path: e.Path, Status: e.Status, Took: e.Took, Request: e.Request, Response: e.Response, Error: e.Error}
}

// Send implements ipc.Records: the records of a journal entry go through the whole road again. Nothing is replayed
// blindly: they are read anew, compared and looked up first.
func (s *Service) Send(ctx context.Context, id string) error {
	entry, err := s.journal.Show(id)
	if err != nil {
		return err
	}
	c, err := s.one(entry.Connection)
	if err != nil {
		return err
	}
	return c.again(ctx, entry.Kind, entry.Keys)
}

// again runs chosen records of a kind, by business key.
func (c *connection) again(ctx context.Context, kind record.Kind, keys []string) error {
	var refs []string
	for _, key := range keys {
		if link, ok, err := c.db.LinkByKey(kind.Family(), key); err != nil {
			return err
		} else if ok {
			refs = append(refs, link.Ref)
		}
		all := store.Everything()
		all.Kind, all.Key = kind, key
		list, err := c.db.Problems(all)
		if err != nil {
			return err
		}
		for _, p := range list {
			refs = append(refs, p.Ref)
		}
	}
	if len(refs) == 0 {
		return fault.New("ipc.bad_request", fault.Args{"detail": "None of its records is known any more; a normal run will find them."})
	}
	free, err := c.take(ctx)
	if err != nil {
		return err
	}
	defer free()
	sd, err := c.ready(ctx)
	if err != nil {
		return err
	}
	kinds := []record.Kind{kind}
	if kind.Family() == record.KindItem {
		kinds = c.products()
	}
	job := c.job(sd, kinds)
	job.Refs = refs
	_, err = c.engine.Run(c.ctx, job)
	c.finish()
	return err
}
