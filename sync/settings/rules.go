package settings

import (
	"slices"

	"github.com/govalues/decimal"

	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// Rules returns what plan must know of a connection whose defaults are filled in. installation is our own mark; the
// currencies and shopIncludesTax are what the sides' Check found.
func Rules(c Connection, installation, bcCurrency, shopCurrency string, shopIncludesTax bool) plan.Rules {
	f := c.Flows
	return plan.Rules{
		Installation: installation,
		Currency:     bcCurrency,
		ShopCurrency: shopCurrency,
		Items:        plan.ItemRules{Create: !f.Items.LinkOnly, Names: !f.Items.KeepNames, TaxClasses: f.Items.TaxClasses},
		Stock:        plan.StockRules{Buffer: f.Stock.Buffer.Decimal, Cap: f.Stock.Cap.Decimal},
		Prices:       plan.PriceRules{ShopIncludesTax: shopIncludesTax, VAT: percents(f.Prices.VAT)},
		Orders:       orderRules(f.Orders),
		Safety: plan.SafetyRules{
			Share: c.Safety.Share.Decimal, Min: c.Safety.Min, PriceFactor: c.Safety.PriceFactor.Decimal,
			PriceDrop: c.Safety.PriceDrop.Decimal,
		},
	}
}

func orderRules(o OrdersFlow) plan.OrderRules {
	unpaid := make([]record.OrderStatus, len(o.TakeUnpaid))
	for i, s := range o.TakeUnpaid {
		unpaid[i] = record.OrderStatus(s)
	}
	return plan.OrderRules{
		From:            o.From,
		Prefix:          o.ExternalPrefix,
		UnpaidStatuses:  unpaid,
		ShippingAccount: o.ShippingAccount,
		FeeAccount:      o.FeeAccount,
		RoundingAccount: o.RoundingAccount,
		TaxCodes:        taxCodes(o.TaxCodes),
		RoundingMax:     o.RoundingMax.Decimal,
		GuestCustomer:   o.GuestCustomer,
		CreateCustomers: !o.MatchOnly,
		Note:            !o.NoNotes,
	}
}

func percents(vat map[string]Decimal) map[string]decimal.Decimal {
	out := make(map[string]decimal.Decimal, len(vat))
	for group, percent := range vat {
		out[group] = percent.Decimal
	}
	return out
}

// taxCodes are the codes by rising percent. A percent that is no number has been refused by Validate.
func taxCodes(byPercent map[string]string) []plan.TaxCode {
	var out []plan.TaxCode
	for percent, code := range byPercent {
		if d, err := ParseDecimal(percent); err == nil {
			out = append(out, plan.TaxCode{Percent: d.Decimal, Code: code})
		}
	}
	slices.SortFunc(out, func(a, b plan.TaxCode) int { return a.Percent.Cmp(b.Percent) })
	return out
}
