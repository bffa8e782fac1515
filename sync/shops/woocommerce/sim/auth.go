package sim

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"stockbridge/sync/settings"
)

// Permission is what a key may do.
type Permission string

// The permissions of a key.
const (
	ReadWrite Permission = "read_write"
	ReadOnly  Permission = "read"
	WriteOnly Permission = "write"
)

// Key is one consumer key of the shop.
type Key struct {
	ConsumerKey    settings.Secret
	ConsumerSecret settings.Secret
	Permission     Permission // "": ReadWrite
}

// signIn checks the request's key. Without a usable key it returns signedIn false and no failure: some routes are
// open, and an unknown route answers 404 before it asks who calls. Golden 001-010.
func (c *call) signIn() (signedIn bool, _ *failure) {
	if c.r.TLS == nil {
		return false, nil // Basic and query keys count over TLS only
	}
	name, secret := c.query.Get("consumer_key"), c.query.Get("consumer_secret")
	if name == "" || secret == "" {
		name, secret, _ = c.r.BasicAuth()
	}
	key, known := c.s.key(name)
	if !known {
		return false, nil
	}
	if subtle.ConstantTimeCompare([]byte(key.ConsumerSecret.Reveal()), []byte(secret)) != 1 {
		return false, denied("Consumer secret is invalid.")
	}
	return true, key.allows(c.method)
}

func (s *Server) key(name string) (Key, bool) {
	if name == "" {
		return Key{}, false
	}
	for _, k := range s.opts.Keys {
		if subtle.ConstantTimeCompare([]byte(k.ConsumerKey.Reveal()), []byte(name)) == 1 {
			return k, true
		}
	}
	return Key{}, false
}

func (k Key) allows(method string) *failure {
	switch method {
	case http.MethodGet, http.MethodHead:
		if k.Permission == WriteOnly {
			return denied("The API key provided does not have read permissions.")
		}
	default:
		if k.Permission == ReadOnly {
			return denied("The API key provided does not have write permissions.")
		}
	}
	return nil
}

func denied(message string) *failure {
	return fail(http.StatusUnauthorized, "woocommerce_rest_authentication_error", message)
}

// stranger is the answer to a call without a key. Only the list case is recorded (golden 001); the others are
// WooCommerce's documented codes.
func (c *call) stranger() *failure {
	batch := strings.HasSuffix(c.path, "/batch")
	switch {
	case batch:
		return fail(http.StatusUnauthorized, "woocommerce_rest_cannot_batch", "Sorry, you are not allowed to batch manipulate this resource.")
	case c.method == http.MethodPost && len(c.ids) == 0:
		return fail(http.StatusUnauthorized, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.")
	case c.method == http.MethodDelete:
		return fail(http.StatusUnauthorized, "woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource.")
	case c.method != http.MethodGet && c.method != http.MethodHead:
		return fail(http.StatusUnauthorized, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.")
	case len(c.ids) > 0:
		return fail(http.StatusUnauthorized, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
	}
	return fail(http.StatusUnauthorized, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
}
