package window

import (
	"net/url"
	"strings"

	"stockbridge/sync/ipc"
	"stockbridge/sync/record"
	"stockbridge/ui/text"
)

// problemModel is one row of the problems page.
type problemModel struct {
	ID       string
	List     string // what is approved with it, as shown
	Kind     string
	Key      string
	Where    string // the connection
	Sentence string
	Detail   string // the other side's own words, where the sentence lacks them
	Since    string
	Approve  bool
	May      bool
	Pages    []pageModel
	Setting  string // the sentence naming what to change; "" where no setting would help
}

// pageModel is a link to the problem's record on one side.
type pageModel struct{ Label, URL string }

// pagesOf are the pages a person can open. Only web addresses are, whatever comes over the wire.
func pagesOf(p ipc.Problem, t *text.Text) (pages []pageModel) {
	for _, a := range p.Actions {
		u, err := url.Parse(a.URL)
		if a.Action != ipc.ActionOpen || err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			continue
		}
		label := t.Get("ui.open.shop", nil)
		if a.Side == "bc" {
			label = t.Get("ui.open.bc", nil)
		}
		pages = append(pages, pageModel{label, a.URL})
	}
	return pages
}

func settingOf(p ipc.Problem, t *text.Text) string {
	for _, a := range p.Actions {
		if a.Action == ipc.ActionSetting {
			return t.Get("ui.problems.setting", text.Args{"field": a.Field})
		}
	}
	return ""
}

// choiceModel is one entry of the problems page's lists.
type choiceModel struct{ Value, Label string }

// choicesModel is what the problems can be narrowed down to; the first entry of each is all.
type choicesModel struct{ Connections, Kinds []choiceModel }

func choicesOf(status ipc.Status, t *text.Text) choicesModel {
	m := choicesModel{
		Connections: []choiceModel{{"", t.Get("ui.problems.all_connections", nil)}},
		Kinds:       []choiceModel{{"", t.Get("ui.problems.all_kinds", nil)}},
	}
	for _, c := range status.Connections {
		m.Connections = append(m.Connections, choiceModel{c.Name, c.Name})
	}
	for _, k := range append(record.Kinds(), record.KindConnection) {
		m.Kinds = append(m.Kinds, choiceModel{string(k), t.Get("ui.kind."+string(k), nil)})
	}
	return m
}

func problemOf(p ipc.Problem, status ipc.Status, t *text.Text) problemModel {
	since := t.Get("ui.problems.since", text.Args{"time": t.When(p.First, status.Now)})
	if p.Tries > 1 {
		since += "  ·  " + t.Get("ui.problems.tries", text.Args{"count": t.Number(p.Tries)})
	}
	if !p.Next.IsZero() {
		since += "  ·  " + t.Get("ui.problems.next", text.Args{"time": t.When(p.Next, status.Now)})
	}
	sentence, detail := t.Fault(p.Fault), p.Fault.Detail
	if strings.Contains(sentence, detail) {
		detail = ""
	}
	return problemModel{
		ID: p.ID, List: p.List, Kind: t.Get("ui.kind."+string(p.Kind), nil), Key: p.Key, Where: p.Connection,
		Sentence: sentence, Detail: detail, Since: since, Approve: p.Approvable,
		May: status.Role.Allows(ipc.RoleOperator), Pages: pagesOf(p, t), Setting: settingOf(p, t),
	}
}
