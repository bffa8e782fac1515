package settings

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Lengths of BC fields (contracts/business-central, NOTES).
const (
	maxNo       = 20 // G/L account and customer numbers, tax groups
	maxExternal = 35 // External Document No.
	maxCompany  = 30
	orderDigits = 10 // room kept for the shop's order number
)

// validator collects every mistake of a connection.
type validator struct{ errs []error }

func (v *validator) add(code fault.Code, args fault.Args) {
	v.errs = append(v.errs, fault.New(code, args))
}

func (v *validator) invalid(field, value, allowed string) {
	v.add("settings.invalid", fault.Args{"field": field, "value": value, "allowed": allowed})
}

func (v *validator) missing(field, hint string) {
	v.add("settings.missing", fault.Args{"field": field, "hint": hint})
}

// between checks a whole number; 0 means the default.
func (v *validator) between(field string, n, low, high int) {
	if n != 0 && (n < low || n > high) {
		v.invalid(field, strconv.Itoa(n), strconv.Itoa(low)+" to "+strconv.Itoa(high))
	}
}

// decimal checks an exact number; 0 is always allowed: it means the default or none.
func (v *validator) decimal(field string, d Decimal, low, high string) {
	if d.IsZero() {
		return
	}
	if d.Less(decimal.MustParse(low)) || decimal.MustParse(high).Less(d.Decimal) {
		v.invalid(field, d.String(), low+" to "+high)
	}
}

// length checks a text against the length of the BC field it goes to.
func (v *validator) length(field, value string, most int) {
	if len([]rune(value)) > most || strings.TrimSpace(value) != value {
		v.invalid(field, show(value), "at most "+strconv.Itoa(most)+" characters, no space at either end")
	}
}

// choice checks a word; "" means the default.
func (v *validator) choice(field, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		v.invalid(field, show(value), `"`+strings.Join(allowed, `", "`)+`"`)
	}
}

func (v *validator) duration(field string, d Duration, low, high time.Duration) {
	if d != 0 && (time.Duration(d) < low || time.Duration(d) > high) {
		v.invalid(field, d.String(), Duration(low).String()+" to "+Duration(high).String())
	}
}

// Validate checks that a connection makes sense, with or without its defaults filled in. It reads the files it names
// but reaches no server. All mistakes come joined, each as a fault.
func (c *Connection) Validate() error {
	v := &validator{}
	if c.Name == "" {
		v.missing("name", `Give the connection one, such as name = "webshop-nl".`)
	} else if err := CheckName(c.Name); err != nil {
		v.errs = append(v.errs, err)
	}
	v.bc(c.BC)
	v.shop(c.Shop)
	v.proxy(c.Proxy)
	for _, kind := range record.Kinds() {
		v.schedule("[flows."+string(kind)+"] ", *c.Flows.Schedule(kind))
	}
	v.goods(c.Flows)
	v.orders(c.Flows.Orders)
	v.decimal("[safety] share", c.Safety.Share, "0.0001", "1")
	v.between("[safety] min", c.Safety.Min, 1, 1_000_000)
	v.decimal("[safety] price_factor", c.Safety.PriceFactor, "1.01", "1000")
	v.decimal("[safety] price_drop", c.Safety.PriceDrop, "0.001", "0.99")
	v.between("[journal] days", c.Journal.Days, 1, 3650)
	v.between("[journal] megabytes", c.Journal.Megabytes, 8, 1<<20)
	v.between("[audit] years", c.Audit.Years, 1, 100)
	return errors.Join(v.errs...)
}

func (v *validator) bc(bc BC) {
	v.address("[bc] url", bc.URL, "https://bc01.example.nl:7048/BC")
	if bc.Company == "" {
		v.missing("[bc] company", "Give the company's name as Business Central shows it.")
	}
	v.length("[bc] company", bc.Company, maxCompany)
	if bc.Auth != "" && bc.Auth != authBasic {
		v.add("bc.auth_unsupported", fault.Args{"value": show(bc.Auth)})
	}
	switch {
	case bc.User == "":
		v.missing("[bc] user", "Give the Business Central user whose web service access key is used.")
	case strings.Contains(bc.User, ":"):
		v.invalid("[bc] user", show(bc.User), "a user name without a colon")
	}
	if bc.WebURL != "" {
		v.address("[bc] web_url", bc.WebURL, "https://bc01.example.nl/BC")
	}
	v.choice("[bc] network", bc.Network, networkPrivate, networkPublic)
	v.caFile("[bc] ca_file", bc.CAFile)
	v.pin("[bc] pin", bc.Pin)
	v.between("[bc] page_size", bc.PageSize, 1, 20_000)
	v.between("[bc] parallel", bc.Parallel, 1, 4)
	v.duration("[bc] overlap", bc.Overlap, time.Second, 24*time.Hour)
	v.duration("[bc] ripen", bc.Ripen, time.Millisecond, time.Hour)
	v.duration("[bc] settle", bc.Settle, time.Millisecond, time.Hour)
}

