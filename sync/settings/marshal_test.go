package settings

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// text draws what people put into names and keys, with what needs quotes in TOML.
func text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9 ._-]{0,12}`), rapid.SampledFrom([]string{`"`, `\`, "a.b", "ë\n", "'''", "#", "=", "\t", "€"}))
}

func decimals() *rapid.Generator[Decimal] {
	return rapid.Custom(func(t *rapid.T) Decimal {
		d, err := ParseDecimal(rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?`).Draw(t, "decimal"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}

// connections draws any connection the types can hold, sensible or not.
func connections() *rapid.Generator[Connection] {
	times := rapid.Custom(func(t *rapid.T) time.Time {
		zone := time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, "zone"))
		return time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nano")).In(zone)
	})
	return rapid.MakeCustom[Connection](rapid.MakeConfig{
		Types: map[reflect.Type]*rapid.Generator[any]{
			reflect.TypeFor[Decimal]():   decimals().AsAny(),
			reflect.TypeFor[time.Time](): times.AsAny(),
		},
		Kinds: map[reflect.Kind]*rapid.Generator[any]{
			reflect.String: text().AsAny(),
			reflect.Int:    rapid.IntRange(math.MinInt32, math.MaxInt32).AsAny(),
		},
	})
}

func TestParseOfMarshalIsTheSame(t *testing.T) {
	same := cmp.Options{cmp.Comparer(time.Time.Equal), cmpopts.EquateEmpty()}
	rapid.Check(t, func(t *rapid.T) {
		c := connections().Draw(t, "connection")
		b, err := Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(b)
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if diff := cmp.Diff(c, back, same); diff != "" {
			t.Fatalf("%s\n%s", diff, b)
		}
	})
}

func TestMarshalLeavesDefaultsOut(t *testing.T) {
	b, err := Marshal(mustParse(t, sample))
	if err != nil {
		t.Fatal(err)
	}
	const want = `name = 'webshop-nl'

[bc]
url = 'https://bc01.example.nl:7048/BC'
company = 'CRONUS NL'
auth = 'basic'
user = 'STOCKBRIDGE'

[shop]
platform = 'woocommerce'
url = 'https://shop.example.nl'
network = 'public'

[flows]
[flows.stock]
every = '5m'
buffer = '2.5'
cap = '100'

[flows.prices]
[flows.prices.vat]
VAT21 = '21'
VAT9 = '9'

[flows.orders]
every = '2m'
between = '06:00-23:00'
days = ['mon', 'sat']
from = 2026-12-01T00:00:00+01:00
`
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Error(diff)
	}
}
