package bc

import (
	"encoding/json"
	"time"
)

// The rows below are the parts of API v2.0's entities this connector uses; names and lengths are those of
// business-central/entities/*.json.

// list is any collection.
type list struct {
	Value []json.RawMessage `json:"value"`
	Next  string            `json:"@odata.nextLink"`
}

type companyRow struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	DisplayName   string `json:"displayName"`
	SystemVersion string `json:"systemVersion"`
}

type companyInformationRow struct {
	DisplayName  string `json:"displayName"`
	CurrencyCode string `json:"currencyCode"`
}

type itemRow struct {
	ID           string `json:"id"`
	Number       string `json:"number"`
	DisplayName  string `json:"displayName"`
	Type         enum   `json:"type"`
	Blocked      bool   `json:"blocked"`
	GTIN         string `json:"gtin"`
	Inventory    number `json:"inventory"`
	UnitPrice    number `json:"unitPrice"`
	IncludesTax  bool   `json:"priceIncludesTax"`
	TaxGroupCode string `json:"taxGroupCode"`
	Unit         string `json:"baseUnitOfMeasureCode"`
}

type entryRow struct {
	Number int64  `json:"entryNumber"`
	Item   string `json:"itemNumber"`
}

type customerRow struct {
	ID          string `json:"id"`
	Number      string `json:"number"`
	DisplayName string `json:"displayName"`
	Type        enum   `json:"type"`
	Line1       string `json:"addressLine1"`
	Line2       string `json:"addressLine2"`
	City        string `json:"city"`
	State       string `json:"state"`
	Country     string `json:"country"`
	PostCode    string `json:"postalCode"`
	Phone       string `json:"phoneNumber"`
	Email       string `json:"email"`
	Blocked     enum   `json:"blocked"`
}

const customerFields = "id,number,displayName,type,addressLine1,addressLine2,city,state,country,postalCode,phoneNumber,email,blocked"

// newCustomer is a customer to make. BC fills in the rest from the template its API Setup names (NOTES §6).
type newCustomer struct {
	DisplayName string `json:"displayName"`
	Type        string `json:"type"`
	Line1       string `json:"addressLine1,omitempty"`
	Line2       string `json:"addressLine2,omitempty"`
	City        string `json:"city,omitempty"`
	State       string `json:"state,omitempty"`
	Country     string `json:"country,omitempty"`
	PostCode    string `json:"postalCode,omitempty"`
	Phone       string `json:"phoneNumber,omitempty"`
	Email       string `json:"email,omitempty"`
}

type orderRow struct {
	ID           string         `json:"id"`
	Number       string         `json:"number"`
	External     string         `json:"externalDocumentNumber"`
	Date         day            `json:"orderDate"`
	CustomerID   string         `json:"customerId"`
	Email        string         `json:"email"`
	Currency     string         `json:"currencyCode"`
	IncludesTax  bool           `json:"pricesIncludeTax"`
	FullyShipped bool           `json:"fullyShipped"`
	Status       enum           `json:"status"`
	Total        number         `json:"totalAmountIncludingTax"`
	Tax          number         `json:"totalTaxAmount"`
	Lines        []orderLineRow `json:"salesOrderLines"`
}

const orderFields = "id,number,externalDocumentNumber,orderDate,customerId,email,currencyCode,pricesIncludeTax,fullyShipped,status,totalAmountIncludingTax,totalTaxAmount"

type orderLineRow struct {
	ETag        string `json:"@odata.etag"`
	ID          string `json:"id"`
	Sequence    int    `json:"sequence"`
	Type        enum   `json:"lineType"`
	ItemID      string `json:"itemId"`
	Object      string `json:"lineObjectNumber"`
	Description string `json:"description"`
	Quantity    number `json:"quantity"`
	UnitPrice   number `json:"unitPrice"`
	Discount    number `json:"discountAmount"`
}

