package web

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"stockbridge/sync/fault"
)

// once sends a request a single time, so that a test need not wait for repeats.
func (c *Client) once(ctx context.Context, r Request) (*Response, error) {
	u, err := join(c.base, r.Path)
	if err != nil {
		return nil, err
	}
	res, _, err := c.attempt(ctx, &r, u)
	return res, err
}

func TestBaseAddresses(t *testing.T) {
	for raw, code := range map[string]fault.Code{
		"https://shop.example.nl":               "",
		"https://bc01.example.nl:7048/BC/":      "",
		"http://127.0.0.1:7048/BC":              "",
		"http://localhost/BC":                   "",
		"http://[::1]:80":                       "",
		"http://bc01.example.nl:7048/BC":        "url.not_https",
		"http://localhost.evil.example":         "url.not_https",
		"ftp://shop.example.nl":                 "url.invalid",
		"shop.example.nl":                       "url.invalid",
		"":                                      "url.invalid",
		"https://":                              "url.invalid",
		"https://user:hunter22@shop.example.nl": "url.invalid",
		"https://shop.example.nl/?key=hunter22": "url.invalid",
		"https://shop.example.nl/%zz?hunter22":  "url.invalid",
		"https://bc_01.example.nl":              "",
		"https://bücher.example":                "",
		"https://bü cher.example":               "url.invalid",
		"https://bü_cher.example":               "url.invalid",
		"https://\u00ad":                        "url.invalid",
	} {
		_, err := New(Options{Side: "bc", URL: raw})
		if code == "" {
			if err != nil {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		f := wantCode(t, err, code)
		if strings.Contains(f.Error(), "hunter22") {
			t.Errorf("%s: secret in %v", raw, f)
		}
		if f.Args["field"] != "[bc] url" {
			t.Errorf("%s: field %q", raw, f.Args["field"])
		}
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []Options{
		{Pin: "sha256/AAAA"}, {Pin: strings.Repeat("A", 44)}, {CAFile: "/nowhere/ca.pem"}, {CAFile: "address_test.go"},
		{ProxyURL: "socks5://proxy.example:1080"}, {ProxyURL: "proxy"},
	} {
		o.URL = "https://shop.example.nl"
		_, err := New(o)
		wantCode(t, err, "settings.invalid")
	}
}

func TestPathsStayBelowTheBase(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "bc01:7048", Path: "/BC"}
	for path, want := range map[string]string{
		"api/v2.0/companies":              "https://bc01:7048/BC/api/v2.0/companies",
		"/api/v2.0/companies":             "https://bc01:7048/BC/api/v2.0/companies",
		"items?$filter=number%20eq%20'a'": "https://bc01:7048/BC/items?$filter=number%20eq%20'a'",
		"x?u=https://evil.example//..":    "https://bc01:7048/BC/x?u=https://evil.example//..",
		"//evil.example/x":                "",
		"https://evil.example/x":          "",
		"../admin":                        "",
		"a/%2e%2e/b":                      "",
		"a\\b":                            "",
		"a\r\nHost: evil":                 "",
		"a#b":                             "",
	} {
		u, err := join(base, path)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was let through as %s", path, u)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%q: %v, %v", path, u, err)
		}
	}
}

func TestAddressesAllowed(t *testing.T) {
	for addr, want := range map[string][3]bool{ // public, private, loopback base
		"93.184.216.34":        {true, true, true},
		"2606:2800:220:1::1":   {true, true, true},
		"10.0.0.5":             {false, true, false},
		"172.31.1.1":           {false, true, false},
		"192.168.1.1":          {false, true, false},
		"169.254.169.254":      {false, true, false},
		"100.64.0.1":           {false, true, false},
		"fd00::1":              {false, true, false},
		"fe80::1%eth0":         {false, true, false},
		"::ffff:10.0.0.1":      {false, true, false},
		"64:ff9b::a00:1":       {false, true, false},
		"127.0.0.1":            {false, true, true},
		"::1":                  {false, true, true},
		"0.0.0.0":              {false, false, false},
		"224.0.0.1":            {false, false, false},
		"::ffff:93.184.216.34": {true, true, true},
	} {
		a := netip.MustParseAddr(addr)
		if got := [3]bool{allowed(a, false, false), allowed(a, true, false), allowed(a, false, true)}; got != want {
			t.Errorf("%s: %v, want %v", addr, got, want)
		}
	}
}

func TestPrivateAddressIsRefusedAtConnecting(t *testing.T) {
	_, err := client(t, Options{URL: "https://10.255.255.1"}).Do(t.Context(), Request{Method: "GET", Path: "x"})
	f := wantCode(t, err, "net.not_private")
	if f.Args["address"] != "10.255.255.1:443" || f.Args["field"] != "[shop] network" {
		t.Errorf("args %v", f.Args)
	}
}

// What net/http dials must be what is guarded, however the host is spelled.
func TestHostsBeyondASCIIAreGuarded(t *testing.T) {
	for raw, want := range map[string]string{
		"https://bücher.example:8443/x":  "xn--bcher-kva.example:8443",
		"https://BÜCHER.example":         "xn--bcher-kva.example",
		"https://１０.255.255.1":           "10.255.255.1",
		"https://[fe80::1%25zoné]:7048":  "[fe80::1%zoné]:7048",
		"https://b%C3%BCcher.example:1/": "xn--bcher-kva.example:1",
		"https://BC_01.example.nl":       "BC_01.example.nl",
	} {
		if u, err := parseBase("shop", raw); err != nil || u.Host != want {
			t.Errorf("%s: %v, %v, want host %s", raw, u, err, want)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() { // whoever gets through meets no TLS
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	// The unspecified address leads to this very machine where nothing stops it.
	_, err = client(t, Options{URL: "https://０.0.0.0:" + port}).once(t.Context(), Request{Method: "GET", Path: "x"})
	wantCode(t, err, "net.not_private")
}

func TestOnlyTheProxyIsDialledUnguarded(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	here := listener.Addr().String()
	c := client(t, Options{URL: "https://shop.example.nl"})
	if conn, err := c.dial(t.Context(), "tcp", here); err == nil || fault.As(c.classify(t.Context(), nil, err)).Code != "net.not_private" {
		t.Errorf("an address that is neither base nor proxy: %v, %v", conn, err)
	}
	if c, err = New(Options{Side: "shop", URL: "https://shop.example.nl", ProxyURL: "http://" + here}); err != nil {
		t.Fatal(err)
	}
	conn, err := c.dial(t.Context(), "tcp", here)
	if err != nil {
		t.Fatalf("the proxy: %v", err)
	}
	_ = conn.Close()
}
