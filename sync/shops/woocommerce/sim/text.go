package sim

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	tagPattern    = regexp.MustCompile(`<[^<>]*>`)
	octetPattern  = regexp.MustCompile(`%[a-fA-F0-9]{2}`)
	blankPattern  = regexp.MustCompile(`[\r\n\t ]+`)
	entityPattern = regexp.MustCompile(`^&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	handlerAttr   = regexp.MustCompile(`(?i)\s+on[a-z]+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)`)
	tagName       = regexp.MustCompile(`^</?([a-zA-Z][a-zA-Z0-9]*)`)
	forbiddenText = regexp.MustCompile(`(?i)^(script|style|iframe|object|embed|form|input|textarea|select|link|meta|base|svg)$`)
	priceDigits   = regexp.MustCompile(`[^0-9.\-]`)
	gtinDigits    = regexp.MustCompile(`[^0-9\-]`)
)

// stored is a name or a description as the shop keeps it: backslashes go, "&" becomes "&amp;", tags that could run
// code go and their text stays (NOTES §5, golden 075, 616).
func stored(s string) string { return normaliseEntities(cleanTags(stripSlashes(s))) }

// stripSlashes takes one backslash off each escape.
func stripSlashes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		b.WriteRune(r)
		escaped = false
	}
	return b.String()
}

func cleanTags(s string) string {
	return tagPattern.ReplaceAllStringFunc(s, func(tag string) string {
		name := tagName.FindStringSubmatch(tag)
		if name == nil || forbiddenText.MatchString(name[1]) {
			return ""
		}
		return handlerAttr.ReplaceAllString(tag, "")
	})
}

func normaliseEntities(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '&' && !entityPattern.MatchString(s[i:]) {
			b.WriteString("amp;")
		}
	}
	return b.String()
}

// shown is a stored description as a reader gets it: paragraphs around it (golden 032, 617).
func shown(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	if strings.HasPrefix(s, "<p>") || strings.HasPrefix(s, "<p ") {
		return s + "\n"
	}
	var b strings.Builder
	for para := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if para = strings.TrimSpace(para); para != "" {
			b.WriteString("<p>" + strings.ReplaceAll(para, "\n", "<br />\n") + "</p>\n")
		}
	}
	return b.String()
}

// typeset puts typographic quotes into the text between tags, as the short description gets them (golden 617).
func typeset(s string) string {
	var b strings.Builder
	tag, before := false, ' '
	for _, r := range s {
		opens := strings.ContainsRune(" \t\n([{>-", before)
		switch {
		case tag || r != '"' && r != '\'':
			b.WriteRune(r)
		case r == '"' && before >= '0' && before <= '9':
			b.WriteString("&#8243;") // inches
		case r == '"' && opens:
			b.WriteString("&#8220;")
		case r == '"':
			b.WriteString("&#8221;")
		case opens:
			b.WriteString("&#8216;")
		default:
			b.WriteString("&#8217;")
		}
		tag = r == '<' || tag && r != '>'
		before = r
	}
	return b.String()
}

// cleanLine is a one-line text as the shop keeps it: no tags, no %xx, inner blanks collapsed (golden 605, 606, 608).
func cleanLine(s string) string {
	s = tagPattern.ReplaceAllString(s, "")
	for octetPattern.MatchString(s) {
		s = octetPattern.ReplaceAllString(s, "")
	}
	return strings.TrimSpace(blankPattern.ReplaceAllString(s, " "))
}

// cleanPrice reads a price or a weight with the shop's separators: a comma is a point, only the last point counts,
// and what is no digit goes: "1.234,50" is 1234.50 and "abc" is nothing (golden 040-043, 632).
func cleanPrice(s string) string {
	s = strings.ReplaceAll(cleanLine(s), ",", ".")
	s = priceDigits.ReplaceAllString(s, "")
	if last := strings.LastIndexByte(s, '.'); last >= 0 {
		s = strings.ReplaceAll(s[:last], ".", "") + s[last:]
	}
	return s
}

// cleanGTIN keeps digits and hyphens (golden 031).
func cleanGTIN(s string) string { return gtinDigits.ReplaceAllString(s, "") }

// fold makes a key by the database's collation: case, accents and blanks at the ends don't count (golden 028, 614).
func fold(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		r = unicode.ToLower(r)
		if unicode.Is(unicode.Mn, r) {
			continue // a combining accent
		}
		b.WriteRune(plainLetter(r))
	}
	return b.String()
}

// plainLetter takes the accent off a lower-case letter of the European alphabets.
func plainLetter(r rune) rune {
	for _, group := range [...]string{
		"aàáâãäåāăąǎ", "cçćĉċč", "dďđ", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķ", "lĺļľł", "nñńņňŉ",
		"oòóôõöøōŏőǒ", "rŕŗř", "sśŝşšș", "tţťŧț", "uùúûüũūŭůűųǔ", "wŵ", "yýÿŷ", "zźżž",
	} {
		if r > unicode.MaxASCII && strings.ContainsRune(group, r) {
			return rune(group[0])
		}
	}
	return r
}

// slugOf makes the name's part of an address: "Koffiemok – 300 ml ☕" is "koffiemok-300-ml-%e2%98%95".
func slugOf(name string) string {
	name = strings.NewReplacer("&amp;", "", "–", "-", "—", "-").Replace(tagPattern.ReplaceAllString(name, ""))
	var b strings.Builder
	for _, r := range fold(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			b.WriteRune(r)
		case r == ' ' || r == '-':
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		case r > unicode.MaxASCII:
			for _, octet := range []byte(string(r)) {
				b.WriteString("%" + string("0123456789abcdef"[octet>>4]) + string("0123456789abcdef"[octet&15]))
			}
		}
	}
	s := strings.Trim(b.String(), "-")
	return s[:min(len(s), 200)]
}
