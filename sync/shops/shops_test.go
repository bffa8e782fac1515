package shops

import (
	"testing"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
	"stockbridge/sync/web"
)

// TestEveryPlatform: each platform names a missing secret of its own list, and comes up with all of them.
func TestEveryPlatform(t *testing.T) {
	for _, p := range All() {
		found, ok := ByID(p.ID)
		if !ok || found.Name != p.Name || p.Name == "" || len(p.Secrets) == 0 {
			t.Errorf("%s: %+v", p.ID, found)
		}
		conn := settings.Connection{Name: "nl", Shop: settings.Shop{Platform: p.ID, URL: "https://shop.test"}}
		for _, missing := range append([]string{""}, p.Secrets...) {
			o, err := p.Options(conn, func(_, field string) (settings.Secret, error) {
				if field == missing {
					return settings.Secret{}, nil
				}
				return settings.NewSecret("x"), nil
			})
			if f := fault.As(err); missing != "" && (f == nil || f.Code != "shop.secret_missing" || f.Args["field"] != missing) {
				t.Errorf("%s without %s: %v", p.ID, missing, err)
			}
			if missing != "" {
				continue
			}
			client, err := web.New(o)
			if err != nil {
				t.Fatal(err)
			}
			if l := p.Limits(conn); p.New(conn, client) == nil || l.Batch < 1 || l.Parallel < 1 {
				t.Errorf("%s: limits %+v", p.ID, l)
			}
			client.Close()
		}
	}
	if _, ok := ByID("nonesuch"); ok {
		t.Error("a platform nobody wrote is found")
	}
}
