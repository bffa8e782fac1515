package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/plan"
	woosim "stockbridge/sync/shops/woocommerce/sim"
	"stockbridge/sync/sim"
)

// What shoppers and the shop's own people do.

func shopThings() []thing {
	return []thing{
		{7, false, (*life).order}, {2, false, (*life).orderUnpaid}, {0.4, false, (*life).orderTypo}, {0.4, false, (*life).orderWithoutMail},
		{1.2, false, (*life).editOrder}, {0.8, false, (*life).cancelOrder}, {0.15, false, (*life).binOrder}, {0.3, true, (*life).refundOrder},
		{0.1, false, (*life).tamper},
	}
}

func lifePeople() []woosim.Address {
	person := func(first, last, company, email, street, post, city, country string) woosim.Address {
		return woosim.Address{FirstName: first, LastName: last, Company: company, Email: email, Address1: street, Postcode: post, City: city, Country: country, Phone: "+31 30 1234567"}
	}
	out := []woosim.Address{
		person("Jan", "de Vries", "", "jan@example.com", "Dorpsstraat 12", "3511 AB", "Utrecht", "NL"),
		person("Zoë", "O'Brien", "", "zoe.obrien@example.com", "Kerkweg 1-bis", "9712 CP", "Groningen", "NL"),
		person("Karin", "Müller", "Müller & Söhne GmbH", "einkauf@mueller.example", "Hauptstraße 5", "10115", "Berlin", "DE"),
		person("Piet", "Peeters", "", "piet+winkel@example.be", "Meir 20", "2000", "Antwerpen", "BE"),
		person("Aïsha", "van den Berg", "Bloemen \"Zon\" 🌷", "info@bloemenzon.example", "Markt 3", "5611 EC", "Eindhoven", "NL"),
		person("Sam", "Jansen", "", "sam_jansen@example.nl", "Laan 99", "2511 XX", "Den Haag", "NL"),
	}
	for n := range 24 {
		out = append(out, person(fmt.Sprintf("Klant%d", n), "Bakker", "", fmt.Sprintf("klant%d@example.nl", n), fmt.Sprintf("Gracht %d", n), "1011 AA", "Amsterdam", "NL"))
	}
	return out
}

// basket fills a basket with products that are for sale; false when there are none yet.
func (l *life) basket(country string) ([]woosim.OrderLine, bool) {
	goods := slices.DeleteFunc(l.shop.Products(), func(p woosim.Product) bool {
		return p.Status != "publish" || p.Regular == "" || country != "NL" && p.TaxClass != "" || strings.HasPrefix(p.SKU, typo)
	})
	if len(goods) == 0 {
		return nil, false
	}
	var out []woosim.OrderLine
	for range 1 + l.rnd.IntN(4) {
		line := woosim.OrderLine{SKU: one(l, goods...).SKU, Quantity: 1 + l.rnd.IntN(5)}
		if l.chance(0.2) { // a discount that leaves odd cents: three for ten
			before, after := decimal.MustNew(1299, 2), decimal.MustNew(1000, 2)
			line.Quantity, line.Subtotal, line.Total = 3, &before, &after
		}
		out = append(out, line)
	}
	return out, true
}

// orderRequest is an order as a shopper fills it in.
func (l *life) orderRequest() (woosim.OrderRequest, bool) {
	who := one(l, l.people...)
	lines, ok := l.basket(who.Country)
	r := woosim.OrderRequest{Billing: who, Shipping: who, Lines: lines, PaymentMethod: "bacs", PaymentTitle: "Overboeking", Paid: true}
	if l.chance(0.2) {
		r.Billing.Email = strings.ToUpper(who.Email)
	}
	if l.chance(0.6) {
		r.Shippings = []woosim.OrderCharge{{Title: "Verzending", Total: decimal.MustNew(495, 2)}}
	}
	if l.chance(0.15) {
		r.Fees = []woosim.OrderCharge{{Title: "Cadeauverpakking", Total: decimal.MustNew(250, 2)}}
	}
	if l.chance(0.05) {
		r.Fees = append(r.Fees, woosim.OrderCharge{Title: "Korting", Total: decimal.MustNew(-100, 2)})
	}
	if l.chance(0.03) {
		r.Currency = "USD"
	}
	if l.chance(0.2) {
		r.CustomerNote = "Graag vóór 12 uur 🙏, en \"niet\" bij de buren & co."
	}
	return r, ok
}

// place places an order; 0 when the shop refuses it.
func (l *life) place(r woosim.OrderRequest) int {
	id, err := l.shop.PlaceOrder(r)
	if err != nil {
		l.note("shop: an order is refused: %v", err)
		return 0
	}
	o := &lifeOrder{id: id, external: plan.External(shopName+"-", fmt.Sprint(id))}
	l.orders[id], l.byExternal[o.external] = o, o
	made, _ := l.shop.Order(id)
	l.note("shop: order %d of %s, %s %s %s", id, r.Billing.Email, made.Status, made.Currency, made.Total)
	return id
}

func (l *life) placeOne() (int, bool) {
	r, ok := l.orderRequest()
	if !ok {
		return 0, false
	}
	id := l.place(r)
	return id, id != 0
}

