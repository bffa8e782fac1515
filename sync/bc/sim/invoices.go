package sim

import (
	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// invoiceLines posts an invoice of what is shipped and not invoiced; false when there is nothing.
func (t *tx) invoiceLines(order *row, lines []*row) (bool, error) {
	var s sums
	var open []*row
	var quantities []decimal.Decimal
	for _, l := range lines {
		q := s.sub(l.amount("shippedQuantity"), l.amount("invoicedQuantity"))
		if !q.IsZero() && l.text("lineType") != "Comment" {
			open, quantities = append(open, l), append(quantities, q)
		}
	}
	if len(open) == 0 || s.err != nil {
		return false, s.err
	}
	h := t.co.tables["salesInvoices"].newRow(t.co.s.newID())
	t.copyCommon(h, order)
	for name, v := range map[string]any{
		"number": t.nextNumber("invoice", ""), "orderId": order.id, "orderNumber": order.text("number"), "status": "Open",
		"invoiceDate": order.get("orderDate"), "postingDate": t.co.today(), "dueDate": t.co.today(), ".posted": true, ".released": false,
	} {
		t.set(h, name, v)
	}
	t.insert(h)
	for i, l := range open {
		if err := t.invoiceLine(h, l, quantities[i]); err != nil {
			return false, err
		}
	}
	// The discount of the whole document belongs to the whole document; a part invoice carries its lines' share.
	share := decimal.Decimal{}
	for i, l := range open {
		share = s.add(share, s.quo(s.mul(l.amount("invoiceDiscountAllocation"), quantities[i]), l.amount("quantity")))
	}
	t.set(h, "discountAmount", record.Round(share, cents))
	if s.err != nil {
		return false, s.err
	}
	if _, err := t.total(h); err != nil {
		return false, err
	}
	t.set(h, "remainingAmount", h.amount("totalAmountIncludingTax"))
	t.touch(h)
	return true, nil
}

func (t *tx) invoiceLine(invoice, l *row, quantity decimal.Decimal) error {
	var s sums
	p := t.co.tables["salesInvoiceLines"].newRow(t.co.s.newID())
	t.copyCommon(p, l)
	t.set(p, "documentId", invoice.id)
	t.set(p, "lineType", l.get("lineType"))
	t.set(p, "quantity", quantity)
	if quantity.Cmp(l.amount("quantity")) != 0 {
		t.set(p, "discountAmount", record.Round(s.quo(s.mul(l.amount("discountAmount"), quantity), l.amount("quantity")), cents))
	}
	t.insert(p)
	t.set(l, "invoicedQuantity", s.add(l.amount("invoicedQuantity"), quantity))
	t.set(l, "invoiceQuantity", s.sub(l.amount("quantity"), l.amount("invoicedQuantity")))
	return s.err
}

// postDraft posts a draft invoice: its id stays, its number is a new one (NOTES section 6).
func (t *tx) postDraft(r *row) error {
	if r.flag(".posted") {
		return dialog("The action can be applied to a draft invoice only.")
	}
	if err := mayTrade(t.co.tables["customers"].byID[r.text("customerId")], "post"); err != nil {
		return err
	}
	if err := finishDocument(t, r); err != nil {
		return err
	}
	lines := t.co.lines(r)
	some := false
	t.set(r, "number", t.nextNumber("invoice", ""))
	for _, l := range lines {
		if l.amount("quantity").IsZero() || l.text("lineType") == "Comment" {
			continue
		}
		some = true
		if err := t.takeStock(l, l.amount("quantity"), r); err != nil {
			return err
		}
	}
	if !some {
		return dialog("There is nothing to post.")
	}
	t.set(r, ".posted", true)
	t.set(r, "status", "Open")
	t.set(r, "remainingAmount", r.amount("totalAmountIncludingTax"))
	t.touch(r)
	t.commit()
	return nil
}

// cancel takes a posted invoice back: the items return, nothing is left to pay.
func (t *tx) cancel(r *row, action string) error {
	if !r.flag(".posted") {
		return dialog("The action can be applied to a posted invoice only.")
	}
	if s := r.text("status"); s == "Canceled" || s == "Corrective" {
		return dialog("The invoice cannot be canceled because it has already been canceled.")
	}
	for _, l := range t.co.lines(r) {
		item := t.co.tables["items"].byID[l.text("itemId")]
		if item == nil || item.text("type") != "Inventory" {
			continue
		}
		if err := t.ledger(item, l.amount("quantity"), movement{
			kind: "Sale", document: r.text("number"), documentType: "Sales_x0020_Credit_x0020_Memo",
			sourceType: "Customer", source: r.text("customerNumber"),
		}); err != nil {
			return err
		}
	}
	status := "Canceled"
	if action == "makeCorrectiveCreditMemo" {
		status = "Corrective"
	}
	t.set(r, "status", status)
	t.set(r, "remainingAmount", decimal.Decimal{})
	t.touch(r)
	t.commit()
	return nil
}
