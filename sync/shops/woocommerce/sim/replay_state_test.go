package sim

import (
	"net/http"
	"path"
	"strings"
	"time"
)

// preparations are the calls between the recorded ones that were not kept, each by the recording it comes before.
// They bring the simulator to the state the recordings imply.
func preparations() map[string]func(*replay, *recording) {
	return map[string]func(*replay, *recording){
		"customer-create":                 func(r *replay, _ *recording) { r.shop.next.user = 2 },
		"order-create-paid":               prepareOrderItems,
		"mod-orders-gmt_naive_-1s-flag":   prepareOrderDate,
		"mod-products-gmt_naive_-1s-flag": prepareProductDate,
		"modified_after-gmt-exact":        prepareProductDate,
		"product-sku-clear":               prepareDatedProduct,
		"incl-order":                      prepareInclusiveShop,
		"order-vat-exempt":                func(r *replay, _ *recording) { r.shop.SetPricesIncludeTax(false) },
		"order-round-subtotal":            func(r *replay, _ *recording) { r.shop.SetRoundAtSubtotal(true) },
		"order-round-line":                func(r *replay, _ *recording) { r.shop.SetRoundAtSubtotal(false) },
		"orders-modified-default":         prepareHiddenOrders,
		"refund-qty-too-much":             prepareRefundOrder,
		"customer-delete-force":           prepareLeavingCustomer,
		"order-with-deleted-product":      prepareGoneProduct,
		"platform-maintenance":            func(r *replay, _ *recording) { r.shop.SetTrouble(Maintenance) },
		"platform-db-down":                func(r *replay, _ *recording) { r.shop.SetTrouble(DatabaseDown) },
		"platform-back":                   prepareRecovery,
		"if-none-match":                   prepareShownProduct,
		"product-date_created-set":        prepareStockBack,
		"products-modified-trash":         prepareTrashedProduct,
		"platform-fpm-down":               func(r *replay, _ *recording) { r.shop.SetTrouble(PHPDown) },
		"platform-fpm-back":               func(r *replay, _ *recording) { r.shop.SetTrouble(Healthy) },
		"platform-plain-permalinks":       func(r *replay, _ *recording) { r.shop.SetPlainPermalinks(true) },
		"platform-permalinks-back":        func(r *replay, _ *recording) { r.shop.SetPlainPermalinks(false) },
	}
}

// prepareOrderItems adds the four products of the order recordings, as the first paid order shows them.
func prepareOrderItems(r *replay, rec *recording) {
	for _, x := range items(value(rec.Response.Body).(object)["line_items"]) {
		l := bodyOf(x)
		p := Product{Name: text(l["name"]), SKU: text(l["sku"]), TaxClass: text(l["tax_class"]), ManageStock: true, HasStock: true,
			Regular: money(amount(l["price"]), cents), Stock: number(20), Created: r.now.Add(-2 * time.Second)}
		if v := whole(l["variation_id"]); v != 0 {
			forward(&r.shop.next.post, whole(l["product_id"]))
			p.ParentID = r.shop.AddProduct(Product{Name: text(l["parent_name"]), Type: "variable", Created: p.Created})
			p.Type, p.Stock, p.Attributes = "variation", number(5), []Attribute{{Name: "maat", Options: []string{"S"}}}
			forward(&r.shop.next.post, v)
		} else {
			forward(&r.shop.next.post, whole(l["product_id"]))
		}
		r.shop.AddProduct(p)
	}
}

// included is the record a list recording asks for, and the date it has there.
func included(r *replay, rec *recording) (id int, modified time.Time) {
	_, after, _ := strings.Cut(rec.Request.Path, "include=")
	for _, x := range items(value(rec.Response.Body)) {
		modified, _ = readDate(bodyOf(x)["date_modified_gmt"], time.UTC)
	}
	if modified.IsZero() { // an empty answer: the next one that is not shows the date
		for _, next := range recordings(r.t, r.shop.opts.Version) {
			if rows := items(value(next.Response.Body)); strings.HasPrefix(next.Name, "modified_after") && len(rows) == 1 {
				if d, ok := readDate(bodyOf(rows[0])["date_modified_gmt"], time.UTC); ok {
					modified = d
				}
			}
		}
	}
	return whole(after), modified
}

func prepareOrderDate(r *replay, rec *recording) {
	id, at := included(r, rec)
	o := r.shop.orders.byID[id]
	o.Modified = at
	r.shop.orders.put(o)
}

func prepareProductDate(r *replay, rec *recording) {
	id, at := included(r, rec)
	p := r.shop.catalogue.byID[id]
	p.Modified = at
	r.shop.catalogue.file(p, p.SKU)
}

// prepareDatedProduct adds the product of the group on stock dates, with its category.
func prepareDatedProduct(r *replay, rec *recording) {
	o := bodyOf(value(rec.Response.Body))
	cat := bodyOf(items(o["categories"])[0])
	r.shop.categories = append(r.shop.categories, Category{ID: whole(cat["id"]), Name: text(cat["name"]), Slug: text(cat["slug"])})
	was := r.shop.next.post
	r.shop.next.post = whole(o["id"])
	r.shop.AddProduct(Product{Name: text(o["name"]), SKU: "DM-1", Regular: text(o["regular_price"]), ManageStock: true, HasStock: true,
		Stock: amount(o["stock_quantity"]), CategoryIDs: []int{whole(cat["id"])}})
	r.shop.next.post = was
}

