package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// batchBody is a batch request. The shop works it off in this order.
type batchBody struct {
	Create []any `json:"create,omitempty"`
	Update []any `json:"update,omitempty"`
}

// answered is one item of a batch answer, product or order, as far as it is compared with what was sent. _fields has
// no effect inside a batch, so the rest is skipped while decoding.
type answered struct {
	ID       optionalScalar `json:"id"` // 0 of a failed create, null of a failed update (NOTES §5)
	SKU      optionalScalar `json:"sku"`
	Price    optionalScalar `json:"regular_price"`
	TaxClass optionalScalar `json:"tax_class"`
	Manage   optionalScalar `json:"manage_stock"`
	Quantity optionalScalar `json:"stock_quantity"`
	Status   optionalScalar `json:"status"`
	Meta     rows[meta]     `json:"meta_data"`
	Error    *apiError      `json:"error"`
}

// post sends a batch and returns its results in the order of the request, creates first. An answer that does not
// match the request item by item is an error: results are told apart by position alone.
func (c *Client) post(ctx context.Context, path string, kind record.Kind, keys []string, body batchBody) ([]answered, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fault.Wrap(err, "bug.unclassified", nil)
	}
	res, err := c.send(ctx, web.Request{Method: http.MethodPost, Path: api + path, Body: raw, Kind: kind, Keys: keys})
	if err != nil {
		return nil, c.denied(ctx, err)
	}
	var answer struct {
		Create rows[answered] `json:"create"`
		Update rows[answered] `json:"update"`
	}
	if err := web.JSON(res, &answer); err != nil {
		return nil, err
	}
	if len(answer.Create) != len(body.Create) || len(answer.Update) != len(body.Update) {
		return nil, c.invalidList(api+path, fmt.Errorf("%d and %d results for %d creates and %d updates",
			len(answer.Create), len(answer.Update), len(body.Create), len(body.Update)))
	}
	return append(answer.Create, answer.Update...), nil
}

// deliver sends one batch of products and records what became of each.
func (w *job) deliver(ctx context.Context, entries []*entry) {
	if ctx.Err() != nil {
		w.failAll(entries, fault.Wrap(ctx.Err(), "run.cancelled", nil))
		return
	}
	var ordered []*entry
	var body batchBody
	var keys []string
	for _, creates := range []bool{true, false} {
		for _, e := range entries {
			if e.create() != creates {
				continue
			}
			ordered, keys = append(ordered, e), append(keys, e.key)
			if creates {
				body.Create = append(body.Create, &e.body)
			} else {
				body.Update = append(body.Update, &e.body)
			}
		}
	}
	rows, err := w.c.post(ctx, "products/batch", record.KindItem, keys, body)
	if err != nil {
		w.undelivered(ctx, ordered, err)
		return
	}
	w.delivered = true
	for i, e := range ordered {
		w.settle(ctx, e, &rows[i])
	}
}

func (w *job) failAll(entries []*entry, err error) {
	for _, e := range entries {
		w.fail(e.at, err)
	}
}

// maxHalves bounds how often one Write cuts refused batches in two. A single bad entry among a hundred takes seven.
const maxHalves = 24

// undelivered handles a batch that was refused whole, or whose answer never came. Invariant 3: no create is sent again
// before looking.
func (w *job) undelivered(ctx context.Context, entries []*entry, err error) {
	r, kind := asRefusal(err), fault.Of(err)
	if r == nil || kind == fault.Auth || kind == fault.Config || r.page && r.status >= 500 {
		w.lost(entries, err)
		return
	}
	if r.status >= 500 {
		entries = w.notCreated(ctx, entries) // PHP broke in the middle of the batch: some items may be written
	}
	switch {
	case len(entries) == 0:
	case len(entries) == 1 && r.code == "internal_server_error":
		w.suspects = append(w.suspects, entries[0])
	case len(entries) == 1:
		w.failAll(entries, err)
	case w.halves >= maxHalves:
		w.lost(entries, err)
	default:
		w.halves++
		middle := len(entries) / 2
		w.deliver(ctx, entries[:middle])
		w.deliver(ctx, entries[middle:])
	}
}

// judge ends the products that broke the shop's code even when sent alone. If the shop works otherwise (an empty batch
// tells, when nothing else went through) it is they who are refused; else they wait with everything.
func (w *job) judge(ctx context.Context) {
	if len(w.suspects) == 0 {
		return
	}
	if !w.delivered {
		if err := w.c.canWrite(ctx); err != nil {
			w.lost(w.suspects, err)
			return
		}
	}
	for _, e := range w.suspects {
		w.fail(e.at, fault.New("shop.refused", fault.Args{"key": e.key, "detail": "its own code breaks on this product (internal_server_error); the shop's error log says where"}))
	}
}

