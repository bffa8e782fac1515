package woocommerce

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// shipments tells the shop's orders what was shipped: a note for the staff, and the status completed once everything
// is. An order that was closed in the shop meanwhile is left as it is.
func (w *job) shipments(ctx context.Context, at []int) {
	now := w.ordersNow(ctx, at)
	if now == nil {
		return
	}
	var done []orderChange
	completing := map[string]bool{}
	for _, i := range at {
		ch, s := &w.changes[i], w.changes[i].Want.(*record.Shipment)
		o := now[ch.Ref]
		if w.unusable(i, o) {
			continue
		}
		switch st := status(string(o.Status), w.c.statuses); st {
		case record.OrderCancelled, record.OrderRefunded, record.OrderFailed:
			w.results[i].Err = fault.New("shipment.order_closed", fault.Args{"key": ch.Key.ID, "order": orderKey(stamp{ID: o.ID, Number: o.Number}), "status": string(o.Status)})
			continue
		}
		w.results[i].Ref = ch.Ref
		if err := w.c.noteOnce(ctx, ch, shipmentSign(s), shipmentNote(s), true); err != nil {
			w.results[i].Err = err
			continue
		}
		if s.Complete && o.Status != "completed" && !completing[ch.Ref] {
			completing[ch.Ref] = true
			done = append(done, orderChange{i, orderBody{ID: json.Number(ch.Ref), Status: "completed"}})
		}
	}
	w.updateOrders(ctx, done)
}

// shipmentSign is how the note of a shipment begins; the blank behind the number tells 1020 from 10201.
func shipmentSign(s *record.Shipment) string { return "Shipment " + line(s.Number) + " of " }

// shipmentNote is what the shop's staff reads: "Shipment 102034 of 2026-11-23: 2 x 1000, 1 x 1001."
func shipmentNote(s *record.Shipment) string {
	parts := make([]string, 0, len(s.Lines))
	for _, l := range s.Lines {
		name := l.SKU
		if name == "" {
			name = l.Description
		}
		if !l.Quantity.IsZero() {
			parts = append(parts, record.Text(l.Quantity)+" x "+line(name))
		}
	}
	note := shipmentSign(s) + s.Date.Format(time.DateOnly)
	if len(parts) > 0 {
		note += ": " + strings.Join(parts, ", ")
	}
	return note + "."
}
