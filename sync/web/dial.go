package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"stockbridge/sync/fault"
)

// transport makes the network's end of a client.
func (c *Client) transport(t *trust) *http.Transport {
	return &http.Transport{
		Proxy:                  c.proxy,
		OnProxyConnectResponse: c.proxyAnswer,
		DialContext:            c.dial,
		TLSClientConfig:        t.config(),
		TLSHandshakeTimeout:    20 * time.Second,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // body.go unpacks, so that what comes out is counted
		MaxIdleConnsPerHost:    c.opts.Parallel,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}

// dial connects to the base host, guarded, or to the proxy, which the administrator named and may be anywhere. Whatever
// is not known to be the proxy is guarded.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second}
	if addr == hostPort(c.base) || addr != c.proxyAddress() {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			ap, err := netip.ParseAddrPort(address)
			if err == nil && allowed(ap.Addr(), c.opts.Private, loopbackHost(c.base.Hostname())) {
				return nil
			}
			return fault.New("net.not_private", c.args("address", address, "field", field(c.opts.Side, "network")))
		}
	}
	return d.DialContext(ctx, network, addr)
}

// proxyAddress is what the transport dials for the proxy; "" when none is used for the base address.
func (c *Client) proxyAddress() string {
	if c.proxy == nil {
		return ""
	}
	u, err := c.proxy(&http.Request{URL: c.base})
	if err != nil || u == nil {
		return ""
	}
	return hostPort(u)
}

// proxyAnswer refuses a proxy that doesn't let us through.
func (c *Client) proxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return fault.Wrap(errors.New("the proxy answered "+strconv.Itoa(res.StatusCode)), "net.proxy", fault.Args{"host": proxy.Host})
}

// proxyFunc reads the setting: "" is the system's, "none" is none, else an address to CONNECT through.
func proxyFunc(setting string) (func(*http.Request) (*url.URL, error), error) {
	switch setting {
	case "":
		return http.ProxyFromEnvironment, nil
	case "none":
		return nil, nil
	}
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		value := "no address"
		if err == nil {
			value = plain(u)
		}
		return nil, fault.New("settings.invalid", fault.Args{"field": "[proxy] url", "value": value,
			"allowed": "none, or an address such as http://proxy.example.nl:3128"})
	}
	return http.ProxyURL(u), nil
}
