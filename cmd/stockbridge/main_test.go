package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
)

// childEnv makes this test program be stockbridge itself: a real process with the very code under test.
const childEnv = "STOCKBRIDGE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		main()
	}
	os.Exit(m.Run())
}

// answer is what one command line gave.
type answer struct {
	code        int
	out, errOut string
}

// cli runs one command line in this process.
func cli(t *testing.T, args ...string) answer {
	t.Helper()
	return cliWith(t, "", args...)
}

func cliWith(t *testing.T, in string, args ...string) answer {
	t.Helper()
	var out, errOut bytes.Buffer
	code := execute(t.Context(), args, strings.NewReader(in), &out, &errOut)
	return answer{code, out.String(), errOut.String()}
}

// one decodes text as exactly one JSON document.
func one(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("no JSON document: %v in %q", err, text)
	}
	if err := d.Decode(new(any)); err != io.EOF {
		t.Fatalf("more than one JSON document: %q", text)
	}
	return v
}
