package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"stockbridge/sync/settings"
)

// fences returns the code blocks of a language in README.md.
func fences(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("README.md shows no %s", language)
	}
	return out
}

// TestReadmeCommands: every command, argument and flag that README.md and the Linux packages show exists.
func TestReadmeCommands(t *testing.T) {
	var lines []string
	for _, block := range fences(t, "sh") {
		lines = append(lines, strings.Split(block, "\n")...)
	}
	for _, name := range []string{"../../README.md", "../../packaging/linux/README.md", "../../packaging/linux/stockbridge.service"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?:`|ExecStart=/usr/bin/)(stockbridge [^`\n]+)").FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, m[1])
		}
	}
	seen := 0
	for _, line := range lines {
		line, _, _ = strings.Cut(line, "  #")
		line = strings.TrimPrefix(strings.TrimSpace(line), "go run ./cmd/")
		if rest, ok := strings.CutPrefix(line, "stockbridge "); ok {
			seen++
			exists(t, strings.Fields(rest))
		}
		for _, dir := range regexp.MustCompile(`\./cmd/[a-z-]+`).FindAllString(line, -1) {
			if _, err := os.Stat("../../" + dir); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if seen < 12 {
		t.Errorf("only %d commands were found in %q", seen, lines)
	}
}

// exists checks a command line without running it.
func exists(t *testing.T, args []string) {
	t.Helper()
	root := newRoot(&app{})
	root.InitDefaultHelpCmd()
	c, rest, err := root.Find(args)
	if err != nil || c == root {
		t.Errorf("stockbridge %v: no such command: %v", args, err)
		return
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("stockbridge %v: %v", args, err)
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		t.Errorf("stockbridge %v: %v", args, err)
	}
}

// TestReadmeConnection: the connection file that README.md shows is one.
func TestReadmeConnection(t *testing.T) {
	for _, block := range fences(t, "toml") {
		c, err := settings.Parse([]byte(block))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// TestReadmeLinks: what README.md points at is there.
func TestReadmeLinks(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)|\| `+"`"+`([a-z./]+)`+"`").FindAllStringSubmatch(string(text), -1)
	if len(links) < 9 {
		t.Errorf("only %d links and folders were found", len(links))
	}
	for _, m := range links {
		if _, err := os.Stat(filepath.Join("../..", m[1]+m[2])); err != nil {
			t.Error(err)
		}
	}
}

// TestUnitsInStep: the unit that `service install` writes runs the service within the same walls as the packaged one.
func TestUnitsInStep(t *testing.T) {
	packaged, err := os.ReadFile("../../packaging/linux/stockbridge.service")
	if err != nil {
		t.Fatal(err)
	}
	// These name the machine's own paths and accounts, which differ by design.
	differ := []string{"ExecStart", "User", "Group", "ReadWritePaths"}
	ours, theirs := walls(unit, differ), walls(string(packaged), differ)
	if !slices.Equal(ours, theirs) {
		t.Errorf("service install writes\n%s\nthe package has\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
	for _, wall := range []string{"NoNewPrivileges=yes", "ProtectSystem=strict", "SocketBindDeny=any", "UMask=0077"} {
		if !slices.Contains(ours, wall) {
			t.Errorf("%s is missing", wall)
		}
	}
}

// walls are a unit's lines of [Service], sorted, but for some keys.
func walls(unit string, but []string) []string {
	_, unit, _ = strings.Cut(unit, "[Service]")
	unit, _, _ = strings.Cut(unit, "[Install]")
	var out []string
	for line := range strings.Lines(unit) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "{{end}}")
		key, _, ok := strings.Cut(line, "=")
		key = key[strings.LastIndex(key, "}")+1:]
		if ok && !strings.HasPrefix(line, "#") && !slices.Contains(but, key) {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}
