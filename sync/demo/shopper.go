package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"stockbridge/sync/sim"
)

// visitor uses the shop as its own people do, through its own API: seeding and reading back go past our connector.
type visitor struct {
	client      *http.Client
	key, secret string
}

func newVisitor(shop http.Handler, key, secret string) *visitor {
	return &visitor{client: &http.Client{Transport: &sim.Transport{Handler: shop}}, key: key, secret: secret}
}

// do sends one call and decodes the answer; anything but 200 and 201 is an error.
func (v *visitor) do(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, "https://shop.demo.invalid/wp-json/wc/v3/"+path, body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(v.key, v.secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := v.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b, out)
}

// shopProduct is a product as the shop itself shows it.
type shopProduct struct {
	ID     int         `json:"id"`
	Name   string      `json:"name"`
	SKU    string      `json:"sku"`
	Status string      `json:"status"`
	Type   string      `json:"type"`
	Price  string      `json:"regular_price"`
	Stock  json.Number `json:"stock_quantity"`
}

// shopOrder is an order as the shop itself shows it.
type shopOrder struct {
	ID       int    `json:"id"`
	Number   string `json:"number"`
	Status   string `json:"status"`
	Currency string `json:"currency"`
	Total    string `json:"total"`
}

// products reads the whole catalogue.
func (v *visitor) products() ([]shopProduct, error) {
	return readAll[shopProduct](v, "products?status=any&orderby=id&order=asc&_fields=id,name,sku,status,type,regular_price,stock_quantity")
}

// orders reads every order.
func (v *visitor) orders() ([]shopOrder, error) {
	return readAll[shopOrder](v, "orders?status=any&orderby=id&order=asc&_fields=id,number,status,currency,total")
}

func readAll[T any](v *visitor, path string) ([]T, error) {
	var all []T
	for page := 1; ; page++ {
		var part []T
		if err := v.do(http.MethodGet, fmt.Sprintf("%s&per_page=100&page=%d", path, page), nil, &part); err != nil {
			return nil, err
		}
		all = append(all, part...)
		if len(part) < 100 {
			return all, nil
		}
	}
}
