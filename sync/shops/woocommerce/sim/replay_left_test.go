package sim

import "maps"

// notSimulated lists, by name, the recordings the simulator does not answer as recorded, each with the reason.
func notSimulated(version string) map[string]string {
	const (
		oauth      = "OAuth 1.0a signatures over plain http: the connector signs in over TLS only"
		attributes = "shared attributes and their terms: the connector keeps none"
		categories = "categories are read only"
		variations = "variations have no interface of their own here; orders and stock know them"
		webhooks   = "webhooks: nothing may call into the merchant's network"
		browser    = "made for a browser: other origins, envelopes, scripts"
		ties       = "8.9.3 leaves records of the same second in its database's order"
	)
	left := map[string]string{
		"auth-oauth1-http": oauth, "auth-oauth1-ok-nonce": oauth, "auth-oauth1-replay": oauth, "auth-oauth1-bad-signature": oauth,
		"auth-oauth1-old-timestamp": oauth, "auth-oauth1-wrong-host": oauth, "auth-oauth1-missing-param": oauth,
		"route-legacy-api":          "the interface before REST v3, off in version 11",
		"product-image-unreachable": "the simulator calls no host, so its text names no connection error",

		"attribute-create": attributes, "attribute-dup": attributes, "attribute-no-name": attributes, "attribute-long-slug": attributes,
		"term-create": attributes, "term-dup": attributes, "term-create2": attributes, "term-batch": attributes,
		"term-unknown-attribute": attributes, "attribute-new-term-implicit": attributes, "attribute-terms-after": attributes,
		"attribute-delete-used": attributes,

		"category-create": categories, "category-dup": categories, "category-child-same-name": categories,
		"category-parent-unknown": categories, "category-delete-noforce": categories,

		"variable-create": variations, "variation-create": variations, "variation-dup-attributes": variations,
		"variation-dup-sku": variations, "variation-parent-sku": variations, "variation-unknown-option": variations,
		"variation-unknown-attribute": variations, "variation-unknown-parent": variations, "variation-of-simple-parent": variations,
		"variation-get-wrong-parent": variations, "variation-as-product": variations, "variation-as-product-put": variations,
		"variations-batch": variations, "variable-get": variations, "variations-list": variations, "variation-parent-stock": variations,
		"variation-manage-parent": variations, "variation-stock-put": variations, "variation-price-put": variations,
		"variations-global": variations, "products-sku-of-variation": variations, "variable-to-simple": variations,
		"variable-to-simple-variations": variations, "variable-back": variations, "variations-after-back": variations,
		"variable-attr-option-removed": variations, "variation-after-option-removed": variations, "variations-generate": variations,
		"variable-delete-force": variations, "variation-after-parent-delete": variations, "order-over-stock-after": variations,
		"variation-after-attribute-removed": variations, "variation-after-parent-trash": variations, "variation-patch": variations,
		"grouped-product": "the price of a group of products",

		"system_status": "its database tables, pages and theme are one shop's", "cors-preflight": browser, "envelope": browser, "jsonp": browser,

		"webhook-create-product-created": webhooks, "webhook-create-product-updated": webhooks, "webhook-create-product-deleted": webhooks,
		"webhook-create-product-restored": webhooks, "webhook-create-order-created": webhooks, "webhook-create-order-updated": webhooks,
		"webhook-create-order-deleted": webhooks, "webhook-create-customer-created": webhooks, "webhook-create-customer-updated": webhooks,
		"webhook-create-coupon-created": webhooks, "webhook-bad-topic": webhooks, "webhook-bad-url": webhooks, "webhook-no-url": webhooks,
		"webhook-unknown": webhooks, "webhook-failing": webhooks, "webhook-failing-after": webhooks,
	}
	if version == Version11 {
		left["platform-body-too-large"] = "the recording keeps no request; a body over 64 MiB has its own test"
	} else {
		maps.Copy(left, map[string]string{"products-gtin": ties, "orders-orderby-modified": ties, "cors": ties, "gzip": ties})
		delete(left, "variations-global") // 8.9.3 has no such route either
	}
	return left
}
