package woocommerce

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/web"
)

// Check implements endpoint.Endpoint. What the flows can't do without is an error; what is only good to know is a note.
func (c *Client) Check(ctx context.Context) (endpoint.Facts, error) {
	facts := endpoint.Facts{System: Name}
	head, err := c.canRead(ctx)
	if err != nil {
		return facts, err
	}
	if at, err := http.ParseTime(head.Get("Date")); err == nil {
		facts.Now = at.UTC()
	}
	if err := c.canWrite(ctx); err != nil {
		return facts, err
	}
	t, err := c.readTerms(ctx)
	if err != nil {
		return facts, err
	}
	facts.Currency, facts.PricesIncludeTax = t.currency, t.includesTax
	facts.Notes = append(facts.Notes, endpoint.Note{OK: true, Text: "The key may read and write products and orders."})
	for _, look := range []func(context.Context, *endpoint.Facts) error{c.lookAtName, c.lookAtSystem, c.lookAtStatuses, c.lookAtOrders} {
		if err := look(ctx, &facts); err != nil {
			return facts, err
		}
	}
	return facts, nil
}

// canRead reads one product and one order id. A web page here is no passing trouble but a wrong address or a login
// page in front.
func (c *Client) canRead(ctx context.Context) (http.Header, error) {
	var head http.Header
	for _, list := range []string{"products?", "orders?status=processing&"} {
		var found rows[product]
		h, err := c.get(ctx, web.Request{Path: api + list + "per_page=1&_fields=id"}, &found)
		if f := fault.As(err); f != nil && f.Code == "answer.not_json" {
			return nil, fault.Wrap(err, "answer.html_always", fault.Args{"side": "Shop", "host": c.host, "field": "[shop] url"})
		}
		if err != nil {
			return nil, err
		}
		head = h
	}
	return head, nil
}

// canWrite sends empty batches: they change nothing, and a key without write rights is refused (goldens 260, 005).
func (c *Client) canWrite(ctx context.Context) error {
	for _, list := range []string{"products/batch", "orders/batch"} {
		res, err := c.send(ctx, web.Request{Method: http.MethodPost, Path: api + list, Body: []byte("{}"), Repeatable: true})
		if err != nil {
			return c.denied(ctx, err)
		}
		var nothing json.RawMessage
		if err := web.JSON(res, &nothing); err != nil { // a login wall answers 200 too, and says nothing of rights
			return err
		}
	}
	return nil
}

// shopTerms are the shop's terms, asked for once; Check asks anew.
func (c *Client) shopTerms(ctx context.Context) (terms, error) {
	c.mu.Lock()
	known := c.terms
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	return c.readTerms(ctx)
}

func (c *Client) readTerms(ctx context.Context) (terms, error) {
	var t terms
	var money struct {
		Code text `json:"code"`
	}
	if _, err := c.get(ctx, web.Request{Path: api + "data/currencies/current?_fields=code"}, &money); err != nil {
		return t, err
	}
	if t.currency = strings.ToUpper(string(money.Code)); !isCurrency(t.currency) {
		return t, fault.New("record.invalid", fault.Args{
			"side": "The shop", "key": "data/currencies/current", "field": "code", "value": clip(string(money.Code), 40), "allowed": "a code of three letters",
		})
	}
	var options rows[struct {
		ID    text           `json:"id"`
		Value optionalScalar `json:"value"`
	}]
	if _, err := c.get(ctx, web.Request{Path: api + "settings/tax?_fields=id,value"}, &options); err != nil {
		return t, err
	}
	for _, o := range options {
		if o.ID == "woocommerce_prices_include_tax" {
			t.includesTax = o.Value == "yes"
		}
	}
	c.mu.Lock()
	c.terms = &t
	c.mu.Unlock()
	return t, nil
}

// soft drops what keeps a look from seeing but does not matter: a missing right or an older shop.
func soft(err error) (skipped bool, _ error) {
	r := asRefusal(err)
	if r != nil && (r.status == http.StatusUnauthorized || r.status == http.StatusForbidden || r.status == http.StatusNotFound) {
		return true, nil
	}
	return err != nil, err
}

func (c *Client) lookAtName(ctx context.Context, facts *endpoint.Facts) error {
	var index struct {
		Name text `json:"name"`
		Home text `json:"home"`
	}
	_, err := c.get(ctx, web.Request{Path: "/wp-json/?_fields=name,home"}, &index)
	facts.Company = c.host
	if skipped, err := soft(err); skipped {
		return err
	}
	if name := line(string(index.Name)); name != "" {
		facts.Company = clip(name, 100)
	}
	facts.Identity.Name = home(index.Home)
	return nil
}

func (c *Client) lookAtSystem(ctx context.Context, facts *endpoint.Facts) error {
	var status struct {
		Environment struct {
			Version   text `json:"version"`
			WordPress text `json:"wp_version"`
			PHP       text `json:"php_version"`
			Store     text `json:"store_id"` // made once, at installation (golden 452)
		} `json:"environment"`
		Settings struct {
			HPOS text `json:"HPOS_enabled"`
		} `json:"settings"`
	}
	_, err := c.get(ctx, web.Request{Path: api + "system_status?_fields=environment,settings"}, &status)
	if skipped, err := soft(err); skipped {
		facts.Notes = append(facts.Notes, endpoint.Note{Text: "The key may not read the shop's system status, so its version is not known. Everything else works without."})
		return err
	}
	e := &status.Environment
	facts.Version = clip(line(string(e.Version)), 40)
	facts.Identity.ID = clip(line(string(e.Store)), 80)
	facts.Notes = append(facts.Notes, endpoint.Note{OK: true, Text: clip("WordPress "+line(string(e.WordPress))+", PHP "+line(string(e.PHP)), 120) + "."})
	if status.Settings.HPOS != "true" {
		facts.Notes = append(facts.Notes, endpoint.Note{
			Text: "The shop keeps orders in its older storage, which doesn't date most edits of an order. Open orders are read again by number instead. High-performance order storage (WooCommerce, Settings, Advanced, Features) is better.",
		})
	}
	return nil
}

// lookAtStatuses warns of order statuses of plug-ins that no setting maps: orders in them are not read.
func (c *Client) lookAtStatuses(ctx context.Context, facts *endpoint.Facts) error {
	var all rows[struct {
		Slug text `json:"slug"`
	}]
	_, err := c.get(ctx, web.Request{Path: api + "orders/statuses?_fields=slug"}, &all) // 404 on 8.9
	if skipped, err := soft(err); skipped {
		return err
	}
	var unknown []string
	for _, s := range all {
		if _, ok := c.statuses[string(s.Slug)]; !ok && s.Slug != "checkout-draft" && s.Slug != "auto-draft" && s.Slug != "draft" {
			unknown = append(unknown, clip(line(string(s.Slug)), 40))
		}
	}
	if len(unknown) > 0 {
		facts.Notes = append(facts.Notes, endpoint.Note{
			Text: "Plug-ins add order statuses that are not read until [shop.woocommerce] statuses says what they mean: " + clip(strings.Join(unknown, ", "), 200) + ".",
		})
	}
	return nil
}
