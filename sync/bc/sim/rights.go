package sim

import (
	"net/http"
	"slices"
)

// tableData names the tables behind a set, as a missing right is reported.
func tableData(set string) string {
	switch set {
	case "items":
		return "27 Item"
	case "itemVariants":
		return "5401 Item Variant"
	case "customers":
		return "18 Customer"
	case "salesOrders", "salesInvoices":
		return "36 Sales Header"
	case "salesOrderLines", "salesInvoiceLines":
		return "37 Sales Line"
	case "salesShipments":
		return "110 Sales Shipment Header"
	case "salesShipmentLines":
		return "111 Sales Shipment Line"
	case "itemLedgerEntries":
		return "32 Item Ledger Entry"
	case "accounts":
		return "15 G/L Account"
	case "companyInformation":
		return "79 Company Information"
	case "currencies":
		return "4 Currency"
	case "taxGroups":
		return "324 VAT Product Posting Group"
	case "unitsOfMeasure":
		return "204 Unit of Measure"
	}
	return ""
}

func (s *Server) denied(set, op string) bool {
	return slices.Contains(s.opt.Denied, "TableData "+tableData(set)+" "+op)
}

// may refuses what the user has no right to (NOTES section 2, Permissions).
func (s *Server) may(set, op string) error {
	if !s.denied(set, op) {
		return nil
	}
	return &failure{http.StatusForbidden, "", "Sorry, the current permissions prevented the action. (TableData " +
		tableData(set) + " " + op + ": Base Application)"}
}

func (s *Server) mayRead(set *entitySet) error {
	switch set.name {
	case "salesInvoices", "salesInvoiceLines":
		return s.setUp(set.name) // rows are filtered instead
	case "salesOrders", "salesOrderLines":
		if s.denied("salesOrders", "Read") {
			return dialog("You do not have permissions to read Sales Orders.")
		}
	}
	if err := s.setUp(set.name); err != nil {
		return err
	}
	return s.may(set.name, "Read")
}

// setUp refuses documents while nobody ran API Setup (NOTES section 1).
func (s *Server) setUp(set string) error {
	if !s.opt.NotSetUp {
		return nil
	}
	switch set {
	case "salesShipmentLines":
		return dialog("Data required by the API was not set up. To set up the data, invoke the action from the API Setup page.")
	case "salesOrders", "salesOrderLines", "salesInvoices", "salesInvoiceLines":
		return dialog("You must run the data upgrade for this API page.")
	}
	return nil
}

// visible hides drafts or posted invoices from a user who lacks a right, silently as the page does
// (NOTES section 2, last line).
func (s *Server) visible(r *row) bool {
	if r.in.set.name != "salesInvoices" {
		return true
	}
	if r.flag(".posted") {
		return !slices.Contains(s.opt.Denied, "TableData 112 Sales Invoice Header Read")
	}
	return !s.denied("salesInvoices", "Read")
}

func (s *Server) visibleFilter(set *entitySet, c condition) condition {
	if set.name != "salesInvoices" || len(s.opt.Denied) == 0 {
		return c
	}
	if c == nil {
		c = anything{}
	}
	return both{shown{s}, c}
}

// shown is the page's own filter.
type shown struct{ s *Server }

func (c shown) match(r *row) bool              { return c.s.visible(r) }
func (shown) candidates(*table) ([]*row, bool) { return nil, false }
func (shown) fields(map[string]bool)           {}
