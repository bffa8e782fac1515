package journal

import (
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Entry is one line: an exchange, or the decision on a record, or what was answered to its changes, or the settings
// decisions were made with.
type Entry struct {
	ID         string      `json:"id"` // sorts by time
	At         time.Time   `json:"at"`
	Connection string      `json:"connection,omitempty"`
	Side       string      `json:"side,omitempty"` // bc, shop
	Kind       record.Kind `json:"kind,omitempty"` // of decisions and answers: the family
	Keys       []string    `json:"keys,omitempty"`
	Call       string      `json:"call,omitempty"` // what it was part of: all that one page led to has the same
	Method     string      `json:"method,omitempty"`
	Path       string      `json:"path,omitempty"`
	Status     int         `json:"status,omitempty"`  // 0: no answer
	Took       int64       `json:"took_ms,omitempty"` // milliseconds
	Request    string      `json:"request,omitempty"`
	Response   string      `json:"response,omitempty"`
	Error      string      `json:"error,omitempty"`
	Short      bool        `json:"short,omitempty"` // bodies were left out: the day was full, or the record too large

	Decided  *Decision `json:"decided,omitempty"`
	Answered []Answer  `json:"answered,omitempty"`
	Rules    *Rules    `json:"settings,omitempty"`
	Erased   bool      `json:"erased,omitempty"` // a person's data was taken out
}

// Part says what kinds of lines to find.
type Part uint8

// The kinds of lines.
const (
	Exchanges Part = 1 << iota
	Decisions
	Answers
	Settings
)

func (e *Entry) part() Part {
	switch {
	case e.Decided != nil:
		return Decisions
	case e.Answered != nil:
		return Answers
	case e.Rules != nil:
		return Settings
	}
	return Exchanges
}

// Decision is one of the owner's records (with all its kinds: an item, its stock, its price) and what was decided on
// it: what plan.Make was given, so that it can be made again, and what came out. Bodies are normalised.
type Decision struct {
	Source string   `json:"source"`         // the owner's id
	Rules  string   `json:"rules"`          // digest of the settings; an earlier line of the same day holds them
	Read   []Record `json:"read,omitempty"` // what the owner had
	Agreed Agreed   `json:"agreed,omitzero"`
	Found  []Record `json:"found,omitempty"` // what was looked up for it: at the other side, or linked here (no body)
	// What a person said about the record, a guard held it for, or an earlier create left open.
	Approved  map[fault.Code]string `json:"approved,omitempty"` // with the sum it was shown with
	Suspected []fault.Code          `json:"suspected,omitempty"`
	Skipped   string                `json:"skipped,omitempty"` // the sum it was skipped with
	Unsettled []string              `json:"unsettled,omitempty"`
	Begun     bool                  `json:"begun,omitempty"`

	Changes []Change  `json:"changes,omitempty"`
	Settled []Settled `json:"settled,omitempty"`
	Held    []Held    `json:"held,omitempty"`
}

// Agreed is what both sides last agreed on.
type Agreed struct {
	Key   string               `json:"key,omitempty"`
	To    string               `json:"to,omitempty"` // the other side's id
	Kinds map[record.Kind]Last `json:"kinds,omitempty"`
}

// Last is the agreement on one kind.
type Last struct {
	Set   bool   `json:"set,omitempty"`
	Sum   string `json:"sum,omitempty"` // hexadecimal
	Level int64  `json:"level,omitempty"`
}

// Change is one write that was decided on.
type Change struct {
	Record        // Ref is the written side's id, "" a create; Body is what is wanted
	Source string `json:"source,omitempty"`
	Sum    string `json:"sum,omitempty"`
	Intent string `json:"intent,omitempty"`
	After  string `json:"after,omitempty"` // "shoppers jan@example.com": what had to be written first
	Linked bool   `json:"linked,omitempty"`
	Helper bool   `json:"helper,omitempty"`
	Mark   bool   `json:"mark,omitempty"`
}

// Settled is one agreement that needed no write.
type Settled struct {
	Kind   record.Kind `json:"kind"`
	Key    string      `json:"key"`
	To     string      `json:"to,omitempty"`
	Sum    string      `json:"sum,omitempty"`
	Linked bool        `json:"linked,omitempty"`
	Mark   string      `json:"mark,omitempty"`
}

// Held is a record that waits.
type Held struct {
	Kind    record.Kind `json:"kind"`
	Key     string      `json:"key"`
	To      string      `json:"to,omitempty"`
	Sum     string      `json:"sum,omitempty"`
	Code    fault.Code  `json:"code"`
	Args    fault.Args  `json:"args,omitempty"`
	Because string      `json:"because,omitempty"`
	Stays   bool        `json:"stays,omitempty"`
	Quiet   bool        `json:"quiet,omitempty"`
	Mark    string      `json:"mark,omitempty"`
}

// Answer is what became of one change.
type Answer struct {
	Kind    record.Kind `json:"kind"`
	Key     string      `json:"key"`
	Source  string      `json:"source,omitempty"`
	Ref     string      `json:"ref,omitempty"`    // the written side's id
	Number  string      `json:"number,omitempty"` // the document's number
	Receipt string      `json:"receipt,omitempty"`
	Code    fault.Code  `json:"code,omitempty"` // "" when it was written
	Args    fault.Args  `json:"args,omitempty"`
	Detail  string      `json:"detail,omitempty"`
}

// Rules are the settings decisions were made with, as plan saw them.
type Rules struct {
	Digest string     `json:"digest"`
	Rules  plan.Rules `json:"rules"`
}
