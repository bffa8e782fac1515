package sim

import (
	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

func (s *Server) prepareItem(t *tx, r *row, ms []member) error {
	number := givenText(ms, "number")
	if number == "" {
		number = t.nextNumber("item", "ITEM-")
		t.set(r, "number", number)
	}
	if r.in.one("number", number) != nil {
		return duplicate("Item", number)
	}
	if given(ms, "inventory") != nil {
		return dialog("Inventory cannot be changed during on insert.")
	}
	pcs := t.co.addSimple(t, "unitsOfMeasure", "PCS", "Piece")
	t.set(r, "baseUnitOfMeasureId", pcs.id)
	t.set(r, "baseUnitOfMeasureCode", "PCS")
	if !s.opt.NoItemTemplate {
		t.set(r, "generalProductPostingGroupCode", "RETAIL")
		t.set(r, "inventoryPostingGroupCode", "RESALE")
	}
	return nil
}

func (s *Server) itemFields() map[string]func(*tx, *row, any) error {
	tax := pair{"taxGroupId", "taxGroupCode", "taxGroups",
		`The "taxGroupId" does not match to a Tax Group.`, `The "taxGroupCode" does not match to a Tax Group.`}
	unit := pair{"baseUnitOfMeasureId", "baseUnitOfMeasureCode", "unitsOfMeasure",
		`The "baseUnitOfMeasureId" does not match to a Unit of Measure.`, "The unit of measure values do not match to a specific Unit of Measure."}
	return map[string]func(*tx, *row, any) error{
		"number":                renameItem,
		"taxGroupId":            tax.byID,
		"taxGroupCode":          tax.byCode,
		"baseUnitOfMeasureId":   unit.byID,
		"baseUnitOfMeasureCode": unit.byCode,
		"itemCategoryId":        checkMissing("itemCategoryId", `The "itemCategoryId" does not match to a specific Item Category group.`),
		"itemCategoryCode":      checkMissing("itemCategoryCode", `The "itemCategoryCode" does not match to a Item Category.`),
		"unitPrice":             notNegative("unitPrice"),
		"unitCost":              notNegative("unitCost"),
		"inventory": func(t *tx, r *row, v any) error {
			// A PATCH of inventory posts an item journal (NOTES section 8).
			d, _ := v.(decimal.Decimal)
			return t.adjust(r, d)
		},
	}
}

func notNegative(name string) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		d, _ := v.(decimal.Decimal)
		if d.IsNeg() {
			return testField("The value of " + r.in.set.byName[name].caption + " must be greater than or equal to 0. Value: " + record.Text(d) + ".")
		}
		t.set(r, name, record.Round(d, 5))
		return nil
	}
}

// renameItem renames the item and, as the platform does, every place that names it.
func renameItem(t *tx, r *row, v any) error {
	old, number := r.text("number"), v.(string)
	if number == "" {
		return testField("No. must have a value in Item: No.=. It cannot be zero or empty.")
	}
	if other := r.in.one("number", number); other != nil && other != r {
		return duplicate("Item", number)
	}
	if old != "" {
		for _, e := range t.co.tables["itemLedgerEntries"].find("itemNumber", old) {
			t.set(e, "itemNumber", number)
		}
		for _, set := range []string{"salesOrderLines", "salesInvoiceLines"} {
			for _, l := range t.co.tables[set].find("itemId", r.id) {
				t.set(l, "lineObjectNumber", number)
			}
		}
	}
	t.set(r, "number", number)
	return nil
}

func removeItem(t *tx, r *row) error {
	if len(t.co.tables["itemLedgerEntries"].find("itemNumber", r.text("number"))) > 0 {
		return dialog("You cannot delete Item " + r.text("number") + " because there are one or more item ledger entries for it.")
	}
	t.remove(r)
	return nil
}

// adjust posts the difference to a wanted inventory.
func (t *tx) adjust(item *row, wanted decimal.Decimal) error {
	d, err := wanted.Sub(item.amount("inventory"))
	if err != nil {
		return err
	}
	kind := "Positive_x0020_Adjmt_x002E_"
	if d.IsNeg() {
		kind = "Negative_x0020_Adjmt_x002E_"
	}
	return t.ledger(item, d, movement{kind: kind, document: "ITEMJNL"})
}

// movement says why an inventory changed.
type movement struct{ kind, document, documentType, sourceType, source string }

// ledger posts a change of inventory: an item ledger entry. It never touches the item's lastModifiedDateTime, since
// inventory is a sum over the entries (NOTES section 4).
func (t *tx) ledger(item *row, quantity decimal.Decimal, m movement) error {
	if quantity.IsZero() {
		return nil
	}
	sum, err := item.amount("inventory").Add(quantity)
	if err != nil {
		return err
	}
	tb := t.co.tables["itemLedgerEntries"]
	e := tb.newRow(t.co.s.newID())
	co := t.co
	old := co.series["entry"]
	co.series["entry"] = old + 1
	t.undo = append(t.undo, func() { co.series["entry"] = old })
	for name, v := range map[string]any{
		"entryNumber": old + 1, "itemNumber": item.text("number"), "postingDate": t.co.today(), "entryType": m.kind,
		"documentNumber": m.document, "quantity": quantity, "description": item.text("displayName"), "sourceNumber": m.source,
	} {
		t.set(e, name, v)
	}
	if m.documentType != "" {
		t.set(e, "documentType", m.documentType)
	}
	if m.sourceType != "" {
		t.set(e, "sourceType", m.sourceType)
	}
	t.touch(e)
	t.insert(e)
	t.set(item, "inventory", sum)
	return nil
}
