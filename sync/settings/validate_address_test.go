package settings

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func certificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example CA"}, IsCA: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestValidateReadsTheAuthority(t *testing.T) {
	good := certificate(t)
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"one":     {good, ""},
		"two":     {append(append([]byte("# ours\n"), good...), good...), ""},
		"text":    {[]byte("hello"), "it holds no certificate"},
		"damaged": {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1, 2}}), "a certificate in it is damaged"},
		"key":     {append(good, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})...), "it holds a private key"},
	} {
		path := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		connection := mustParse(t, sample)
		connection.BC.CAFile, connection.Shop.CAFile = path, path
		got := sentences(connection.Validate())
		switch {
		case c.says == "" && len(got) == 0:
		case c.says != "" && len(got) == 2 && strings.Contains(got[0], c.says) && strings.Contains(got[1], "[shop] ca_file"):
		default:
			t.Errorf("%s: %q", name, got)
		}
	}
	for path, says := range map[string]string{"ca.pem": "the full path", filepath.Join(t.TempDir(), "none"): "it can't be read"} {
		connection := mustParse(t, sample)
		connection.BC.CAFile = path
		if got := sentences(connection.Validate()); len(got) != 1 || !strings.Contains(got[0], says) {
			t.Errorf("%s: %q", path, got)
		}
	}
}
