// Package shops lists the webshop platforms Stockbridge knows. Adding one is a folder beside woocommerce and a line
// in All.
package shops

import (
	"stockbridge/sync/endpoint"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops/woocommerce"
	"stockbridge/sync/web"
)

// Platform is one kind of webshop.
type Platform struct {
	ID      string   // as in [shop] platform
	Name    string   // for people
	Secrets []string // its secret fields of side "shop", in the order in which a person is asked for them
	// Options says how the shop of a connection is reached and signed in to. A missing secret is a classified error.
	Options func(settings.Connection, settings.Secrets) (web.Options, error)
	// New makes the endpoint on top of a client for those options.
	New func(settings.Connection, web.Doer) endpoint.Endpoint
	// Limits says how hard the shop may be driven.
	Limits func(settings.Connection) endpoint.Limits
	// Page is the address of a record's page in the shop's own administration, by the shop's id; "" where it has none.
	Page func(c settings.Connection, family record.Kind, id string) string
}

// All lists the platforms.
func All() []Platform {
	return []Platform{
		{
			ID: woocommerce.ID, Name: woocommerce.Name, Secrets: woocommerce.Secrets(),
			Options: woocommerce.Options,
			New:     func(c settings.Connection, d web.Doer) endpoint.Endpoint { return woocommerce.New(c, d) },
			Limits:  woocommerce.Limits,
			Page:    woocommerce.Page,
		},
	}
}

// ByID finds a platform.
func ByID(id string) (Platform, bool) {
	for _, p := range All() {
		if p.ID == id {
			return p, true
		}
	}
	return Platform{}, false
}
