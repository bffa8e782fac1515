package sim

import (
	"net/http"
	"slices"
)

func (c *call) listRefunds() (any, int, *failure) {
	o, f := c.order(c.ids[0])
	if f != nil {
		return nil, 0, f
	}
	refunds := slices.SortedFunc(slices.Values(o.Refunds), newestFirst)
	rows := make([]object, 0, len(refunds))
	for _, r := range refunds {
		rows = append(rows, c.refundJSON(o, r))
	}
	return c.paged(rows)
}

// listAllRefunds is the shop's whole list, of version 11 only (golden 369).
func (c *call) listAllRefunds() (any, int, *failure) {
	type row struct {
		order  *Order
		refund Refund
	}
	var found []row
	for _, o := range c.s.orders.byID {
		for _, r := range o.Refunds {
			found = append(found, row{o, r})
		}
	}
	slices.SortFunc(found, func(a, b row) int { return newestFirst(a.refund, b.refund) })
	rows := make([]object, 0, len(found))
	for _, f := range found {
		o := c.refundJSON(f.order, f.refund)
		o["parent_id"] = f.order.ID
		rows = append(rows, o)
	}
	return c.paged(rows)
}

func (c *call) getRefund() (any, int, *failure) {
	o, at, f := c.findRefund()
	if f != nil {
		return nil, 0, f
	}
	return c.refundJSON(o, o.Refunds[at]), http.StatusOK, nil
}

// deleteRefund needs no force, and leaves status and date of the order as they are (golden 383-385).
func (c *call) deleteRefund() (any, int, *failure) {
	o, at, f := c.findRefund()
	if f != nil {
		return nil, 0, f
	}
	answer := c.refundJSON(o, o.Refunds[at])
	o.Refunds = slices.Delete(o.Refunds, at, at+1)
	return answer, http.StatusOK, nil
}

func (c *call) findRefund() (*Order, int, *failure) {
	o, f := c.order(c.ids[0])
	if f != nil {
		return nil, 0, f
	}
	at := slices.IndexFunc(o.Refunds, func(r Refund) bool { return r.ID == c.ids[1] })
	if at < 0 {
		return nil, 0, fail(http.StatusNotFound, "woocommerce_rest_shop_order_refund_invalid_id", "Invalid ID.")
	}
	return o, at, nil
}

// refundAmount is the amount as text. A refund without amount and lines has none in version 11, so that the order
// shows "-" for it (NOTES §5).
func (c *call) refundAmount(r Refund) string {
	if r.NoAmount && c.s.hpos() {
		return ""
	}
	return money(r.Amount, c.decimals())
}

func (c *call) refundJSON(o *Order, r Refund) object {
	out := object{"id": r.ID, "amount": c.refundAmount(r), "reason": r.Reason, "refunded_by": 1, "refunded_payment": false,
		"meta_data": metaJSON(r.Meta, false), "line_items": c.linesJSON(r.Lines), "shipping_lines": c.shippingJSON(r.Shipping),
		"tax_lines": c.taxLinesJSON(r.TaxLines), "fee_lines": c.feesJSON(r.Fees),
		"_links": c.links(c.url("orders", o.ID, "refunds", r.ID), c.url("orders", o.ID, "refunds"), "GET", "DELETE")}
	out["_links"].(object)["up"] = []object{{"href": c.url("orders", o.ID)}}
	c.s.putDate(out, "date_created", r.Created)
	return out
}
