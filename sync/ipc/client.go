package ipc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"

	"stockbridge/sync/fault"
)

// maxAnswer is the largest answer a client reads whole, in bytes: a reconciliation may list every record.
const maxAnswer = 256 << 20

// Client calls the service. It is safe for concurrent use and keeps nothing open between calls. Errors are
// classified: the service's own, ipc.no_service where none answers, ipc.version where it is another version.
type Client struct {
	http *http.Client
	end  func()
}

// NewClient returns a client of the service that owns a data folder. Nothing is reached before the first call.
func NewClient(dataDir string) *Client {
	t := &http.Transport{
		// A service that was restarted must not be met with a connection of the old one, so each call has its own.
		DisableKeepAlives:  true,
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dial(ctx, dataDir)
		},
	}
	return &Client{http: &http.Client{Transport: t, CheckRedirect: noRedirect}, end: t.CloseIdleConnections}
}

// Direct returns a client that calls a handler in this process as a caller of a role, without a socket: for `demo`
// and for commands run by the account that owns the data folder.
func Direct(h http.Handler, role Role) *Client {
	t := &direct{handler: h, caller: Caller{Account: "this process", Role: role}}
	return &Client{http: &http.Client{Transport: t, CheckRedirect: noRedirect}, end: func() {}}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Close lets go of what the client may still hold.
func (c *Client) Close() { c.end() }

// call sends a request and decodes the answer into out (nil: there is none).
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	resp, err := c.open(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return broken(ctx, err)
	case len(b) > maxAnswer:
		return badRequest("The service's answer is larger than " + strconv.Itoa(maxAnswer) + " bytes. Ask for less.")
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fault.Wrap(err, "bug.unclassified", nil)
	}
	return nil
}

// open sends a request and returns an answer that is no fault.
func (c *Client) open(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fault.Wrap(err, "bug.unclassified", nil)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://stockbridge/v1/"+path, body)
	if err != nil {
		return nil, fault.Wrap(err, "bug.unclassified", nil)
	}
	req.Header.Set(versionHeader, Version)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, broken(ctx, err)
	}
	if v := resp.Header.Get(versionHeader); v != Version {
		resp.Body.Close()
		return nil, fault.New("ipc.version", fault.Args{"service": show(v), "client": Version})
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var f Fault
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRequest)).Decode(&f); err != nil {
		return nil, broken(ctx, err)
	}
	if f.Code == "" {
		return nil, broken(ctx, errors.New("an answer without a code"))
	}
	return nil, f.Err()
}

// lines decodes a stream of JSON lines and hands each to take, until it ends or take fails.
func lines[T any](ctx context.Context, body io.Reader, take func(T) error) error {
	d := json.NewDecoder(body)
	for {
		var v T
		if err := d.Decode(&v); err != nil {
			return broken(ctx, err)
		}
		if err := take(v); err != nil {
			return err
		}
	}
}

// broken classifies an exchange that did not come to its end: the caller gave up, the fault of dial, or the service
// is gone.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.Wrap(err, "ipc.no_service", nil)
}
