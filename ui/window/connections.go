package window

import (
	"time"

	"stockbridge/sync/fault"
	"stockbridge/sync/ipc"
	"stockbridge/ui/board"
	"stockbridge/ui/text"
)

// cardModel is one connection as its card shows it.
type cardModel struct {
	Name     string
	State    ipc.State
	Word     string // the state, for those who can't tell the icons apart
	Pair     string // company, shop and platform
	Sentence string // what goes on
	Urgent   bool   // Sentence waits for a person
	Times    string // last success and next run
	Problems string // label of the button that shows them; "" where none wait
	Progress *progressModel
	May      bool
	Paused   bool
	Flows    []flowModel
}

// progressModel is how far a run is. Share is 0 to 1.
type progressModel struct {
	Text  string
	Share float64
}

// flowModel is one row of a card's table.
type flowModel struct {
	Name  string
	Cells []cellModel
	Quiet bool // switched off
}

// cellModel is one figure or moment of a row. Loud marks one that somebody should look at.
type cellModel struct {
	Text string
	Loud loudness
}

type loudness uint8

const (
	calm loudness = iota
	amber
	red
)

// columnKeys are the keys of the table's column titles after the first, in order.
func columnKeys() []string {
	return []string{"ui.column.read", "ui.column.written", "ui.column.unchanged", "ui.column.held", "ui.column.rejected",
		"ui.column.last", "ui.column.next"}
}

func cardsOf(status ipc.Status, t *text.Text) []cardModel {
	var cards []cardModel
	for _, c := range status.Connections {
		cards = append(cards, cardOf(c, status, t))
	}
	return cards
}

func cardOf(c ipc.ConnectionStatus, status ipc.Status, t *text.Text) cardModel {
	m := cardModel{
		Name: c.Name, State: c.State, Word: t.Get("ui.state."+string(c.State), nil),
		Pair:     t.Get("ui.card.pair", text.Args{"company": c.Company, "host": c.ShopHost, "platform": platform(c.Platform)}),
		Sentence: sentenceOf(c, status.Now, t),
		Urgent:   c.State == ipc.StateAttention,
		Times:    timesOf(c, status.Now, t),
		May:      status.Role.Allows(ipc.RoleOperator),
		Paused:   c.Paused != nil,
	}
	if c.Problems > 0 {
		m.Problems = t.Get("ui.card.show_problems", text.Args{"count": t.Number(c.Problems)})
	}
	if c.Running != nil {
		m.Progress = progressOf(*c.Running, t)
	}
	for _, f := range c.Flows {
		m.Flows = append(m.Flows, flowOf(f, c, status.Now, t))
	}
	return m
}

// sentenceOf says what needs saying beyond the state's word: why the connection stands still. A card in step, or one
// whose progress bar speaks, says nothing.
func sentenceOf(c ipc.ConnectionStatus, now time.Time, t *text.Text) string {
	switch c.State {
	case ipc.StateFine, ipc.StateWorking:
		return ""
	case ipc.StateOffline:
		if f := board.Fault(c); f != nil {
			return t.Fault(*f)
		}
	}
	return board.Say(c, now, t)
}

func timesOf(c ipc.ConnectionStatus, now time.Time, t *text.Text) string {
	said := t.Get("ui.card.last", text.Args{"time": t.When(c.LastOK, now)})
	if next := nextRun(c); !next.IsZero() && c.Paused == nil && c.Running == nil {
		said += "  ·  " + t.Get("ui.card.next", text.Args{"time": t.When(next, now)})
	}
	return said
}

// nextRun is the earliest next run of a flow that is on.
func nextRun(c ipc.ConnectionStatus) time.Time {
	var next time.Time
	for _, f := range c.Flows {
		if !f.Off && !f.Next.IsZero() && (next.IsZero() || f.Next.Before(next)) {
			next = f.Next
		}
	}
	return next
}

func flowOf(f ipc.FlowStatus, c ipc.ConnectionStatus, now time.Time, t *text.Text) flowModel {
	m := flowModel{Name: t.Get("ui.kind."+string(f.Kind), nil), Quiet: f.Off}
	if f.Last == nil {
		for range 5 {
			m.Cells = append(m.Cells, cellModel{Text: "–"})
		}
	} else {
		r := f.Last
		m.Cells = []cellModel{{Text: t.Number(r.Read)}, {Text: t.Number(r.Written + r.Linked)}, {Text: t.Number(r.Unchanged)},
			counted(r.Held, amber, t), counted(r.Rejected, red, t)}
	}
	m.Cells = append(m.Cells, lastCell(f, now, t), nextCell(f, c, now, t))
	return m
}

func counted(n int, loud loudness, t *text.Text) cellModel {
	if n == 0 {
		loud = calm
	}
	return cellModel{Text: t.Number(n), Loud: loud}
}

func lastCell(f ipc.FlowStatus, now time.Time, t *text.Text) cellModel {
	if f.Last == nil {
		return cellModel{Text: "–"}
	}
	cell := cellModel{Text: t.When(f.Last.Ended, now)}
	switch {
	case f.Fault == nil:
	case f.Fault.Kind == fault.Retry:
		cell.Loud = amber
	default:
		cell.Loud = red
	}
	return cell
}

func nextCell(f ipc.FlowStatus, c ipc.ConnectionStatus, now time.Time, t *text.Text) cellModel {
	switch {
	case f.Off:
		return cellModel{Text: t.Get("ui.flow.off", nil)}
	case c.Running != nil && c.Running.Kind == f.Kind:
		return cellModel{Text: t.Get("ui.flow.now", nil)}
	case f.Paused != nil:
		return cellModel{Text: t.Get("ui.flow.paused", nil), Loud: amber}
	case f.Next.IsZero() || c.Paused != nil:
		return cellModel{Text: "–"}
	}
	return cellModel{Text: t.When(f.Next, now)}
}

func progressOf(p ipc.Progress, t *text.Text) *progressModel {
	m := &progressModel{Text: board.Progress(p, t)}
	if p.Total > 0 {
		m.Share = min(1, float64(p.Done)/float64(p.Total))
	}
	return m
}

// platform writes a platform's id as its makers write its name.
func platform(id string) string {
	switch id {
	case "woocommerce":
		return "WooCommerce"
	case "shopify":
		return "Shopify"
	case "magento":
		return "Magento"
	case "cloudsuite":
		return "CloudSuite"
	}
	return id
}
