package sim

import (
	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

// cents is the amount rounding precision of every currency here: 0.01.
const cents = 2

// priceDigits is BC's unit-amount rounding precision: 0.00001.
const priceDigits = 5

// sums does arithmetic and keeps the first overflow, so that formulas stay readable.
type sums struct{ err error }

func (s *sums) keep(d decimal.Decimal, err error) decimal.Decimal {
	if err != nil && s.err == nil {
		s.err = badRequest("Application_EvaluateException", "The value is outside the range of a Decimal.")
	}
	return d
}

func (s *sums) add(a, b decimal.Decimal) decimal.Decimal { return s.keep(a.Add(b)) }
func (s *sums) sub(a, b decimal.Decimal) decimal.Decimal { return s.keep(a.Sub(b)) }
func (s *sums) mul(a, b decimal.Decimal) decimal.Decimal { return s.keep(a.Mul(b)) }

// quo is zero where b is.
func (s *sums) quo(a, b decimal.Decimal) decimal.Decimal {
	if b.IsZero() {
		return decimal.Decimal{}
	}
	return s.keep(a.Quo(b))
}

// part is percent of a, rounded to scale.
func (s *sums) part(a, percent decimal.Decimal, scale int) decimal.Decimal {
	return record.Round(s.quo(s.mul(a, percent), hundred()), scale)
}

// gross is quantity times unit price, to the cent, before any discount.
func (s *sums) gross(line *row) decimal.Decimal {
	return record.Round(s.mul(line.amount("quantity"), line.amount("unitPrice")), cents)
}

func hundred() decimal.Decimal { return decimal.Hundred }
