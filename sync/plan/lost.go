package plan

import (
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// The codes of comparisons of ids: what one side no longer has.
const (
	ItemDeleted        fault.Code = "item.deleted"
	ItemsDeleted       fault.Code = massDeleted
	ProductGone        fault.Code = "item.gone_in_shop"
	OrderDeletedInShop fault.Code = "order.deleted_in_shop"
	OrderDeletedInBC   fault.Code = "order.deleted_in_bc"
)

// ProductRefused is how a shop refuses to change a product it no longer has.
const ProductRefused fault.Code = "shop.gone"

// Lost reports whether a problem is one of a comparison of ids: the flows leave it alone, since reading the record
// from its owner can't tell whether it is over.
func Lost(kind record.Kind, code fault.Code) bool {
	switch kind.Family() {
	case record.KindItem:
		return code == ItemDeleted || code == ItemsDeleted || code == ProductGone || code == ProductRefused
	case record.KindOrder:
		return code == OrderDeletedInShop || code == OrderDeletedInBC
	}
	return false
}

// Closed is the level of an order's agreement once its document is posted or gone for good: comparisons look no more.
const Closed = 1
