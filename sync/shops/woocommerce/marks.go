package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
	"stockbridge/sync/web"
)

// Order meta that holds our mark. The leading underscore hides it from the order's custom fields.
const (
	metaInstallation = "_stockbridge_installation"
	metaDocument     = "_stockbridge_document"
	metaRun          = "_stockbridge_run"
)

// orderBody is what is ever sent of an order.
type orderBody struct {
	ID     json.Number `json:"id"`
	Status string      `json:"status,omitempty"`
	Meta   []metaBody  `json:"meta_data,omitempty"`
}

// metaBody names its key only: the shop then replaces the first entry of that key (golden 079).
type metaBody struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ordersNow reads the state of the orders that changes are about, by id. It fails all of at when it can't.
func (w *job) ordersNow(ctx context.Context, at []int) map[string]*order {
	var refs []string
	keys := map[string][]string{}
	for _, i := range at {
		ch := &w.changes[i]
		refs, keys[ch.Ref] = append(refs, ch.Ref), append(keys[ch.Ref], ch.Key.ID)
	}
	raws, err := w.c.ordersByRef(ctx, refs, wanted{list: "orders", fields: "id,number,status,meta_data", kind: w.changes[at[0]].Key.Kind,
		keys: func(ref string) []string { return keys[ref] }})
	if err != nil {
		w.fail(at, err)
		return nil
	}
	now := map[string]*order{}
	for _, raw := range raws {
		o := readOrder(raw)
		now[string(o.ID)] = o
	}
	return now
}

// unusable ends a change whose order the shop does not have any more, or can't be read, and reports whether it did.
func (w *job) unusable(i int, o *order) bool {
	ch := &w.changes[i]
	switch {
	case o == nil:
		w.results[i].Err = fault.New("shop.gone", fault.Args{"what": "order", "ref": ch.Ref, "key": ch.Key.ID})
	case o.bad != nil:
		w.results[i].Err = unreadable(o.bad, ch.Key.ID, "order")
	default:
		return false
	}
	return true
}

// marks leaves our mark on orders, and a note for the shop's staff. Both are looked for first: doing it twice equals
// doing it once.
func (w *job) marks(ctx context.Context, at []int) {
	now := w.ordersNow(ctx, at)
	if now == nil {
		return
	}
	var write []int
	marked := map[int]bool{} // before this call
	for _, i := range at {
		o, m := now[w.changes[i].Ref], w.changes[i].Want.(*record.Mark)
		if w.unusable(i, o) {
			continue
		}
		by, as := metaText(o.Meta, metaInstallation), metaText(o.Meta, metaDocument)
		if by != "" && by != m.Installation && !slices.Contains(m.Over, by) {
			w.results[i].Err = fault.New("order.other_mark", fault.Args{"key": w.changes[i].Key.ID, "installation": by, "number": as})
			continue
		}
		marked[i] = by == m.Installation && as == m.Document
		w.results[i].Ref = w.changes[i].Ref
		write = append(write, i)
	}
	var fresh []orderChange
	for _, i := range write {
		if m := w.changes[i].Want.(*record.Mark); !marked[i] {
			metas := []metaBody{{metaInstallation, m.Installation}, {metaDocument, m.Document}}
			if m.Run != "" {
				metas = append(metas, metaBody{metaRun, m.Run})
			}
			fresh = append(fresh, orderChange{i, orderBody{ID: json.Number(w.changes[i].Ref), Meta: metas}})
		}
	}
	w.updateOrders(ctx, fresh)
	for _, i := range write {
		m := w.changes[i].Want.(*record.Mark)
		if w.results[i].Err != nil || !m.Note {
			continue
		}
		text := "Taken into Business Central as " + m.Document + "."
		w.results[i].Err = w.c.noteOnce(ctx, &w.changes[i], text, text, marked[i])
	}
}

// orderChange is an update of one order on behalf of change i.
type orderChange struct {
	i    int
	body orderBody
}

// updateOrders sends updates of orders as one batch. They are absolute: a lost answer is repeated by the next run.
func (w *job) updateOrders(ctx context.Context, updates []orderChange) {
	if len(updates) == 0 {
		return
	}
	var body batchBody
	var keys []string
	for _, u := range updates {
		body.Update = append(body.Update, u.body)
		keys = append(keys, w.changes[u.i].Key.ID)
	}
	rows, err := w.c.post(ctx, "orders/batch", w.changes[updates[0].i].Key.Kind, keys, body)
	for n, u := range updates {
		ch, res := &w.changes[u.i], &w.results[u.i]
		switch {
		case err != nil:
			*res = endpoint.Result{Err: err}
		case rows[n].Error != nil:
			f := w.c.itemFault(rows[n].Error, ch.Key.ID, ch.Ref)
			f.Args["what"] = "order"
			*res = endpoint.Result{Err: f}
		case string(rows[n].ID) != ch.Ref:
			*res = endpoint.Result{Err: w.c.invalidList(api+"orders/batch", fmt.Errorf("a result has id %q", clip(string(rows[n].ID), 40)))}
		default:
			res.Err = u.differs(&rows[n], ch.Key.ID)
		}
	}
}

// differs compares what the shop says it stored with what was sent.
func (u *orderChange) differs(row *answered, key string) error {
	field, got, want := "status", string(row.Status), u.body.Status
	for _, m := range u.body.Meta {
		if v := metaText(row.Meta, m.Key); v != m.Value {
			field, got, want = m.Key, v, m.Value
		}
	}
	if want == "" || got == want {
		return nil
	}
	return fault.New("shop.kept_other", fault.Args{"key": key, "field": field, "got": "\"" + clip(got, 40) + "\"", "want": "\"" + want + "\""})
}

// noteOnce leaves a note that only the shop's staff sees. With look set, notes are read first and one that begins as
// sign does counts.
func (c *Client) noteOnce(ctx context.Context, ch *record.Change, sign, text string, look bool) error {
	if text == "" {
		return nil
	}
	path := api + "orders/" + ch.Ref + "/notes"
	r := web.Request{Path: path, Kind: ch.Key.Kind, Keys: []string{ch.Key.ID}}
	if look {
		var notes rows[note]
		if _, err := c.get(ctx, r, &notes); err != nil {
			return err
		}
		for _, n := range notes {
			if strings.HasPrefix(line(string(n.Note)), sign) {
				return nil
			}
		}
	}
	body, err := json.Marshal(map[string]any{"note": text, "customer_note": false})
	if err != nil {
		return fault.Wrap(err, "bug.unclassified", nil)
	}
	r.Method, r.Body = http.MethodPost, body
	res, err := c.send(ctx, r)
	if err != nil {
		return c.denied(ctx, err)
	}
	// A page of a login wall comes with status 200 too; only the note itself says that it is there.
	var made note
	if err := web.JSON(res, &made); err != nil {
		return err
	}
	if made.ID.number() == 0 {
		return c.invalidList(path, errors.New("the note has no id"))
	}
	return nil
}
