package bc_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/bc"
	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/endpoint/endpointtest"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

const key = "web-service-access-key-CANARY"

func TestEndpoint(t *testing.T) {
	endpointtest.Run(t, endpointtest.Harness{Open: open, Secrets: []string{key, "U1RPQ0tCUklER0U6d2ViLXNlcnZpY2U"}})
}

func open(t *testing.T) *endpointtest.World {
	server, err := bcsim.New(bcsim.Options{User: "STOCKBRIDGE", Key: key})
	must(t, err)
	co, faults := server.AddCompany("CRONUS NL"), &sim.Faults{}
	conn := settings.Connection{Name: "nl", BC: settings.BC{URL: "https://bc01.example.nl:7048/BC", Company: "CRONUS NL", User: "STOCKBRIDGE", Network: "private"}}
	o, err := bc.Options(conn, func(string, string) (settings.Secret, error) { return settings.NewSecret(key), nil })
	must(t, err)
	o.MaxAnswer = endpointtest.MaxAnswer
	o.Transport = &sim.Transport{Handler: faults.Wrap(server)}
	doer, err := web.New(o)
	must(t, err)
	item, err := co.AddItem(bcsim.Item{Number: "BIKE", Name: "Bike", Price: decimal.Hundred})
	must(t, err)
	customer, err := co.AddCustomer(bcsim.Customer{Name: "Jan", Email: "jan@example.nl"})
	must(t, err)
	number := func(i int) string { return fmt.Sprintf("I%03d", i) }
	order := func(i int, item string) record.Change {
		return record.Change{Key: record.Key{Kind: record.KindOrder, ID: strconv.Itoa(i)}, Source: strconv.Itoa(i), Intent: strconv.Itoa(i),
			Want: &record.SalesOrder{External: fmt.Sprint("WEB-", i), CustomerID: customer, Currency: "EUR", Total: decimal.Hundred, Date: time.Now(),
				Lines: []record.SalesLine{{Type: record.LineItem, ItemID: item, Quantity: decimal.One, UnitPrice: decimal.Hundred, Description: "Bike"}}}}
	}
	return &endpointtest.World{
		Endpoint: bc.New(conn, doer), Faults: faults, Twice: true, Read: []record.Kind{record.KindItem, record.KindStock, record.KindPrice}, Key: number,
		Seed: func(i int) { _, err := co.AddItem(bcsim.Item{Number: number(i), Name: "Item"}); must(t, err) },
		Edit: func(i int) { must(t, co.SetItemName(number(i), "Edited "+time.Now().String())) },
		Refuses: func(status int) sim.Fault {
			return sim.Status(status, nil, "application/json", `{"error":{"code":"Authentication_InvalidCredentials","message":"No."}}`)
		},
		Create: func(i int) record.Change { return order(i, item) }, Find: func(i int) string { return fmt.Sprint("WEB-", i) },
		Bad: func() record.Change { return order(77, "00000000-0000-0000-0000-000000000001") },
		Same: func(w, r record.Body) bool {
			a, b := w.(*record.SalesOrder), r.(*record.SalesOrder)
			return a.External == b.External && a.Total.Cmp(b.Total) == 0 && b.Number != "" && a.Currency == b.Currency
		},
		Count:   func() int { return len(co.Orders()) },
		IsWrite: sim.Rule{Method: "POST", Path: "/salesOrders"},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
