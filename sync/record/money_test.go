package record_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"stockbridge/sync/record"
)

func TestRound(t *testing.T) {
	tests := []struct {
		in    string
		scale int
		want  string
	}{
		{"0", 2, "0"}, {"0.004", 2, "0"}, {"-0.004", 2, "0"},
		{"0.005", 2, "0.01"}, {"-0.005", 2, "-0.01"},
		{"0.015", 2, "0.02"}, {"0.025", 2, "0.03"}, {"-0.025", 2, "-0.03"}, // to the even neighbour it would be 0.02
		{"2.675", 2, "2.68"}, {"1.005", 2, "1.01"}, // as a float64 both are below the half
		{"0.0049999999999999999", 2, "0"}, {"0.0050000000000000001", 2, "0.01"},
		{"12.5", 2, "12.5"}, {"12.5", 0, "13"}, {"-12.5", 0, "-13"}, {"99.995", 2, "100"},
		{"99999999999999999.95", 1, "100000000000000000"},
		{"123456789012345678.5", 0, "123456789012345679"},
	}
	for _, tt := range tests {
		in, err := decimal.Parse(tt.in)
		if err != nil {
			t.Fatalf("%s: %v", tt.in, err)
		}
		if got := record.Round(in, tt.scale); got.Cmp(decimal.MustParse(tt.want)) != 0 {
			t.Errorf("Round(%s, %d) = %s, want %s", tt.in, tt.scale, got, tt.want)
		}
	}
}

// TestRoundOracle compares with exact fractions: the neighbour is at most half a unit away, and a half goes away
// from zero.
func TestRoundOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawDecimal(t, "in")
		scale := rapid.IntRange(0, 6).Draw(t, "scale")
		got := record.Round(in, scale)
		if got.Scale() > max(scale, 0) && in.Scale() > scale {
			t.Fatalf("Round(%s, %d) = %s has too many decimals", in, scale, got)
		}
		if want := roundRat(rat(in), scale); rat(got).Cmp(want) != 0 {
			t.Fatalf("Round(%s, %d) = %s, want %s", in, scale, got, want.FloatString(scale))
		}
	})
}

func drawDecimal(t *rapid.T, label string) decimal.Decimal {
	coef := rapid.OneOf(rapid.Int64Range(-100_000, 100_000), rapid.Int64Range(-9e17, 9e17)).Draw(t, label)
	if rapid.Bool().Draw(t, label+" is a half") {
		coef = coef/10*10 + 5
	}
	return decimal.MustNew(coef, rapid.IntRange(0, 12).Draw(t, label+" scale"))
}

func rat(d decimal.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		panic(d.String())
	}
	return r
}

func roundRat(r *big.Rat, scale int) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	abs := new(big.Rat).Abs(r)
	abs.Mul(abs, new(big.Rat).SetInt(unit)).Add(abs, big.NewRat(1, 2))
	whole := new(big.Int).Quo(abs.Num(), abs.Denom())
	out := new(big.Rat).SetFrac(whole, unit)
	if r.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

func TestParseAmount(t *testing.T) {
	for in, want := range map[string]string{"12.50": "12.5", " -3 ": "-3", "0": "0", "0.00": "0", "-0.00": "0", "1234567890123456.789": "1234567890123456.789",
		"12345678901234.50000000000000000": "12345678901234.5", "3.3333333333333333333333": "3.333333333333333333"} {
		got, err := record.ParseAmount(in)
		if err != nil || got.String() != want {
			t.Errorf("ParseAmount(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "12,50", "€ 5", "NaN", "Inf", "1.2.3", "12345678901234567890", "123456789012345678.99", "1234567890123456789012e-4", "0x10", "--1"} {
		_, err := record.ParseAmount(in)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(in)) {
			t.Errorf("ParseAmount(%q): %v, want an error that names it", in, err)
		}
	}
	_, err := record.ParseAmount(strings.Repeat("9", 5000))
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("an error must not repeat a whole hostile text: %v", err)
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1", "-1.005", "1e3", "0.0000001", "9999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := record.ParseAmount(s)
		if err != nil {
			return
		}
		again, err := record.ParseAmount(record.Text(d))
		if err != nil || again != d {
			t.Errorf("%q is %s, which reads as %s (%v)", s, d, again, err)
		}
	})
}

func TestMoneyString(t *testing.T) {
	m := record.Money{Amount: decimal.MustParse("12.5"), Currency: "EUR"}
	if got := m.String(); got != "EUR 12.50" {
		t.Errorf("got %q", got)
	}
}

func TestLevelSaturates(t *testing.T) {
	tests := map[string]int64{"0": 0, "12.5": 125_000, "-1": -10_000, "0.00005": 1, "0.00004": 0}
	for in, want := range tests {
		if got := (&record.Stock{Quantity: decimal.MustParse(in)}).Level(); got != want {
			t.Errorf("Level(%s) = %d, want %d", in, got, want)
		}
	}
	big := &record.Price{Regular: record.Money{Amount: decimal.MustParse("999999999999999999")}}
	small := &record.Price{Regular: record.Money{Amount: decimal.MustParse("-999999999999999999")}}
	if big.Level() <= 0 || small.Level() >= 0 {
		t.Errorf("levels wrapped around: %d, %d", big.Level(), small.Level())
	}
}
