package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// object is a JSON object. Key order carries no meaning in any recorded answer.
type object = map[string]any

const (
	restRoot = "/wp-json"
	apiRoot  = restRoot + "/wc/v3"
	// maxBody is far above any recorded request; the web server of the recorded shops refuses 64 MiB.
	maxBody = 64 << 20
)

// call is one request on its way through the shop.
type call struct {
	s      *Server
	r      *http.Request
	method string
	path   string   // below /wp-json, without slashes at the ends: "wc/v3/products/25"
	ids    []int    // the numbers in the path
	words  []string // the slugs in the path
	query  url.Values
	body   object // parameters of the body; numbers as json.Number
	header http.Header
}

// newCall reads a request. Only JSON and form bodies are parameters: JSON sent as text is ignored (golden 068).
func newCall(r *http.Request) (*call, *failure) {
	c := &call{r: r, method: r.Method, query: r.URL.Query(), body: object{}}
	c.path = strings.Trim(strings.TrimPrefix(r.URL.Path, restRoot), "/")
	if route := c.query.Get("rest_route"); route != "" && !strings.HasPrefix(r.URL.Path, restRoot) {
		c.path = strings.Trim(route, "/")
	}
	if r.Method == http.MethodPost {
		if over := c.query.Get("_method"); over != "" {
			c.method = strings.ToUpper(over)
		} else if over := r.Header.Get("X-HTTP-Method-Override"); over != "" {
			c.method = strings.ToUpper(over)
		}
	}
	if r.Body == nil {
		return c, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return c, &failure{status: http.StatusRequestEntityTooLarge}
	}
	if err != nil {
		return c, fail(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
	}
	return c, c.readBody(raw)
}

func (c *call) readBody(raw []byte) *failure {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		v, err := decode(raw)
		if err != nil {
			return fail(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.",
				"json_error_code", 4, "json_error_message", "Syntax error")
		}
		if o, ok := v.(object); ok { // a list has no named parameters (golden 066)
			c.body = o
		}
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil // PHP ignores what it cannot read
		}
		for k, v := range form {
			c.body[k] = v[len(v)-1]
		}
	}
	return nil
}

// decode reads one JSON value with exact numbers.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// base is the address the caller used; links in answers start with it.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// url is the address of a resource: c.url("products", 25).
func (c *call) url(parts ...any) string {
	b := strings.Builder{}
	b.WriteString(base(c.r) + apiRoot)
	for _, p := range parts {
		b.WriteByte('/')
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case int:
			b.WriteString(strconv.Itoa(p))
		}
	}
	return b.String()
}

// param is a parameter of the body or, failing that, of the query string.
func (c *call) param(name string) (any, bool) {
	if v, ok := c.body[name]; ok {
		return v, true
	}
	if c.query.Has(name) {
		return c.query.Get(name), true
	}
	return nil, false
}

// flag reads a boolean parameter ("true", "1").
func (c *call) flag(name string) bool {
	v, _ := c.param(name)
	return truth(v)
}

// id is the record a call is about. An id in the body wins over the one in the address: PUT products/25 with
// id 26 in the body changes product 26 (NOTES §5, golden 063).
func (c *call) id() int {
	if v, ok := c.body["id"]; ok {
		return whole(v)
	}
	return c.ids[0]
}

// editing reports whether the answer shows stored text instead of the text made for readers.
func (c *call) editing() bool {
	return c.method != http.MethodGet && c.method != http.MethodHead || c.query.Get("context") == "edit"
}
