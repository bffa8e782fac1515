package report

import (
	"strings"

	"stockbridge/sync/fault"
)

// Field is the setting that would end a problem: the one its sentence names, or the one its code is about; "" where none
// would.
func Field(code fault.Code, args fault.Args) string {
	if field := args["field"]; strings.HasPrefix(field, "[") {
		return field
	}
	switch code {
	case "order.no_email":
		return "[flows.orders] guest_customer"
	case "order.total_differs":
		return "[flows.orders] rounding_account"
	case "order.key_too_long", "order.exists_foreign":
		return "[flows.orders] external_prefix"
	case "order.status_unknown":
		return "[shop.woocommerce] statuses"
	case "price.vat_unknown":
		return "[flows.prices] vat"
	case "price.mass_change":
		return "[safety] price_factor"
	case "stock.mass_zero", "item.mass_deleted":
		return "[safety] share"
	}
	return ""
}
