package bc

import (
	"net/url"
	"strconv"
	"strings"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

// Page is the address of a record in Business Central's web client: a list filtered down to it, since a page opens by
// bookmark only and nobody but the client knows those. Orders are found by External Document No., all else by No. It
// is "" where no [bc] web_url is set or the value can't be written into a filter.
func Page(c settings.Connection, family record.Kind, value string) string {
	page, field := 0, "No."
	switch family {
	case record.KindItem:
		page = 31 // Items
	case record.KindOrder:
		page, field = 9305, "External Document No." // Sales Orders
	case record.KindShipment:
		page = 142 // Posted Sales Shipments
	}
	if page == 0 || c.BC.WebURL == "" || value == "" || strings.ContainsAny(value, "'*?|&<>=()@\\\x00\r\n") || strings.Contains(value, "..") {
		return ""
	}
	// The client reads %20 as a space, not +.
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	q := "company=" + escape(c.BC.Company) + "&page=" + strconv.Itoa(page) + "&filter=" + escape("'"+field+"' IS '"+value+"'")
	if c.BC.Tenant != "" {
		q = "tenant=" + escape(c.BC.Tenant) + "&" + q
	}
	return strings.TrimRight(c.BC.WebURL, "/") + "/?" + q
}
