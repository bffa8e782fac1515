package sim

import (
	"encoding/json"
	"net/http"
)

// maxBatch is how many items one batch takes, create, update and delete together (golden 258, 259).
const maxBatch = 100

// batchOf runs a batch: creates, updates, deletes, each in the order sent. HTTP is 200 and a failure stays with its
// item: id 0 for a create, the id sent (null without one) for an update. Items are not validated, and deletes are
// forced (NOTES §5).
type batchOf struct {
	create func(object) (object, *failure)
	update func(id int, body object) (object, *failure)
	remove func(id int) (object, *failure)
}

func (c *call) runBatch(b batchOf) (any, int, *failure) {
	creates, updates, deletes := items(c.body["create"]), items(c.body["update"]), items(c.body["delete"])
	if len(creates)+len(updates)+len(deletes) > maxBatch {
		return nil, 0, fail(http.StatusRequestEntityTooLarge, "woocommerce_rest_request_entity_too_large",
			"Unable to accept more than 100 items for this request.")
	}
	out := object{}
	var rows []object
	for _, x := range creates {
		o, f := b.create(bodyOf(x))
		if f != nil {
			o = f.item(0)
		}
		rows = append(rows, o)
	}
	section(out, "create", &rows)
	for _, x := range updates {
		body := bodyOf(x)
		o, f := b.update(whole(body["id"]), body)
		if f != nil {
			o = f.item(body["id"])
		}
		rows = append(rows, o)
	}
	section(out, "update", &rows)
	for _, x := range deletes {
		o, f := b.remove(whole(x))
		if f != nil {
			o = f.item(json.Number(text(x)))
		}
		rows = append(rows, o)
	}
	section(out, "delete", &rows)
	if len(out) == 0 {
		return []any{}, http.StatusOK, nil // an empty batch is answered with a list (golden 260)
	}
	return out, http.StatusOK, nil
}

// section files the rows under their name, if there are any.
func section(out object, name string, rows *[]object) {
	if len(*rows) > 0 {
		out[name] = *rows
	}
	*rows = nil
}

func bodyOf(x any) object {
	if o, ok := x.(object); ok {
		return o
	}
	return object{}
}

func (c *call) batchProducts() (any, int, *failure) {
	return c.runBatch(batchOf{
		create: func(body object) (object, *failure) {
			p, f := c.newProduct(body)
			if f != nil {
				return nil, f
			}
			return c.productJSON(p), nil
		},
		update: func(id int, body object) (object, *failure) {
			p, f := c.changeProduct(id, body)
			if f != nil {
				return nil, f
			}
			return c.productJSON(p), nil
		},
		remove: func(id int) (object, *failure) { return first(c.removeProduct(id, true)) },
	})
}

// first takes the object out of a handler's answer.
func first(v any, _ int, f *failure) (object, *failure) {
	o, _ := v.(object)
	return o, f
}
