package sim

import (
	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// act runs a bound action.
func (s *Server) act(t *tx, r *row, action string) error {
	if err := s.may(r.in.set.name, "Modify"); err != nil {
		return err
	}
	switch action {
	case "shipAndInvoice":
		return t.postOrder(r, nil, true)
	case "post", "postAndSend":
		return t.postDraft(r)
	case "send":
		if r.text("email") == "" {
			return dialog("The send-to email is empty. Specify email either for the customer or for the invoice in email preview.")
		}
		return nil
	}
	return t.cancel(r, action)
}

// postOrder ships the quantities named by item or account number (nil: what the lines say is to be shipped) and, if
// wanted, invoices what is shipped. It commits inside, as posting does (NOTES section 3, $batch).
func (t *tx) postOrder(order *row, ship map[string]decimal.Decimal, invoice bool) error {
	if err := mayTrade(t.co.tables["customers"].byID[order.text("customerId")], "post"); err != nil {
		return err
	}
	lines := t.co.lines(order)
	if err := t.takeQuantities(lines, ship); err != nil {
		return err
	}
	shipped, err := t.shipLines(order, lines)
	if err != nil {
		return err
	}
	invoiced := false
	if invoice {
		if invoiced, err = t.invoiceLines(order, lines); err != nil {
			return err
		}
	}
	if !shipped && !invoiced {
		return dialog("There is nothing to post.")
	}
	if allDone(lines) {
		for _, l := range lines {
			t.remove(l)
		}
		t.remove(order)
	} else {
		// What a person shipped in part is proposed whole again the next time.
		for _, l := range lines {
			if err := t.openQuantities(l); err != nil {
				return err
			}
		}
		if _, err := t.total(order); err != nil {
			return err
		}
		t.set(order, ".released", true)
		t.set(order, "status", "Open")
		t.touch(order)
	}
	t.commit()
	return nil
}

// takeQuantities writes the quantities to ship into the lines, spreading a number over lines of the same item.
func (t *tx) takeQuantities(lines []*row, ship map[string]decimal.Decimal) error {
	if ship == nil {
		return nil
	}
	left := map[string]decimal.Decimal{}
	for k, v := range ship {
		left[fold(k)] = v
	}
	var s sums
	for _, l := range lines {
		key := fold(l.text("lineObjectNumber"))
		open := s.sub(l.amount("quantity"), l.amount("shippedQuantity"))
		now := left[key]
		if now.Cmp(open) > 0 {
			now = open
		}
		left[key] = s.sub(left[key], now)
		t.set(l, "shipQuantity", now)
	}
	for k, v := range left {
		if !v.IsZero() {
			return dialog("You cannot ship " + record.Text(v) + " more of " + k + ".")
		}
	}
	return s.err
}

// shipLines posts a shipment; false when nothing was to be shipped.
func (t *tx) shipLines(order *row, lines []*row) (bool, error) {
	var out []*row
	for _, l := range lines {
		if !l.amount("shipQuantity").IsZero() && l.text("lineType") != "Comment" {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return false, nil
	}
	s := t.co.s
	h := t.co.tables["salesShipments"].newRow(s.newID())
	t.copyCommon(h, order)
	t.set(h, "number", t.nextNumber("shipment", ""))
	t.set(h, "orderNumber", order.text("number"))
	t.set(h, "postingDate", t.co.today())
	t.set(h, "invoiceDate", order.get("orderDate"))
	t.set(h, "dueDate", t.co.today())
	t.touch(h)
	t.insert(h)
	for _, l := range out {
		if err := t.shipLine(h, l); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (t *tx) shipLine(shipment, l *row) error {
	quantity := l.amount("shipQuantity")
	p := t.co.tables["salesShipmentLines"].newRow(t.co.s.newID())
	t.copyCommon(p, l)
	for name, v := range map[string]any{
		"documentId": shipment.id, "documentNo": shipment.text("number"), "quantity": quantity,
		"shipmentDate": t.co.today(), "lineType": postedType(l.text("lineType")),
	} {
		t.set(p, name, v)
	}
	t.insert(p)
	if err := t.takeStock(l, quantity, shipment); err != nil {
		return err
	}
	var s sums
	t.set(l, "shippedQuantity", s.add(l.amount("shippedQuantity"), quantity))
	t.set(l, "shipQuantity", s.sub(l.amount("quantity"), l.amount("shippedQuantity")))
	return s.err
}

// takeStock posts the item ledger entry of a sale.
func (t *tx) takeStock(l *row, quantity decimal.Decimal, document *row) error {
	item := t.co.tables["items"].byID[l.text("itemId")]
	if item == nil {
		return nil
	}
	if item.flag("blocked") {
		return testField("Blocked must be equal to 'No'  in Item: No.=" + item.text("number") + ". Current value is 'Yes'.")
	}
	if item.text("type") != "Inventory" {
		return nil
	}
	if t.co.s.opt.PreventNegative && item.amount("inventory").Cmp(quantity) < 0 {
		return dialog("You have insufficient quantity of Item " + item.text("number") + " on inventory.")
	}
	kind := "Sales_x0020_Shipment"
	if document.in.set.name == "salesInvoices" {
		kind = "Sales_x0020_Invoice"
	}
	return t.ledger(item, quantity.Neg(), movement{
		kind: "Sale", document: document.text("number"), documentType: kind, sourceType: "Customer", source: document.text("customerNumber"),
	})
}

// postedType is a line type as posted documents write it.
func postedType(t string) string {
	switch t {
	case "Comment":
		return "_x0020_"
	case "Account":
		return "G_x002F_L_x0020_Account"
	case "Charge":
		return "Charge_x0020__x0028_Item_x0029_"
	}
	return t
}

// copyCommon copies every field two rows share, but the id and the stamp.
func (t *tx) copyCommon(to, from *row) {
	for _, f := range to.in.set.fields {
		other := from.in.set.byName[f.name]
		if other == nil || other.kind != f.kind || f.kind == enumType || f.name == "id" || f.name == "lastModifiedDateTime" {
			continue
		}
		t.set(to, f.name, from.v[other.index])
	}
}

// allDone: nothing is left to ship or to invoice.
func allDone(lines []*row) bool {
	for _, l := range lines {
		if l.text("lineType") != "Comment" && l.amount("invoicedQuantity").Cmp(l.amount("quantity")) != 0 {
			return false
		}
	}
	return true
}
