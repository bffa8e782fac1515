package bc

import (
	"net/url"
	"testing"

	"stockbridge/sync/record"
	"stockbridge/sync/settings"
)

func TestPage(t *testing.T) {
	c := settings.Connection{BC: settings.BC{WebURL: "https://bc01.example.nl/BC/", Company: "CRONUS AG & Co. / Süd", Tenant: "t1"}}
	for _, tt := range []struct {
		kind               record.Kind
		value, page, field string
	}{
		{record.KindItem, "1000 A", "31", "'No.' IS '1000 A'"},
		{record.KindOrder, "WEB-1001", "9305", "'External Document No.' IS 'WEB-1001'"},
		{record.KindShipment, "102031", "142", "'No.' IS '102031'"},
	} {
		u, err := url.Parse(Page(c, tt.kind, tt.value))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if u.Host != "bc01.example.nl" || u.Path != "/BC/" || q.Get("company") != c.BC.Company || q.Get("tenant") != "t1" ||
			q.Get("page") != tt.page || q.Get("filter") != tt.field {
			t.Errorf("%s %s: %s", tt.kind, tt.value, u)
		}
	}
	for _, value := range []string{"", "A'B", "A*", "1..9", "A|B", "=1"} {
		if got := Page(c, record.KindItem, value); got != "" {
			t.Errorf("%q: %s", value, got)
		}
	}
	if got := Page(settings.Connection{}, record.KindItem, "1000"); got != "" {
		t.Errorf("no web client known: %s", got)
	}
}
