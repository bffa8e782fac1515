package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"stockbridge/store"
	"stockbridge/store/journal"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

// Journal implements ipc.Records. An entry asked for by its id comes with the records of its call.
func (s *Service) Journal(_ context.Context, r ipc.JournalRequest) ([]ipc.Exchange, error) {
	if r.ID == "" {
		return s.exchanges(journal.Query{Connection: r.Connection, Kind: r.Kind, Key: r.Key, Since: r.Since, Limit: r.Limit})
	}
	entry, err := s.journals.Show(r.ID)
	if err != nil {
		return nil, err
	}
	x := wireExchange(&entry)
	if x.Records, err = s.records(&entry); err != nil {
		return nil, err
	}
	return []ipc.Exchange{x}, nil
}

// manyRecords is how many lines of a call are shown beside one of its exchanges.
const manyRecords = 100

// records are the decisions and answers of an entry's call, the oldest first; where the entry names keys, of those.
func (s *Service) records(e *journal.Entry) ([]json.RawMessage, error) {
	if e.Call == "" {
		return nil, nil
	}
	begun, err := journal.Begun(e.Call)
	if err != nil {
		return nil, err
	}
	q := journal.Query{Connection: e.Connection, Call: e.Call, Any: e.Keys, Since: begun, Parts: journal.Decisions | journal.Answers, Limit: manyRecords}
	entries, err := s.journals.Search(q)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for i := range slices.Backward(entries) {
		line, err := json.Marshal(entries[i])
		if err != nil {
			return nil, fault.Wrap(err, "bug.unclassified", nil)
		}
		out = append(out, line)
	}
	return out, nil
}

// manyBytes is how much of the journal one answer takes at most, however many entries were asked for.
const manyBytes = 64 << 20

func (s *Service) exchanges(q journal.Query) ([]ipc.Exchange, error) {
	q.Bytes = manyBytes
	entries, err := s.journals.Search(q)
	out := make([]ipc.Exchange, len(entries))
	for i := range entries {
		out[i] = wireExchange(&entries[i])
	}
	return out, err
}

func wireExchange(e *journal.Entry) ipc.Exchange {
	return ipc.Exchange{ID: e.ID, At: e.At, Connection: e.Connection, Side: e.Side, Kind: e.Kind, Keys: e.Keys, Method: e.Method,
		Path: e.Path, Status: e.Status, Took: e.Took, Request: e.Request, Response: e.Response, Error: e.Error, Call: e.Call}
}

// Erase implements ipc.Records: over all journals, those of connections that are gone among them, and what the state
// of the connections says about problems and runs.
func (s *Service) Erase(ctx context.Context, r ipc.EraseRequest) (out ipc.Erasure, err error) {
	if local, domain, ok := strings.Cut(strings.TrimSpace(r.Email), "@"); !ok || local == "" || domain == "" {
		return out, fault.New("ipc.bad_request", fault.Args{"detail": "An e-mail address is needed, such as jan@example.nl."})
	}
	if out.Audit, err = s.eraseAudit(ctx, r.Email); err != nil {
		return out, err
	}
	if out.Entries, err = s.journals.Erase(r.Email); err != nil {
		return out, err
	}
	mentions := func(text string) bool { return journal.Mentions([]byte(text), r.Email) }
	for _, c := range s.all() {
		n, err := c.db.EraseText(mentions)
		out.State += n
		if err != nil {
			return out, err
		}
		if n == 0 {
			continue
		}
		if err := s.forgetPages(c.conf.Name); err != nil {
			return out, err
		}
	}
	s.log.Info("A person was erased", "entries", out.Entries, "state", out.State)
	s.changed()
	return out, nil
}

// forgetPages writes a connection's state and the copy of it anew, so that nothing erased is left between what they hold.
func (s *Service) forgetPages(name string) error {
	if err := s.renew(name); err != nil {
		return err
	}
	c, err := s.one(name)
	if err != nil {
		return err
	}
	return c.db.KeepSnapshot()
}

// Send implements ipc.Records: the records of a journal entry go through the whole road again. Nothing is replayed
// blindly: they are read anew, compared and looked up first.
func (s *Service) Send(ctx context.Context, id string) error {
	entry, err := s.journals.Show(id)
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
