package bc

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// createOrder makes a sales order with its lines in one call, puts right what BC recalculated, and compares totals.
// A Result with Ref and Err means: the order is there, but a person must look.
func (c *Client) createOrder(ctx context.Context, co *company, ch record.Change, want *record.SalesOrder) endpoint.Result {
	if units(want.External) > 35 {
		return endpoint.Result{Err: fault.New("order.key_too_long", fault.Args{"key": ch.Key.ID, "value": want.External})}
	}
	var made orderRow
	res := c.create(ctx, ch, call{method: http.MethodPost, path: co.path("salesOrders"), body: newOrderBody(want)}, &made)
	if res.Err != nil {
		return res
	}
	if _, ok := guidLiteral(made.ID); !ok {
		return endpoint.Result{Err: unknownOutcome(ch.Key, nil)}
	}
	res.Ref, res.Number = made.ID, made.Number
	res.Err = c.finish(ctx, co, ch, &made, want)
	return res
}

// finishOrder goes on with an order that a create of ours left half made. One that is no longer as it was left, because
// somebody released it or changed what it is about, is only compared.
func (c *Client) finishOrder(ctx context.Context, co *company, ch record.Change, want *record.SalesOrder) endpoint.Result {
	row, err := c.readOrder(ctx, co, ch.Key, ch.Ref)
	if err != nil {
		return endpoint.Result{Err: err}
	}
	if row.ID != ch.Ref || code(row.External) != code(want.External) {
		return endpoint.Result{Err: fault.New("bc.changed", fault.Args{"key": ch.Key.String()})}
	}
	res := endpoint.Result{Ref: row.ID, Number: row.Number}
	if row.draft() && row.CustomerID == want.CustomerID && sameLines(row.Lines, want.Lines) {
		res.Err = c.finish(ctx, co, ch, row, want)
	} else {
		res.Err = c.compareTotals(ch.Key.ID, row, want)
	}
	return res
}

// sameLines reports whether an order's items and accounts are those wanted, in their order, and no others.
func sameLines(have []orderLineRow, want []record.SalesLine) bool {
	have = slices.DeleteFunc(slices.Clone(have), func(h orderLineRow) bool { return string(h.Type) == string(record.LineComment) })
	want = slices.DeleteFunc(slices.Clone(want), func(w record.SalesLine) bool { return w.Type == record.LineComment })
	slices.SortStableFunc(have, func(a, b orderLineRow) int { return a.Sequence - b.Sequence })
	return slices.EqualFunc(have, want, func(h orderLineRow, w record.SalesLine) bool {
		return sameLine(&h, &w) && h.Quantity.Cmp(w.Quantity) == 0
	})
}

// finish compares a new order with what was wanted. BC may have recalculated prices when it validated quantity or
// variant, so price, discount and text are set once more where they differ (NOTES §6 Validation order).
func (c *Client) finish(ctx context.Context, co *company, ch record.Change, made *orderRow, want *record.SalesOrder) error {
	row, fresh := made, false
	if len(row.Lines) == 0 {
		var err error
		if row, err = c.readOrder(ctx, co, ch.Key, made.ID); err != nil {
			return err
		}
		fresh = true
	}
	// Setting one line may move the ETag of the next, for BC computes it from what it serves (NOTES §3). Then the order
	// is read again and the rest goes on from there; a round that gets nowhere twice is somebody else's doing.
	stuck := false
	for round := 0; ; round++ {
		done, err := c.correctLines(ctx, co, ch, made.ID, corrections(row.Lines, want.Lines))
		fresh = fresh && done == 0
		if err == nil {
			break
		}
		if fault.As(err).Code != "bc.changed" || stuck && done == 0 || round > len(want.Lines) {
			return err
		}
		stuck = done == 0
		if row, err = c.readOrder(ctx, co, ch.Key, made.ID); err != nil {
			return err
		}
		fresh = true
	}
	// The totals in the answer to the POST may be those from before the last line.
	if !fresh {
		var err error
		if row, err = c.readOrder(ctx, co, ch.Key, made.ID); err != nil {
			return err
		}
	}
	return c.compareTotals(ch.Key.ID, row, want)
}

func (c *Client) readOrder(ctx context.Context, co *company, key record.Key, id string) (*orderRow, error) {
	q := query{fields: orderFields, expand: "salesOrderLines"}
	var row orderRow
	_, err := c.get(ctx, co.path(q.path("salesOrders("+id+")")), about{key.Kind, []string{key.ID}}, &row)
	return &row, err
}

// compareTotals holds an order whose totals are not the shop's (invariant 6).
func (c *Client) compareTotals(key string, row *orderRow, want *record.SalesOrder) error {
	money := func(d decimal.Decimal) string { return record.Money{Amount: d, Currency: want.Currency}.String() }
	if row.Total.Cmp(want.Total) != 0 {
		limit := c.conn.Flows.Orders.RoundingMax.Decimal
		if limit.IsZero() {
			limit = decimal.MustNew(5, 2)
		}
		return fault.New("order.total_differs", fault.Args{"key": key, "number": row.Number, "shop": money(want.Total),
			"bc": money(row.Total.Decimal), "max": money(limit)})
	}
	off, err := row.Tax.Sub(want.Tax)
	if err != nil || off.Abs().Cmp(want.TaxSlack) > 0 {
		return fault.New("order.tax_differs", fault.Args{"key": key, "number": row.Number, "shop": money(want.Tax), "bc": money(row.Tax.Decimal)})
	}
	return nil
}

