package shops

import (
	"testing"

	"stockbridge/sync/fault"
	"stockbridge/sync/settings"
	"stockbridge/sync/web"
)

func connection(p Platform) settings.Connection {
	return settings.Connection{Name: "nl", Shop: settings.Shop{Platform: p.ID, URL: "https://shop.test"}}
}

// without gives every secret but one.
func without(missing string) settings.Secrets {
	return func(_, field string) (settings.Secret, error) {
		if field == missing {
			return settings.Secret{}, nil
		}
		return settings.NewSecret("x"), nil
	}
}

func TestEveryPlatformNamesItsMissingSecret(t *testing.T) {
	for _, p := range All() {
		if len(p.Secrets) == 0 {
			t.Errorf("%s signs in with nothing", p.ID)
		}
		for _, missing := range p.Secrets {
			_, err := p.Options(connection(p), without(missing))
			if f := fault.As(err); f == nil || f.Code != "shop.secret_missing" || f.Args["field"] != missing {
				t.Errorf("%s without %s: %v", p.ID, missing, err)
			}
		}
	}
}

func TestEveryPlatformComesUp(t *testing.T) {
	for _, p := range All() {
		o, err := p.Options(connection(p), without(""))
		if err != nil {
			t.Fatalf("%s: %v", p.ID, err)
		}
		client, err := web.New(o)
		if err != nil {
			t.Fatalf("%s: %v", p.ID, err)
		}
		defer client.Close()
		if l := p.Limits(connection(p)); p.New(connection(p), client) == nil || l.Batch < 1 || l.Parallel < 1 {
			t.Errorf("%s: limits %+v", p.ID, l)
		}
	}
}

func TestByID(t *testing.T) {
	for _, p := range All() {
		if found, ok := ByID(p.ID); !ok || found.Name != p.Name || p.Name == "" {
			t.Errorf("%s: %+v", p.ID, found)
		}
	}
	if _, ok := ByID("nonesuch"); ok {
		t.Error("a platform nobody wrote is found")
	}
}
