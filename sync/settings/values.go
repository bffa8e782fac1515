package settings

import (
	"log/slog"
	"time"

	"github.com/govalues/decimal"
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

func (d Duration) String() string { return time.Duration(d).String() }

// Decimal is an exact number written as text ("2.5") in TOML and JSON.
type Decimal struct{ decimal.Decimal }

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
