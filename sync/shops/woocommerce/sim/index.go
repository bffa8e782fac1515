package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// siteIndex is /wp-json/: who the site is and which interfaces it has. It needs no key.
func (c *call) siteIndex() object {
	home := base(c.r)
	_, offset := c.s.now().In(c.s.opts.Zone).Zone()
	o := object{"name": "Peer shop", "description": "", "url": home, "home": home, "gmt_offset": offset / 3600,
		"timezone_string": c.s.opts.Zone.String(), "namespaces": []string{"wc/v3"},
		"authentication": object{"application-passwords": object{"endpoints": object{"authorization": home + "/wp-admin/authorize-application.php"}}},
		"routes":         c.routeIndex(), "site_logo": 0, "site_icon": 0, "site_icon_url": "",
		"_links": object{"help": []object{{"href": "https://developer.wordpress.org/rest-api/"}}}}
	if c.s.hpos() {
		o["page_for_posts"], o["page_on_front"], o["show_on_front"] = 0, 0, "posts"
	}
	return o
}

// apiIndex is /wp-json/wc/v3. It needs no key either (golden 007).
func (c *call) apiIndex() object {
	return object{"namespace": "wc/v3", "routes": c.routeIndex(), "_links": object{"up": []object{{"href": base(c.r) + restRoot + "/"}}}}
}

func (c *call) routeIndex() object {
	out := object{"/wc/v3": routeEntry([]string{get})}
	for _, r := range c.s.routes {
		if !c.s.offers(r) {
			continue
		}
		pattern := strings.NewReplacer("{id}", `(?P<id>[\d]+)`, "{word}", `(?P<id>[\w-]+)`).Replace(strings.Join(r.parts, "/"))
		out["/wc/v3/"+pattern] = routeEntry(slices.Sorted(maps.Keys(r.methods)))
	}
	return out
}

func routeEntry(methods []string) object {
	return object{"namespace": "wc/v3", "methods": methods, "endpoints": []object{{"methods": methods, "args": []any{}}}}
}

// systemStatus tells versions and storage (golden 452). Its tables, pages and theme are left out: nothing reads them.
func (c *call) systemStatus() (any, int, *failure) {
	s, home := c.s, base(c.r)
	wordpress, datastore := "6.5.5", "WC_Order_Data_Store_CPT"
	env := object{"home_url": home, "site_url": home, "store_id": s.opts.StoreID, "version": s.opts.Version,
		"log_directory": "/srv/shop/site/wp-content/uploads/wc-logs/", "log_directory_writable": true, "wp_multisite": false,
		"wp_memory_limit": 536870912, "wp_debug_mode": false, "wp_cron": false, "language": "en_US", "external_object_cache": nil,
		"server_info": "nginx/1.22.1", "php_version": "8.2.36", "php_post_max_size": 67108864, "php_max_execution_time": 300,
		"php_max_input_vars": 1000, "curl_version": "7.88.1, OpenSSL/3.0.22", "suhosin_installed": false, "max_upload_size": 33554432,
		"mysql_version": "10.11.19", "mysql_version_string": "10.11.19-MariaDB", "default_timezone": "UTC",
		"fsockopen_or_curl_enabled": true, "soapclient_enabled": true, "domdocument_enabled": true, "gzip_enabled": true,
		"mbstring_enabled": true, "remote_post_successful": false, "remote_post_response": "", "remote_get_successful": false,
		"remote_get_response": ""}
	settings := object{"api_enabled": !s.hpos(), "force_ssl": false, "currency": s.opts.Currency, "currency_symbol": currencyEntity(s.opts.Currency),
		"currency_position": "left_space", "thousand_separator": ".", "decimal_separator": ",", "number_of_decimals": cents,
		"geolocation_enabled": false, "taxonomies": same("external", "grouped", "simple", "variable"),
		"product_visibility_terms": same("exclude-from-catalog", "exclude-from-search", "featured", "outofstock",
			"rated-1", "rated-2", "rated-3", "rated-4", "rated-5"),
		"woocommerce_com_connected": "no", "enforce_approved_download_dirs": true, "HPOS_enabled": s.hpos(), "HPOS_sync_enabled": false}
	if s.hpos() {
		wordpress, datastore = "7.1", `Automattic\WooCommerce\Internal\DataStores\Orders\OrdersTableDataStore`
		env["wp_environment_type"], env["server_architecture"] = "production", "Linux x86_64"
		settings["enabled_features"] = []string{"analytics", "custom_order_tables"}
	}
	env["wp_version"], settings["order_datastore"] = wordpress, datastore
	return object{"environment": env, "settings": settings, "security": object{"secure_connection": c.r.TLS != nil, "hide_errors": true},
		"active_plugins": []object{{"plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": s.opts.Version,
			"version_latest": s.opts.Version, "url": "https://woocommerce.com/", "author_name": "Automattic",
			"author_url": "https://woocommerce.com", "network_activated": false}}}, http.StatusOK, nil
}

// same maps each word to itself.
func same(words ...string) object {
	o := object{}
	for _, w := range words {
		o[w] = w
	}
	return o
}
