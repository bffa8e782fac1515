package sim

import (
	"net/http"
	"strings"
)

// currencyCodes are the currencies the shop takes, in the order of golden 343.
func currencyCodes() []string {
	return strings.Fields("AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTC BTN BWP BYR " +
		"BYN BZD CAD CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL " +
		"GGP GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS IMP INR IQD IRR IRT ISK JEP JMD JOD JPY KES " +
		"KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK " +
		"MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PRB PYG QAR RON RSD RUB RWF SAR SBD " +
		"SCR SDG SEK SGD SHP SLL SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU " +
		"UZS VEF VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW")
}

// currencySymbol is the sign an order shows. Currencies without one of their own show their code.
func currencySymbol(code string) string {
	switch code {
	case "EUR":
		return "€"
	case "USD", "CAD", "AUD", "NZD":
		return "$"
	case "GBP":
		return "£"
	case "DKK":
		return "kr."
	case "SEK", "NOK":
		return "kr"
	case "PLN":
		return "zł"
	}
	return code
}

// currencyEntity is the sign as the shop's settings write it.
func currencyEntity(code string) string {
	switch code {
	case "EUR":
		return "&euro;"
	case "USD", "CAD", "AUD", "NZD":
		return "&#36;"
	case "GBP":
		return "&pound;"
	}
	return currencySymbol(code)
}

func currencyName(code string) string {
	switch code {
	case "EUR":
		return "Euro"
	case "USD":
		return "United States (US) dollar"
	case "GBP":
		return "Pound sterling"
	}
	return code
}

func (c *call) currentCurrency() (any, int, *failure) {
	code := c.s.opts.Currency
	return object{"code": code, "name": currencyName(code), "symbol": currencyEntity(code), "_links": c.links(c.url("data/currencies", code), c.url("data/currencies"), get)}, http.StatusOK, nil
}
