package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"time"

	"stockbridge/sync/fault"
)

// args are the placeholders every sentence about a side may use, and pairs of further ones.
func (c *Client) args(pairs ...string) fault.Args {
	a := fault.Args{"side": sideName(c.opts.Side), "host": c.base.Host, "field": field(c.opts.Side, "url")}
	for i := 0; i+1 < len(pairs); i += 2 {
		a[pairs[i]] = pairs[i+1]
	}
	return a
}

// classify gives a transport's error its code. ctx is the caller's: its end is no fault of the server.
func (c *Client) classify(ctx context.Context, t *trust, err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if ctx.Err() != nil {
		return fault.Wrap(ctx.Err(), "run.cancelled", nil)
	}
	if f := c.certificate(t, err); f != nil {
		return f
	}
	if code := networkCode(err); code != "" {
		return fault.Wrap(err, code, c.args())
	}
	return fault.Wrap(err, "net.cut", c.args())
}

// networkCode sorts errors below TLS, and TLS's own that are not about a certificate.
func networkCode(err error) fault.Code {
	op, isOp := errors.AsType[*net.OpError](err)
	if isOp && op.Op == "proxyconnect" {
		return "net.proxy"
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		if d.IsNotFound {
			return "net.unknown_host"
		}
		return "net.unreachable"
	}
	if isTimeout(err) {
		return "net.timeout"
	}
	if isOp && op.Op == "dial" {
		return "net.unreachable"
	}
	text := err.Error()
	switch _, plainText := errors.AsType[tls.RecordHeaderError](err); {
	case strings.Contains(text, "tls: protocol version not supported"), strings.Contains(text, "tls: server selected unsupported protocol version"):
		return "tls.old"
	case plainText, strings.Contains(text, "HTTP response to HTTPS client"), isOp && op.Op == "remote error", strings.Contains(text, "tls: "):
		return "tls.failed"
	}
	return ""
}

func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && n.Timeout()
}

// certificate sorts what crypto/x509 says of a server's certificate; nil when that is not the trouble.
func (c *Client) certificate(t *trust, err error) error {
	cas := []string{"ca_field", field(c.opts.Side, "ca_file"), "pin_field", field(c.opts.Side, "pin")}
	if got, yes := t.differs(err); yes {
		return fault.Wrap(err, "tls.pin_differs", c.args(append(cas, "got", got)...))
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if e.Reason == x509.Expired && e.Cert != nil {
			return fault.Wrap(err, "tls.expired", c.args("from", day(e.Cert.NotBefore), "until", day(e.Cert.NotAfter)))
		}
		return fault.Wrap(err, "tls.failed", c.args())
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fault.Wrap(err, "tls.wrong_host", c.args("names", names(e.Certificate)))
	}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		issuer := "unnamed"
		if e.Cert != nil && e.Cert.Issuer.String() != "" {
			issuer = clip(e.Cert.Issuer.String(), 120)
		}
		return fault.Wrap(err, "tls.unknown_issuer", c.args(append(cas, "issuer", issuer)...))
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault.Wrap(err, "tls.failed", c.args())
	}
	return nil
}

// names lists whom a certificate is made out to.
func names(c *x509.Certificate) string {
	if c == nil {
		return "nobody"
	}
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		all = append(all, c.Subject.CommonName)
	}
	return clip(strings.Join(all, ", "), 120)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// notSent reports whether an error came before a byte of the request could leave: then repeating it is safe even
// for a create.
func notSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
