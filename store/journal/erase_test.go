package journal

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"stockbridge/sync/record"
)

// A person is found in whatever spelling a system uses.
func TestMentionsInAnySpelling(t *testing.T) {
	const email = "Jürgen.O'Neil+shop@Example.nl"
	php := `{"email":"J\u00fcrgen.O'Neil+shop@example.nl","url":"https:\/\/x"}`
	nested, err := json.Marshal(map[string]string{"response": php})
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(string(nested))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain":              "to jürgen.o'neil+shop@example.nl.",
		"upper case":         strings.ToUpper(email),
		"PHP's JSON":         php,
		"JSON in JSON":       string(nested),
		"JSON in JSON twice": string(twice),
		"a query":            "/customers?email=" + url.QueryEscape(email),
		"an OData filter":    "$filter=email%20eq%20'" + url.PathEscape(strings.ReplaceAll(email, "@", "%40")) + "'",
		"small hexadecimals": "email=j%c3%bcrgen.o%27neil%2bshop%40example.nl",
		"a page":             "mailto:J&uuml;rgen.O&#39;Neil+shop&#64;example.nl",
		"escaped at sign":    `j\u00fcrgen.o\u0027neil\u002bshop\u0040example.nl`,
	} {
		if !Mentions([]byte(text), email) {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	for _, text := range []string{"", "jurgen.oneil@example.nl", "jürgen.o'neil@example.nl", `\u`, "%", "%zz", `\u12`, `\ud800`} {
		if Mentions([]byte(text), email) {
			t.Errorf("found in %q", text)
		}
	}
}

// Erasing a person takes the records too, and the entries about the person's orders that hold a name but no address.
func TestErasedRecords(t *testing.T) {
	j := openTest(t, t.TempDir(), Options{})
	put(t, j, ordered("jan@example.nl"))
	put(t, j, decision(3))
	label := exchange(morning, "nl", "1001")
	label.Kind, label.Request, label.Path = record.KindShipment, []byte(`{"name":"Jan de Vries"}`), "/shipments"
	j.Exchange(label)
	product := exchange(morning, "nl", "1001") // an item that is called as the order is
	j.Exchange(product)
	n, err := j.Erase("JAN@example.nl ")
	if err != nil || n != 2 {
		t.Errorf("%d erased, %v", n, err)
	}
	text, err := os.ReadFile(j.path("2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"jan@example.nl", "Vries", "Utrecht"} {
		if strings.Contains(string(text), part) {
			t.Errorf("%s is still in %s", part, text)
		}
	}
	if got := search(t, j, Query{Kind: record.KindItem, Parts: Decisions}); len(got) != 3 {
		t.Errorf("%d decisions on products are left", len(got))
	}
	if got := search(t, j, Query{Kind: record.KindItem}); len(got) != 1 || got[0].Erased {
		t.Errorf("the product's exchange: %+v", got)
	}
	if n, err := j.Erase("jan@example.nl"); n != 0 || err != nil {
		t.Errorf("erased again: %d, %v", n, err)
	}
}
