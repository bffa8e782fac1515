package plan

import "strings"

// External is the External Document No. of a shop order: the connection's prefix and the shop's number. BC keeps it
// in capitals (a Code field; contracts/business-central, NOTES section 3), so it is sent and compared in capitals.
func External(prefix, number string) string { return strings.ToUpper(prefix + number) }

// ShopNumber is the shop's number in an External Document No.; false for documents that are no order of this shop.
func ShopNumber(external, prefix string) (string, bool) {
	number, ok := strings.CutPrefix(strings.ToUpper(external), strings.ToUpper(prefix))
	return number, ok && number != ""
}