// newOrder is a sales order to make, with its lines in the same call. The order of the fields is the order in which
// BC validates them: currency and the meaning of prices before any price (NOTES §6). An address is given whole, blanks
// included, or not at all (nil): BC begins with the customer's own, and two addresses must not mix.
type newOrder struct {
	CustomerID    string         `json:"customerId"`
	External      string         `json:"externalDocumentNumber"`
	Date          day            `json:"orderDate"`
	Currency      string         `json:"currencyCode,omitempty"`
	IncludesTax   bool           `json:"pricesIncludeTax"`
	SellToLine1   *string        `json:"sellToAddressLine1,omitempty"`
	SellToLine2   *string        `json:"sellToAddressLine2,omitempty"`
	SellToCity    *string        `json:"sellToCity,omitempty"`
	SellToCountry *string        `json:"sellToCountry,omitempty"`
	SellToState   *string        `json:"sellToState,omitempty"`
	SellToPost    *string        `json:"sellToPostCode,omitempty"`
	ShipToName    *string        `json:"shipToName,omitempty"`
	ShipToContact *string        `json:"shipToContact,omitempty"`
	ShipToLine1   *string        `json:"shipToAddressLine1,omitempty"`
	ShipToLine2   *string        `json:"shipToAddressLine2,omitempty"`
	ShipToCity    *string        `json:"shipToCity,omitempty"`
	ShipToCountry *string        `json:"shipToCountry,omitempty"`
	ShipToState   *string        `json:"shipToState,omitempty"`
	ShipToPost    *string        `json:"shipToPostCode,omitempty"`
	Phone         string         `json:"phoneNumber,omitempty"`
	Email         string         `json:"email,omitempty"`
	Lines         []newOrderLine `json:"salesOrderLines"`
}

// newOrderLine is a line to make: what it is, how many, and only then price, discount and text, which everything
// before them recalculates (NOTES §6 Validation order). Nil fields are left to BC.
type newOrderLine struct {
	Type        string  `json:"lineType,omitempty"`
	ItemID      string  `json:"itemId,omitempty"`
	Object      string  `json:"lineObjectNumber,omitempty"`
	TaxCode     string  `json:"taxCode,omitempty"`
	Quantity    *number `json:"quantity,omitempty"`
	UnitPrice   *number `json:"unitPrice,omitempty"`
	Discount    *number `json:"discountAmount,omitempty"`
	Description string  `json:"description,omitempty"`
}

type invoiceRow struct {
	ID       string `json:"id"`
	Number   string `json:"number"`
	External string `json:"externalDocumentNumber"`
	OrderID  string `json:"orderId"`
	Email    string `json:"email"`
	Order    string `json:"orderNumber"`
	Currency string `json:"currencyCode"`
	Status   enum   `json:"status"`
	Total    number `json:"totalAmountIncludingTax"`
	Tax      number `json:"totalTaxAmount"`
}

const invoiceFields = "id,number,externalDocumentNumber,orderId,orderNumber,email,currencyCode,status,totalAmountIncludingTax,totalTaxAmount"

type shipmentRow struct {
	ID       string            `json:"id"`
	Number   string            `json:"number"`
	Order    string            `json:"orderNumber"`
	External string            `json:"externalDocumentNumber"`
	Posted   day               `json:"postingDate"`
	Lines    []shipmentLineRow `json:"salesShipmentLines"`
}

const shipmentFields = "id,number,orderNumber,externalDocumentNumber,postingDate,lastModifiedDateTime"

type shipmentLineRow struct {
	Sequence    int    `json:"sequence"`
	Type        enum   `json:"lineType"`
	Object      string `json:"lineObjectNumber"`
	Description string `json:"description"`
	Quantity    number `json:"quantity"`
}

// batch is the body of a $batch call.
type batch struct {
	Requests []batchPart `json:"requests"`
}

type batchPart struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
}

type batchAnswer struct {
	Responses []struct {
		ID      string            `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"responses"`
}

// apiError is BC's error answer (errors.json).
type apiError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// company is what the first call finds out about the company we work in.
type company struct {
	id, name, version string
	currency          string
	display           string
}

// page is one answer to a list.
type page struct {
	rows []json.RawMessage
	next string    // relative to the base address; "" at the end
	at   time.Time // the server's clock when the request was sent
}
