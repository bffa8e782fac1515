package settings

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"stockbridge/sync/fault"
)

// sample is the file every installer starts from.
const sample = `name = "webshop-nl"

[bc]
url     = "https://bc01.example.nl:7048/BC"
company = "CRONUS NL"
tenant  = ""
auth    = "basic"
user    = "STOCKBRIDGE"
ca_file = ""

[shop]
platform = "woocommerce"
url      = "https://shop.example.nl"
network  = "public"

[flows.stock]
every = "5m"
buffer = 2.5
cap = "100"

[flows.prices]
vat = { VAT21 = 21, VAT9 = "9.0" }

[flows.orders]
every   = "2m"
between = "06:00-23:00"
days    = ["mon", "sat"]
from    = "2026-12-01T00:00:00+01:00"
`

func mustParse(t *testing.T, text string) Connection {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParse(t *testing.T) {
	c := mustParse(t, "\ufeff"+strings.ReplaceAll(sample, "\n", "\r\n")) // as Notepad saves it
	dec := func(s string) Decimal {
		d, err := ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := Connection{
		Name: "webshop-nl",
		BC:   BC{URL: "https://bc01.example.nl:7048/BC", Company: "CRONUS NL", Auth: "basic", User: "STOCKBRIDGE"},
		Shop: Shop{Platform: "woocommerce", URL: "https://shop.example.nl", Network: "public"},
	}
	want.Flows.Stock = StockFlow{Schedule: Schedule{Every: minutes(5)}, Buffer: dec("2.5"), Cap: dec("100")}
	want.Flows.Prices.VAT = map[string]Decimal{"VAT21": dec("21"), "VAT9": dec("9")}
	want.Flows.Orders = OrdersFlow{
		Schedule: Schedule{Every: minutes(2), Between: "06:00-23:00", Days: []string{"mon", "sat"}},
		From:     time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, c, cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Error(diff)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	unquoted := mustParse(t, "[flows.orders]\nfrom = 2026-12-01T00:00:00+01:00\n")
	if !unquoted.Flows.Orders.From.Equal(want.Flows.Orders.From) {
		t.Errorf("from without quotes is %s", unquoted.Flows.Orders.From)
	}
}

// sentences returns what a person reads of a joined error, one mistake a line.
func sentences(err error) []string {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range joined.Unwrap() {
			out = append(out, sentences(e)...)
		}
		return out
	}
	return []string{string(fault.As(err).Code) + ": " + fault.As(err).Sentence()}
}

func TestParseTellsEveryMistake(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[flows.stock]\nevry = \"5m\"", `settings.unknown_key: [flows.stock] evry is no setting ("every"?).`},
		{"[flows.stok]\nevery = \"5m\"", `settings.unknown_key: [flows.stok] is no setting ("stock"?).`},
		{"[bc]\nURL = \"x\"", `settings.unknown_key: [bc] URL is no setting ("url"?).`},
		{"evrey = \"5m\"\nzzz = 1", "settings.unknown_key: evrey is no setting.\nsettings.unknown_key: zzz is no setting."},
		{"company = \"CRONUS\"", `settings.unknown_key: company is no setting ("[bc] company"?).`},
		{"[shop]\nbatch = 5", `settings.unknown_key: [shop] batch is no setting ("[shop.woocommerce] batch"?).`},
		{"name = \"nl\"\n[bc]\npassword = \"x\"",
			"settings.secret: [bc] password looks like a secret; secrets don't belong in this file. Use: stockbridge secret set nl bc password."},
		{"[shop]\nconsumer_secret = \"cs_1\"\nconsumer_key = \"ck_1\"",
			"settings.secret: [shop] consumer_key looks like a secret; secrets don't belong in this file. Use: stockbridge secret set CONNECTION shop consumer_key.\n" +
				"settings.secret: [shop] consumer_secret looks like a secret; secrets don't belong in this file. Use: stockbridge secret set CONNECTION shop consumer_secret."},
		{"API-Key = \"x\"", "settings.secret: API-Key looks like a secret; secrets don't belong in this file. Use: stockbridge secret set CONNECTION SIDE API-Key."},
		{"bc = \"https://bc\"", `settings.invalid: bc is "https://bc"; allowed: a table, written as [bc].`},
		{"[bc]\nurl = 5\npage_size = \"5\"",
			"settings.invalid: [bc] page_size is \"5\"; allowed: a whole number without quotes.\nsettings.invalid: [bc] url is 5; allowed: text in quotes."},
		{"[bc]\npage_size = 9000000000", "settings.invalid: [bc] page_size is 9000000000; allowed: a whole number without quotes."},
		{"[flows.items]\noff = \"yes\"", `settings.invalid: [flows.items] off is "yes"; allowed: true or false.`},
		{"[flows.items]\nevery = 5", `settings.invalid: [flows.items] every is 5; allowed: a duration such as "90s", "5m" or "1h30m".`},
		{"[flows.items]\ndays = \"mon\"", `settings.invalid: [flows.items] days is "mon"; allowed: a list of texts such as ["mon", "tue"].`},
		{"[flows.items]\ndays = [1]", `settings.invalid: [flows.items] days is [1]; allowed: a list of texts such as ["mon", "tue"].`},
		{"[flows.orders]\nfrom = 2026-12-01", "settings.invalid: [flows.orders] from is 2026-12-01; allowed: a moment with its time zone such as 2026-12-01T00:00:00+01:00."},
		{"[flows.prices]\nvat = { VAT21 = \"21%\" }", "settings.invalid: [flows.prices.vat] VAT21 is \"21%\"; allowed: " + allowedDecimal + "."},
		{"[flows.stock]\nbuffer = nan", "settings.invalid: [flows.stock] buffer is NaN; allowed: " + allowedDecimal + "."},
		{"[flows.stock]\nbuffer = 1e30", "settings.invalid: [flows.stock] buffer is 1e+30; allowed: " + allowedDecimal + "."},
		{"[bc", "settings.syntax: The connection file can't be read as TOML: line 1, column 3: "},
		{"name = \"a\"\nname = \"b\"", "settings.syntax: The connection file can't be read as TOML: line 2, column 1: "},
	} {
		got, err := Parse([]byte(c.text))
		if all := strings.Join(sentences(err), "\n"); !strings.HasPrefix(all, c.want) || (!strings.HasSuffix(c.want, ": ") && all != c.want) {
			t.Errorf("%q:\n got %s\nwant %s", c.text, all, c.want)
		}
		if diff := cmp.Diff(Connection{}, got); diff != "" {
			t.Errorf("%q came with an error and a connection: %s", c.text, diff)
		}
	}
}

