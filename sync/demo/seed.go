package demo

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	random "math/rand/v2"
	"net/http"
	"strconv"

	"github.com/govalues/decimal"

	bcsim "stockbridge/sync/bc/sim"
	"stockbridge/sync/record"
)

// The smallest demo that holds every planted case.
const (
	MinItems  = 40
	MinOrders = 12
)

// stock is what the seed made, as far as the check must know it.
type stock struct {
	rnd     *random.Rand
	items   []item
	planted []Problem
	baskets []basket
}

// item is one BC item of the seed.
type item struct {
	number  string
	blocked bool
	planted bool // its own problem keeps it from the shop
	inShop  bool // the shop has it before the first run
	service bool
	tax     string
}

// inShop counts the items that must be in the shop after the first round.
func (s *stock) inShop() int {
	n := 0
	for _, i := range s.items {
		if !i.planted && (!i.blocked || i.inShop) {
			n++
		}
	}
	return n
}

// sellable lists the items a shopper can buy before the first run: what the shop already has.
func (s *stock) sellable() []item {
	var out []item
	for _, i := range s.items {
		if i.inShop && !i.planted && !i.blocked && !i.service {
			out = append(out, i)
		}
	}
	return out
}

// seed fills both systems from a fixed seed.
func (w *World) seed(o Options) (*stock, error) {
	s := &stock{rnd: random.New(random.NewPCG(o.Seed, 0x5eed))}
	if err := w.seedBC(s, o.Items); err != nil {
		return nil, fmt.Errorf("seeding Business Central: %w", err)
	}
	if err := w.seedShop(s); err != nil {
		return nil, fmt.Errorf("seeding the shop: %w", err)
	}
	if err := w.seedOrders(s, o.Orders); err != nil {
		return nil, fmt.Errorf("seeding orders: %w", err)
	}
	return s, nil
}

// names of items: what texts of real catalogues do to careless programs.
func itemName(i int) string {
	kinds := []string{"Mok", "Théglas", "Servies", "Lamp \"Noord\"", "Bord & kom", "Kussen 'Zee'", "Vaas 🌷", "Plaid 100% wol", "Schaal <groot>", "Tafel 3/4\""}
	colours := []string{"blauw", "wit", "groen & geel", "Ø 20 cm", "zwart/wit"}
	return fmt.Sprintf("%s %s %d", kinds[i%len(kinds)], colours[i/len(kinds)%len(colours)], i)
}

func (w *World) seedBC(s *stock, n int) error {
	c := w.Company
	for _, v := range []struct {
		country, group string
		percent        int64
	}{{"NL", "VAT21", 21}, {"NL", "VAT9", 9}, {"DE", "VAT21", 19}, {"BE", "VAT21", 21}, {"", "VAT21", 0}, {"", "VAT9", 0}} {
		c.SetVAT(v.country, v.group, decimal.MustNew(v.percent, 0))
	}
	for number, name := range map[string]string{shipAccount: "Verzendkosten", feeAccount: "Toeslagen", roundAccount: "Afrondingsverschillen"} {
		if _, err := c.AddAccount(number, name, "VAT21"); err != nil {
			return err
		}
	}
	if err := c.AddCurrency("USD", "US Dollar", decimal.MustNew(9, 1)); err != nil {
		return err
	}
	for i := range n {
		it := item{number: "ITM-" + strconv.Itoa(10000+i), tax: "VAT21", inShop: i%5 < 2}
		if i%7 == 3 {
			it.tax = "VAT9"
		}
		row := bcsim.Item{Number: it.number, Name: itemName(i), TaxGroup: it.tax, Price: s.price(), Inventory: decimal.MustNew(s.rnd.Int64N(200)+5, 0)}
		switch {
		case i == 3: // a price nobody filled in
			row.Price, it.planted, it.inShop = decimal.Zero, true, false
		case i == 6: // the shop has a product with variants under this number
			it.planted, it.inShop = true, false
		case i == 9: // blocked, but still in the shop
			row.Blocked, it.inShop = true, true
		case i%25 == 24:
			row.Blocked, it.inShop = true, false
		case i%31 == 30:
			row.Type, row.Inventory, it.service = "Service", decimal.Zero, true
		case i%17 == 16:
			row.Inventory = decimal.MustNew(s.rnd.Int64N(500)+10, 1) // half a roll is left
		}
		it.blocked = row.Blocked
		if _, err := c.AddItem(row); err != nil {
			return err
		}
		s.items = append(s.items, it)
	}
	s.plant(record.KindPrice, s.items[3].number, "price.zero")
	s.plant(record.KindItem, s.items[6].number, "item.not_simple")
	return nil
}

func (s *stock) plant(kind record.Kind, key, code string) {
	s.planted = append(s.planted, Problem{Kind: kind, Key: key, Code: code})
}

func (s *stock) price() decimal.Decimal { return decimal.MustNew(s.rnd.Int64N(9000)+195, 2) }

// seedShop gives the shop part of the catalogue, with prices and stock of its own, as a shop has that was kept by
// hand until today.
func (w *World) seedShop(s *stock) error {
	var create []map[string]any
	have := map[string]bcsim.Item{}
	for _, i := range w.Company.Items() {
		have[i.Number] = i
	}
	for n, i := range s.items {
		if !i.inShop {
			continue
		}
		bc := have[i.number]
		p := map[string]any{"name": bc.Name, "sku": i.number, "type": "simple", "regular_price": bc.Price.String(), "manage_stock": true, "stock_quantity": n % 9}
		if i.tax == "VAT9" {
			p["tax_class"] = "reduced-rate"
		}
		if n%3 == 0 {
			p["name"], p["regular_price"] = "Oude naam "+i.number, bc.Price.Trunc(0).String()
		}
		create = append(create, p)
	}
	create = append(create,
		map[string]any{"name": "Met varianten", "sku": s.items[6].number, "type": "variable"},
		map[string]any{"name": "Alleen in de winkel", "sku": onlyInShop, "type": "simple", "regular_price": "4.50", "manage_stock": true, "stock_quantity": 30},
	)
	for len(create) > 0 {
		n := min(100, len(create))
		var answer struct {
			Create []struct {
				ID int `json:"id"`
			} `json:"create"`
		}
		if err := w.visitor.do(http.MethodPost, "products/batch", map[string]any{"create": create[:n]}, &answer); err != nil {
			return err
		}
		for i := range answer.Create {
			if answer.Create[i].ID == 0 {
				return fmt.Errorf("product %v was refused", create[i]["sku"])
			}
		}
		create = create[n:]
	}
	return nil
}

// onlyInShop is a SKU that Business Central doesn't have.
const onlyInShop = "WINKEL-ONLY"

func randomHex(n int) string {
	b := make([]byte, n/2)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

func randomText(n int) string { return rand.Text()[:26] + randomHex(n)[:n-26] }
