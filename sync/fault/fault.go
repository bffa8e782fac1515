// Package fault gives every error one meaning: what the engine does about it, a stable code, and a sentence that
// tells a person what to do. An error is classified once, at the edge where it first appears.
package fault

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Kind says what happens next.
type Kind uint8

// The kinds. The zero value is Bug: an error nobody classified is ours.
const (
	Bug      Kind = iota // ours: record the problem and go on
	Retry                // passes by itself: keep the cursor, back off
	Auth                 // the connection stops until somebody signs in again
	Config               // the flow stops until a setting changes
	Rejected             // one record is refused; the others go on
)

var kindNames = [...]string{"bug", "retry", "auth", "config", "rejected"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "bug"
}

// MarshalText implements encoding.TextMarshaler.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; an unknown word is a Bug.
func (k *Kind) UnmarshalText(b []byte) error {
	*k = Bug
	for i, n := range kindNames {
		if n == string(b) {
			*k = Kind(i)
		}
	}
	return nil
}

// Code is a stable name: "order.unknown_sku". CLI, window, log and translations share it.
type Code string

// Args fill the {placeholders} of a code's sentence. Never put a secret in one.
type Args map[string]string

// Error is a classified error.
type Error struct {
	Kind  Kind
	Code  Code
	Args  Args
	Side  string        // where it arose: "bc", "shop", or "" for neither
	After time.Duration // for Retry: the other side asked to wait this long; 0 is no wish
	Err   error         // the cause, for the log; may hold the other side's own words, never a secret
}

// New makes an Error of a code; its kind comes from the list of codes.
func New(code Code, args Args) *Error { return &Error{Kind: Codes[code].Kind, Code: code, Args: args} }

// Wrap is New with a cause.
func Wrap(err error, code Code, args Args) *Error {
	e := New(code, args)
	e.Err = err
	return e
}

// Error is the English sentence, and the cause behind it.
func (e *Error) Error() string {
	s := e.Sentence()
	if e.Err == nil {
		return s
	}
	if cause := e.Err.Error(); !strings.Contains(s, cause) {
		s += " (" + cause + ")"
	}
	return s
}

// Sentence is the English sentence alone.
func (e *Error) Sentence() string { return Fill(Codes[e.Code].Text, e.Code, e.Args) }

func (e *Error) Unwrap() error { return e.Err }

// Fill puts args into a sentence's {placeholders}. An empty sentence becomes the code.
func Fill(sentence string, code Code, args Args) string {
	if sentence == "" {
		sentence = string(code)
	}
	pairs := make([]string, 0, 2*len(args))
	for k, v := range args {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// As returns the classified error in err's chain. A cancelled or overrun context is a Retry, anything else nobody
// classified is a Bug with code "bug.unclassified".
func As(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Wrap(err, "run.cancelled", nil)
	}
	return Wrap(err, "bug.unclassified", nil)
}

// At is err as a fault that arose at a side. err itself is left as it is: a connector may hand it to several callers.
func At(err error, side string) error {
	if err == nil {
		return nil
	}
	e := *As(err)
	e.Side = side
	return &e
}

// Of is the kind of err; Bug for one that nobody classified.
func Of(err error) Kind { return As(err).Kind }

// Stops reports whether err ends the run it happened in (anything but one record's own trouble).
func Stops(err error) bool {
	switch As(err).Kind {
	case Retry, Auth, Config:
		return true
	}
	return false
}