func TestParseNeverRepeatsASecret(t *testing.T) {
	for _, text := range []string{
		"[bc]\npassword = \"hunter2\"", "[shop]\naccess_token = 'hunter2'", "client_secret = [\"hunter2\"]",
		"[bc.password]\nhunter2 = \"hunter2\"", "[bc]\npassword = \"hunter2",
		"name = \"a\"\n[bc]\nurl = \"https://admin:hunter2@bc.example.nl/BC\"",
		"name = \"a\"\n[bc]\nurl = \"https://bc.example.nl/BC?token=hunter2\"",
		"name = \"a\"\n[proxy]\nurl = \"http://u:hunter2@proxy\"",
		"name = \"a\"\n[proxy]\nurl = \"u:hunter2@proxy:%zz\"",
	} {
		c, err := Parse([]byte(text))
		if err == nil {
			err = c.Validate()
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("[flows.prices]\nvat.a.b = 1")
	f.Add("[[bc]]\nurl = 1")
	f.Add("bc.url = 'x'\nbc = {}")
	f.Fuzz(func(t *testing.T, in string) {
		c, err := Parse([]byte(in))
		if err != nil {
			for _, s := range sentences(err) {
				if !strings.HasPrefix(s, "settings.") {
					t.Fatalf("%q: %v", in, err)
				}
			}
			return
		}
		b, err := Marshal(c)
		if err != nil {
			t.Fatalf("%q can't be written: %v", in, err)
		}
		if _, err := Parse(b); err != nil {
			t.Fatalf("%q became %q: %v", in, b, err)
		}
	})
}
