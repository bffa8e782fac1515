package settings

import (
	"log/slog"
	"strings"
	"time"
)

// Duration is a time.Duration written as "5m" in TOML and JSON.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is the shortest form: "5m", not "5m0s".
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Secret is a password or key on its way from the keychain to a request. It prints as "•••" everywhere; only Reveal
// shows it (invariant 7).
type Secret struct{ value string }

// NewSecret wraps a secret.
func NewSecret(s string) Secret { return Secret{s} }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is none.
func (s Secret) Empty() bool { return s.value == "" }

func (Secret) String() string { return "•••" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "•••" }

// MarshalText implements encoding.TextMarshaler, for JSON and TOML alike.
func (Secret) MarshalText() ([]byte, error) { return []byte("•••"), nil }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue("•••") }

// Secrets looks secrets up by side ("bc", "shop") and field ("password"). The zero Secret means there is none.
type Secrets func(side, field string) (Secret, error)
