package web

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"os"
	"strings"

	"stockbridge/sync/fault"
)

// trust is what a connection's certificates are measured by. Without a pin: the system's authorities and CAFile.
// With a pin: only the pinned certificate itself. At first no root is trusted at all, so the first handshake is
// refused by crypto/tls before a byte of a request is sent; when the certificate it saw has the pinned fingerprint,
// that certificate becomes the one root, and the next handshake verifies it in full (name, dates, key usage).
type trust struct {
	roots *x509.CertPool
	pin   string // "sha256/BASE64", "" without a pin
}

func newTrust(o *Options) (*trust, error) {
	if o.Pin != "" {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(o.Pin, "sha256/"))
		if err != nil || len(raw) != sha256.Size || !strings.HasPrefix(o.Pin, "sha256/") {
			return nil, fault.New("settings.invalid", fault.Args{"field": field(o.Side, "pin"), "value": o.Pin,
				"allowed": "sha256/ and 44 base64 characters"})
		}
		return &trust{roots: x509.NewCertPool(), pin: o.Pin}, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if o.CAFile == "" {
		return &trust{roots: roots}, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err == nil && !roots.AppendCertsFromPEM(pem) {
		err = errors.New("no certificate in it")
	}
	if err != nil {
		return nil, fault.Wrap(err, "settings.invalid", fault.Args{"field": field(o.Side, "ca_file"), "value": o.CAFile,
			"allowed": "a readable PEM file with at least one certificate"})
	}
	return &trust{roots: roots}, nil
}

// Fingerprint is a certificate's pin: "sha256/" and the base64 of the SHA-256 of its DER bytes.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return "sha256/" + base64.StdEncoding.EncodeToString(sum[:])
}

// config is the TLS policy: at least 1.2, crypto/tls's own verification, and the pin once more on the connection
// that resulted (a resumed session included).
func (t *trust) config() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.roots}
	if t.pin != "" {
		c.VerifyConnection = func(s tls.ConnectionState) error {
			// A pinned authority would also vouch for what it issued; only itself is meant.
			if got := Fingerprint(s.PeerCertificates[0]); got != t.pin {
				return pinError(got)
			}
			return nil
		}
	}
	return c
}

// pinError is the fingerprint of a valid certificate that is not the pinned one.
type pinError string

func (e pinError) Error() string { return "certificate " + string(e) + " is not the pinned one" }

// adopt looks at a refused handshake. It returns a trust in which the pinned certificate is the root, when the
// certificate has the fingerprint asked for and only its unknown authority stood in the way.
func (t *trust) adopt(err error) (*trust, bool) {
	refused, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || t.pin == "" || len(refused.UnverifiedCertificates) == 0 {
		return nil, false
	}
	leaf := refused.UnverifiedCertificates[0]
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown || Fingerprint(leaf) != t.pin {
		return nil, false
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &trust{roots: roots, pin: t.pin}, true
}

// differs reports the fingerprint of a refused certificate that is not the pinned one.
func (t *trust) differs(err error) (got string, yes bool) {
	if e, ok := errors.AsType[pinError](err); ok {
		return string(e), true
	}
	refused, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok || t.pin == "" || len(refused.UnverifiedCertificates) == 0 {
		return "", false
	}
	got = Fingerprint(refused.UnverifiedCertificates[0])
	return got, got != t.pin
}
