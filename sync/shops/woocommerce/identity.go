package woocommerce

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// newest is how many of the newest orders tell who serves this shop and whether it is the one we knew.
const newest = 50

// lookAtOrders reads who marked the newest orders, and by which ids and keys they are known for good. An order's
// number is given again after a restored database (the counter falls with it), its order key is drawn by chance.
func (c *Client) lookAtOrders(ctx context.Context, facts *endpoint.Facts) error {
	var list rows[json.RawMessage]
	path := fmt.Sprintf("%sorders?status=any&orderby=id&order=desc&per_page=%d&_fields=id,number,status,order_key,date_created_gmt,meta_data", api, newest)
	if _, err := c.get(ctx, web.Request{Path: path, Kind: record.KindOrder}, &list); err != nil {
		return err
	}
	facts.Identity.Trail = make([]endpoint.Footprint, 0, len(list))
	for _, raw := range list {
		o := readOrder(raw)
		if o.bad != nil || o.ID.number() == 0 {
			continue // read again with its flow, which says what is wrong with it
		}
		at := parseGMT(o.Created)
		state := record.Order{Status: status(string(o.Status), c.statuses)}
		facts.Identity.Trail = append(facts.Identity.Trail, endpoint.Footprint{Number: o.ID.number(), ID: digest(o.OrderKey), Ref: string(o.ID), At: at, Dead: state.Dead()})
		if by := metaText(o.Meta, metaInstallation); by != "" {
			facts.Identity.Marks = append(facts.Identity.Marks, endpoint.Marked{
				Key: orderKey(stamp{ID: o.ID, Number: o.Number}), Ref: string(o.ID), At: at,
				Installation: by, Run: metaText(o.Meta, metaRun), Document: metaText(o.Meta, metaDocument),
			})
		}
	}
	return nil
}

// digest stands for an order key, which lets whoever has it see the order.
func digest(key text) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// home is a site's own address without what changes in a shop's life: the scheme and "www.".
func home(address text) string {
	_, rest, ok := strings.Cut(line(string(address)), "://")
	if !ok {
		rest = line(string(address))
	}
	return clip(strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(rest), "www."), "/"), 200)
}