// lost ends entries whose outcome nobody knows. Updates are absolute and may be sent again; creates are looked up
// first, unless the request can't have arrived or was refused.
func (w *job) lost(entries []*entry, err error) {
	f := fault.As(err)
	refused := asRefusal(err) != nil && f.Kind != fault.Retry
	for _, e := range entries {
		if !e.create() || refused || unsent(f.Code) {
			w.fail(e.at, err)
			continue
		}
		u := fault.Wrap(err, "shop.unknown_outcome", fault.Args{"key": e.key})
		u.After = f.After
		w.fail(e.at, u)
	}
}

// notCreated looks which creates of a broken batch the shop has after all. Those end as unknown, so that the engine
// links them by looking as after a crash; the rest is returned.
func (w *job) notCreated(ctx context.Context, entries []*entry) []*entry {
	var skus []string
	for _, e := range entries {
		if e.create() {
			skus = append(skus, e.key)
		}
	}
	found := map[string][]*product{}
	for _, group := range chunks(skus, maxPage, hasComma) {
		some, err := w.c.lookUp(ctx, group, "any", record.KindItem)
		if err != nil {
			w.lost(entries, fault.Wrap(err, "net.cut", fault.Args{"side": "Shop", "host": w.c.host}))
			return nil
		}
		for k, v := range some {
			found[k] = v
		}
	}
	var rest []*entry
	for _, e := range entries {
		if e.create() && len(found[foldSKU(e.key)]) > 0 {
			w.fail(e.at, fault.New("shop.unknown_outcome", fault.Args{"key": e.key}))
			continue
		}
		rest = append(rest, e)
	}
	return rest
}

// settle records one answered item for all changes behind it.
func (w *job) settle(ctx context.Context, e *entry, row *answered) {
	ref := string(row.ID)
	switch {
	case row.Error != nil:
		w.fail(e.at, w.itemFault(ctx, e, row.Error))
		return
	case text(ref).number() == 0, !e.create() && ref != string(e.body.ID):
		w.lost([]*entry{e}, w.c.invalidList(api+"products/batch", fmt.Errorf("a result has id %q", clip(ref, 40))))
		return
	}
	for _, i := range e.at {
		w.results[i] = endpoint.Result{Ref: ref, Err: e.differs(&w.changes[i], row)}
	}
}

// itemFault classifies the failure of one product. A SKU of a product in the bin is refused by 11.0 with a code of
// its own that names no holder (NOTES §5), so it is looked up.
func (w *job) itemFault(ctx context.Context, e *entry, failed *apiError) error {
	f := w.c.itemFault(failed, e.key, string(e.body.ID))
	f.Args["what"] = "product"
	if failed.Code != "woocommerce_rest_product_not_created" {
		return f
	}
	binned, err := w.c.lookUp(ctx, []string{e.key}, "trash", record.KindItem)
	if hits := binned[foldSKU(e.key)]; err == nil && len(hits) > 0 {
		return fault.Wrap(f, "shop.sku_in_trash", fault.Args{"key": e.key, "holder": string(hits[0].ID)})
	}
	return f
}

// differs compares what the shop says it stored with what one change wanted: values it can't read it replaces without
// a word (NOTES §5).
func (e *entry) differs(ch *record.Change, row *answered) error {
	switch want := ch.Want.(type) {
	case *record.Item:
		if foldSKU(string(row.SKU)) != foldSKU(e.body.SKU) {
			return e.kept("SKU", row.SKU, e.body.SKU)
		}
		if c := e.body.TaxClass; c != "" && c != string(row.TaxClass) && !(c == "standard" && row.TaxClass == "") {
			return e.kept("tax class", row.TaxClass, c)
		}
	case *record.Price:
		got, err := record.ParseAmount(string(row.Price))
		if err != nil || got.Cmp(want.Regular.Amount) != 0 {
			return e.kept("price", row.Price, e.body.Price)
		}
	case *record.Stock:
		return e.stockDiffers(want, row)
	}
	return nil
}

// stockDiffers lets a smaller number pass: it is a sale at this moment, answers show other writers' values too
// (NOTES §6).
func (e *entry) stockDiffers(want *record.Stock, row *answered) error {
	switch {
	case (row.Manage == "true") != want.Managed:
		return e.kept("stock management", row.Manage, fmt.Sprint(want.Managed))
	case want.Managed && (row.Quantity == "" || row.Quantity == "0" && want.Quantity.IsPos()):
		return e.kept("stock", row.Quantity, string(e.body.Quantity))
	}
	return nil
}

func (e *entry) kept(field string, got optionalScalar, want string) error {
	return fault.New("shop.kept_other", fault.Args{"key": e.key, "field": field, "got": "\"" + clip(string(got), 40) + "\"", "want": "\"" + want + "\""})
}
