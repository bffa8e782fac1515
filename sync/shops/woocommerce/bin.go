package woocommerce

import (
	"context"
	"strconv"

	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// binLookUps is how many look-ups of up to 100 SKUs rest on one answer that the bin is empty. Somebody who bins a
// product in between is met when its SKU is written: the shop refuses it, or makes a second product that a person
// would have to restore a first one for (NOTES section 5).
const binLookUps = 64

// lookInBin finds products in the bin by folded SKU. The bin of most shops is empty: one call for many look-ups says
// so, instead of one call each.
func (c *Client) lookInBin(ctx context.Context, skus []string, kind record.Kind) (map[string][]*product, error) {
	if len(skus) == 0 {
		return nil, nil
	}
	c.mu.Lock()
	trusted := c.binEmpty > 0
	if trusted {
		c.binEmpty--
	}
	c.mu.Unlock()
	if trusted {
		return nil, nil
	}
	var one rows[map[string]any]
	header, err := c.get(ctx, web.Request{Path: api + "products?status=trash&per_page=1&_fields=id", Kind: kind}, &one)
	if err != nil {
		return nil, err
	}
	if total, err := strconv.Atoi(header.Get("X-WP-Total")); err == nil && total == 0 && len(one) == 0 {
		c.mu.Lock()
		c.binEmpty = binLookUps
		c.mu.Unlock()
		return nil, nil
	}
	return c.lookUp(ctx, skus, "trash", kind)
}
