package sim

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recording is one golden file: what was asked of a real shop and what it answered.
type recording struct {
	file    string
	Name    string `json:"name"`
	Request struct {
		Method  string            `json:"method"`
		Scheme  string            `json:"scheme"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Auth    string            `json:"auth"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int             `json:"status"`
		Headers [][2]string     `json:"headers"`
		Body    json.RawMessage `json:"body"`
	} `json:"response"`
}

// contracts is the folder of the recordings.
func contracts(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("STOCKBRIDGE_CONTRACTS")
	if dir == "" {
		t.Skip("STOCKBRIDGE_CONTRACTS is not set: the recordings of real shops are not checked")
	}
	return filepath.Join(dir, "woocommerce")
}

// recordings reads a version's golden files in the order they were made.
func recordings(t *testing.T, version string) []recording {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(contracts(t), "wc-"+version, "golden", "[0-9]*.json"))
	if err != nil || len(files) < 400 {
		t.Fatalf("recordings of %s: %d files, %v", version, len(files), err)
	}
	out := make([]recording, 0, len(files))
	for _, f := range files { // Glob sorts
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		r := recording{file: strings.TrimSuffix(filepath.Base(f), ".json")}
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out = append(out, r)
	}
	return out
}

// header is a header of the recorded answer.
func (r *recording) header(name string) string {
	for _, h := range r.Response.Headers {
		if strings.EqualFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

// when is the shop's clock at the answer.
func (r *recording) when(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC1123, r.header("Date"))
	if err != nil {
		t.Fatalf("%s: %v", r.file, err)
	}
	return at.UTC()
}

// payload is the recorded body as it was sent: JSON as it is, text without its quotes.
func (r *recording) payload(t *testing.T) []byte {
	t.Helper()
	raw := bytes.TrimSpace(r.Request.Body)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	if raw[0] != '"' {
		return raw
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatalf("%s: %v", r.file, err)
	}
	return []byte(s)
}

// value decodes JSON with exact numbers; nil for what is no JSON.
func value(raw []byte) any {
	v, err := decode(raw)
	if err != nil {
		return nil
	}
	return v
}
