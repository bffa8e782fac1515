package service

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stockbridge/store"
	"stockbridge/store/audit"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// headFact is under which name a connection's state remembers the end of its audit trail.
const headFact = "audit.head"

// auditKeys is the file of keys beside the trails' folders. No connection can be called so.
const auditKeys = "people.keys"

func auditFolder(dir string) string { return filepath.Join(dir, "audit") }

// openTrail opens the connection's audit trail and lets the engine write to it.
func (c *connection) openTrail() error {
	fact, err := c.db.Fact(headFact)
	if err != nil {
		return err
	}
	head, err := audit.ParseHead(fact)
	if err != nil {
		return fault.Wrap(err, "store.damaged", fault.Args{"path": c.db.Path()})
	}
	o := audit.Options{Installation: c.s.installation, Years: c.conf.Audit.Years, Known: head, Now: c.s.now, NoSync: c.s.opts.NoSync}
	if c.trail, err = audit.Open(filepath.Join(auditFolder(c.s.opts.Dir), c.conf.Name), c.s.people, o); err != nil {
		return err
	}
	c.kept, c.engine.Audit = fact, c.trail
	return c.keepHead()
}

// keepHead lets the state remember the end of the trail, so that a tail that is cut off shows.
func (c *connection) keepHead() error {
	head := c.trail.Head().String()
	c.mu.Lock()
	same := c.kept == head
	c.mu.Unlock()
	if same {
		return nil
	}
	if err := c.db.SetFact(headFact, head); err != nil {
		return err
	}
	c.mu.Lock()
	c.kept = head
	c.mu.Unlock()
	return nil
}

// keepTrail is keepHead at the end of a run, which has its own outcome already.
func (c *connection) keepTrail() {
	if err := c.keepHead(); err != nil {
		c.s.log.Error("The end of the audit trail can't be remembered", "connection", c.conf.Name, "err", err)
	}
}

func (c *connection) closeTrail() error {
	if c.trail == nil {
		return nil
	}
	return c.trail.Close()
}

// audited puts what a person did into the connection's trail.
func (c *connection) audited(ctx context.Context, cmd audit.Command) error {
	caller := ipc.CallerOf(ctx)
	cmd.Account, cmd.Role = caller.Account, string(caller.Role)
	if err := c.trail.Command(cmd); err != nil {
		return err
	}
	return c.keepHead()
}

// auditedAll is audited for several connections.
func auditedAll(ctx context.Context, conns []*connection, cmd audit.Command) error {
	for _, c := range conns {
		if err := c.audited(ctx, cmd); err != nil {
			return err
		}
	}
	return nil
}

// settingsChanged lists the settings that differ; a nil before is a connection that is new.
func settingsChanged(before *settings.Connection, now settings.Connection) []audit.Change {
	was := map[string]string{}
	if before != nil {
		for _, s := range settings.List(*before, "") {
			was[s.Name] = s.Value
		}
	}
	var out []audit.Change
	for _, s := range settings.List(now, "") {
		from, known := was[s.Name]
		switch {
		case known && from == s.Value, !known && s.Value == "none":
		case known:
			out = append(out, audit.Change{Name: s.Name, Value: s.Value, From: &from})
		default:
			out = append(out, audit.Change{Name: s.Name, Value: s.Value})
		}
	}
	return out
}

// eraseAudit makes a person's values in all trails unreadable. It reports whether there were any.
func (s *Service) eraseAudit(ctx context.Context, email string) (bool, error) {
	// The entry comes first: nothing is taken out of the journal or becomes unreadable without a trace of who did it.
	cmd := audit.Command{What: "erase", Why: "journal erase", Erases: s.people.Find(email)}
	if err := auditedAll(ctx, s.all(), cmd); err != nil {
		return false, err
	}
	return s.people.Erase(email)
}

