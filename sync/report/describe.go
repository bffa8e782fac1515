// Package report puts what the engine decides into words: dry runs, explanations and reconciliations. It needs
// govalues/decimal for amounts, as every package that touches money does.
package report

import (
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Describe puts a body into a few words: "7 in stock", "EUR 12.50", "Order of EUR 81.01, 4 lines".
func Describe(b record.Body) string {
	switch b := b.(type) {
	case *record.Item:
		words := []string{b.Name}
		if b.Status != "" {
			words = append(words, string(b.Status))
		}
		if b.TaxClass != "" {
			words = append(words, "tax class "+b.TaxClass)
		}
		return strings.Join(words, ", ")
	case *record.Stock:
		if !b.Managed {
			return "stock not counted"
		}
		return record.Text(b.Quantity) + " in stock"
	case *record.Price:
		return b.Regular.String()
	case *record.Order:
		return fmt.Sprintf("%s, %s, %d lines", b.Status, record.Money{Amount: b.Total, Currency: b.Currency}, len(b.Lines))
	case *record.SalesOrder:
		return fmt.Sprintf("sales order %s, %s, %d lines", b.External, record.Money{Amount: b.Total, Currency: b.Currency}, len(b.Lines))
	case *record.Shopper:
		return b.Billing.Name() + " <" + b.Email + ">"
	case *record.Shipment:
		part := "part of the order"
		if b.Complete {
			part = "the order is complete"
		}
		return fmt.Sprintf("shipment %s, %d lines, %s", b.Number, len(b.Lines), part)
	}
	return ""
}

// Planned turns one decision into the lines of a dry run, and counts what stays as it is. Before is what was found at the
// other side, or else the number that was last agreed on.
func Planned(connection string, d engine.Decision) (lines []ipc.Planned, unchanged int) {
	last := map[string]*plan.Last{}
	for i := range d.Agreed {
		last[d.Wanted[i].Ref] = &d.Agreed[i]
	}
	for i := range d.Plan.Changes {
		c := &d.Plan.Changes[i]
		l := ipc.Planned{Connection: connection, Kind: c.Key.Kind, Key: c.Key.ID, Action: "update", After: Describe(c.Want)}
		switch {
		case c.Linked:
			l.Action = "link"
		case c.Ref == "":
			l.Action = "create"
		}
		if hits := d.Found.Get(c.Key.Kind, c.Key.ID); len(hits) == 1 {
			l.Before = Describe(hits[0].Body)
		} else if was := last[c.Source]; was != nil && c.Ref != "" {
			l.Before = agreed(was.Of(c.Key.Kind), c.Want)
		}
		lines = append(lines, l)
	}
	for i := range d.Plan.Settled {
		s := &d.Plan.Settled[i]
		if !s.Linked {
			unchanged++
			continue
		}
		lines = append(lines, ipc.Planned{Connection: connection, Kind: s.Kind, Key: s.Key, Action: "link"})
	}
	for i := range d.Plan.Held {
		h := &d.Plan.Held[i]
		lines = append(lines, ipc.Planned{Connection: connection, Kind: h.Kind, Key: h.Key, Action: "hold", Fault: HeldFault(h)})
	}
	return lines, unchanged + len(d.Plan.Unchanged)
}

// agreed puts the number that both sides last agreed on into the words of what is wanted now; "" where none is kept.
func agreed(a *plan.Agreement, want record.Body) string {
	number, err := decimal.New(a.Level, 4)
	if err != nil || !a.Set {
		return ""
	}
	switch b := want.(type) {
	case *record.Stock:
		return Describe(&record.Stock{Quantity: number, Managed: true})
	case *record.Price:
		return Describe(&record.Price{Regular: record.Money{Amount: number.Trim(2), Currency: b.Regular.Currency}})
	}
	return ""
}

// HeldFault is a hold as it goes over the wire.
func HeldFault(h *plan.Held) *ipc.Fault {
	return CodeFault(h.Code, h.Args)
}

// CodeFault is a code with its arguments as it goes over the wire.
func CodeFault(code fault.Code, args fault.Args) *ipc.Fault {
	return &ipc.Fault{Kind: fault.Codes[code].Kind, Code: code, Args: args, Text: fault.Fill(fault.Codes[code].Text, code, args)}
}
