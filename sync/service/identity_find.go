package service

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"stockbridge/store"
	"stockbridge/sync/endpoint"
	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// ownProblem finds the problem of a key of this connection.
func (c *connection) ownProblem(key string) (store.Problem, bool, error) {
	all := store.Everything()
	all.Kind, all.Key = record.KindConnection, key
	list, err := c.db.Problems(all)
	if err != nil || len(list) == 0 {
		return store.Problem{}, false, err
	}
	return list[0], true, nil
}

// another reports whether a system is surely another one than the one remembered. Where either tells no id, it is by
// the name: for a shop the address it gives itself.
func another(was, now *known) bool {
	if was.ID != "" && now.ID != "" {
		return was.ID != now.ID
	}
	return was.Name != "" && now.Name != "" && was.Name != now.Name
}

// otherPlace finds settings that lead somewhere else, to another system. The same system at a new address (a server
// that moved, a company that was renamed) is no trouble.
func (c *connection) otherPlace(_ context.Context, _ *sides, was, now *identity) (*trouble, error) {
	var then, there []string
	for _, s := range [][2]*known{{&was.BC, &now.BC}, {&was.Shop, &now.Shop}} {
		if s[0].Place != "" && s[0].Place != s[1].Place && another(s[0], s[1]) {
			then, there = append(then, s[0].Place), append(there, s[1].Place)
		}
	}
	if len(then) == 0 {
		return nil, nil
	}
	products, orders, err := c.linked()
	if err != nil {
		return nil, err
	}
	return &trouble{keySettings, fault.New("connection.swapped", fault.Args{"then": strings.Join(then, ", "), "now": strings.Join(there, ", "),
		"products": strconv.Itoa(products), "orders": strconv.Itoa(orders)})}, nil
}

// otherSystem finds another system behind the same address.
func (c *connection) otherSystem(_ context.Context, _ *sides, was, now *identity) (*trouble, error) {
	if was.BC.Place == now.BC.Place && another(&was.BC, &now.BC) {
		now.Restored = c.s.now()
		return &trouble{keyBC, fault.New("bc.other_company", fault.Args{"company": c.conf.BC.Company, "then": was.BC.ID, "now": now.BC.ID})}, nil
	}
	if was.Shop.Place == now.Shop.Place && another(&was.Shop, &now.Shop) {
		return &trouble{keyShop, fault.New("shop.other_site", fault.Args{"place": now.Shop.Place, "then": spoken(&was.Shop), "now": spoken(&now.Shop)})}, nil
	}
	return nil, nil
}

func spoken(k *known) string { return strings.TrimSpace(k.Name + " " + k.ID) }

// sample is how many linked products are looked for at both sides; fewest is how few linked ones say nothing when they
// are gone: a person may have removed those.
const (
	sample = 50
	fewest = 3
)

var errEnough = errors.New("enough")

// emptied finds a system that answers well and has nearly nothing of what is linked (R14): fewer than a tenth.
func (c *connection) emptied(ctx context.Context, sd *sides, was, now *identity) (*trouble, error) {
	var items, products []string
	err := c.db.EachLink(record.KindItem, func(l store.Link) error {
		if l.To != "" {
			items, products = append(items, l.Ref), append(products, l.To)
		}
		if len(items) == sample {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	few, found, err := nearlyNone(ctx, sd.bc, items)
	if err != nil {
		return nil, err
	}
	if few {
		now.Restored, now.BC.Trail = c.s.now(), seen(&known{}, "", &sd.bc.facts).Trail
		return &trouble{keyBC, fault.New("bc.emptied", fault.Args{"asked": strconv.Itoa(len(items)), "found": strconv.Itoa(found)})}, nil
	}
	if few, found, err = nearlyNone(ctx, sd.shop, products); err != nil {
		return nil, err
	}
	args := fault.Args{"asked": strconv.Itoa(len(products)), "found": strconv.Itoa(found), "what": "products"}
	if !few && len(was.Shop.Trail) >= fewest && sd.shop.facts.Identity.Trail != nil && len(sd.shop.facts.Identity.Trail) == 0 {
		few, args = true, fault.Args{"asked": strconv.Itoa(len(was.Shop.Trail)), "found": "0", "what": "orders"}
	}
	if few {
		now.Shop.Trail = nil
		return &trouble{keyShop, fault.New("shop.emptied", args)}, nil
	}
	return nil, nil
}

// nearlyNone looks for products by id.
func nearlyNone(ctx context.Context, s *side, refs []string) (few bool, found int, err error) {
	if len(refs) < fewest {
		return false, 0, nil
	}
	page, err := s.Read(ctx, record.Query{Kinds: []record.Kind{record.KindItem}, Refs: refs})
	return err == nil && len(page.Records)*10 < len(refs), len(page.Records), err
}

// olderCopy finds a system that was set back: numbers it had given out are gone, or stand for something else.
func (c *connection) olderCopy(ctx context.Context, sd *sides, was, now *identity) (*trouble, error) {
	trail := sd.bc.facts.Identity.Trail
	lost, copied := setBack(was.BC.Trail, trail, true), time.Time{}
	if len(trail) > 0 {
		copied = trail[0].At
	}
	then, is := "", ""
	if lost != nil {
		then, is = "item ledger entry "+strconv.FormatInt(lost.Number, 10), "its newest is "+newest(trail)
	} else {
		o, err := c.lostOrders(ctx, sd)
		if err != nil {
			return nil, err
		}
		if o.isRestore() {
			then, is, copied = "order "+o.newest, "the "+strconv.Itoa(o.gone)+" newest orders are missing", o.since
		}
	}
	if then != "" {
		now.Restored, now.BC.Trail = copied, seen(&known{}, "", &sd.bc.facts).Trail
		args := fault.Args{"then": then, "now": is, "place": was.BC.Place, "now_place": now.BC.Place}
		if was.BC.Place != now.BC.Place {
			return &trouble{keyBC, fault.New("bc.copied", args)}, nil
		}
		return &trouble{keyBC, fault.New("bc.restored", args)}, nil
	}
	if lost := setBack(was.Shop.Trail, sd.shop.facts.Identity.Trail, false); lost != nil {
		now.Shop.Trail = seen(&known{}, "", &sd.shop.facts).Trail
		return &trouble{keyShop, fault.New("shop.restored", fault.Args{"number": lost.Ref})}, nil
	}
	return nil, nil
}

func newest(trail []endpoint.Footprint) string {
	if len(trail) == 0 {
		return "none"
	}
	return strconv.FormatInt(trail[0].Number, 10)
}

// setBack returns a remembered row that is not there any more. Rows can't be removed where complete is set; else only
// a number given a second time counts. What lies before the trail's end is not known.
func setBack(was, now []endpoint.Footprint, complete bool) *endpoint.Footprint {
	if now == nil {
		return nil
	}
	there := make(map[int64]string, len(now))
	for _, r := range now {
		there[r.Number] = r.ID
	}
	for i := range was {
		id, ok := there[was[i].Number]
		before := len(now) > 0 && was[i].Number < now[len(now)-1].Number
		switch {
		case ok && id != was[i].ID && id != "" && was[i].ID != "":
			return &was[i]
		case !ok && complete && !before:
			return &was[i]
		}
	}
	return nil
}