func prepareInclusiveShop(r *replay, rec *recording) {
	l := bodyOf(items(value(rec.Response.Body).(object)["line_items"])[0])
	forward(&r.shop.next.post, whole(l["product_id"]))
	r.shop.AddProduct(Product{Name: text(l["name"]), SKU: text(l["sku"]), Regular: "12.95"})
	r.shop.SetPricesIncludeTax(true)
}

// prepareHiddenOrders makes a pending order, the two hidden drafts and one in the trash. Their ids follow each other
// from the pending order's, which the shipping-line recordings change.
func prepareHiddenOrders(r *replay, _ *recording) {
	o := r.recorded("order-shipping-line-twice")
	forward(&r.shop.next.post, whole(o["id"]))
	l := bodyOf(items(o["line_items"])[0])
	forward(&r.shop.next.item, whole(l["id"]))
	r.do(post, "/orders", object{"line_items": []any{object{"product_id": whole(l["product_id"])}}})
	r.do(post, "/orders", object{"status": "checkout-draft"})
	r.do(post, "/orders", object{"status": "auto-draft"})
	trashed := r.do(post, "/orders", object{})
	r.do(remove, "/orders/"+text(trashed["id"]), nil)
}

// prepareRefundOrder makes the order whose lines the refund recordings name: two pieces and shipping.
func prepareRefundOrder(r *replay, rec *recording) {
	refund := bodyOf(value(rec.Response.Body))
	l := bodyOf(items(refund["line_items"])[0])
	line := bodyOf(items(value(rec.Request.Body).(object)["line_items"])[0])
	parts := strings.Split(rec.Request.Path, "/")
	forward(&r.shop.next.post, whole(parts[len(parts)-2]))
	forward(&r.shop.next.item, whole(line["id"]))
	r.do(post, "/orders", object{
		"line_items":     []any{object{"product_id": whole(l["product_id"]), "quantity": 2}},
		"shipping_lines": []any{object{"method_id": "flat_rate", "method_title": "V", "total": "4.95"}},
	})
}

// prepareLeavingCustomer makes the account that is deleted and its order.
func prepareLeavingCustomer(r *replay, rec *recording) {
	u := bodyOf(value(rec.Response.Body))
	forward(&r.shop.next.user, whole(u["id"]))
	r.do(post, "/customers", object{"email": u["email"]})
	var order string
	for _, next := range recordings(r.t, r.shop.opts.Version) {
		if next.Name == "order-of-deleted-customer" {
			order, _, _ = strings.Cut(path.Base(next.Request.Path), "?")
		}
	}
	forward(&r.shop.next.post, whole(order))
	r.do(http.MethodPost, "/orders", object{"customer_id": whole(u["id"]), "billing": object{"email": u["email"]}})
}

// prepareShownProduct repeats what the group on dates did to the product: renamed it and sold one in an order that
// was then thrown away.
func prepareShownProduct(r *replay, rec *recording) {
	r.do(put, "/orders/"+text(r.recorded("order-be")["id"]), object{"status": "processing"})
	r.do(remove, "/orders/"+text(r.recorded("order-be")["id"]), nil)
	r.do(put, "/products/"+path.Base(rec.Request.Path), object{"name": "Order item A2"})
}

func prepareStockBack(r *replay, rec *recording) {
	r.do(put, "/products/"+path.Base(rec.Request.Path), object{"stock_quantity": 50})
}

// prepareTrashedProduct throws a product away as the group on variations did with its parent.
func prepareTrashedProduct(r *replay, rec *recording) {
	row := bodyOf(items(value(rec.Response.Body))[0])
	at, _ := readDate(row["date_modified_gmt"], time.UTC)
	was := r.shop.next.post
	r.shop.next.post = whole(row["id"])
	r.shop.AddProduct(Product{Name: "Parent", Type: "variable", Status: text(row["status"]), Created: at, Modified: at})
	r.shop.next.post = was
}

// prepareRecovery ends the platform's trouble, and adds the products of groups that are not simulated: the list that
// follows is counted.
func prepareRecovery(r *replay, rec *recording) {
	r.shop.SetTrouble(Healthy)
	live := 0
	for _, p := range r.shop.Products() {
		if p.Type != "variation" && p.Status != "trash" {
			live++
		}
	}
	for ; live < whole(rec.header("X-WP-Total")); live++ {
		r.shop.AddProduct(Product{Name: "of another group", Created: r.now.Add(-time.Hour)})
	}
}

// prepareGoneProduct sells a product and deletes it.
func prepareGoneProduct(r *replay, rec *recording) {
	o := bodyOf(value(rec.Response.Body))
	l := bodyOf(items(o["line_items"])[0])
	forward(&r.shop.next.post, whole(o["id"])-1)
	p := r.do(post, "/products", object{"name": text(l["name"]), "regular_price": "1"})
	forward(&r.shop.next.post, whole(o["id"]))
	forward(&r.shop.next.item, whole(l["id"]))
	r.do(post, "/orders", object{"line_items": []any{object{"product_id": whole(p["id"])}}})
	r.do(remove, "/products/"+text(p["id"])+"?force=true", nil)
}
