package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"stockbridge/sync/endpoint"
)

const (
	maxTraced = 32 << 10 // bytes of a body in the journal
	redacted  = "•••"
)

// secretName matches names whose values never reach the journal, in a query or in JSON (invariant 7).
const secretName = `(?:oauth_\w+|consumer_key|consumer_secret|(?:client_|shared_)?secret|(?:access_|refresh_|id_)?token(?:_secret)?|passw(?:or)?d|pwd|api_?key|authorization|web_?service_?access_?key|card_?number|cvc|cvv)`

var (
	secretQuery = regexp.MustCompile(`(?i)^` + secretName + `$`)
	// A value cut off by the size limit has no closing quote.
	secretJSON = regexp.MustCompile(`(?i)("` + secretName + `"\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s,}\]"]+)`)
)

// trace hands an attempt to the journal: no headers, no secrets, bodies cut.
func (c *Client) trace(r *Request, req *http.Request, began time.Time, res *Response, err error) {
	if c.opts.Journal == nil {
		return
	}
	x := Exchange{At: began, Call: endpoint.CallOf(req.Context()), Connection: c.opts.Connection, Side: c.opts.Side, Kind: r.Kind, Keys: r.Keys,
		Method: r.Method, Path: redactPath(r.Path), Took: c.opts.Now().Sub(began), Err: err}
	own := ownSecrets(req)
	x.Request = redactBody(r.Body, own)
	if res != nil {
		x.Status, x.Response = res.Status, redactBody(res.Body, own)
	}
	c.opts.Journal.Exchange(x)
}

// redactPath hides the values of secret parameters and keeps everything else as it was sent.
func redactPath(path string) string {
	p, query, ok := strings.Cut(path, "?")
	if !ok {
		return p
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		k, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(k)
		if err != nil || secretQuery.MatchString(name) {
			parts[i] = k + "=" + redacted
		}
	}
	return p + "?" + strings.Join(parts, "&")
}

// Redactor returns what hides this client's own secrets in JSON of our own making, wherever a system has repeated one.
// Its field names are ours, so none needs hiding by name, and nothing is cut.
func (c *Client) Redactor() func([]byte) []byte {
	req := &http.Request{Method: http.MethodGet, URL: c.base.JoinPath("/"), Host: c.base.Host, Header: http.Header{}}
	if c.opts.SignIn != nil {
		c.opts.SignIn(req)
	}
	own := ownSecrets(req)
	for _, s := range own {
		if quoted, err := json.Marshal(string(s)); err == nil && !bytes.Equal(quoted[1:len(quoted)-1], s) {
			own = append(own, quoted[1:len(quoted)-1]) // as JSON writes it
		}
	}
	return func(text []byte) []byte {
		for _, s := range own {
			if bytes.Contains(text, s) {
				text = bytes.ReplaceAll(text, s, []byte(redacted))
			}
		}
		return text
	}
}

// redactBody cuts a body, hides the values of secret names and our own secrets wherever a server repeats them.
func redactBody(b []byte, own [][]byte) []byte {
	if len(b) == 0 {
		return nil
	}
	reach := maxTraced // far enough to see a secret whole that the cut would halve
	for _, s := range own {
		reach = max(reach, maxTraced+len(s))
	}
	b = b[:min(len(b), reach)]
	for _, s := range own {
		b = bytes.ReplaceAll(b, s, []byte(redacted))
	}
	if b = b[:min(len(b), maxTraced)]; namesSecret(b) {
		b = secretJSON.ReplaceAll(b, []byte(`$1"`+redacted+`"`))
	}
	return bytes.ToValidUTF8(b, nil)
}

// namesSecret reports whether a body may name a secret: each name that secretName matches holds one of these words, or
// a letter that only folding makes one of ours. Nearly no body does, and the pattern takes as long as the whole exchange.
func namesSecret(b []byte) bool {
	lower := bytes.ToLower(b)
	for _, word := range []string{"oauth_", "consumer_", "secret", "token", "passw", "pwd", "apikey", "api_key", "authorization", "access", "card", "cvc", "cvv", "\u017f"} {
		if bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return false
}

// keyLength is from where on a user name is no name but a key that stands in for one, as WooCommerce's of 43 characters.
const keyLength = 32

// ownSecrets are the texts in a signed request that nobody else may see.
func ownSecrets(req *http.Request) [][]byte {
	var all [][]byte
	add := func(s string) {
		// A shorter text would blot out half of every body and is no secret worth the name.
		if len(s) < 6 {
			return
		}
		all = append(all, []byte(s))
		if escaped := strings.ReplaceAll(s, "/", `\/`); escaped != s { // as PHP writes it in JSON
			all = append(all, []byte(escaped))
		}
	}
	if _, token, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
		add(token)
		if raw, err := base64.StdEncoding.DecodeString(token); err == nil {
			user, password, _ := strings.Cut(string(raw), ":")
			add(password)
			if len(user) >= keyLength {
				add(user)
			}
		}
	}
	for k, vs := range req.URL.Query() {
		if secretQuery.MatchString(k) {
			for _, v := range vs {
				add(v)
			}
		}
	}
	return all
}