func (v *validator) shop(s Shop) {
	switch s.Platform {
	case platformWooCommerce:
	case "":
		v.missing("[shop] platform", `Allowed: "woocommerce".`)
	default:
		v.add("shop.platform", fault.Args{"value": s.Platform, "allowed": `"` + platformWooCommerce + `"`})
	}
	v.address("[shop] url", s.URL, "https://shop.example.nl")
	v.choice("[shop] network", s.Network, networkPublic, networkPrivate)
	v.caFile("[shop] ca_file", s.CAFile)
	v.pin("[shop] pin", s.Pin)
	v.between("[shop] parallel", s.Parallel, 1, 4)
	v.duration("[shop] settle", s.Settle, time.Millisecond, time.Hour)
	v.between("[shop.woocommerce] batch", s.WooCommerce.Batch, 1, 100)
	for _, from := range slices.Sorted(maps.Keys(s.WooCommerce.Statuses)) {
		v.key("[shop.woocommerce.statuses]", from, 40)
		field := fieldName([]string{"shop", "woocommerce", "statuses"}, from, false)
		to := s.WooCommerce.Statuses[from]
		if to == "" {
			v.invalid(field, `""`, "one of our statuses, such as \"processing\"")
		}
		v.choice(field, to, statuses()...)
	}
}

// statuses are the words a plug-in's status may be mapped to.
func statuses() []string {
	all := []record.OrderStatus{record.OrderPending, record.OrderOnHold, record.OrderProcessing, record.OrderCompleted,
		record.OrderCancelled, record.OrderRefunded, record.OrderFailed}
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return out
}

// key checks a key of a table whose keys are free.
func (v *validator) key(table, key string, most int) {
	if key == "" || strings.TrimSpace(key) != key || len([]rune(key)) > most {
		v.invalid("a key of "+table, show(key), "1 to "+strconv.Itoa(most)+" characters, no space at either end")
	}
}

func (v *validator) goods(f Flows) {
	for _, group := range slices.Sorted(maps.Keys(f.Items.TaxClasses)) {
		v.key("[flows.items.tax_classes]", group, maxNo)
	}
	v.decimal("[flows.stock] buffer", f.Stock.Buffer, "0", "1000000000")
	v.decimal("[flows.stock] cap", f.Stock.Cap, "0", "1000000000")
	for _, group := range slices.Sorted(maps.Keys(f.Prices.VAT)) {
		v.key("[flows.prices.vat]", group, maxNo)
		v.decimal(fieldName([]string{"flows", "prices", "vat"}, group, false), f.Prices.VAT[group], "0", "100")
	}
}

// prefixForm keeps External Document Nos. free of what BC's filters and its API's addresses give a meaning to.
const prefixForm = `^[A-Za-z0-9][A-Za-z0-9 ._/-]*$`

func (v *validator) orders(o OrdersFlow) {
	most := maxExternal - orderDigits
	if p := o.ExternalPrefix; p != "" && (len(p) > most || !regexp.MustCompile(prefixForm).MatchString(p)) {
		v.invalid("[flows.orders] external_prefix", show(p),
			"at most "+strconv.Itoa(most)+` letters, digits, spaces and . _ / -, beginning with a letter or digit`)
	}
	for _, s := range o.TakeUnpaid {
		if s == "" {
			v.invalid("[flows.orders] take_unpaid", `""`, `"pending", "on hold"`)
		}
		v.choice("[flows.orders] take_unpaid", s, string(record.OrderPending), string(record.OrderOnHold))
	}
	v.length("[flows.orders] shipping_account", o.ShippingAccount, maxNo)
	v.length("[flows.orders] fee_account", o.FeeAccount, maxNo)
	v.length("[flows.orders] rounding_account", o.RoundingAccount, maxNo)
	for _, percent := range slices.Sorted(maps.Keys(o.TaxCodes)) {
		field := fieldName([]string{"flows", "orders", "tax_codes"}, percent, false)
		if d, err := ParseDecimal(percent); err != nil || d.IsNeg() || d.Cmp(decimal.Hundred) > 0 {
			v.invalid("[flows.orders.tax_codes]", show(percent), "a percent from 0 to 100")
		}
		if o.TaxCodes[percent] == "" {
			v.invalid(field, `""`, "a tax code of Business Central")
		}
		v.length(field, o.TaxCodes[percent], maxNo)
	}
	v.length("[flows.orders] guest_customer", o.GuestCustomer, maxNo)
	v.decimal("[flows.orders] rounding_max", o.RoundingMax, "0.0001", "10")
}
