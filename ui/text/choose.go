package text

import (
	"slices"
	"strings"

	"stockbridge/assets"
)

// Choose picks the language of a tag such as "de-AT" or "nl_NL.UTF-8"; English where there is no translation.
func Choose(tag string) string {
	language := strings.ToLower(tag)
	if i := strings.IndexAny(language, "-_.@"); i >= 0 {
		language = language[:i]
	}
	if slices.Contains(assets.Languages(), language) {
		return language
	}
	return "en"
}

// Detect returns the person's language from the environment and, on Windows, from the language of their desktop.
// getenv is os.Getenv.
func Detect(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return v
		}
	}
	return desktopLanguage()
}
