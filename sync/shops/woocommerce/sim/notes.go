package sim

import (
	"cmp"
	"net/http"
	"slices"
)

// listNotes answers the notes, newest second first and within it in the order written (golden 362).
func (c *call) listNotes() (any, int, *failure) {
	o, f := c.order(c.ids[0])
	if f != nil {
		return nil, 0, invalidOrderID()
	}
	notes := slices.Clone(o.Notes)
	slices.SortStableFunc(notes, func(a, b Note) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	out := make([]object, 0, len(notes))
	for _, n := range notes {
		switch c.query.Get("type") {
		case "customer":
			if !n.ToCustomer {
				continue
			}
		case "internal":
			if n.ToCustomer {
				continue
			}
		}
		out = append(out, c.noteJSON(o, n))
	}
	return out, http.StatusOK, nil
}

// createNote writes a note. It never moves the order's date (NOTES §3).
func (c *call) createNote() (any, int, *failure) {
	if _, ok := sent(c.body, "note"); !ok {
		return nil, 0, missing("note")
	}
	if f := c.validate(map[string]rule{"note": isText, "customer_note": isFlag, "added_by_user": isFlag}); f != nil {
		return nil, 0, f
	}
	o, f := c.order(c.ids[0])
	if f != nil {
		return nil, 0, invalidOrderID()
	}
	c.s.note(o, stored(text(c.body["note"])))
	n := &o.Notes[len(o.Notes)-1]
	n.ToCustomer = truth(c.body["customer_note"])
	c.header.Set("Location", c.url("orders", o.ID, "notes", n.ID))
	return c.noteJSON(o, *n), http.StatusCreated, nil
}

func (c *call) getNote() (any, int, *failure) {
	o, at, f := c.findNote()
	if f != nil {
		return nil, 0, f
	}
	return c.noteJSON(o, o.Notes[at]), http.StatusOK, nil
}

func (c *call) deleteNote() (any, int, *failure) {
	o, at, f := c.findNote()
	if f != nil {
		return nil, 0, f
	}
	if !c.flag("force") {
		return nil, 0, fail(http.StatusNotImplemented, "woocommerce_rest_trash_not_supported", "Order notes do not support trashing.")
	}
	answer := c.noteJSON(o, o.Notes[at])
	o.Notes = slices.Delete(o.Notes, at, at+1)
	return answer, http.StatusOK, nil
}

func (c *call) findNote() (*Order, int, *failure) {
	o, f := c.order(c.ids[0])
	if f != nil {
		return nil, 0, invalidOrderID()
	}
	at := slices.IndexFunc(o.Notes, func(n Note) bool { return n.ID == c.ids[1] })
	if at < 0 {
		return nil, 0, fail(http.StatusNotFound, "woocommerce_rest_invalid_id", "Invalid resource ID.")
	}
	return o, at, nil
}

// invalidOrderID is for notes of an unknown order; no recording shows it.
func invalidOrderID() *failure {
	return fail(http.StatusNotFound, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
}

func (c *call) noteJSON(o *Order, n Note) object {
	out := object{"id": n.ID, "author": "WooCommerce", "note": n.Text, "customer_note": n.ToCustomer,
		"_links": c.links(c.url("orders", o.ID, "notes", n.ID), c.url("orders", o.ID, "notes"), "GET", "DELETE")}
	out["_links"].(object)["up"] = []object{{"href": c.url("orders", o.ID)}}
	c.s.putDate(out, "date_created", n.Created)
	return out
}
