package engine_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/govalues/decimal"

	"stockbridge/store"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/engine"
	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// liar is a side whose answers may lack records or fail.
type liar struct {
	*side
	lacks func(q record.Query, ref string) bool
	fails func(q record.Query) error
	asked atomic.Int64 // calls, but for lists of ids
}

func (l *liar) Read(ctx context.Context, q record.Query) (endpoint.Page, error) {
	if !q.IDs {
		l.asked.Add(1)
	}
	if l.fails != nil {
		if err := l.fails(q); err != nil {
			return endpoint.Page{}, err
		}
	}
	p, err := l.side.Read(ctx, q)
	if l.lacks != nil {
		p.Records = slices.DeleteFunc(p.Records, func(r record.Record) bool { return l.lacks(q, r.Ref) })
	}
	return p, err
}

// comparing is a world with ten items and two orders in step, and sides that can lie.
type comparing struct {
	*world
	bcSide, shopSide *liar
	nights           int
}

func newComparing(t *testing.T) *comparing {
	w := newWorld(t)
	c := &comparing{world: w, bcSide: &liar{side: w.bc}, shopSide: &liar{side: w.shop}}
	w.seedItems(10)
	w.run(products)
	w.seedOrder("1001", "jan@example.nl")
	w.seedOrder("1002", "piet@example.nl")
	w.run(orders)
	if len(w.codes()) > 0 || len(w.documents()) != 2 {
		t.Fatalf("not in step: %v, %v", w.codes(), w.documents())
	}
	return c
}

