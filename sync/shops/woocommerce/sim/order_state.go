package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/record"
)

const reducedStock = "_reduced_stock" // a line's own note of what was taken for it

// pay is "payment complete": the status follows from whether there is something to ship (golden 317).
func (s *Server) pay(o *Order, transaction string) {
	if transaction != "" {
		o.TransactionID = transaction
	}
	o.Paid = s.now()
	to := "completed"
	if s.needsProcessing(o) {
		to = "processing"
	}
	if s.hpos() {
		s.note(o, "Payment complete.")
		s.moveTo(o, to, "")
		return
	}
	s.moveTo(o, to, changeNote(o.Status, to))
}

// setStatus changes the status by hand. Unknown words of plug-ins are allowed here.
func (s *Server) setStatus(o *Order, to string) {
	if to != o.Status {
		s.moveTo(o, to, changeNote(o.Status, to))
	}
}

func changeNote(from, to string) string {
	return "Order status changed from " + statusName(from) + " to " + statusName(to) + "."
}

// moveTo changes the status with all that hangs on it: dates, stock, sales counts, mails and the note.
func (s *Server) moveTo(o *Order, to, note string) {
	o.Status = to
	if o.Paid.IsZero() && (to == "completed" || to == "processing" && s.needsProcessing(o)) {
		o.Paid = s.now()
	}
	if to == "completed" {
		o.Completed = s.now()
	}
	switch to {
	case "processing", "on-hold", "completed":
		if !o.reduced {
			s.reduceStock(o)
		}
	case "cancelled", "pending":
		if o.reduced {
			s.restoreStock(o)
		}
	}
	s.countSales(o)
	s.mailNotes(o)
	if note != "" {
		s.note(o, note)
	}
	if c := s.customers.byID[o.CustomerID]; c != nil && to == "completed" {
		c.Paying = true
	}
}

// needsProcessing reports whether a line sells something that exists and is not a download.
func (s *Server) needsProcessing(o *Order) bool {
	return slices.ContainsFunc(o.Lines, func(l Line) bool {
		p := s.product(&l)
		return p != nil && (!p.Virtual || !p.Downloadable)
	})
}

func (s *Server) needsPayment(o *Order) bool {
	return (o.Status == "pending" || o.Status == "failed") && o.Total.IsPos()
}

// reduceStock takes the lines' quantities off the stock; it may go below zero (golden 339, 340).
func (s *Server) reduceStock(o *Order) {
	var told []string
	for i := range o.Lines {
		l := &o.Lines[i]
		p := s.product(l)
		if p == nil || !p.ManageStock {
			continue
		}
		from, to := s.moveStock(p, l.pieces().Neg())
		l.Meta = append(l.Meta, Meta{take(&s.next.meta), reducedStock, record.Text(l.pieces())})
		told = append(told, s.stockNote(p, from, to, true))
	}
	o.reduced = true
	if len(told) > 0 {
		s.note(o, "Stock levels reduced: "+strings.Join(told, ", "))
	}
}

func (s *Server) restoreStock(o *Order) {
	var told []string
	for i := range o.Lines {
		l := &o.Lines[i]
		taken := amount(metaText(l.Meta, reducedStock))
		p := s.product(l)
		if p == nil || !p.ManageStock || !taken.IsPos() {
			continue
		}
		from, to := s.moveStock(p, taken)
		l.Meta = slices.DeleteFunc(l.Meta, func(m Meta) bool { return m.Key == reducedStock })
		told = append(told, s.stockNote(p, from, to, false))
	}
	o.reduced = false
	if len(told) > 0 {
		s.note(o, "Stock levels increased: "+strings.Join(told, ", "))
	}
}

// stockNote names a product's move as the shop's notes do (golden 362 of both versions).
func (s *Server) stockNote(p *Product, from, to decimal.Decimal, taken bool) string {
	move := record.Text(from) + "&rarr;" + record.Text(to)
	if s.hpos() || !taken {
		return p.Name + " (" + move + ")"
	}
	name := p.Name + " (" + p.SKU + ")"
	if p.Type == "variation" {
		name += `<span class="description"></span>`
	}
	return name + " " + move
}

// moveStock changes a product's stock and its date; a variation's parent is dated with it (date_modified-on-stock-moves.json).
func (s *Server) moveStock(p *Product, by decimal.Decimal) (from, to decimal.Decimal) {
	from = p.Stock
	p.HasStock, p.Stock, p.Modified = true, plus(p.Stock, by), s.now()
	p.settleStock()
	s.catalogue.file(p, p.SKU)
	if parent := s.catalogue.byID[p.ParentID]; parent != nil && p.Type == "variation" {
		parent.Modified = s.now()
		s.catalogue.file(parent, parent.SKU)
	}
	return from, p.Stock
}

// countSales keeps the products' sales counts: an order counts once it is paid or on hold, until it is cancelled or
// thrown away.
func (s *Server) countSales(o *Order) {
	counts := slices.Contains([]string{"processing", "on-hold", "completed", "refunded"}, o.Status)
	if counts == o.counted {
		return
	}
	o.counted = counts
	for i := range o.Lines {
		l := &o.Lines[i]
		p := s.catalogue.byID[l.ProductID]
		if p == nil {
			continue
		}
		pieces, _, _ := l.pieces().Int64(0)
		if !counts {
			pieces = -pieces
		}
		p.TotalSales += int(pieces)
	}
}

// mailNotes are the notes version 11 leaves for the mails it sends.
func (s *Server) mailNotes(o *Order) {
	if !s.hpos() {
		return
	}
	switch {
	case o.Status == "processing":
		s.note(o, `Email "New order" sent.`)
		if o.Billing.Email != "" {
			s.note(o, `Email "Processing order" sent.`)
		}
	case o.Status == "completed" && o.Billing.Email != "":
		s.note(o, `Email "Completed order" sent.`)
	}
}

// Note is one note of an order.
type Note struct {
	ID         int
	Text       string
	ToCustomer bool
	Created    time.Time // UTC
}

func (s *Server) note(o *Order, text string) {
	o.Notes = append(o.Notes, Note{ID: take(&s.next.note), Text: text, Created: s.now()})
}
