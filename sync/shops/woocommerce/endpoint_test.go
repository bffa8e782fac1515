package woocommerce_test

import (
	"fmt"
	"testing"

	"stockbridge/sync/endpoint/endpointtest"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/shops/woocommerce"
	shopsim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

const consumerKey, consumerSecret = "ck_CANARYKEY", "cs_CANARYSECRET"

func TestEndpoint(t *testing.T) {
	for _, version := range []string{shopsim.Version11, shopsim.Version8} {
		t.Run(version, func(t *testing.T) {
			endpointtest.Run(t, endpointtest.Harness{Open: func(t *testing.T) *endpointtest.World { return open(t, version) },
				Secrets: []string{consumerKey, consumerSecret, "Y2tfQ0FOQVJZS0VZOmNzX0NBTkFSWVNFQ1JFV"}})
		})
	}
}

func open(t *testing.T, version string) *endpointtest.World {
	secrets := map[string]settings.Secret{"consumer_key": settings.NewSecret(consumerKey), "consumer_secret": settings.NewSecret(consumerSecret)}
	server := shopsim.New(shopsim.Options{Version: version, Keys: []shopsim.Key{{ConsumerKey: secrets["consumer_key"], ConsumerSecret: secrets["consumer_secret"]}}})
	bike := server.AddProduct(shopsim.Product{Name: "Bike", SKU: "BIKE", Regular: "100"})
	conn, faults := settings.Connection{Name: "nl", Shop: settings.Shop{Platform: woocommerce.ID, URL: "https://shop.example.nl"}}, &sim.Faults{}
	o, err := woocommerce.Options(conn, func(_, field string) (settings.Secret, error) { return secrets[field], nil })
	must(t, err)
	o.MaxAnswer = endpointtest.MaxAnswer
	o.Transport = &sim.Transport{Handler: faults.Wrap(server)}
	doer, err := web.New(o)
	must(t, err)
	var orders []int // the shop's ids
	product := func(i int, sku string) record.Change {
		return record.Change{Key: record.Key{Kind: record.KindItem, ID: sku}, Source: sku, Intent: fmt.Sprint(i),
			Want: &record.Item{Name: "Item", SKU: sku, Status: record.Published, Managed: true}}
	}
	sku := func(i int) string { return fmt.Sprintf("A%03d", i) }
	return &endpointtest.World{
		Endpoint: woocommerce.New(conn, doer), Faults: faults, Read: []record.Kind{record.KindOrder}, Key: func(i int) string { return fmt.Sprint(orders[i]) },
		Seed: func(int) {
			id, err := server.PlaceOrder(shopsim.OrderRequest{Paid: true, Lines: []shopsim.OrderLine{{ProductID: bike, Quantity: 1}}})
			must(t, err)
			orders = append(orders, id)
		},
		Edit: func(i int) {
			must(t, server.SetStatus(orders[i], "on-hold"))
			must(t, server.SetStatus(orders[i], "processing"))
		},
		Refuses: func(status int) sim.Fault {
			return sim.Status(status, nil, "application/json", fmt.Sprintf(`{"code":"woocommerce_rest_cannot_view","message":"Sorry.","data":{"status":%d}}`, status))
		},
		Create: func(i int) record.Change { return product(i, sku(i)) }, Find: sku,
		Bad: func() record.Change {
			return record.Change{Key: record.Key{Kind: record.KindItem, ID: "BIKE"}, Source: "other", Intent: "b", Want: &record.Item{Name: "Taken", SKU: "BIKE"}}
		},
		Same: func(w, r record.Body) bool {
			a, b := w.(*record.Item), r.(*record.Item)
			return a.Name == b.Name && a.Status == b.Status
		},
		Count:   func() int { return len(server.Products()) - 1 },
		IsWrite: sim.Rule{Method: "POST", Path: "/products/batch"},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
