package web

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"stockbridge/sync/fault"
)

// sideName names a side in sentences.
func sideName(side string) string {
	if side == "bc" {
		return "Business Central"
	}
	return "Shop"
}

func exampleURL(side string) string {
	if side == "bc" {
		return "https://bc01.example.nl:7048/BC"
	}
	return "https://shop.example.nl"
}

// field is the setting's name as it stands in the connection file.
func field(side, name string) string { return "[" + side + "] " + name }

// parseBase checks a base address: https, or http to this very machine; no user, query or fragment.
func parseBase(side, raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		// url.Error repeats the address, which may hold a password.
		return nil, badURL(side, "no address")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || u.Hostname() == "" {
		return nil, badURL(side, plain(u))
	}
	if u.Host, err = asciiHost(u); err != nil {
		return nil, badURL(side, plain(u))
	}
	switch {
	case u.Scheme == "https", u.Scheme == "http" && loopbackHost(u.Hostname()):
	case u.Scheme == "http":
		return nil, fault.New("url.not_https", fault.Args{"field": field(side, "url"), "value": plain(u)})
	default:
		return nil, badURL(side, plain(u))
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// asciiHost is an address's host as it is dialled, with its port: a name with letters beyond ASCII in Punycode, which
// also turns wide digits into plain ones, so that what is checked is what is reached. Plain names stay as they are:
// local ones may hold characters the rule for the internet refuses, such as an underscore.
func asciiHost(u *url.URL) (string, error) {
	name := u.Hostname()
	if !strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return u.Host, nil
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return u.Host, nil // a zone may be called anything
	}
	host, err := idna.Lookup.ToASCII(name)
	if err != nil || host == "" {
		return u.Host, errors.New("no host name")
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return host, nil
}

func badURL(side, value string) error {
	return fault.New("url.invalid", fault.Args{"field": field(side, "url"), "value": value, "allowed": exampleURL(side)})
}

// plain is an address without user, query and fragment: the parts that may hold a secret.
func plain(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// join puts a relative path behind the base address and refuses one that would leave it (invariant 8).
func join(base *url.URL, path string) (*url.URL, error) {
	p, _, _ := strings.Cut(path, "?")
	segments := strings.Split(p, "/")
	for _, s := range segments {
		if d, err := url.PathUnescape(s); err != nil || d == ".." || d == "." {
			return nil, leaves(p)
		}
	}
	if strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\#\r\n\t ") || strings.Contains(segments[0], ":") {
		return nil, leaves(p)
	}
	u, err := url.Parse(base.String() + "/" + strings.TrimPrefix(path, "/"))
	if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil {
		return nil, leaves(p)
	}
	return u, nil
}

func leaves(path string) error {
	return fault.Wrap(fmt.Errorf("path %q does not stay below the base address", path), "bug.unclassified", nil)
}

// hostPort is the address the transport dials for a base address or a proxy.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	host := u.Hostname()
	if ascii, err := asciiHost(u); err == nil {
		host = (&url.URL{Host: ascii}).Hostname()
	}
	return net.JoinHostPort(host, port)
}

// local lists what is not the public internet beyond netip's own predicates: RFC 6598 (shared address space),
// RFC 6890 (special purposes) and RFC 2544 (benchmarks).
var local = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("fec0::/10"),
}

// nat64 is RFC 6052's well-known prefix: the last four bytes are an IPv4 address.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// allowed decides on the resolved address at the moment of connecting, so that a name cannot change its mind
// between a check and the use.
func allowed(a netip.Addr, private, loopbackBase bool) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	switch {
	case a.IsUnspecified(), a.IsMulticast():
		return false
	case private:
		return true
	case a.IsLoopback():
		return loopbackBase
	case a.IsPrivate(), a.IsLinkLocalUnicast():
		return false
	}
	for _, p := range local {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
