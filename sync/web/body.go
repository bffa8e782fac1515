package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"stockbridge/sync/fault"
)

const (
	// maxRatio is how many times its transferred size an answer may unpack to. JSON of thousands of like rows
	// reaches some tens; a bomb a thousand.
	maxRatio = 200
	// ratioFrom is the unpacked size below which nobody needs protecting.
	ratioFrom = 4 << 20
)

var errTooLarge = errors.New("answer over the limit")

// readBody reads an answer whole, unpacked, and counts what comes out against the limit (invariant 8).
func (c *Client) readBody(res *http.Response) ([]byte, error) {
	raw := &counter{r: res.Body}
	var r io.Reader = raw
	switch enc := strings.ToLower(strings.TrimSpace(res.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(raw)
		if err == io.EOF && raw.n == 0 {
			return nil, nil // an empty answer (204) that names an encoding all the same
		}
		if err != nil {
			return nil, err
		}
		r = z
	default:
		return nil, fault.New("answer.invalid", c.args("path", "its header", "detail", fmt.Sprintf("encoding %q was not asked for", clip(enc, 20))))
	}
	var buf bytes.Buffer
	if n := res.ContentLength; n > 0 && n <= c.opts.MaxAnswer {
		buf.Grow(int(min(n, 1<<20)) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(&limited{r: r, raw: raw, packed: r != io.Reader(raw), max: c.opts.MaxAnswer})
	if errors.Is(err, errTooLarge) {
		return nil, fault.New("answer.too_large", c.args("limit", fmt.Sprintf("%d MiB", max(1, c.opts.MaxAnswer>>20))))
	}
	return buf.Bytes(), err
}

// counter counts what was transferred.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// limited ends reading with errTooLarge when too much comes out, or too much out of too little.
type limited struct {
	r      io.Reader
	raw    *counter
	packed bool
	n, max int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	if l.n > l.max || l.packed && l.n > ratioFrom && l.n/maxRatio > l.raw.n {
		return n, errTooLarge
	}
	return n, err
}
