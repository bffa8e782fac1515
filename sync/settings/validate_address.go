package settings

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"stockbridge/sync/fault"
)

// address checks the address of a side: https, or http on this machine itself; nothing but host, port and path.
func (v *validator) address(field, text, example string) {
	if text == "" {
		v.missing(field, "Give an address such as "+example+".")
		return
	}
	u, ok := parseAddress(text)
	switch {
	case !ok || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http"):
		v.add("url.invalid", fault.Args{"field": field, "value": showAddress(text), "allowed": example})
	case u.Scheme == "http" && !loopback(u.Hostname()):
		v.add("url.not_https", fault.Args{"field": field, "value": showAddress(text)})
	}
}

func (v *validator) proxy(p Proxy) {
	const example = `"" (the system's), "none", or http://proxy.example.nl:3128`
	if p.URL != "" && p.URL != "none" {
		u, ok := parseAddress(p.URL)
		if !ok || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			v.add("url.invalid", fault.Args{"field": "[proxy] url", "value": showAddress(p.URL), "allowed": example})
		}
	}
	if p.User != "" && (p.URL == "" || p.URL == "none") {
		v.missing("[proxy] url", "[proxy] user is set, so the proxy's address must be too.")
	}
}

// parseAddress parses an absolute address with a host and without user or password.
func parseAddress(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(text, " \t\r\n") {
		return nil, false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, false
		}
	}
	return u, true
}

// showAddress prints an address for a sentence, without a user or password in it (invariant 7) and, as those may
// stand where no parser looks for them, without anything before an @.
func showAddress(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		text = "•••" + text[at:]
	}
	if q := strings.IndexAny(text, "?#"); q >= 0 {
		text = text[:q+1] + "•••"
	}
	return show(text)
}

// loopback reports whether a host is this machine itself.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// pin checks a fingerprint: sha256/ and the base64 of 32 bytes.
func (v *validator) pin(field, pin string) {
	if pin == "" {
		return
	}
	text, ok := strings.CutPrefix(pin, "sha256/")
	sum, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(sum) != sha256.Size {
		v.invalid(field, show(pin), "sha256/ and the certificate's SHA-256 fingerprint in base64 (44 characters)")
	}
}

// caFile checks that a file holds at least one certificate and nothing that isn't one.
func (v *validator) caFile(field, path string) {
	const allowed = "the full path of a PEM file with the authority's certificate"
	if path == "" {
		return
	}
	if !filepath.IsAbs(path) {
		v.invalid(field, show(path), allowed)
		return
	}
	if err := readCertificates(path); err != nil {
		v.invalid(field, show(path)+" ("+err.Error()+")", allowed)
	}
}

func readCertificates(path string) error {
	rest, err := os.ReadFile(path)
	if err != nil {
		return errors.New("it can't be read")
	}
	found := false
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return errors.New("it holds a " + strings.ToLower(block.Type) + ", which has no place there")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return errors.New("a certificate in it is damaged")
		}
		found = true
	}
	if !found {
		return errors.New("it holds no certificate")
	}
	return nil
}
