package sim

import (
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// A document is a row of salesOrders or salesInvoices; both have the same rules (NOTES section 6).

// lineSet names the set of a document's lines.
func lineSet(document string) string { return strings.TrimSuffix(document, "s") + "Lines" }

// lines returns a document's lines in its order.
func (c *Company) lines(doc *row) []*row {
	out := slices.Clone(c.tables[lineSet(doc.in.set.name)].find("documentId", doc.id))
	slices.SortFunc(out, func(a, b *row) int { return int(a.number("sequence") - b.number("sequence")) })
	return out
}

// document returns the document of a line.
func (c *Company) document(line *row) *row {
	return c.tables[strings.TrimSuffix(line.in.set.name, "Lines")+"s"].byID[line.text("documentId")]
}

func (c *Company) today() time.Time { return c.s.now().Truncate(24 * time.Hour) }

// setIf sets a field that not every document has.
func (t *tx) setIf(r *row, name string, v any) {
	if r.in.set.byName[name] != nil {
		t.set(r, name, v)
	}
}

func (s *Server) prepareDocument(t *tx, r *row, ms []member) error {
	customer, err := t.co.sellTo(givenText(ms, "customerId"), givenText(ms, "customerNumber"))
	if err != nil {
		return err
	}
	if err := mayTrade(customer, "create"); err != nil {
		return err
	}
	if customer.text(".postingGroup") == "" {
		return testField("Customer Posting Group must have a value in Customer: No.=" + customer.text("number") + ". It cannot be zero or empty.")
	}
	if r.in.set.name == "salesOrders" {
		t.set(r, "number", t.nextNumber("order", "SO-"))
	} else {
		t.set(r, "number", t.nextNumber("draft", "SI-"))
		t.set(r, "status", "Draft")
		t.set(r, "dueDate", t.co.today())
	}
	for _, name := range []string{"orderDate", "invoiceDate", "postingDate"} {
		t.setIf(r, name, t.co.today())
	}
	t.setIf(r, "partialShipping", true)
	t.set(r, "pricesIncludeTax", customer.flag(".pricesIncludeTax"))
	return t.copyCustomer(r, customer)
}

// sellTo finds the customer a document names by id, number or both.
func (c *Company) sellTo(id, number string) (*row, error) {
	customers := c.tables["customers"]
	if id == "" && number == "" {
		return nil, dialog(`A "customerNumber" or a "customerId" must be provided.`)
	}
	byNumber := customers.one("number", number)
	byID := customers.byID[id]
	switch {
	case number != "" && byNumber == nil, id != "" && byID == nil:
		return nil, dialog("The sell-to customer cannot be found.")
	case byNumber != nil && byID != nil && byNumber != byID:
		return nil, dialog("The sell-to customer values do not match to a specific Customer.")
	case byID != nil:
		return byID, nil
	}
	return byNumber, nil
}

// mayTrade refuses a blocked customer. Any reason blocks a new order.
func mayTrade(customer *row, doing string) error {
	if b := customer.text("blocked"); b != "_x0020_" {
		return dialog("You cannot " + doing + " this type of document when Customer " + customer.text("number") + " is blocked with type " + b)
	}
	return nil
}

// copyCustomer fills the sell-to, bill-to and ship-to parts.
func (t *tx) copyCustomer(r, customer *row) error {
	for from, to := range map[string][]string{
		"id": {"customerId", "billToCustomerId"}, "number": {"customerNumber", "billToCustomerNumber"},
		"displayName":  {"customerName", "billToName", "shipToName"},
		"addressLine1": {"sellToAddressLine1", "billToAddressLine1", "shipToAddressLine1"},
		"addressLine2": {"sellToAddressLine2", "billToAddressLine2", "shipToAddressLine2"},
		"city":         {"sellToCity", "billToCity", "shipToCity"},
		"country":      {"sellToCountry", "billToCountry", "shipToCountry"},
		"state":        {"sellToState", "billToState", "shipToState"},
		"postalCode":   {"sellToPostCode", "billToPostCode", "shipToPostCode"},
		"phoneNumber":  {"phoneNumber"}, "email": {"email"}, ".vatGroup": {".vatGroup"},
	} {
		for _, name := range to {
			t.set(r, name, customer.get(from))
		}
	}
	return setCurrency(t, r, customer.get("currencyCode"))
}

func (s *Server) documentFields() map[string]func(*tx, *row, any) error {
	m := map[string]func(*tx, *row, any) error{
		"customerId":       changeCustomer(func(v string) (string, string) { return v, "" }),
		"customerNumber":   changeCustomer(func(v string) (string, string) { return "", v }),
		"billToCustomerId": billTo("id"), "billToCustomerNumber": billTo("number"),
		"currencyCode":     changeTerms(setCurrency),
		"currencyId":       changeTerms(setCurrencyID),
		"pricesIncludeTax": changeTerms(func(t *tx, r *row, v any) error { t.set(r, "pricesIncludeTax", v); return nil }),
		"discountAmount":   setInvoiceDiscount,
		"email":            checkEmail("email"),
		"phoneNumber":      s.checkPhone("phoneNumber"),
		"paymentTermsId":   checkMissing("paymentTermsId", `The "paymentTermsId" does not match to a Payment Terms.`),
		"shipmentMethodId": checkMissing("shipmentMethodId", `The "shipmentMethodId" does not match to a Shipment Method.`),
	}
	for _, name := range []string{"salesperson", "shortcutDimension1Code", "shortcutDimension2Code"} {
		m[name] = checkMissing(name, "")
	}
	for _, name := range []string{"sellToCountry", "shipToCountry"} {
		m[name] = checkCountry(name)
	}
	return m
}

func changeCustomer(split func(string) (id, number string)) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		if err := statusOpen(r); err != nil {
			return err
		}
		customer, err := t.co.sellTo(split(v.(string)))
		if err != nil {
			return err
		}
		if err := mayTrade(customer, "create"); err != nil {
			return err
		}
		if err := t.copyCustomer(r, customer); err != nil {
			return err
		}
		return t.reprice(r)
	}
}

