package sim

import (
	"encoding/json"
	"iter"
	"maps"
	"strconv"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

const (
	cents = 2 // decimals of prices, "woocommerce_price_num_decimals"
	inner = 6 // decimals WooCommerce calculates with
)

// money writes an amount with a fixed number of decimals, as WooCommerce does.
func money(d decimal.Decimal, dp int) string {
	if r := record.Round(d, dp); r.IsZero() {
		return decimal.Decimal{}.Pad(dp).String() // never "-0.00"
	} else {
		return r.Pad(dp).String()
	}
}

// exact is arithmetic that fits. Amounts of a shop have far less than the 19 digits a decimal holds; a test that goes
// beyond them asks for what the real shop cannot store either.
func exact(d decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		panic("sim: an amount has more than 19 digits: " + err.Error())
	}
	return d
}

func plus(ds ...decimal.Decimal) decimal.Decimal     { return exact(record.Add(ds...)) }
func minus(a, b decimal.Decimal) decimal.Decimal     { return exact(a.Sub(b)) }
func times(a, b decimal.Decimal) decimal.Decimal     { return exact(a.Mul(b)) }
func dividedBy(a, b decimal.Decimal) decimal.Decimal { return exact(a.Quo(b)) }
func number(n int) decimal.Decimal                   { return decimal.MustNew(int64(n), 0) }

// unitPrice is WooCommerce's line price: a binary division that shows its rounding, 10.702479333333335 (NOTES §5).
// It is the one number here that is a float, because the shop's is; nothing is calculated with it.
func unitPrice(total, quantity decimal.Decimal) json.Number {
	t, _ := total.Float64()
	q, _ := quantity.Float64()
	if q == 0 {
		return "0"
	}
	return json.Number(strconv.FormatFloat(t/q, 'f', -1, 64))
}

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