// compare compares, and runs what the comparison says is to be looked at again.
func (c *comparing) compare(full bool) error {
	items, docs := c.job(products), c.job(orders)
	items.From, items.To, docs.From, docs.To = c.bcSide, c.shopSide, c.shopSide, c.bcSide
	night := ""
	if full {
		c.nights++
		night = strconv.Itoa(c.nights)
	}
	again, err := c.engine.Compare(c.t.Context(), engine.Comparison{Products: &items, Orders: &docs, Night: night})
	if err != nil {
		return err
	}
	for refs, job := range map[*[]string]engine.Job{&again.Products: items, &again.Orders: docs} {
		if job.Refs = *refs; len(job.Refs) > 0 {
			if _, err := c.engine.Run(c.t.Context(), job); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	return nil
}

func (c *comparing) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *comparing) want(what string, codes ...string) {
	c.t.Helper()
	got := slices.Sorted(slices.Values(c.codes()))
	if slices.Sort(codes); !slices.Equal(got, codes) {
		c.t.Errorf("%s: held %v, want %v", what, got, codes)
	}
}

// documents are the sales orders of Business Central by external number.
func (w *world) documents() (out []string) {
	for _, line := range w.bc.content() {
		if words := strings.Fields(line); words[0] == "orders" {
			out = append(out, words[1])
		}
	}
	return out
}

func (w *world) productRef(sku string) string {
	w.t.Helper()
	r := w.products()[sku]
	if r == nil {
		w.t.Fatalf("no product %s", sku)
	}
	return r.ref
}

func status(r *row) record.ItemStatus { return r.bodies[record.KindItem].(*record.Item).Status }

func TestItemDeleted(t *testing.T) {
	c := newComparing(t)
	c.bc.remove("itemA003")
	c.must(c.compare(true))
	c.want("deleted", "items A003 item.deleted")
	if status(c.products()["A003"]) != record.Published {
		t.Error("nobody approved, and it is off sale")
	}
	c.later()
	c.run(products) // the flow doesn't end what it can't judge
	c.must(c.compare(false))
	c.want("looked at again", "items A003 item.deleted")
	c.approve("item.deleted")
	c.must(c.compare(false))
	c.want("approved")
	if status(c.products()["A003"]) != record.Draft || len(c.products()) != 10 {
		t.Errorf("approved: %s, %d products", status(c.products()["A003"]), len(c.products()))
	}
	c.must(c.compare(true))
	c.want("the next night")
	c.bc.put("itemNEW", "A003", &record.Item{Name: "Bicycle A003", Managed: true}, &record.Stock{Quantity: decimal.One, Managed: true},
		&record.Price{Regular: record.Money{Amount: decimal.Ten, Currency: "EUR"}})
	c.run(products)
	if status(c.products()["A003"]) != record.Published || len(c.products()) != 10 {
		t.Errorf("made again: %s, %d products", status(c.products()["A003"]), len(c.products()))
	}
}

// An item that is back ends its problem at the next look.
func TestItemDeletedAndRestored(t *testing.T) {
	c := newComparing(t)
	row := c.bc.rows["itemA003"]
	c.bc.remove("itemA003")
	c.must(c.compare(true))
	c.bc.put(row.ref, row.key, row.bodies[record.KindItem], row.bodies[record.KindStock], row.bodies[record.KindPrice])
	c.must(c.compare(false))
	c.want("not due yet", "items A003 item.deleted")
	c.later()
	c.must(c.compare(false))
	c.want("back")
}

func TestManyItemsDeleted(t *testing.T) {
	c := newComparing(t)
	c.rules.Safety.Min = 3
	for _, n := range []string{"2", "3", "4", "5", "6"} {
		c.bc.remove("itemA00" + n)
	}
	c.must(c.compare(true))
	if got := c.codes(); len(got) != 5 || !strings.HasSuffix(got[0], "item.mass_deleted") {
		t.Fatalf("held %v", got)
	}
	c.approve("item.mass_deleted")
	c.bc.remove("itemA007") // not on the list that was shown
	c.must(c.compare(true))
	c.want("approved", "items A007 item.deleted")
	for sku, r := range c.products() {
		if off := sku >= "A002" && sku <= "A006"; off != (status(r) == record.Draft) {
			t.Errorf("%s is %s", sku, status(r))
		}
	}
}

// Answers that are short, empty or failed, and records made while the lists are read, lead to nothing.
func TestComparisonBelievesNoList(t *testing.T) {
	cut := fault.New("net.cut", nil)
	ids := func(q record.Query) bool { return q.IDs }
	for name, lie := range map[string]func(*comparing){
		"list of items empty":    func(c *comparing) { c.bcSide.lacks = func(q record.Query, _ string) bool { return ids(q) } },
		"list of products empty": func(c *comparing) { c.shopSide.lacks = func(q record.Query, _ string) bool { return ids(q) } },
		"lists short": func(c *comparing) {
			short := func(q record.Query, ref string) bool { return ids(q) && !strings.HasSuffix(ref, "1") }
			c.bcSide.lacks, c.shopSide.lacks = short, short
		},
		"Business Central answers nothing": func(c *comparing) { c.bcSide.lacks = func(record.Query, string) bool { return true } },
		"nothing by id": func(c *comparing) {
			c.bcSide.lacks = func(q record.Query, ref string) bool { return ids(q) && ref == "itemA003" || len(q.Refs) > 0 }
		},
		"the shop finds nothing by id": func(c *comparing) {
			c.shopSide.lacks = func(q record.Query, ref string) bool { return ids(q) && ref == c.productRef("A003") || len(q.Refs) > 0 }
		},
		"a list fails": func(c *comparing) {
			c.shopSide.fails = func(q record.Query) error {
				if ids(q) && q.After != "" {
					return cut
				}
				return nil
			}
		},
		"a look-up fails": func(c *comparing) {
			c.bc.remove("itemA003")
			c.bcSide.fails = func(q record.Query) error {
				if len(q.Refs) > 0 {
					return cut
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newComparing(t)
			before := c.shop.writes()
			lie(c)
			err := c.compare(true)
			if err != nil && fault.As(err).Code != "net.cut" {
				t.Error(err)
			}
			items := slices.DeleteFunc(c.codes(), func(s string) bool {
				return strings.HasPrefix(s, "orders") && name == "Business Central answers nothing"
			})
			if len(items) > 0 || c.shop.writes() != before {
				t.Errorf("held %v, %d writes", items, c.shop.writes()-before)
			}
			c.bcSide.lacks, c.shopSide.lacks, c.bcSide.fails, c.shopSide.fails = nil, nil, nil, nil
			c.later()
			c.must(c.compare(true))
			if _, deleted := c.bc.rows["itemA003"]; deleted {
				c.want("once the answers are whole")
			}
		})
	}
}

func TestProductGone(t *testing.T) {
	c := newComparing(t)
	ref := c.productRef("A003")
	row := c.shop.rows[ref]
	c.shop.remove(ref)
	c.must(c.compare(true))
	c.want("gone", "items A003 item.gone_in_shop")
	c.shop.put(ref, row.key, row.bodies[record.KindItem], row.bodies[record.KindStock], row.bodies[record.KindPrice])
	c.later()
	c.must(c.compare(false))
	c.want("restored")
	c.shop.remove(ref)
	c.must(c.compare(true))
	c.approve("item.gone_in_shop")
	c.must(c.compare(false))
	c.want("made again")
	if r := c.products()["A003"]; r == nil || r.ref == ref || r.bodies[record.KindPrice] == nil || len(c.products()) != 10 {
		t.Errorf("made again: %+v", r)
	}
}

// A person may leave a deletion as it is; it stays left, and counts with no mass change.
func TestSkippedDeletion(t *testing.T) {
	c := newComparing(t)
	c.bc.remove("itemA003")
	c.must(c.compare(true))
	problems, err := c.db.Problems(store.Filter{})
	c.must(err)
	_, err = c.db.Skip(problems[0].ID)
	c.must(err)
	for range 3 {
		c.later()
		c.must(c.compare(true))
		c.want("skipped")
	}
}

func TestOrderDeletedInShop(t *testing.T) {
	c := newComparing(t)
	row := c.shop.rows["order1001"]
	c.shop.remove("order1001")
	c.must(c.compare(true))
	c.want("deleted", "orders 1001 order.deleted_in_shop")
	c.shop.put(row.ref, row.key, row.bodies[record.KindOrder])
	c.later()
	c.must(c.compare(false))
	c.want("restored")
	o := *row.bodies[record.KindOrder].(*record.Order)
	o.Status, o.Raw = record.OrderCancelled, record.RawBinned
	c.shop.put(row.ref, row.key, &o)
	c.must(c.compare(true))
	c.want("binned", "orders 1001 order.deleted_in_shop")
	for ref, r := range c.bc.rows { // the person deletes the document too
		if r.key == "WEB-1001" {
			c.bc.remove(ref)
		}
	}
	c.later()
	c.must(c.compare(false))
	c.want("gone on both sides")
	c.must(c.compare(true))
	c.want("the next night")
}

func TestOrderDeletedInBC(t *testing.T) {
	c := newComparing(t)
	for ref, r := range c.bc.rows {
		if r.key == "WEB-1001" {
			c.bc.remove(ref)
		}
	}
	c.must(c.compare(true))
	c.want("deleted", "orders 1001 order.deleted_in_bc")
	c.later()
	c.run(orders)
	c.must(c.compare(false))
	c.want("looked at again", "orders 1001 order.deleted_in_bc")
	if got := c.documents(); !slices.Equal(got, []string{"WEB-1002"}) {
		t.Errorf("made again without a word: %v", got)
	}
	c.approve("order.deleted_in_bc")
	c.must(c.compare(false))
	c.want("made again")
	if got := c.documents(); !slices.Equal(got, []string{"WEB-1001", "WEB-1002"}) {
		t.Errorf("Business Central has %v", got)
	}
	c.must(c.compare(true))
	c.run(orders)
	if got := c.documents(); len(got) != 2 {
		t.Errorf("and then %v", got)
	}
}

// A document that was posted needs no looking after; once that is known it costs nothing.
func TestPostedOrderIsClosed(t *testing.T) {
	c := newComparing(t)
	for _, r := range c.bc.rows {
		if doc, ok := r.bodies[record.KindOrder].(*record.SalesOrder); ok {
			posted := *doc
			posted.Posted = true
			r.bodies[record.KindOrder] = &posted
		}
	}
	c.bcSide.lacks = func(q record.Query, ref string) bool {
		return (q.IDs || len(q.Refs) > 0) && strings.HasPrefix(ref, "doc")
	}
	c.must(c.compare(true))
	c.want("posted")
	link, _, err := c.db.LinkByKey(record.KindOrder, "1001")
	c.must(err)
	if link.Of(record.KindOrder).Level != plan.Closed {
		t.Errorf("not remembered: %+v", link)
	}
	c.bcSide.asked.Store(0)
	c.shopSide.asked.Store(0)
	c.must(c.compare(true))
	if n := c.bcSide.asked.Load() + c.shopSide.asked.Load(); n > 0 {
		t.Errorf("%d calls beside the lists of ids", n)
	}
	c.run(orders)
	if got := c.documents(); len(got) != 2 {
		t.Errorf("Business Central has %v", got)
	}
}

// Comparing costs nothing while nothing waits and no night has come.
func TestComparisonAtRest(t *testing.T) {
	c := newComparing(t)
	c.must(c.compare(false))
	if n := c.bcSide.asked.Load() + c.shopSide.asked.Load(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// One comparison a night; one that failed is tried again after an hour.
func TestComparisonOnceANight(t *testing.T) {
	c := newComparing(t)
	lists := 0
	cut := true
	c.bcSide.fails = func(q record.Query) error {
		if q.IDs && q.After == "" {
			if lists++; cut {
				return fault.New("net.cut", nil)
			}
		}
		return nil
	}
	job := c.job(products)
	job.From, job.To = c.bcSide, c.shopSide
	compare := func(night string) {
		_, _ = c.engine.Compare(t.Context(), engine.Comparison{Products: &job, Night: night})
	}
	compare("monday")
	compare("monday")
	if lists != 1 {
		t.Errorf("%d lists right after one failed", lists)
	}
	cut = false
	c.later()
	for range 3 {
		compare("monday")
		compare("")
	}
	compare("tuesday")
	if lists != 3 {
		t.Errorf("%d lists in two nights", lists)
	}
}
