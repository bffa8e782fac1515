package sim

import (
	"strings"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

func prepareLine(t *tx, r *row, ms []member) error {
	id := r.text("documentId")
	if v := givenText(ms, "documentId"); v != "" {
		id = v
	}
	t.set(r, "documentId", id)
	doc := t.co.document(r)
	if doc == nil {
		return dialog("You must specify an Id or a Document Id to get the lines.")
	}
	if err := editLine(t, r); err != nil {
		return err
	}
	if givenText(ms, "itemId") != "" && givenText(ms, "accountId") != "" {
		return dialog(`Both "itemId" and "accountId" are specified. Specify only one of them.`)
	}
	last := int64(0)
	wanted, _ := given(ms, "sequence").(int64)
	for _, l := range t.co.lines(doc) {
		last = max(last, l.number("sequence"))
		if wanted != 0 && l.number("sequence") == wanted {
			return badRequest("Internal_EntityWithSameKeyExists", "The record in table Sales Line already exists. Identification fields and values: Document No.='"+doc.text("number")+"'")
		}
	}
	t.set(r, "sequence", last+10000)
	if wanted != 0 {
		t.set(r, "sequence", wanted)
	}
	t.set(r, "lineType", "Comment")
	t.set(r, "shipmentDate", t.co.today())
	return nil
}

// editLine refuses a line of a released order or a posted invoice.
func editLine(t *tx, line *row) error {
	doc := t.co.document(line)
	if err := editDocument(t, doc); err != nil {
		return err
	}
	return statusOpen(doc)
}

func lineFields() map[string]func(*tx, *row, any) error {
	return map[string]func(*tx, *row, any) error{
		"documentId": func(*tx, *row, any) error { return dialog(`The value for "documentId" cannot be modified.`) },
		"sequence": func(*tx, *row, any) error {
			return dialog("The value for sequence cannot be modified. Delete and insert the line again.")
		},
		"itemId":            setItem,
		"accountId":         setAccount,
		"lineType":          setLineType,
		"lineObjectNumber":  setObjectNumber,
		"itemVariantId":     setVariant,
		"unitOfMeasureId":   setUnitID,
		"unitOfMeasureCode": setUnitCode,
		"quantity":          setQuantity,
		"unitPrice":         setUnitPrice,
		"discountAmount":    setLineDiscount,
		"discountPercent":   setLineDiscountPercent,
		"taxCode":           setTaxCode,
		"shipQuantity":      setPart("shipQuantity", "shippedQuantity"),
		"invoiceQuantity":   setPart("invoiceQuantity", "invoicedQuantity"),
		"locationId":        checkMissing("locationId", "The location cannot be found."),
	}
}

func setItem(t *tx, line *row, v any) error {
	item := t.co.tables["items"].byID[v.(string)]
	if item == nil {
		return dialog("Item does not exist.")
	}
	return t.useItem(line, item)
}

// useItem is Validate("No.") of an item line: everything that comes from the item is taken anew, the quantity stays.
func (t *tx) useItem(line, item *row) error {
	if item.flag("blocked") {
		return testField("Blocked must be equal to 'No'  in Item: No.=" + item.text("number") + ". Current value is 'Yes'.")
	}
	if item.text("generalProductPostingGroupCode") == "" {
		return testField("Gen. Prod. Posting Group must have a value in Item: No.=" + item.text("number") + ". It cannot be zero or empty.")
	}
	t.set(line, "lineType", "Item")
	t.set(line, "itemId", item.id)
	t.set(line, "accountId", zeroGUID)
	t.set(line, "lineObjectNumber", item.text("number"))
	t.set(line, "description", item.text("displayName"))
	t.set(line, "description2", item.text("displayName2"))
	t.set(line, "itemVariantId", zeroGUID)
	t.set(line, "unitOfMeasureId", item.get("baseUnitOfMeasureId"))
	t.set(line, "unitOfMeasureCode", item.get("baseUnitOfMeasureCode"))
	if err := setTaxCode(t, line, item.text("taxGroupCode")); err != nil {
		return err
	}
	return t.priceLine(line)
}

func setAccount(t *tx, line *row, v any) error {
	account := t.co.tables["accounts"].byID[v.(string)]
	if account == nil {
		return dialog("Account does not exist.")
	}
	return t.useAccount(line, account)
}

func (t *tx) useAccount(line, account *row) error {
	if account.flag("blocked") {
		return testField("Blocked must be equal to 'No'  in G/L Account: No.=" + account.text("number") + ". Current value is 'Yes'.")
	}
	t.set(line, "lineType", "Account")
	t.set(line, "accountId", account.id)
	t.set(line, "itemId", zeroGUID)
	t.set(line, "lineObjectNumber", account.text("number"))
	t.set(line, "description", account.text("displayName"))
	t.set(line, "unitPrice", decimal.Decimal{})
	t.clearDiscount(line)
	return setTaxCode(t, line, account.text(".taxGroup"))
}

func setLineType(t *tx, line *row, v any) error {
	t.set(line, "lineType", v)
	t.set(line, "itemId", zeroGUID)
	t.set(line, "accountId", zeroGUID)
	t.set(line, "lineObjectNumber", "")
	return nil
}

func setObjectNumber(t *tx, line *row, v any) error {
	number := v.(string)
	if line.text("lineObjectNumber") != "" {
		return dialog(`The value for "lineObjectNumber" cannot be modified.`)
	}
	set, related := "", "Standard Text"
	switch line.text("lineType") {
	case "Item":
		set, related = "items", "Item"
	case "Account":
		set, related = "accounts", "G/L Account"
	}
	var found *row
	if set != "" {
		found = t.co.tables[set].one("number", number)
	}
	switch {
	case found == nil:
		return noRelation("No.", "Sales Line", number, related)
	case set == "items":
		return t.useItem(line, found)
	}
	return t.useAccount(line, found)
}

func setVariant(t *tx, line *row, v any) error {
	id := v.(string)
	if id != zeroGUID {
		variant := t.co.tables["itemVariants"].byID[id]
		if variant == nil || variant.text("itemId") != line.text("itemId") {
			return noRelation("Variant Code", "Sales Line", id, "Item Variant")
		}
		t.set(line, "description", variant.text("description"))
	}
	t.set(line, "itemVariantId", id)
	return t.priceLine(line)
}

func setUnitID(t *tx, line *row, v any) error {
	unit := t.co.tables["unitsOfMeasure"].byID[v.(string)]
	if unit == nil {
		return noRelation("Unit of Measure Code", "Sales Line", v.(string), "Unit of Measure")
	}
	return setUnitCode(t, line, unit.text("code"))
}

func setUnitCode(t *tx, line *row, v any) error {
	unit := t.co.tables["unitsOfMeasure"].one("code", v.(string))
	item := t.co.tables["items"].byID[line.text("itemId")]
	if unit == nil || (item != nil && item.text("baseUnitOfMeasureCode") != unit.text("code")) {
		return noRelation("Unit of Measure Code", "Sales Line", v.(string), "Item Unit of Measure")
	}
	t.set(line, "unitOfMeasureId", unit.id)
	t.set(line, "unitOfMeasureCode", unit.text("code"))
	return t.priceLine(line)
}

// setQuantity validates a quantity; the price of an item is then looked up again, so that a price sent before the
// quantity is lost (NOTES section 6, Validation order).
func setQuantity(t *tx, line *row, v any) error {
	q := record.Round(v.(decimal.Decimal), 5)
	if shipped, ok := line.in.set.byName["shippedQuantity"]; ok {
		done := line.v[shipped.index].(decimal.Decimal)
		if q.Abs().Cmp(done.Abs()) < 0 {
			return testField("Quantity must not be less than Quantity Shipped in Sales Line Document Type='Order',Document No.='" + t.co.document(line).text("number") + "'.")
		}
	}
	t.set(line, "quantity", q)
	if err := t.openQuantities(line); err != nil {
		return err
	}
	if line.text("lineType") == "Item" {
		return t.priceLine(line)
	}
	return t.discountFromPercent(line)
}

// openQuantities proposes to ship and invoice all that is left.
func (t *tx) openQuantities(line *row) error {
	if line.in.set.byName["shipQuantity"] == nil {
		return nil
	}
	for _, p := range [][2]string{{"shipQuantity", "shippedQuantity"}, {"invoiceQuantity", "invoicedQuantity"}} {
		left, err := line.amount("quantity").Sub(line.amount(p[1]))
		if err != nil {
			return err
		}
		t.set(line, p[0], left)
	}
	return nil
}

func setPart(name, done string) func(*tx, *row, any) error {
	return func(t *tx, line *row, v any) error {
		d, _ := v.(decimal.Decimal)
		left, err := line.amount("quantity").Sub(line.amount(done))
		if err != nil {
			return err
		}
		if d.Abs().Cmp(left.Abs()) > 0 {
			return dialog("You cannot handle more than " + record.Text(left) + " units.")
		}
		t.set(line, name, d)
		return nil
	}
}

func setTaxCode(t *tx, line *row, v any) error {
	code := strings.ToUpper(strings.TrimSpace(v.(string)))
	if code != "" && t.co.tables["taxGroups"].one("code", code) == nil {
		return noRelation("VAT Prod. Posting Group", "Sales Line", code, "VAT Product Posting Group")
	}
	percent, err := t.co.vatPercent(t.co.document(line).text(".vatGroup"), code)
	if err != nil {
		return err
	}
	t.set(line, "taxCode", code)
	t.set(line, "taxPercent", percent)
	return nil
}

func finishLine(t *tx, line *row) error {
	doc := t.co.document(line)
	if !doc.amount("discountAmount").IsZero() {
		t.set(doc, ".pending", true)
	}
	changed, err := t.total(doc)
	// A line change that alters no total need not stamp the document (NOTES section 4).
	if changed {
		t.touch(doc)
	}
	return err
}

func removeLine(t *tx, line *row) error {
	doc := t.co.document(line)
	if done := line.in.set.byName["shippedQuantity"]; done != nil && !line.amount("shippedQuantity").IsZero() {
		return testField("Quantity Shipped must be equal to '0'  in Sales Line: Document Type=Order, Document No.=" + doc.text("number") + ".")
	}
	t.remove(line)
	changed, err := t.total(doc)
	if changed {
		t.touch(doc)
	}
	return err
}
