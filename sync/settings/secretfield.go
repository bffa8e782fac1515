package settings

import "strings"

// SecretField names one secret of a connection, as `stockbridge secret set` does.
type SecretField struct {
	Side  string `json:"side"` // bc, shop or proxy
	Field string `json:"field"`
}

// SecretFields lists the secrets a connection needs before it can sign in.
func SecretFields(c Connection) []SecretField {
	fields := []SecretField{{"bc", "password"}}
	if c.Shop.Platform == platformWooCommerce {
		fields = append(fields, SecretField{"shop", "consumer_key"}, SecretField{"shop", "consumer_secret"})
	}
	if c.Proxy.User != "" {
		fields = append(fields, SecretField{"proxy", "password"})
	}
	return fields
}

// secretName reports whether a key that is no setting looks like a secret.
func secretName(key string) bool {
	key = strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(key))
	for _, part := range []string{"password", "passwd", "passwort", "wachtwoord", "secret", "token", "apikey", "credential"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return key == "key" || key == "pass" || strings.HasSuffix(key, "_key")
}

// secretSide guesses from the table a secret was found in where it belongs.
func secretSide(path []string) string {
	if len(path) > 0 && (path[0] == "bc" || path[0] == "shop" || path[0] == "proxy") {
		return path[0]
	}
	return "SIDE"
}
