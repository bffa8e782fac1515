package bc

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/record"
	"stockbridge/sync/settings"
	"stockbridge/sync/sim"
	"stockbridge/sync/web"
)

// taxed seeds a company with VAT: an item with stock, an account for shipping costs, a customer.
func (w *world) taxed() (item, customer string) {
	w.t.Helper()
	item, err := w.co.AddItem(bcsim.Item{Number: "BIKE", Name: "Bike", TaxGroup: "VAT21", Price: amount("100"), Inventory: amount("10")})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err = w.co.AddAccount("8400", "Shipping costs", "VAT21"); err != nil {
		w.t.Fatal(err)
	}
	w.co.SetVAT("", "VAT21", amount("21"))
	if customer, err = w.co.AddCustomer(bcsim.Customer{Name: "Jan", Email: "jan@example.nl", Line2: "An old second line"}); err != nil {
		w.t.Fatal(err)
	}
	return item, customer
}

func taxedOrder(item, customer string) *record.SalesOrder {
	return &record.SalesOrder{External: "WEB-7", CustomerID: customer, Date: noon, Currency: "EUR", IncludesTax: true,
		SellTo: record.Address{LastName: "Jan", Line1: "Straat 1", City: "Utrecht", Country: "NL"},
		Lines: []record.SalesLine{
			{Type: record.LineItem, ItemID: item, Description: "Bike", Quantity: amount("4"), UnitPrice: amount("121")},
			{Type: record.LineAccount, Account: "8400", Description: "DHL", Quantity: amount("1"), UnitPrice: amount("6.05")},
		},
		Total: amount("490.05"), Tax: amount("85.05"), TaxSlack: amount("0.01")}
}

func TestOrderWithTaxAndShippingCosts(t *testing.T) {
	w := newWorld(t)
	item, customer := w.taxed()
	res := w.write(taxedOrder(item, customer), "7")
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	row := w.api("GET", "salesOrders("+res.Ref+")", "")
	if row["sellToAddressLine2"] != "" || row["shipToAddressLine2"] != "" || row["shipToCity"] != "Utrecht" {
		t.Errorf("the customer's own address is mixed in: %v", row)
	}
}

// Two shipments, each with its invoice: one order when looked for, and only the last shipment completes it.
func TestOrderPostedInParts(t *testing.T) {
	w := newWorld(t)
	item, customer := w.taxed()
	res := w.write(taxedOrder(item, customer), "7")
	if err := w.co.Ship(res.Number, map[string]decimal.Decimal{"BIKE": amount("1")}, true); err != nil {
		t.Fatal(err)
	}
	q := record.Query{Kinds: []record.Kind{record.KindShipment}}
	first, next := w.drain(q)
	if len(first) != 1 || first[0].Body.(*record.Shipment).Complete {
		t.Fatalf("%+v", first)
	}
	if got := w.orders("WEB-7"); len(got) != 1 || got[0].Body.(*record.SalesOrder).Posted {
		t.Fatalf("%v", got)
	}
	w.pass(time.Minute)
	if err := w.co.Ship(res.Number, nil, true); err != nil {
		t.Fatal(err)
	}
	q.After = next
	both, _ := w.drain(q)
	done := map[string]bool{}
	for _, r := range both {
		done[r.Key.ID] = r.Body.(*record.Shipment).Complete
	}
	last := both[len(both)-1].Key.ID
	for id := range done {
		last = max(last, id)
	}
	if len(done) != 2 || done[first[0].Key.ID] || !done[last] {
		t.Errorf("complete: %v", done)
	}
	got := w.orders("WEB-7")
	if len(got) != 1 {
		t.Fatalf("%d orders", len(got))
	}
	if o := got[0].Body.(*record.SalesOrder); !o.Posted || o.Total.Cmp(amount("490.05")) != 0 || o.Number != res.Number {
		t.Errorf("%+v", o)
	}
	inv := w.read(record.Query{Kinds: []record.Kind{record.KindInvoice}, Keys: []string{res.Number}})
	if len(inv.Records) != 2 {
		t.Errorf("%d invoices", len(inv.Records))
	}
}

func TestOrderShippedButNotInvoicedAndGone(t *testing.T) {
	w := newWorld(t)
	item, customer := w.taxed()
	res := w.write(taxedOrder(item, customer), "7")
	if err := w.co.Ship(res.Number, nil, false); err != nil {
		t.Fatal(err)
	}
	ship := w.read(record.Query{Kinds: []record.Kind{record.KindShipment}}).Records
	if len(ship) != 1 || !ship[0].Body.(*record.Shipment).Complete {
		t.Fatalf("%+v", ship)
	}
	if got := w.orders("WEB-7"); len(got) != 1 || !got[0].Body.(*record.SalesOrder).Shipped {
		t.Fatalf("%v", got)
	}
	again := w.read(record.Query{Kinds: []record.Kind{record.KindShipment}, Refs: []string{ship[0].Ref}}).Records
	if len(again) != 1 || record.SumOf(again[0].Body) != record.SumOf(ship[0].Body) {
		t.Errorf("by ref: %+v", again)
	}
}

// A bulk job stamps many rows alike, more than fit a page (NOTES section 4, hazard 4).
func TestEqualStampsAreAllRead(t *testing.T) {
	w := newWorld(t, func(c *settings.Connection) { c.BC.PageSize = 4 })
	var numbers []string
	for _, n := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I"} {
		w.item(n, "1", 0)
		numbers = append(numbers, n)
	}
	_, next := w.drain(goods())
	w.pass(time.Hour)
	if err := w.co.Stamp("items", w.now(), numbers...); err != nil {
		t.Fatal(err)
	}
	all, _ := w.drain(record.Query{Kinds: goods().Kinds, After: next})
	if got := keysOf(all); len(got) != len(numbers) {
		t.Errorf("%v", got)
	}
}

func TestOverRealTLS(t *testing.T) {
	w := newWorld(t)
	w.item("A", "1", 2)
	ca, err := sim.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Certificate([]string{"127.0.0.1"}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	server, err := sim.Serve(w.sim, cert)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	conn := w.conn
	conn.BC.URL, conn.BC.CAFile, conn.Proxy.URL = server.URL+"/BC", filepath.Join(t.TempDir(), "ca.pem"), "none"
	if err := os.WriteFile(conn.BC.CAFile, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := Options(conn, func(string, string) (settings.Secret, error) { return settings.NewSecret("kB7+web-service-key=="), nil })
	if err != nil {
		t.Fatal(err)
	}
	doer, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer doer.Close()
	p, err := New(conn, doer).Read(t.Context(), goods())
	if err != nil || len(p.Records) != 3 || p.Records[1].Body.(*record.Stock).Quantity.Cmp(amount("2")) != 0 {
		t.Errorf("%v %v", p, err)
	}
}
