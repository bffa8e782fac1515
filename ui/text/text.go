// Package text says everything a person reads in tray and window in that person's language: English, Dutch or German.
package text

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"stockbridge/assets"
	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
)

// Args fill the {placeholders} of a sentence.
type Args = map[string]string

// Text holds one language's sentences, with the English ones behind them. It is safe for concurrent use.
type Text struct {
	language string
	own      map[string]string
	english  map[string]string
}

// New returns the sentences of a language tag such as "nl", "de-AT" or "nl_NL.UTF-8"; a language there is no
// translation for is English.
func New(tag string) (*Text, error) {
	english, err := load("en")
	if err != nil {
		return nil, err
	}
	t := &Text{language: Choose(tag), english: english, own: english}
	if t.language != "en" {
		if t.own, err = load(t.language); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func load(language string) (map[string]string, error) {
	b, err := assets.Translation(language)
	if err != nil {
		return nil, fmt.Errorf("translation %s: %w", language, err)
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("translation %s: %w", language, err)
	}
	return m, nil
}

// Language is "en", "nl" or "de".
func (t *Text) Language() string { return t.language }

// Get returns the sentence of a key with its placeholders filled; English where the language lacks it, and the key
// itself where English does.
func (t *Text) Get(key string, args Args) string {
	s, ok := t.own[key]
	if !ok {
		s = t.english[key]
	}
	return fault.Fill(s, fault.Code(key), args)
}

// Count is Get of key.one or key.other, with {count} filled.
func (t *Text) Count(key string, n int) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return t.Get(key+form, Args{"count": t.Number(n)})
}

// Fault returns the sentence of a fault. A code this program doesn't know, from a newer service, keeps the service's
// own English sentence.
func (t *Text) Fault(f ipc.Fault) string {
	sentence, ok := t.own[string(f.Code)]
	if !ok || t.language == "en" {
		if f.Text != "" {
			return f.Text
		}
		sentence = fault.Codes[f.Code].Text
	}
	return fault.Fill(sentence, f.Code, t.words(f.Args))
}

// Error returns the sentence of an error: a classified one's in the person's language, without its cause.
func (t *Text) Error(err error) string {
	f := fault.As(err)
	return t.Fault(ipc.Fault{Kind: f.Kind, Code: f.Code, Args: f.Args, Text: f.Sentence()})
}

// words translates the arguments that are words of ours ("cancelled") rather than names, numbers or foreign text.
func (t *Text) words(args fault.Args) fault.Args {
	out := maps.Clone(args)
	for _, name := range []string{"side", "status", "what", "type", "shop", "bc", "role", "have"} {
		if w, ok := t.own["ui.word."+args[name]]; ok {
			out[name] = w
		}
	}
	return out
}

// Number writes a whole number with the language's thousands separator.
func (t *Text) Number(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + t.Get("ui.thousands", nil) + s[i:]
	}
	return s
}