// trails lists the connections there are trails of, those that were removed among them.
func (s *Service) trails() ([]string, error) {
	entries, err := os.ReadDir(auditFolder(s.opts.Dir))
	if err != nil {
		return nil, fault.Wrap(err, "store.disk", fault.Args{"path": auditFolder(s.opts.Dir), "detail": err.Error()})
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && settings.CheckName(e.Name()) == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Audit implements ipc.Audited.
func (s *Service) Audit(_ context.Context, r ipc.AuditRequest) ([]ipc.AuditEntry, error) {
	names, err := s.trails()
	if err != nil {
		return nil, err
	}
	if r.Connection != "" {
		if !slices.Contains(names, r.Connection) {
			_, err := s.one(r.Connection)
			return []ipc.AuditEntry{}, err
		}
		names = []string{r.Connection}
	}
	if r.Limit <= 0 {
		r.Limit = 100
	}
	var all []audit.Entry
	for _, name := range names {
		q := audit.Query{Kind: r.Kind, Key: r.Key, Since: r.Since, Limit: r.Limit}
		entries, err := audit.List(filepath.Join(auditFolder(s.opts.Dir), name), s.people, q)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	slices.SortStableFunc(all, func(a, b audit.Entry) int {
		if a.Connection == b.Connection {
			return 0 // as they are: the newest first, whatever the clock did
		}
		return b.At.Compare(a.At)
	})
	out := make([]ipc.AuditEntry, 0, min(len(all), r.Limit))
	for i := range all[:min(len(all), r.Limit)] {
		out = append(out, wireEntry(&all[i]))
	}
	return out, nil
}

func wireEntry(e *audit.Entry) ipc.AuditEntry {
	w := ipc.AuditEntry{Connection: e.Connection, Seq: e.Seq, At: e.At, Who: ipc.AuditWho(e.Who), What: e.What, Kind: e.Kind, Key: e.Key, Ref: e.Ref,
		To: e.To, Number: e.Number, Why: e.Why, Erased: e.Erased}
	for i := range e.Fields {
		f := &e.Fields[i]
		if strings.HasPrefix(f.Name, "@") { // it stands in the entry itself
			continue
		}
		w.Fields = append(w.Fields, ipc.AuditField{Name: f.Name, Value: f.Value, From: f.From, Personal: f.Personal(), Digest: f.Digest})
	}
	return w
}

// VerifyAudit implements ipc.Audited.
func (s *Service) VerifyAudit(context.Context) (ipc.AuditReport, error) {
	out := ipc.AuditReport{Connections: []ipc.AuditCheck{}}
	names, err := s.trails()
	if err != nil {
		return out, err
	}
	open := map[string]*connection{}
	for _, c := range s.all() {
		if open[c.conf.Name] = c; !slices.Contains(names, c.conf.Name) {
			names = append(names, c.conf.Name) // its whole folder is gone
		}
	}
	for _, name := range names {
		var r audit.Report
		var err error
		if c := open[name]; c != nil {
			r, err = c.trail.Verify()
		} else {
			r, err = audit.Verify(filepath.Join(auditFolder(s.opts.Dir), name), s.people, audit.Head{}, 0)
		}
		if err != nil {
			return out, err
		}
		check := ipc.AuditCheck{Name: name, Entries: r.Entries, OK: r.Fault == nil, Torn: r.Torn}
		if r.Fault != nil {
			check.Fault = ipc.FaultOf(r.Fault)
		}
		out.Connections = append(out.Connections, check)
	}
	return out, nil
}

// pausing is a person's command to rest or to go on.
func pausing(kinds []record.Kind, p store.Pause) audit.Command {
	cmd := audit.Command{What: "resume"}
	if p.On {
		cmd.What = "pause"
	}
	for _, k := range kinds {
		cmd.Fields = append(cmd.Fields, audit.Change{Name: "flow", Value: string(k)})
	}
	if !p.Until.IsZero() {
		cmd.Fields = append(cmd.Fields, audit.Change{Name: "until", Value: p.Until.UTC().Format(time.RFC3339)})
	}
	return cmd
}

// decision is a person's command about a record.
func decision(action ipc.Action, kind record.Kind, key, ref string, code fault.Code) audit.Command {
	return audit.Command{What: string(action), Kind: kind, Key: key, Ref: ref, Why: string(code)}
}
