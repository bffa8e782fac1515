package sim

import "strings"

// token is one word of a $filter. A quoted one had its quotes doubled inside.
type token struct {
	text   string
	quoted bool
}

// lex splits a $filter into parentheses, commas, quoted strings and words.
func lex(s string) ([]token, error) {
	var out []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '(' || c == ')' || c == ',':
			out = append(out, token{text: string(c)})
			i++
		case c == '\'':
			text, n, ok := quotedText(s[i:])
			if !ok {
				return nil, syntaxError()
			}
			out = append(out, token{text: text, quoted: true})
			i += n
		default:
			n := strings.IndexAny(s[i:], " \t(),'")
			if n < 0 {
				n = len(s) - i
			}
			out = append(out, token{text: s[i : i+n]})
			i += n
		}
	}
	return out, nil
}

// quotedText reads 'it”s' and returns its text and length in s.
func quotedText(s string) (string, int, bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}