func billTo(key string) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		customers := t.co.tables["customers"]
		customer := customers.byID[v.(string)]
		if key == "number" {
			customer = customers.one("number", v.(string))
		}
		if customer == nil {
			return dialog("The bill-to customer cannot be found.")
		}
		for from, to := range map[string]string{
			"id": "billToCustomerId", "number": "billToCustomerNumber", "displayName": "billToName",
			"addressLine1": "billToAddressLine1", "addressLine2": "billToAddressLine2", "city": "billToCity",
			"country": "billToCountry", "state": "billToState", "postalCode": "billToPostCode", ".vatGroup": ".vatGroup",
		} {
			t.set(r, to, customer.get(from))
		}
		return t.reprice(r)
	}
}

// changeTerms applies a change after which the lines' prices are worked out anew.
func changeTerms(f func(*tx, *row, any) error) func(*tx, *row, any) error {
	return func(t *tx, r *row, v any) error {
		if err := statusOpen(r); err != nil {
			return err
		}
		if err := f(t, r, v); err != nil {
			return err
		}
		return t.reprice(r)
	}
}

func setInvoiceDiscount(t *tx, r *row, v any) error {
	if err := statusOpen(r); err != nil {
		return err
	}
	d, _ := v.(decimal.Decimal)
	if d.IsNeg() {
		return dialog("The invoice discount amount cannot be negative.")
	}
	t.set(r, "discountAmount", d)
	return nil
}

// statusOpen is AL's TestStatusOpen.
func statusOpen(doc *row) error {
	if doc.flag(".released") {
		return testField("Status must be equal to 'Open'  in Sales Header: Document Type=Order, No.=" + doc.text("number") +
			". Current value is 'Released'.")
	}
	return nil
}

// editDocument refuses changes of a posted invoice.
func editDocument(_ *tx, r *row) error {
	if r.in.set.name == "salesInvoices" && r.flag(".posted") {
		return dialog("The action can be applied to a draft invoice only.")
	}
	return nil
}

func finishDocument(t *tx, r *row) error {
	t.set(r, ".pending", false)
	_, err := t.total(r)
	return err
}

func removeDocument(t *tx, r *row) error {
	if err := statusOpen(r); err != nil {
		return err
	}
	for _, l := range t.co.lines(r) {
		t.remove(l)
	}
	t.remove(r)
	return nil
}

// refresh is the write a read can cause: an open document whose lines changed under an invoice discount gets it
// worked out when somebody with the right to change looks at it (NOTES section 4).
func (s *Server) refresh(t *tx, r *row) {
	if r.in.set.byName[".pending"] == nil || !r.flag(".pending") || s.denied("salesOrders", "Modify") {
		return
	}
	if finishDocument(t, r) == nil {
		t.touch(r)
	}
}