func (l *life) order() { l.placeOne() }

// orderUnpaid is paid later, or never.
func (l *life) orderUnpaid() {
	r, ok := l.orderRequest()
	if !ok {
		return
	}
	r.Paid, r.Status = false, one(l, "pending", "on-hold")
	id := l.place(r)
	if id == 0 || l.chance(0.1) {
		return
	}
	to := one(l, "processing", "processing", "processing", "cancelled", "failed")
	l.after(l.between(time.Minute, 72*time.Hour), func() { l.status(id, to) })
}

func (l *life) status(id int, to string) {
	o, _ := l.shop.Order(id)
	if o.Status != "pending" && o.Status != "on-hold" && to != "cancelled" || o.Status == "trash" {
		return
	}
	l.must(l.shop.SetStatus(id, to))
	l.note("shop: order %d is %s", id, to)
}

const typo = "TYPO-"

// orderTypo names a product that Business Central does not have until somebody makes it.
func (l *life) orderTypo() {
	r, ok := l.orderRequest()
	if !ok {
		return
	}
	sku := fmt.Sprintf("%s%d", typo, l.rnd.IntN(1000000))
	l.shop.AddProduct(woosim.Product{Name: "Tikfout", SKU: sku, Regular: "12.50"})
	l.typos = append(l.typos, sku)
	r.Lines = append(r.Lines, woosim.OrderLine{SKU: sku, Quantity: 1})
	l.place(r)
}

// orderWithoutMail is mended by the shop's people.
func (l *life) orderWithoutMail() {
	r, ok := l.orderRequest()
	if !ok {
		return
	}
	mail := r.Billing.Email
	r.Billing.Email = ""
	id := l.place(r)
	if id != 0 && l.chance(0.7) {
		l.after(l.between(time.Hour, 48*time.Hour), func() {
			l.edit(id, "orders/%d", map[string]any{"billing": map[string]any{"email": mail}})
		})
	}
}

// anyOrder draws one of the last orders.
func (l *life) anyOrder() (woosim.Order, bool) {
	all := l.shop.Orders()
	if len(all) == 0 {
		return woosim.Order{}, false
	}
	recent := all[max(0, len(all)-30):]
	return recent[l.rnd.IntN(len(recent))], true
}

func (l *life) editOrder() {
	o, ok := l.anyOrder()
	if !ok || o.Status == "trash" {
		return
	}
	body := map[string]any{"shipping": map[string]any{"address_1": fmt.Sprintf("Nieuwe weg %d", l.rnd.IntN(100))}}
	switch l.rnd.IntN(3) {
	case 0:
		body = map[string]any{"customer_note": "Toch liever donderdag."}
	case 1:
		if len(o.Lines) > 0 {
			body = map[string]any{"line_items": []any{map[string]any{"id": o.Lines[0].ID, "quantity": 1 + l.rnd.IntN(6)}}}
		}
	}
	l.edit(o.ID, "orders/%d", body)
}

// edit changes an order through the shop's own pages.
func (l *life) edit(id int, path string, body map[string]any) {
	if mine := l.orders[id]; mine != nil {
		mine.inShop = true
	}
	method := http.MethodPut
	if strings.HasSuffix(path, "refunds") {
		method = http.MethodPost
	}
	l.visit(method, fmt.Sprintf(path, id), body)
}

// visit calls the shop past our network.
func (l *life) visit(method, path string, body any) {
	text, err := json.Marshal(body)
	l.must(err)
	req, err := http.NewRequest(method, "https://shop.example.nl/wp-json/wc/v3/"+path, bytes.NewReader(text))
	l.must(err)
	req.SetBasicAuth(shopKey, shopSecret)
	req.Header.Set("Content-Type", "application/json")
	res, err := (&sim.Transport{Handler: l.shop}).RoundTrip(req)
	l.must(err)
	answer, err := io.ReadAll(res.Body)
	l.must(err)
	l.note("shop: %s %s %s: %d", method, path, text, res.StatusCode)
	if res.StatusCode >= 500 {
		l.note("shop: %s", answer)
	}
}

func (l *life) cancelOrder() {
	if o, ok := l.anyOrder(); ok {
		l.status(o.ID, "cancelled")
	}
}

func (l *life) binOrder() {
	if o, ok := l.anyOrder(); ok && o.Status != "trash" {
		l.visit(http.MethodDelete, fmt.Sprintf("orders/%d", o.ID), nil)
	}
}

func (l *life) refundOrder() {
	o, ok := l.anyOrder()
	if !ok || o.Status != "processing" && o.Status != "completed" || !o.Total.IsPos() {
		return
	}
	l.edit(o.ID, "orders/%d/refunds", map[string]any{"amount": "1.00", "api_refund": false})
}

// tamper changes a product in the shop, whose master is Business Central.
func (l *life) tamper() {
	p := one(l, l.shop.Products()...)
	l.visit(http.MethodPut, fmt.Sprintf("products/%d", p.ID), map[string]any{"short_description": "Nu met <b>gratis</b> verzending"})
}
