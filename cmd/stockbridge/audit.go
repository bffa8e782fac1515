package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
)

const (
	auditJSON = `[{"connection", "seq", "at", "who": {"flow", "installation"} or {"account", "role"},
  "what": create|update|link|mark, a person's command, or recover|broken|checkpoint, "kind", "key", "ref" (the owner's id),
  "to" (the other side's id), "number", "why", "erased", "fields": [{"name", "value", "from", "personal", "digest"}]}]`
	verifyJSON = `{"connections": [{"name", "entries", "ok", "torn", "fault": {"kind", "code", "args": {"file", "line", "entry"}, "text"}}]}`
)

func (a *app) auditCmd() *cobra.Command {
	var r ipc.AuditRequest
	var kind, since string
	c := &cobra.Command{Use: "audit", Short: "Who did what to which record, and why", Args: cobra.NoArgs,
		Long: jsonDoc("Lists what was done, newest first: by flows, and by people. Values of a person who was erased show as (erased).\n"+
			"A field that isn't listed was empty, or stayed as it was. All filters hold together.", auditJSON)}
	flags := c.Flags()
	flags.StringVar(&r.Connection, "connection", "", "only this connection")
	flags.StringVar(&kind, "kind", "", "only this kind")
	flags.StringVar(&r.Key, "key", "", "only this SKU, order number or e-mail address")
	flags.StringVar(&since, "since", "", `90m, 24h, 7d, or a date such as 2026-11-23 or "2026-11-23 14:00"`)
	flags.IntVar(&r.Limit, "limit", 100, "at most so many")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := auditFilter(c, &r, kind, since); err != nil {
			return err
		}
		return a.with(c.Context(), func(s *ipc.Client) error {
			entries, err := s.Audit(c.Context(), r)
			if err != nil {
				return err
			}
			return a.print(entries, func(w io.Writer) { writeAudit(w, entries) })
		})
	}
	c.AddCommand(a.auditVerifyCmd())
	return c
}

func auditFilter(c *cobra.Command, r *ipc.AuditRequest, kind, since string) error {
	if c.Flags().Changed("kind") {
		allowed := append(record.Kinds(), record.KindShopper, record.KindInvoice, record.KindMark)
		if _, err := kindsOf(c, "--kind", allowed, []string{kind}); err != nil {
			return err
		}
		r.Kind = record.Kind(kind)
	}
	if c.Flags().Changed("since") {
		t, err := past(since, time.Now())
		if err != nil {
			return misused(c, "%v.", err)
		}
		r.Since = t
	}
	if r.Limit < 1 {
		return misused(c, "--limit is %d; allowed: 1 or more.", r.Limit)
	}
	return nil
}

func writeAudit(w io.Writer, entries []ipc.AuditEntry) {
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(w, "%s %d  %s  %s  %s\n", e.Connection, e.Seq, e.At.Local().Format(time.DateTime), auditor(e), strings.Join(present(e.What, string(e.Kind), e.Key), " "))
		if to := present(e.Number, e.To); len(to) > 0 || e.Why != "" {
			fmt.Fprintf(w, "    %s\n", strings.Join(present(strings.Join(to, " "), e.Why), ": "))
		}
		for _, f := range e.Fields {
			if f.From != nil {
				fmt.Fprintf(w, "    %s: %q -> %q\n", f.Name, *f.From, f.Value)
				continue
			}
			fmt.Fprintf(w, "    %s: %q\n", f.Name, f.Value)
		}
	}
	if len(entries) == 0 {
		fmt.Fprintln(w, "No entry is like that.")
	}
}

func auditor(e *ipc.AuditEntry) string {
	switch {
	case e.Who.Flow != "":
		return "flow " + string(e.Who.Flow)
	case e.Who.Account != "":
		return e.Who.Account + " (" + e.Who.Role + ")"
	}
	return "the service"
}

// present keeps the texts that are not empty.
func present(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

func (a *app) auditVerifyCmd() *cobra.Command {
	return &cobra.Command{Use: "verify", Short: "Check that nobody changed the trail", Args: cobra.NoArgs,
		Long: jsonDoc("Walks the trails of all connections, removed ones too, and reports the first break in each: an entry that was changed,\n"+
			"removed, put elsewhere or cut off. Exit code 1: a trail is not whole.", verifyJSON),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(s *ipc.Client) error {
				r, err := s.VerifyAudit(c.Context())
				if err != nil {
					return err
				}
				if err := a.print(r, func(w io.Writer) { writeVerified(w, r) }); err != nil {
					return err
				}
				var broken []error
				for _, v := range r.Connections {
					if v.Fault != nil {
						broken = append(broken, v.Fault.Err())
					}
				}
				return errors.Join(broken...)
			})
		}}
}

func writeVerified(w io.Writer, r ipc.AuditReport) {
	for _, v := range r.Connections {
		words := "whole"
		if !v.OK {
			words = "NOT whole"
		}
		fmt.Fprintf(w, "%-20s %7d entries, %s", v.Name, v.Entries, words)
		if v.Torn > 0 {
			fmt.Fprintf(w, "; %d cut off by crashes", v.Torn)
		}
		fmt.Fprintln(w)
	}
	if len(r.Connections) == 0 {
		fmt.Fprintln(w, "There is no trail yet.")
	}
}
