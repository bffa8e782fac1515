package assets_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stockbridge/assets"
	"stockbridge/sync/fault"
)

func sentences(t *testing.T, language string) map[string]string {
	t.Helper()
	b, err := assets.Translation(language)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// wanted is every key with its English sentence: the codes from the list itself, the rest from en.json.
func wanted(t *testing.T) map[string]string {
	m := sentences(t, "en")
	for key := range m {
		if !strings.HasPrefix(key, "ui.") {
			t.Errorf("en.json holds %s; English sentences of codes live in fault.Codes alone", key)
		}
	}
	for code, about := range fault.Codes {
		m[string(code)] = about.Text
	}
	return m
}

// pattern finds placeholders: lower case letters and underscores in braces.
var pattern = regexp.MustCompile(`\{[a-z_]+\}`)

func placeholders(s string) []string {
	return slices.Compact(slices.Sorted(slices.Values(pattern.FindAllString(s, -1))))
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	english := wanted(t)
	for _, language := range assets.Languages()[1:] {
		own := sentences(t, language)
		for key, want := range english {
			got, ok := own[key]
			if !ok || strings.TrimSpace(got) == "" {
				t.Errorf("%s.json lacks %q: %s", language, key, want)
				continue
			}
			if !slices.Equal(placeholders(got), placeholders(want)) {
				t.Errorf("%s.json %s has placeholders %v, English %v", language, key, placeholders(got), placeholders(want))
			}
		}
		for key := range own {
			if _, ok := english[key]; !ok {
				t.Errorf("%s.json has %q, which English doesn't know", language, key)
			}
		}
	}
}

// What a person must type or look for is the same in every language.
func TestTranslationsKeepCommandsAndSettings(t *testing.T) {
	fixed := regexp.MustCompile(`stockbridge (secret set|restore|service start|run|doctor)|\[[a-z]+(\.[a-z]+)?\]( [a-z]+(_[a-z]+)*)?|ApiServicesEnabled|API Setup`)
	english := wanted(t)
	for _, language := range assets.Languages()[1:] {
		own := sentences(t, language)
		for key, want := range english {
			for _, part := range fixed.FindAllString(want, -1) {
				part = settingOf(part)
				if !strings.Contains(own[key], part) {
					t.Errorf("%s.json %s doesn't say %q", language, key, part)
				}
			}
		}
	}
}

// settingOf cuts an English word that follows a setting's table off: "[proxy] is" is "[proxy]".
func settingOf(part string) string {
	table, name, ok := strings.Cut(part, "] ")
	if ok && slices.Contains([]string{"is", "if", "or", "and", "to"}, name) {
		return table + "]"
	}
	return part
}

// Each of Fyne's own words has a Dutch one: the keys are those of the English file that Fyne carries.
func TestFyneSpeaksDutch(t *testing.T) {
	words, folder := assets.FyneWords()
	b, err := words.ReadFile(folder + "/nl.json")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "fyne.io/fyne/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	english, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "lang", "translations", "base.en.json"))
	if err != nil {
		t.Fatal(err)
	}
	var own, want map[string]any
	if err := errors.Join(json.Unmarshal(b, &own), json.Unmarshal(english, &want)); err != nil {
		t.Fatal(err)
	}
	if o, w := slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(want)); !slices.Equal(o, w) {
		t.Errorf("Dutch words %v\nEnglish words %v", o, w)
	}
}

func TestUnknownStateStillHasAnIcon(t *testing.T) {
	if !bytes.Equal(assets.StateIcon("dancing", 32), assets.StateIcon("stopped", 32)) {
		t.Error("an unknown state doesn't show as stopped")
	}
}

func icon(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Outlines differ by at least a tenth of the picture, so that states can be told apart without colour; the circle and
// the octagon come closest.
func TestStatesDifferInShape(t *testing.T) {
	for _, size := range assets.Sizes() {
		marks := map[string][]bool{}
		for _, state := range assets.States() {
			img := icon(t, assets.StateIcon(state, size))
			if img.Bounds().Dx() != size || img.Bounds().Dy() != size {
				t.Fatalf("%s-%d.png is %v", state, size, img.Bounds())
			}
			marks[state] = shape(img)
		}
		names := slices.Sorted(maps.Keys(marks))
		for i, a := range names {
			for _, b := range names[i+1:] {
				if d := differ(marks[a], marks[b]); d < size*size/10 {
					t.Errorf("%d px: %s and %s differ in only %d points", size, a, b, d)
				}
			}
		}
	}
}

// shape is where a picture is neither see-through nor (nearly) white: what is left of it in black and white.
func shape(img image.Image) []bool {
	var out []bool
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, a := img.At(x, y).RGBA()
			out = append(out, a > 0x8000 && (r+g+b)/3 < 0xB000)
		}
	}
	return out
}

func differ(a, b []bool) int {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestIconFilesForWindows(t *testing.T) {
	for _, name := range append(assets.States(), "app") {
		b, err := os.ReadFile(filepath.Join("icons", name+".ico"))
		if err != nil {
			t.Fatal(err)
		}
		count := int(binary.LittleEndian.Uint16(b[4:]))
		if count != 6 {
			t.Errorf("%s.ico holds %d pictures, want 6", name, count)
		}
		for i := range count {
			entry := b[6+16*i:]
			size, at := binary.LittleEndian.Uint32(entry[8:]), binary.LittleEndian.Uint32(entry[12:])
			if int(at+size) > len(b) {
				t.Fatalf("%s.ico: picture %d ends behind the file", name, i)
			}
			if data := b[at : at+size]; binary.LittleEndian.Uint32(data) != 40 && !bytes.HasPrefix(data, []byte("\x89PNG")) {
				t.Errorf("%s.ico: picture %d is neither a bitmap nor a PNG", name, i)
			}
		}
	}
}

// The committed pictures are what the drawer draws.
func TestIconsAreDrawnByTheDrawer(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "icons/draw.go", "-out", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	names := []string{"app-256.png"}
	for _, state := range assets.States() {
		for _, size := range assets.Sizes() {
			names = append(names, fmt.Sprintf("%s-%d.png", state, size))
		}
	}
	for _, name := range names {
		fresh, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(filepath.Join("icons", name))
		if err != nil {
			t.Fatal(err)
		}
		if differ(shape(icon(t, fresh)), shape(icon(t, kept))) != 0 {
			t.Errorf("%s is not what icons/draw.go draws; run go generate ./assets", name)
		}
	}
}
