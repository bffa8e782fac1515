package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"stockbridge/sync/fault"
)

// maxDepth is how deep an answer may nest. Real ones stay below ten.
const maxDepth = 64

// JSON decodes an answer's body. A web page or another kind of file is answer.not_json; broken, too deeply nested or
// mistyped JSON is answer.invalid. Numbers decoded into an interface become json.Number, never float64.
func JSON(res *Response, into any) error {
	body := bytes.TrimPrefix(res.Body, []byte("\xef\xbb\xbf")) // PHP files saved with a byte order mark send it along
	body = bytes.TrimLeft(body, " \t\r\n")
	if kind, ok := isJSON(res.Header.Get("Content-Type"), body); !ok {
		return fault.New("answer.not_json", fault.Args{"side": res.Side, "host": res.Host, "path": res.Path, "type": kind})
	}
	if err := checkDepth(body); err != nil {
		return invalid(res, err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return invalid(res, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return invalid(res, errors.New("something follows the data"))
	}
	return nil
}

// isJSON judges by the declared type, and by the first byte where none is declared.
func isJSON(contentType string, body []byte) (kind string, ok bool) {
	kind, _, err := mime.ParseMediaType(contentType)
	starts := len(body) > 0 && (body[0] == '{' || body[0] == '[')
	switch {
	case strings.HasSuffix(kind, "json"):
		return kind, true
	case kind == "text/html", kind == "application/xhtml+xml":
		return "a web page (" + kind + ")", false
	case contentType == "", err != nil:
		return "an unnamed kind of file", starts
	}
	return clip(kind, 60), kind == "text/plain" && starts
}

// checkDepth refuses deep nesting before the decoder recurses into it.
func checkDepth(b []byte) error {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested deeper than %d levels", maxDepth)
			}
		case c == '}', c == ']':
			depth--
		}
	}
	return nil
}

func invalid(res *Response, err error) error {
	return fault.Wrap(err, "answer.invalid", fault.Args{"side": res.Side, "host": res.Host, "path": res.Path, "detail": detail(err)})
}

// detail says what is wrong without repeating the data, which may be personal.
func detail(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("%s is a %s", t.Field, t.Value)
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("%s at byte %d", s.Error(), s.Offset)
	}
	return clip(err.Error(), 120)
}
