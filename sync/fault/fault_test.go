package fault_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"stockbridge/sync/fault"
)

func TestKindText(t *testing.T) {
	for _, k := range []fault.Kind{fault.Bug, fault.Retry, fault.Auth, fault.Config, fault.Rejected} {
		text, err := k.MarshalText()
		var back fault.Kind
		if err != nil || back.UnmarshalText(text) != nil || back != k {
			t.Errorf("%s: text %q reads as %s", k, text, back)
		}
	}
	k := fault.Retry
	if err := k.UnmarshalText([]byte("no such kind")); err != nil || k != fault.Bug {
		t.Errorf("an unknown word is %s, %v", k, err)
	}
	if got := fault.Kind(99).String(); got != "bug" {
		t.Errorf("an unknown kind is %q", got)
	}
}

func TestAsClassifies(t *testing.T) {
	cause := errors.New("status 503")
	busy := fault.Wrap(cause, "net.busy", nil)
	tests := []struct {
		err   error
		code  fault.Code
		kind  fault.Kind
		stops bool
	}{
		{busy, "net.busy", fault.Retry, true},
		{fmt.Errorf("page 3: %w", busy), "net.busy", fault.Retry, true},
		{errors.Join(errors.New("other"), busy), "net.busy", fault.Retry, true},
		{fault.New("bc.refused", nil), "bc.refused", fault.Rejected, false},
		{fault.New("shop.sign_in", nil), "shop.sign_in", fault.Auth, true},
		{fault.New("bc.company_missing", nil), "bc.company_missing", fault.Config, true},
		{fault.New("no.such_code", nil), "no.such_code", fault.Bug, false},
		{context.Canceled, "run.cancelled", fault.Retry, true},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), "run.cancelled", fault.Retry, true},
		{cause, "bug.unclassified", fault.Bug, false},
	}
	for _, tt := range tests {
		e := fault.As(tt.err)
		if e.Code != tt.code || fault.Of(tt.err) != tt.kind || fault.Stops(tt.err) != tt.stops {
			t.Errorf("%v: code %s, kind %s, stops %v", tt.err, e.Code, fault.Of(tt.err), fault.Stops(tt.err))
		}
	}
	if fault.As(nil) != nil {
		t.Error("no error is an error")
	}
	if !errors.Is(busy, cause) {
		t.Error("the cause is lost")
	}
}

func TestAtNamesTheSide(t *testing.T) {
	cause := errors.New("status 503")
	busy := fault.Wrap(cause, "net.busy", fault.Args{"host": "shop"})
	busy.After = 3
	at := fault.As(fault.At(fmt.Errorf("page 3: %w", busy), "shop"))
	if at.Side != "shop" || at.Code != "net.busy" || at.After != 3 || at.Args["host"] != "shop" || !errors.Is(at, cause) {
		t.Errorf("%+v", at)
	}
	if busy.Side != "" {
		t.Error("the error itself was changed")
	}
	if fault.At(nil, "bc") != nil {
		t.Error("no error arose somewhere")
	}
}

func TestSentence(t *testing.T) {
	e := fault.Wrap(errors.New("status 429"), "net.busy", fault.Args{"side": "Shop", "host": "shop.example.nl"})
	if got, want := e.Sentence(), "Shop: shop.example.nl asks us to slow down. It goes on by itself."; got != want {
		t.Errorf("sentence %q, want %q", got, want)
	}
	if got := e.Error(); got != e.Sentence()+" (status 429)" {
		t.Errorf("error %q", got)
	}
	if got := fault.Fill("", "a.code", nil); got != "a.code" {
		t.Errorf("an unknown code reads %q", got)
	}
	// An argument that looks like a placeholder is data and is not filled in again.
	if got := fault.Fill("{a} {b}", "", fault.Args{"a": "{b}", "b": "2"}); got != "{b} 2" {
		t.Errorf("got %q", got)
	}
}

var (
	codeForm  = regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	hole      = regexp.MustCompile(`\{[^}]*\}`)
	holeForm  = regexp.MustCompile(`^\{[a-z_]+\}$`)
	sentences = regexp.MustCompile(`[.}:]$`)
)

// TestCodes checks the whole list: form, a sentence that ends, placeholders a translation can use.
func TestCodes(t *testing.T) {
	for code, about := range fault.Codes {
		if !codeForm.MatchString(string(code)) {
			t.Errorf("%s is not of the form area.what", code)
		}
		if !sentences.MatchString(about.Text) {
			t.Errorf("%s: %q is no whole sentence", code, about.Text)
		}
		for _, h := range hole.FindAllString(about.Text, -1) {
			if !holeForm.MatchString(h) {
				t.Errorf("%s: placeholder %s", code, h)
			}
		}
		if about.Kind == fault.Bug && !strings.HasPrefix(string(code), "bug.") {
			t.Errorf("%s has no kind: a Bug is ours and its code begins with bug.", code)
		}
	}
}
