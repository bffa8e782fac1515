package record

import "strings"

// Address is a postal address. Country is ISO 3166-1 alpha-2.
type Address struct {
	FirstName, LastName, Company string
	Line1, Line2                 string
	PostCode, City, State        string
	Country                      string
	Phone                        string
}

// Name is the firm's name, or the person's where there is no firm.
func (a Address) Name() string {
	if c := strings.TrimSpace(a.Company); c != "" {
		return c
	}
	return a.Person()
}

// Person is the first and last name.
func (a Address) Person() string {
	return strings.Join(strings.Fields(a.FirstName+" "+a.LastName), " ")
}

func (a Address) appendSum(dst []byte) []byte {
	return appendText(dst, a.FirstName, a.LastName, a.Company, a.Line1, a.Line2, a.PostCode, a.City, a.State, a.Country, a.Phone)
}

// Shopper is who ordered; in BC a customer. Key: the e-mail address, folded by FoldEmail.
type Shopper struct {
	Number  string // BC customer No., when read from BC
	Email   string
	Billing Address
	// Blocked is BC's reason the customer may not be delivered or invoiced ("", "Ship", "Invoice", "All").
	Blocked string
}

// Kind implements Body.
func (*Shopper) Kind() Kind { return KindShopper }

// AppendSum implements Body.
func (s *Shopper) AppendSum(dst []byte) []byte {
	return s.Billing.appendSum(appendText(dst, FoldEmail(s.Email), s.Blocked))
}

// FoldEmail is the form in which addresses are compared: trimmed, lower case, otherwise exact. Nothing is stripped:
// "jan+x@" and "jan@" are two people (research/connectors.md, pain 19).
func FoldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
