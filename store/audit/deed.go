package audit

import (
	"strings"
	"unicode/utf8"

	"stockbridge/sync/engine"
	"stockbridge/sync/record"
)

// draft is an entry before it has its place: what of it is personal is still apart.
type draft struct {
	entry  Entry
	person string // folded e-mail address, or what else names who it is about; "" is nobody
	box    box
}

// Append implements engine.Audit. All deeds of a call are made durable at once.
func (t *Trail) Append(deeds []engine.Deed) error {
	drafts := make([]draft, len(deeds))
	for i := range deeds {
		drafts[i].deed(&deeds[i], t.opts.Installation)
	}
	return t.add(drafts)
}

// Command is what a person, or the service itself, did to a connection.
type Command struct {
	Account, Role string // both "": the service itself
	What          string // approve, skip, retry, pause, resume, import, remove, set secret, backup, restore …
	Kind          record.Kind
	Key, Ref      string
	Why           string // a code, or which command it was; never a secret
	Fields        []Change
	Erases        string // the id of the key of the person who is being erased
}

// Change is a setting that became another. From is nil where there was none.
type Change struct {
	Name, Value string
	From        *string
}

// Command makes a person's command durable.
func (t *Trail) Command(c Command) error {
	d := draft{}
	d.entry = Entry{At: t.opts.Now(), Who: Who{Account: c.Account, Role: c.Role}, What: c.What, Kind: c.Kind, Key: clean(c.Key), Ref: clean(c.Ref), Why: clean(c.Why), Person: c.Erases}
	if c.Account == "" && c.Role == "" {
		d.entry.Who.Installation = t.opts.Installation
	}
	for _, f := range c.Fields {
		d.field(record.Field{Name: f.Name, Value: f.Value}, f.From)
	}
	d.own()
	return t.add([]draft{d})
}

func (d *draft) deed(v *engine.Deed, installation string) {
	d.entry = Entry{At: v.At, Who: Who{Flow: v.Flow, Installation: installation}, What: string(v.What), Kind: v.Kind, Key: clean(v.Key),
		Ref: clean(v.Source), To: clean(v.To), Number: clean(v.Number), Why: clean(v.Why)}
	d.person = record.PersonOf(v.Body)
	if v.What != engine.Linked {
		d.changes(v)
	}
	d.own()
	if d.person == "" && v.Sum != (record.Sum{}) && v.Kind != record.KindOrder {
		d.entry.Sum = text(v.Sum[:])
	}
}

// own seals the names of an entry that is about a person, and finds a name for whom personal values without an e-mail
// address are about.
func (d *draft) own() {
	e := &d.entry
	if e.Kind == record.KindShopper {
		d.person = record.FoldEmail(e.Key)
		d.seal(nameKey, boxedValue{Value: e.Key})
		d.seal(nameTo, boxedValue{Value: e.To})
		d.seal(nameNumber, boxedValue{Value: e.Number})
		e.Key, e.Ref, e.To, e.Number = "", "", "", ""
	}
	if len(d.box.Values) == 0 {
		d.person = "" // nothing of it is personal
	} else if d.person == "" {
		d.person = record.FoldEmail(string(e.Kind) + " " + e.Key)
	}
}

// changes lists the values a deed wrote. Where the ones before are known, what stayed the same is left out.
func (d *draft) changes(v *engine.Deed) {
	before := map[string]string{}
	known := v.Before != nil
	for _, f := range record.Fields(v.Before) {
		before[f.Name] = f.Value
	}
	for _, f := range record.Fields(v.Body) {
		was, had := before[f.Name]
		delete(before, f.Name)
		switch {
		case known && had && was == f.Value:
		case had && was != "": // sides don't tell everything of a record: what wasn't told is not known
			d.field(f, &was)
		case !known && f.Level && v.Was.Set:
			was = record.LevelText(v.Was.Level)
			d.field(f, &was)
		case f.Value != "":
			d.field(f, nil)
		}
	}
	for _, f := range record.Fields(v.Before) { // what is not there any more, such as a line
		if was, left := before[f.Name]; left && was != "" && v.Body != nil {
			f.Value = ""
			d.field(f, &was)
		}
	}
}

func (d *draft) field(f record.Field, from *string) {
	if from != nil {
		was := clean(*from)
		from = &was
	}
	if f.Personal {
		d.seal(f.Name, boxedValue{clean(f.Value), from})
		return
	}
	d.entry.Fields = append(d.entry.Fields, Field{Name: f.Name, Value: clean(f.Value), From: from})
}

func (d *draft) seal(name string, v boxedValue) {
	if v.Value == "" && v.From == nil {
		return
	}
	if d.box.Salt == nil {
		d.box.Salt = random(saltSize)
	}
	d.entry.Fields = append(d.entry.Fields, Field{Name: name, Digest: d.box.digest(name, v)})
	d.box.Values = append(d.box.Values, v)
}

// longest is how much of a value is kept, in bytes. A shop's text can be as long as it likes.
const longest = 4096

// clean makes a text fit to be kept: JSON would replace what is no UTF-8, and its digest would be another's.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= longest {
		return s
	}
	cut := longest
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