// correction is what must be set once more on a line.
type correction struct {
	line orderLineRow
	set  newOrderLine
}

// corrections pairs wanted lines with BC's in their order; lines BC added (extended texts) are passed over.
func corrections(have []orderLineRow, want []record.SalesLine) []correction {
	have = slices.Clone(have)
	slices.SortStableFunc(have, func(a, b orderLineRow) int { return a.Sequence - b.Sequence })
	var all []correction
	for _, w := range want {
		i := slices.IndexFunc(have, func(h orderLineRow) bool { return sameLine(&h, &w) })
		if i < 0 || w.Type == record.LineComment {
			continue
		}
		h := have[i]
		have = have[i+1:]
		text := fit(w.Description, 100)
		if h.UnitPrice.Cmp(w.UnitPrice) == 0 && h.Discount.Cmp(w.Discount) == 0 && (text == "" || h.Description == text) {
			continue
		}
		set := newOrderLine{UnitPrice: &number{w.UnitPrice}, Discount: &number{w.Discount}}
		if h.Description != text {
			set.Description = text
		}
		all = append(all, correction{line: h, set: set})
	}
	return all
}

func sameLine(h *orderLineRow, w *record.SalesLine) bool {
	if string(h.Type) != string(w.Type) {
		return false
	}
	switch w.Type {
	case record.LineItem:
		return strings.EqualFold(h.ItemID, w.ItemID) && h.Quantity.Cmp(w.Quantity) == 0
	case record.LineAccount:
		return code(h.Object) == code(w.Account)
	}
	return true
}

// correctLines sets lines one after the other and says how many it set before the first that failed.
func (c *Client) correctLines(ctx context.Context, co *company, ch record.Change, orderID string, all []correction) (done int, err error) {
	for _, p := range all {
		if err := c.correct(ctx, co, ch, orderID, p); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

// correct sets price, discount and text of one line, unless it changed since it was read: bc.changed.
func (c *Client) correct(ctx context.Context, co *company, ch record.Change, orderID string, p correction) error {
	etag := p.line.ETag
	if etag == "" {
		etag = "*"
	}
	res, err := c.send(ctx, call{method: http.MethodPatch, path: co.path("salesOrders(" + orderID + ")/salesOrderLines(" + p.line.ID + ")"),
		body: p.set, header: map[string]string{"If-Match": etag}, about: about{ch.Key.Kind, []string{ch.Key.ID}}})
	switch {
	case err != nil:
		return sendFault(err, ch.Key)
	case res.Status == http.StatusOK, res.Status == http.StatusNoContent:
		return nil
	case res.Status == http.StatusConflict:
		return fault.New("bc.changed", fault.Args{"key": ch.Key.String()})
	}
	return c.writeFault(res, ch.Key, ch.Want)
}

// newOrderBody is the order as BC takes it, every text cut to its field (entities/salesOrders.json).
func newOrderBody(o *record.SalesOrder) newOrder {
	sell, ship := o.SellTo, o.ShipTo
	if ship == (record.Address{}) {
		ship = sell
	}
	b := newOrder{CustomerID: o.CustomerID, External: o.External, Date: day{o.Date}, Currency: fit(o.Currency, 10),
		IncludesTax: o.IncludesTax, Phone: phone(o.Phone), Lines: make([]newOrderLine, 0, len(o.Lines))}
	if sell != (record.Address{}) {
		b.SellToLine1, b.SellToLine2, b.SellToCity = fitted(sell.Line1, 100), fitted(sell.Line2, 50), fitted(sell.City, 30)
		b.SellToCountry, b.SellToState, b.SellToPost = fitted(sell.Country, 10), fitted(sell.State, 30), fitted(sell.PostCode, 20)
	}
	if ship != (record.Address{}) {
		b.ShipToName, b.ShipToContact = fitted(ship.Name(), 100), fitted("", 100)
		if strings.TrimSpace(ship.Company) != "" {
			b.ShipToContact = fitted(ship.Person(), 100)
		}
		b.ShipToLine1, b.ShipToLine2, b.ShipToCity = fitted(ship.Line1, 100), fitted(ship.Line2, 50), fitted(ship.City, 30)
		b.ShipToCountry, b.ShipToState, b.ShipToPost = fitted(ship.Country, 10), fitted(ship.State, 30), fitted(ship.PostCode, 20)
	}
	if mail := strings.TrimSpace(o.Email); units(mail) <= 80 {
		b.Email = mail
	}
	for _, l := range o.Lines {
		b.Lines = append(b.Lines, newLine(l))
	}
	return b
}

func fitted(s string, n int) *string {
	s = fit(s, n)
	return &s
}

func newLine(l record.SalesLine) newOrderLine {
	n := newOrderLine{Description: fit(l.Description, 100)}
	switch l.Type {
	case record.LineComment:
		n.Type = string(record.LineComment)
		return n
	case record.LineAccount:
		n.Type, n.Object, n.TaxCode = string(record.LineAccount), code(l.Account), code(l.Tax)
	default:
		n.ItemID = l.ItemID
	}
	n.Quantity, n.UnitPrice = &number{l.Quantity}, &number{l.UnitPrice}
	if !l.Discount.IsZero() {
		n.Discount = &number{l.Discount}
	}
	return n
}
