package sim

import (
	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// priceLine looks the item's list price up again and drops the line discount, as every validation of No., variant,
// unit and quantity does (NOTES section 6).
func (t *tx) priceLine(line *row) error {
	if line.text("lineType") != "Item" {
		return nil
	}
	item := t.co.tables["items"].byID[line.text("itemId")]
	if item == nil {
		return nil
	}
	price, err := t.co.listPrice(t.co.document(line), item, line.amount("taxPercent"))
	if err != nil {
		return err
	}
	t.set(line, "unitPrice", price)
	t.clearDiscount(line)
	return nil
}

// listPrice is an item's unit price in the document's currency, with or without VAT as the document has it.
func (c *Company) listPrice(doc, item *row, percent decimal.Decimal) (decimal.Decimal, error) {
	var s sums
	price := item.amount("unitPrice")
	with := s.add(hundred(), percent)
	switch in, out := item.flag("priceIncludesTax"), doc.flag("pricesIncludeTax"); {
	case in && !out:
		price = s.quo(s.mul(price, hundred()), with)
	case !in && out:
		price = s.quo(s.mul(price, with), hundred())
	}
	if cur := c.tables["currencies"].byID[doc.text("currencyId")]; cur != nil {
		price = s.mul(price, cur.amount(".rate"))
	}
	return record.Round(price, priceDigits), s.err
}

// reprice works out every line anew after the customer, the currency or "prices including tax" changed.
func (t *tx) reprice(doc *row) error {
	for _, l := range t.co.lines(doc) {
		if err := setTaxCode(t, l, l.text("taxCode")); err != nil {
			return err
		}
		if err := t.priceLine(l); err != nil {
			return err
		}
	}
	return nil
}

func setUnitPrice(t *tx, line *row, v any) error {
	t.set(line, "unitPrice", record.Round(v.(decimal.Decimal), priceDigits))
	return t.discountFromPercent(line)
}

func (t *tx) clearDiscount(line *row) {
	t.set(line, "discountPercent", decimal.Decimal{})
	t.set(line, "discountAmount", decimal.Decimal{})
}

// discountFromPercent keeps the percentage and works out the amount.
func (t *tx) discountFromPercent(line *row) error {
	var s sums
	t.set(line, "discountAmount", s.part(s.gross(line), line.amount("discountPercent"), cents))
	return s.err
}

// setLineDiscount keeps the amount, to the cent, and works out the percentage to five digits.
func setLineDiscount(t *tx, line *row, v any) error {
	if line.amount("quantity").IsZero() {
		return testField("Quantity must have a value in Sales Line: Document Type=Order, Document No.=" +
			t.co.document(line).text("number") + ". It cannot be zero or empty.")
	}
	var s sums
	d := record.Round(v.(decimal.Decimal), cents)
	t.set(line, "discountAmount", d)
	t.set(line, "discountPercent", record.Round(s.quo(s.mul(d, hundred()), s.gross(line)), 5))
	return s.err
}

func setLineDiscountPercent(t *tx, line *row, v any) error {
	d := v.(decimal.Decimal)
	if d.IsNeg() || d.Cmp(hundred()) > 0 {
		return testField("The value of Line Discount % must be between 0 and 100.")
	}
	t.set(line, "discountPercent", record.Round(d, 5))
	return t.discountFromPercent(line)
}
