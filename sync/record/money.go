package record

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// Money is an amount in one currency (ISO 4217, upper case; "" is not allowed outside tests of zero).
type Money struct {
	Amount   decimal.Decimal
	Currency string
}

func (m Money) String() string { return m.Currency + " " + m.Amount.Pad(2).String() }

// ParseAmount reads a decimal as systems write it ("12.50", "-3", "0"). The error names the text and the form allowed.
// Of more than 19 digits those beyond the fifth decimal may be rounded away (BC computes with 28), never one before it.
func ParseAmount(s string) (decimal.Decimal, error) {
	d, err := decimal.Parse(strings.TrimSpace(s))
	if err == nil && len(s) > decimal.MaxPrec && d.Scale() < keptScale && !exact(strings.TrimSpace(s), d) {
		err = errTooLong
	}
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("%q is not an amount (allowed: digits with a point, at most 19 digits)", clip(s, 40))
	}
	return d.Trim(0), nil
}

// keptScale is how many decimals BC keeps of prices and quantities; a digit among them is never dropped.
const keptScale = 5

var errTooLong = errors.New("more digits than can be kept")

// exact reports whether d is what the text says.
func exact(s string, d decimal.Decimal) bool {
	if _, exponent, has := strings.Cut(strings.ToLower(s), "e"); has {
		if n, err := strconv.Atoi(exponent); err != nil || n < -maxExponent || n > maxExponent {
			return false
		}
	}
	want, ok := new(big.Rat).SetString(s)
	have, also := new(big.Rat).SetString(d.String())
	return ok && also && want.Cmp(have) == 0
}

// maxExponent bounds the work a hostile exponent can make.
const maxExponent = 100

// Round rounds half away from zero, as BC (direction "nearest") and WooCommerce do. The decimal library's own
// Round goes to the even neighbour, which would differ by a cent on exact halves.
func Round(d decimal.Decimal, scale int) decimal.Decimal {
	if d.Scale() <= scale {
		return d
	}
	down := d.Trunc(scale)
	rest, err := d.Sub(down)
	if err != nil {
		return d.Round(scale)
	}
	half := decimal.MustNew(5, scale+1)
	if rest.Abs().Cmp(half) < 0 {
		return down
	}
	unit := decimal.MustNew(1, scale)
	if d.IsNeg() {
		unit = unit.Neg()
	}
	up, err := down.Add(unit)
	if err != nil {
		return d.Round(scale)
	}
	return up
}

// Add returns the sum of amounts.
func Add(ds ...decimal.Decimal) (sum decimal.Decimal, err error) {
	for _, d := range ds {
		if sum, err = sum.Add(d); err != nil {
			return decimal.Decimal{}, err
		}
	}
	return sum, nil
}

// Text is a decimal without trailing zeros.
func Text(d decimal.Decimal) string { return d.Trim(0).String() }

// level is d in ten-thousandths.
func level(d decimal.Decimal) int64 {
	whole, frac, ok := Round(d, 4).Int64(4)
	switch {
	case ok && whole > -math.MaxInt64/20_000 && whole < math.MaxInt64/20_000:
		return whole*10_000 + frac
	case d.IsNeg():
		return math.MinInt64
	}
	return math.MaxInt64
}

func appendDecimal(dst []byte, d decimal.Decimal) []byte {
	t := d.Trim(0)
	if t.IsNeg() {
		dst = append(dst, '-')
	}
	c := t.Coef()
	for range 8 {
		dst = append(dst, byte(c))
		c >>= 8
	}
	return append(dst, byte(t.Scale()))
}

func appendText(dst []byte, ss ...string) []byte {
	for _, s := range ss {
		n := len(s)
		dst = append(dst, byte(n), byte(n>>8), byte(n>>16))
		dst = append(dst, s...)
	}
	return dst
}

func appendBool(dst []byte, bs ...bool) []byte {
	for _, b := range bs {
		if b {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
	}
	return dst
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
