package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

const (
	exchangeJSON = `{"id", "at", "connection", "side": bc|shop, "kind", "keys", "method", "path", "status" (0: no answer), "took_ms",
  "request", "response", "error", "call": what it was part of}`
	recordsJSON = `, "records": [what was decided and answered in that call: {"id", "at", "keys",
  "decided": {"source", "read", "agreed", "found", "changes", "settled", "held"}, "answered": [{"kind", "key", "ref", "number", "code"}]}]`
	journalFilter = "Lists exchanges with both sides, newest first, without passwords and keys. "
)

// filter holds the flags of journal as they were given.
type filter struct {
	request     ipc.JournalRequest
	kind, since string
}

// read checks the flags and returns what they ask for.
func (f *filter) read(c *cobra.Command, now time.Time) (ipc.JournalRequest, error) {
	r := f.request
	if c.Flags().Changed("kind") {
		allowed := append(record.Kinds(), record.KindShopper, record.KindInvoice, record.KindMark)
		if _, err := kindsOf(c, "--kind", allowed, []string{f.kind}); err != nil {
			return r, err
		}
		r.Kind = record.Kind(f.kind)
	}
	if c.Flags().Changed("since") {
		t, err := past(f.since, now)
		if err != nil {
			return r, misused(c, "%v.", err)
		}
		r.Since = t
	}
	if r.Limit < 1 {
		return r, misused(c, "--limit is %d; allowed: 1 or more.", r.Limit)
	}
	return r, nil
}

func (a *app) journalCmd() *cobra.Command {
	var f filter
	list := func(c *cobra.Command, _ []string) error {
		r, err := f.read(c, time.Now())
		if err != nil {
			return err
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			entries, err := s.Journal(c.Context(), r)
			if err == nil && len(entries) == 0 && r.Connection != "" {
				err = knownConnection(c, s, r.Connection)
			}
			if err != nil {
				return err
			}
			return a.print(entries, func(w io.Writer) { writeJournal(w, entries) })
		})
	}
	about := jsonDoc(journalFilter+"All filters hold together.", "["+exchangeJSON+"]")
	c := &cobra.Command{Use: "journal", Short: "Every exchange with both sides", Args: cobra.NoArgs, Long: about, RunE: list}
	listed := &cobra.Command{Use: "list", Short: "List exchanges, newest first", Args: cobra.NoArgs, Long: about, RunE: list}
	for _, c := range []*cobra.Command{c, listed} {
		flags := c.Flags()
		flags.StringVar(&f.request.Connection, "connection", "", "only this connection")
		flags.StringVar(&f.kind, "kind", "", "only this kind")
		flags.StringVar(&f.request.Key, "key", "", "only exchanges about this SKU or order number")
		flags.StringVar(&f.since, "since", "", `90m, 24h, 7d, or a date such as 2026-11-23 or "2026-11-23 14:00"`)
		flags.IntVar(&f.request.Limit, "limit", 100, "at most so many")
	}
	c.AddCommand(listed, a.journalShowCmd(), a.journalSendCmd(), a.journalEraseCmd())
	return c
}

// knownConnection refuses a name no connection has. The journal itself also knows connections that were removed.
func knownConnection(c *cobra.Command, s *ipc.Client, name string) error {
	list, err := s.Connections(c.Context())
	if err != nil || slices.Contains(list.Names, name) {
		return err
	}
	allowed := strings.Join(list.Names, ", ")
	if allowed == "" {
		allowed = "none yet"
	}
	return fault.New("connection.unknown", fault.Args{"value": name, "allowed": allowed})
}

func (a *app) journalShowCmd() *cobra.Command {
	return &cobra.Command{Use: "show ID", Short: "Show one exchange whole", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Shows one exchange with its request and response, and the records that were read, decided and answered with it.",
			strings.TrimSuffix(exchangeJSON, "}")+recordsJSON+"}"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				entries, err := s.Journal(c.Context(), ipc.JournalRequest{ID: args[0], Limit: 1})
				if err != nil {
					return err
				}
				if len(entries) == 0 {
					return fault.New("journal.unknown", fault.Args{"id": args[0]})
				}
				return a.print(entries[0], func(w io.Writer) { writeExchange(w, &entries[0]) })
			})
		}}
}

func writeExchange(w io.Writer, x *ipc.Exchange) {
	fmt.Fprintf(w, "%s  %s  %s %s\n%s %s\nstatus %d after %d ms\n", x.ID, x.At.Local().Format(time.DateTime), x.Side, x.Kind, x.Method, x.Path, x.Status, x.Took)
	for _, part := range []struct{ name, text string }{
		{"keys", strings.Join(x.Keys, ", ")}, {"error", x.Error}, {"request", x.Request}, {"response", x.Response},
	} {
		if part.text != "" {
			fmt.Fprintf(w, "\n%s:\n%s\n", part.name, part.text)
		}
	}
	for _, r := range x.Records {
		fmt.Fprintf(w, "\nrecord:\n%s\n", r)
	}
}

func (a *app) journalEraseCmd() *cobra.Command {
	return &cobra.Command{Use: "erase EMAIL", Short: "Take a person's data out of the journal", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Takes what may be a person's out of every entry of all connections that mentions an e-mail address, and of\n"+
			"the entries about that person's orders; and the address out of problems and runs. The entries stay, without\n"+
			"texts. What the audit trail holds of the person can't be read by anybody any more, and the trail stays whole.\n"+
			"What Business Central and the shop hold is theirs to erase.",
			`{"entries": of the journal, "state": problems and runs, "audit": whether the audit trail held something}`),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				done, err := s.Erase(c.Context(), ipc.EraseRequest{Email: args[0]})
				if err != nil {
					return err
				}
				return a.print(done, func(w io.Writer) {
					fmt.Fprintf(w, "Erased in %d journal entries, and in %d problems and runs.\n", done.Entries, done.State)
					if done.Audit {
						fmt.Fprintln(w, "What the audit trail holds of this person can't be read any more.")
					}
				})
			})
		}}
}

func (a *app) journalSendCmd() *cobra.Command {
	return &cobra.Command{Use: "send ID", Short: "Send the records of an exchange again, through the whole road", Args: cobra.ExactArgs(1),
		Long: jsonDoc("Reads the records of an exchange anew, looks them up and sends what differs. Nothing is replayed blindly.", `{"sent": ID}`),
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				if err := s.Send(c.Context(), args[0]); err != nil {
					return err
				}
				return a.print(map[string]string{"sent": args[0]}, func(w io.Writer) {
					fmt.Fprintln(w, "Its records were read again, and sent where they differ.")
				})
			})
		}}
}

func writeJournal(w io.Writer, entries []ipc.Exchange) {
	for i := range entries {
		x := &entries[i]
		fmt.Fprintf(w, "%s  %s  %-4s %-9s %-6s %3d %6d ms  %s\n", x.ID, x.At.Local().Format(time.DateTime), x.Side, x.Kind, x.Method, x.Status, x.Took, short(x.Path))
	}
	if len(entries) == 0 {
		fmt.Fprintln(w, "No exchange is like that.")
	}
}

// longestPath is how much of a path a list shows; a look-up of a hundred SKUs fills a page otherwise.
const longestPath = 100

func short(path string) string {
	if len(path) <= longestPath {
		return path
	}
	return strings.ToValidUTF8(path[:longestPath], "") + "…"
}
