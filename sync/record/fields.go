package record

import (
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

// Field is one value of a body as the audit trail keeps it: amounts and quantities without trailing zeros, switches
// as true or false, moments in UTC (RFC 3339).
type Field struct {
	Name  string // "name", "billing.city", "lines.2.quantity": places count from 1
	Value string // "" is an empty text
	// Personal: it says something about a person (a name, an address, what they wrote, who they are at either side), so
	// that it must be possible to erase it.
	Personal bool
	// Level: it is the number that Leveller.Level is about.
	Level bool
}

// Fields lists every value of a body, empty ones too, in the order of its declaration. A nil body has none.
func Fields(b Body) []Field {
	var f fields
	switch v := b.(type) {
	case *Item:
		f.item(v)
	case *Stock:
		f.level("quantity", v.Quantity)
		f.yes("managed", v.Managed)
	case *Price:
		f.level("regular", v.Regular.Amount)
		f.text("currency", v.Regular.Currency)
		f.yes("includes_tax", v.IncludesTax)
		f.text("tax", v.Tax)
	case *Order:
		f.order(v)
	case *SalesOrder:
		f.salesOrder(v)
	case *Shopper:
		f.person("number", v.Number)
		f.person("email", v.Email)
		f.address("billing.", v.Billing)
		f.text("blocked", v.Blocked)
	case *Shipment:
		f.shipment(v)
	case *Invoice:
		f.text("number", v.Number)
		f.text("order", v.Order)
		f.text("external", v.External)
		f.amount("total", v.Total.Amount)
		f.text("currency", v.Total.Currency)
	case *Mark:
		f.text("installation", v.Installation)
		f.text("document", v.Document)
		for i, gone := range v.Over {
			f.text("over."+strconv.Itoa(i+1), gone)
		}
		f.text("run", v.Run)
		f.yes("note", v.Note)
	}
	return f
}

// PersonOf is the folded e-mail address of the person a body is about; "" where it is about nobody, or doesn't say.
func PersonOf(b Body) string {
	switch v := b.(type) {
	case *Order:
		return FoldEmail(v.Email)
	case *SalesOrder:
		return FoldEmail(v.Email)
	case *Shopper:
		return FoldEmail(v.Email)
	}
	return ""
}

// LevelText is a level (Leveller) as the amount it stands for, to four decimals.
func LevelText(level int64) string {
	d, err := decimal.New(level, 4)
	if err != nil {
		return strconv.FormatInt(level, 10) + "e-4"
	}
	return Text(d)
}

type fields []Field

func (f *fields) text(name, value string) { *f = append(*f, Field{Name: name, Value: value}) }

func (f *fields) person(name, value string) {
	*f = append(*f, Field{Name: name, Value: value, Personal: true})
}

func (f *fields) amount(name string, d decimal.Decimal) { f.text(name, Text(d)) }

func (f *fields) level(name string, d decimal.Decimal) {
	*f = append(*f, Field{Name: name, Value: Text(d), Level: true})
}

func (f *fields) yes(name string, b bool) { f.text(name, strconv.FormatBool(b)) }

func (f *fields) moment(name string, t time.Time) {
	if t.IsZero() {
		f.text(name, "")
		return
	}
	f.text(name, t.UTC().Format(time.RFC3339Nano))
}

// address: all of it says where somebody lives.
func (f *fields) address(prefix string, a Address) {
	f.person(prefix+"first_name", a.FirstName)
	f.person(prefix+"last_name", a.LastName)
	f.person(prefix+"company", a.Company)
	f.person(prefix+"line1", a.Line1)
	f.person(prefix+"line2", a.Line2)
	f.person(prefix+"post_code", a.PostCode)
	f.person(prefix+"city", a.City)
	f.person(prefix+"state", a.State)
	f.person(prefix+"country", a.Country)
	f.person(prefix+"phone", a.Phone)
}

func (f *fields) item(i *Item) {
	f.text("name", i.Name)
	f.text("gtin", i.GTIN)
	f.text("tax", i.Tax)
	f.text("tax_class", i.TaxClass)
	f.text("unit", i.Unit)
	f.yes("managed", i.Managed)
	f.yes("blocked", i.Blocked)
	f.text("status", string(i.Status))
	f.text("sku", i.SKU)
}

func (f *fields) order(o *Order) {
	f.text("number", o.Number)
	f.text("status", string(o.Status))
	f.text("raw_status", o.Raw)
	f.yes("paid", o.Paid)
	f.moment("created", o.Created)
	f.text("currency", o.Currency)
	f.person("email", o.Email)
	f.person("customer", o.CustomerRef)
	f.address("billing.", o.Billing)
	f.address("shipping.", o.Shipping)
	for i := range o.Lines {
		l, at := &o.Lines[i], place("lines", i)
		f.text(at+"id", l.ID)
		f.text(at+"sku", l.SKU)
		f.text(at+"name", l.Name)
		f.amount(at+"quantity", l.Quantity)
		f.amount(at+"subtotal", l.Subtotal)
		f.amount(at+"subtotal_tax", l.SubtotalTax)
		f.amount(at+"total", l.Total)
		f.amount(at+"total_tax", l.TotalTax)
	}
	for i := range o.Charges {
		c, at := &o.Charges[i], place("charges", i)
		f.text(at+"id", c.ID)
		f.yes(at+"fee", c.Fee)
		f.text(at+"title", c.Title)
		f.text(at+"code", c.Code)
		f.amount(at+"total", c.Total)
		f.amount(at+"tax", c.Tax)
	}
	f.text("payment.method", o.Payment.Method)
	f.text("payment.title", o.Payment.Title)
	f.person("payment.transaction", o.Payment.Transaction)
	f.amount("payment.amount", o.Payment.Amount)
	f.person("note", o.Note)
	for i, c := range o.Coupons {
		f.person("coupons."+strconv.Itoa(i+1), c) // shops make codes out of names
	}
	f.amount("total", o.Total)
	f.amount("total_tax", o.Tax)
	f.amount("refunded", o.Refunded)
	f.text("marked_by", o.MarkedBy)
	f.text("marked_as", o.MarkedAs)
	f.text("marked_run", o.MarkedRun)
}

func (f *fields) salesOrder(o *SalesOrder) {
	f.text("external", o.External)
	f.text("number", o.Number)
	f.person("customer_id", o.CustomerID)
	f.text("customer.kind", string(o.Customer.Kind))
	f.person("customer", o.Customer.ID)
	f.moment("date", o.Date)
	f.text("currency", o.Currency)
	f.yes("includes_tax", o.IncludesTax)
	f.address("sell_to.", o.SellTo)
	f.address("ship_to.", o.ShipTo)
	f.person("email", o.Email)
	f.person("phone", o.Phone)
	for i := range o.Lines {
		l, at := &o.Lines[i], place("lines", i)
		f.text(at+"type", string(l.Type))
		f.text(at+"item", l.ItemID)
		f.text(at+"account", l.Account)
		f.text(at+"tax", l.Tax)
		// A comment line can hold what the shopper wrote.
		*f = append(*f, Field{Name: at + "description", Value: l.Description, Personal: l.Type == LineComment})
		f.amount(at+"quantity", l.Quantity)
		f.amount(at+"unit_price", l.UnitPrice)
		f.amount(at+"discount", l.Discount)
	}
	f.amount("total", o.Total)
	f.amount("total_tax", o.Tax)
	f.amount("tax_slack", o.TaxSlack)
	f.yes("shipped", o.Shipped)
	f.yes("posted", o.Posted)
	f.yes("draft", o.Draft)
}

func (f *fields) shipment(s *Shipment) {
	f.text("number", s.Number)
	f.text("order", s.Order)
	f.text("external", s.External)
	f.moment("date", s.Date)
	for i := range s.Lines {
		l, at := &s.Lines[i], place("lines", i)
		f.text(at+"sku", l.SKU)
		f.text(at+"description", l.Description)
		f.amount(at+"quantity", l.Quantity)
	}
	f.yes("complete", s.Complete)
}

// place is the beginning of the names of a list's i-th entry.
func place(list string, i int) string { return list + "." + strconv.Itoa(i+1) + "." }
