package woocommerce

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// line is a text of one line as people mean it: entities resolved ("&" is stored as "&amp;", NOTES §5), control
// characters and surplus blanks gone.
func line(s string) string {
	s = html.UnescapeString(s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// prose is line for texts of several lines: line breaks stay.
func prose(s string) string {
	s = strings.ReplaceAll(html.UnescapeString(s), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, s))
}

// octet is what the shop cuts out of a SKU as if it were a piece of an address.
var octet = regexp.MustCompile(`(?i)%[a-f0-9]{2}`)

// badSKU says why a shop can't hold a SKU as it is spelled; "" means it can. The shop strips tags and %xx without
// saying so and shortens blanks (NOTES §5), which would make it another SKU.
func badSKU(sku string) string {
	switch {
	case sku == "":
		return "it is empty"
	case len([]rune(sku)) > 100:
		return "it is longer than 100 characters"
	case strings.ContainsRune(sku, '<'):
		return "the shop removes what follows a \"<\""
	case octet.MatchString(sku):
		return "the shop removes \"" + octet.FindString(sku) + "\""
	case strings.Join(strings.Fields(sku), " ") != sku:
		return "the shop removes surplus blanks"
	case strings.ContainsFunc(sku, unicode.IsControl):
		return "it holds a control character"
	}
	return ""
}

// foldSKU is the form in which SKUs are compared.
func foldSKU(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
