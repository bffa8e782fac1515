package bc

import (
	"context"
	"fmt"
	"net/http"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// Write implements endpoint.Endpoint: it makes customers and sales orders, one after the other. BC is asked for
// nothing twice here; that a create is looked for first is the engine's part (invariant 3).
func (c *Client) Write(ctx context.Context, changes []record.Change) []endpoint.Result {
	results := make([]endpoint.Result, len(changes))
	for i, ch := range changes {
		results[i] = c.write(ctx, ch)
	}
	return results
}

func (c *Client) write(ctx context.Context, ch record.Change) endpoint.Result {
	if ctx.Err() != nil {
		return endpoint.Result{Err: fault.Wrap(ctx.Err(), "run.cancelled", nil)}
	}
	co, err := c.company(ctx)
	if err != nil {
		return endpoint.Result{Err: err}
	}
	if ch.Ref == "" {
		switch want := ch.Want.(type) {
		case *record.Shopper:
			return c.createCustomer(ctx, co, ch, want)
		case *record.SalesOrder:
			return c.createOrder(ctx, co, ch, want)
		}
	}
	if want, ok := ch.Want.(*record.SalesOrder); ok && ch.Ref != "" {
		return c.finishOrder(ctx, co, ch, want)
	}
	// Items, stock, prices and shipments are BC's own (invariant 1), and orders are left alone once they are whole.
	return endpoint.Result{Err: fault.Wrap(fmt.Errorf("write of %s %T to Business Central", ch.Key, ch.Want), "bug.unclassified", nil)}
}

// create sends a POST and reads what was made into out. Result holds an error or nothing.
func (c *Client) create(ctx context.Context, ch record.Change, k call, out any) endpoint.Result {
	k.about = about{ch.Key.Kind, []string{ch.Key.ID}}
	res, err := c.send(ctx, k)
	if err != nil {
		return endpoint.Result{Err: sendFault(err, ch.Key)}
	}
	if res.Status != http.StatusCreated && res.Status != http.StatusOK {
		return endpoint.Result{Err: c.writeFault(res, ch.Key, ch.Want)}
	}
	if err := web.JSON(res, out); err != nil {
		return endpoint.Result{Err: unknownOutcome(ch.Key, err)}
	}
	return endpoint.Result{}
}
