package demo

import (
	"fmt"
	"net/http"

	"stockbridge/sync/record"

	bcsim "stockbridge/sync/bc/sim"
)

// basket is one order of the seed, and what must become of it.
type basket struct {
	number   string // the shop's order number
	total    string
	belongs  bool // must be in BC once
	complete bool // must be completed in the shop after the second round
	shipped  bool // at least in part
	skus     []string
}

// shopper is somebody who orders.
type shopper struct {
	first, last, company, email string
	street, post, city, country string
}

func shoppers() []shopper {
	return []shopper{
		{"Jan", "de Vries", "", "jan@example.com", "Dorpsstraat 12", "3511 AB", "Utrecht", "NL"},
		{"Zoë", "O'Brien", "", "zoe.obrien@example.com", "Kerkweg 1-bis", "9712 CP", "Groningen", "NL"},
		{"Karin", "Müller", "Müller & Söhne GmbH", "einkauf@mueller.example", "Hauptstraße 5", "10115", "Berlin", "DE"},
		{"Piet", "Peeters", "", "piet+winkel@example.be", "Meir 20", "2000", "Antwerpen", "BE"},
		{"Aïsha", "van den Berg", "Bloemen \"Zon\" 🌷", "info@bloemenzon.example", "Markt 3", "5611 EC", "Eindhoven", "NL"},
		{"Sam", "Jansen", "", "sam_jansen@example.nl", "Laan 99", "2511 XX", "Den Haag", "NL"},
	}
}

// blockedShopper is a customer that Business Central has blocked.
func blockedShopper() shopper {
	return shopper{"Bob", "Wanbetaler", "", "bob@blocked.example", "Achterom 9", "1011 AA", "Amsterdam", "NL"}
}

func (p shopper) address() map[string]any {
	return map[string]any{"first_name": p.first, "last_name": p.last, "company": p.company, "address_1": p.street,
		"postcode": p.post, "city": p.city, "country": p.country, "email": p.email, "phone": "+31 30 1234567"}
}

// seedOrders places orders as shoppers do. The first few hold the planted cases.
func (w *World) seedOrders(s *stock, n int) error {
	people, blocked := shoppers(), blockedShopper()
	for i, p := range append(people[:2:2], blocked) { // two of them are known in BC already, one is blocked there
		c := bcsim.Customer{Name: p.first + " " + p.last, Line1: p.street, PostCode: p.post, City: p.city, Country: p.country, Email: p.email}
		if i == 2 {
			c.Blocked = "All"
		}
		if _, err := w.Company.AddCustomer(c); err != nil {
			return err
		}
	}
	for i := range n {
		if err := w.place(s, i, people, blocked); err != nil {
			return fmt.Errorf("order %d: %w", i+1, err)
		}
	}
	return nil
}

// place makes order i: planted cases first, then every kind of ordinary order in turn.
func (w *World) place(s *stock, i int, people []shopper, blocked shopper) error {
	p := people[i%len(people)]
	status, belongs, code := "processing", true, ""
	extra := map[string]any{}
	switch i {
	case 0:
		code, belongs = "order.unknown_sku", false
	case 1:
		status, belongs = "pending", false
	case 2:
		status, belongs = "cancelled", false
	case 3:
		p, code, belongs = blocked, "order.customer_blocked", false
	case 4:
		extra["currency"] = "USD"
	}
	lines := w.lines(s, i, p, code)
	body := map[string]any{"status": status, "set_paid": status == "processing", "payment_method": "bacs", "payment_method_title": "Overboeking",
		"billing": p.address(), "shipping": p.address(), "line_items": lines}
	if i%3 != 1 {
		body["shipping_lines"] = []map[string]any{{"method_id": "flat_rate", "method_title": "Verzending", "total": "4.95"}}
	}
	if i%6 == 5 {
		body["fee_lines"] = []map[string]any{{"name": "Cadeauverpakking", "total": "2.50"}}
	}
	if i%5 == 2 {
		body["customer_note"] = "Graag vóór 12 uur 🙏, en \"niet\" bij de buren & co."
	}
	for k, v := range extra {
		body[k] = v
	}
	var made shopOrder
	if err := w.visitor.do(http.MethodPost, "orders", body, &made); err != nil {
		return err
	}
	if code != "" {
		s.plant(record.KindOrder, made.Number, code)
	}
	b := basket{number: made.Number, total: made.Total, belongs: belongs}
	for _, l := range lines {
		b.skus = append(b.skus, fmt.Sprint(l["sku"]))
	}
	s.baskets = append(s.baskets, b)
	return nil
}

// lines are what is in the basket: one to four products, some with a discount, amounts that don't divide evenly.
func (w *World) lines(s *stock, i int, p shopper, code string) []map[string]any {
	goods := s.sellable()
	var out []map[string]any
	for l := range 1 + i%4 {
		it := goods[s.rnd.IntN(len(goods))]
		for p.country != "NL" && it.tax != "VAT21" {
			it = goods[s.rnd.IntN(len(goods))] // the shop has no reduced rate abroad
		}
		line := map[string]any{"sku": it.number, "quantity": 1 + (i+l)%5}
		if i%4 == 3 { // a discount that leaves odd cents: three for ten
			line["quantity"], line["subtotal"], line["total"] = 3, "12.99", "10.00"
		}
		out = append(out, line)
	}
	if code == "order.unknown_sku" {
		out = append(out, map[string]any{"sku": onlyInShop, "quantity": 1})
	}
	return out
}
