package sim

import (
	"net/http"
	"slices"
)

func yes(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// setting is one id and value.
type setting struct{ id, value string }

// settingsOf are a group's settings in the recorded order (golden 447, 448); nil for a group that is not simulated.
func (s *Server) settingsOf(group string) []setting {
	switch group {
	case "general":
		all := []setting{{"woocommerce_store_address", "Keizersgracht 1"}, {"woocommerce_store_address_2", ""},
			{"woocommerce_store_city", "Amsterdam"}, {"woocommerce_default_country", s.opts.Country}, {"woocommerce_store_postcode", "1015 CJ"},
			{"woocommerce_allowed_countries", "all"}, {"woocommerce_all_except_countries", ""},
			{"woocommerce_specific_allowed_countries", ""}, {"woocommerce_ship_to_countries", ""},
			{"woocommerce_specific_ship_to_countries", ""}, {"woocommerce_default_customer_address", "base"},
			{"woocommerce_address_autocomplete_enabled", "no"}, {"woocommerce_calc_taxes", yes(len(s.rates) > 0)},
			{"woocommerce_enable_coupons", "yes"}, {"woocommerce_calc_discounts_sequentially", "no"},
			{"woocommerce_currency", s.opts.Currency}, {"woocommerce_currency_pos", "left_space"},
			{"woocommerce_price_thousand_sep", "."}, {"woocommerce_price_decimal_sep", ","}, {"woocommerce_price_num_decimals", "2"}}
		if !s.hpos() {
			all = slices.DeleteFunc(all, func(x setting) bool { return x.id == "woocommerce_address_autocomplete_enabled" })
		}
		return all
	case "tax":
		return []setting{{"woocommerce_prices_include_tax", yes(s.opts.PricesIncludeTax)}, {"woocommerce_tax_based_on", "shipping"},
			{"woocommerce_shipping_tax_class", "inherit"}, {"woocommerce_tax_round_at_subtotal", yes(s.opts.RoundAtSubtotal)},
			{"woocommerce_tax_classes", ""}, {"woocommerce_tax_display_shop", "excl"}, {"woocommerce_tax_display_cart", "excl"},
			{"woocommerce_price_display_suffix", ""}, {"woocommerce_tax_total_display", "itemized"}}
	}
	return nil
}

// listSettings answers id and value; the recordings ask for no more.
func (c *call) listSettings() (any, int, *failure) {
	have := c.s.settingsOf(c.words[0])
	if have == nil {
		return nil, 0, fail(http.StatusNotFound, "rest_setting_setting_group_invalid", "Invalid setting group.")
	}
	out := make([]object, 0, len(have))
	for _, x := range have {
		out = append(out, object{"id": x.id, "value": x.value})
	}
	return out, http.StatusOK, nil
}

func (c *call) getSetting() (any, int, *failure) {
	for _, x := range c.s.settingsOf(c.words[0]) {
		if x.id == c.words[1] {
			return object{"id": x.id, "value": x.value}, http.StatusOK, nil
		}
	}
	return nil, 0, fail(http.StatusNotFound, "rest_setting_setting_invalid", "Invalid setting.")
}

// listGateways are the recorded shops' ways to pay: none can refund by itself.
func (c *call) listGateways() (any, int, *failure) {
	rows := []object{c.gateway("bacs", "Overboeking", true), c.gateway("cheque", "Check payments", false), c.gateway("cod", "Onder rembours", true)}
	return c.counted(rows)
}

func (c *call) gateway(id, title string, enabled bool) object {
	return object{"id": id, "title": title, "enabled": enabled, "method_supports": []string{"products"},
		"_links": c.links(c.url("payment_gateways", id), c.url("payment_gateways"))}
}

// zone is a shipping zone with the one method a buyer of it pays for.
type zone struct {
	id   int
	name string
	cost string
}

// zones are the recorded shops' (NOTES §1).
func zones() []zone {
	return []zone{{0, "Locations not covered by your other zones", ""}, {1, "Nederland", "4.95"}, {2, "EU", "9.95"}}
}

func (c *call) listZones() (any, int, *failure) {
	var rows []object
	for _, z := range zones() {
		o := object{"id": z.id, "name": z.name, "order": 0, "_links": c.links(c.url("shipping/zones", z.id), c.url("shipping/zones"), all()...)}
		o["_links"].(object)["describedby"] = []object{{"href": c.url("shipping/zones", z.id, "locations")}}
		rows = append(rows, o)
	}
	return c.counted(rows)
}

func (c *call) listZoneMethods() (any, int, *failure) {
	at := slices.IndexFunc(zones(), func(z zone) bool { return z.id == c.ids[0] })
	if at < 0 {
		return nil, 0, fail(http.StatusNotFound, "woocommerce_rest_shipping_zone_invalid", "Resource does not exist.")
	}
	z, rows := zones()[at], []object{}
	method := func(id int, kind, kindTitle, about, title, cost string) {
		here := c.url("shipping/zones", z.id, "methods")
		o := object{"id": id, "instance_id": id, "title": title, "order": len(rows) + 1, "enabled": true, "method_id": kind, "method_title": kindTitle,
			"method_description": "<p>" + about + "</p>\n", "settings": methodSettings(kindTitle, title, cost),
			"_links": c.links(c.url("shipping/zones", z.id, "methods", id), here, all()...)}
		o["_links"].(object)["describes"] = []object{{"href": c.url("shipping/zones", z.id)}}
		rows = append(rows, o)
	}
	switch z.id {
	case 1:
		method(1, "flat_rate", "Flat rate", "Lets you charge a fixed rate for shipping.", "Verzending", z.cost)
		method(2, "local_pickup", "Local pickup", "Allow customers to pick up orders themselves.", "Local pickup", "")
	case 2:
		method(3, "flat_rate", "Flat rate", "Lets you charge a fixed rate for shipping.", "Verzending", z.cost)
	}
	return c.counted(rows)
}

func methodSettings(kind, title, cost string) object {
	field := func(id, label, about, typ, value, byDefault, example string) object {
		return object{"id": id, "label": label, "description": about, "type": typ, "value": value, "default": byDefault, "tip": about, "placeholder": example}
	}
	status := field("tax_status", "Tax status", "", "select", "taxable", "taxable", "")
	status["options"] = object{"taxable": "Taxable", "none": "None"}
	return object{
		"title": field("title", "Name", "Your customers will see the name of this shipping method during checkout.", "text", title, kind, "e.g. "+kind),
		"cost":  field("cost", "Cost", "Cost of the method.", "text", cost, "", ""), "tax_status": status}
}
