package woocommerce

import (
	"testing"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

func TestPage(t *testing.T) {
	c := settings.Connection{Shop: settings.Shop{URL: "https://shop.example.nl/nl/"}}
	for id, want := range map[string]string{"17": "https://shop.example.nl/nl/wp-admin/post.php?post=17&action=edit",
		"": "", "17&action=trash": "", "-1": "", "//evil.example": ""} {
		if got := Page(c, record.KindOrder, id); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
	if got := Page(c, record.KindShipment, "17"); got != "" {
		t.Errorf("a shipment has no page there: %s", got)
	}
}
