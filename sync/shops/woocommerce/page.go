package woocommerce

import (
	"strings"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// Page is the address of a product's or an order's page in the shop's administration. WordPress opens both as posts; a
// shop that keeps its orders elsewhere leads on to their own page by itself.
func Page(c settings.Connection, family record.Kind, id string) string {
	if text(id).number() <= 0 || family != record.KindItem && family != record.KindOrder {
		return ""
	}
	return strings.TrimRight(c.Shop.URL, "/") + "/wp-admin/post.php?post=" + id + "&action=edit"
}
