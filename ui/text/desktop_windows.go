package text

import "golang.org/x/sys/windows"

// desktopLanguage is the first language Windows shows its own menus in to this person, such as "nl-NL".
func desktopLanguage() string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}
