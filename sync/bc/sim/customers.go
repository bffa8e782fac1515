package sim

import "strings"

func (s *Server) prepareCustomer(t *tx, r *row, ms []member) error {
	name := given(ms, "displayName")
	if name == nil {
		return dialog(`A "displayName" must be provided.`)
	}
	if strings.TrimSpace(name.(string)) == "" {
		return dialog(`The blank "displayName" is not allowed.`)
	}
	number := givenText(ms, "number")
	if number == "" {
		number = t.nextNumber("customer", "C")
		t.set(r, "number", number)
	}
	if r.in.one("number", number) != nil {
		return duplicate("Customer", number)
	}
	t.set(r, "currencyCode", s.opt.LCY)
	if !s.opt.NoCustomerTemplate {
		t.set(r, ".postingGroup", "DOMESTIC")
	}
	// The VAT business posting group is given once, by the country; moving house later does not change it.
	group := givenText(ms, "country")
	if group == "" {
		group = s.opt.Country
	}
	t.set(r, ".vatGroup", group)
	return nil
}

func (s *Server) customerFields() map[string]func(*tx, *row, any) error {
	return map[string]func(*tx, *row, any) error{
		"number": func(t *tx, r *row, v any) error {
			if other := r.in.one("number", v.(string)); other != nil && other != r {
				return duplicate("Customer", v.(string))
			}
			t.set(r, "number", v)
			return nil
		},
		"displayName": func(t *tx, r *row, v any) error {
			if strings.TrimSpace(v.(string)) == "" {
				return dialog(`The blank "displayName" is not allowed.`)
			}
			t.set(r, "displayName", v)
			return nil
		},
		"country":          checkCountry("country"),
		"email":            checkEmail("email"),
		"phoneNumber":      s.checkPhone("phoneNumber"),
		"currencyCode":     setCurrency,
		"currencyId":       setCurrencyID,
		"salespersonCode":  checkMissing("salespersonCode", ""),
		"paymentTermsId":   checkMissing("paymentTermsId", `The "paymentTermsId" does not match to a Payment Terms.`),
		"shipmentMethodId": checkMissing("shipmentMethodId", `The "shipmentMethodId" does not match to a Shipment Method.`),
		"paymentMethodId":  checkMissing("paymentMethodId", `The "paymentMethodId" does not match to a Payment Method.`),
	}
}

func removeCustomer(t *tx, r *row) error {
	for _, set := range []string{"salesOrders", "salesInvoices"} {
		for _, d := range t.co.tables[set].sorted {
			if d.text("customerId") == r.id {
				return dialog("You cannot delete Customer " + r.text("number") + " because there is at least one outstanding document for this customer.")
			}
		}
	}
	t.remove(r)
	return nil
}
