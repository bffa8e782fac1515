package engine

import (
	"context"
	"slices"
	"strconv"

	"stockbridge/sync/fault"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
)

// products compares the items and the products they are linked with.
func (c *comparer) products(ctx context.Context) error {
	var owner, other *idSet
	lacks := func(*Link) bool { return false }
	if c.full {
		var err error
		if owner, err = c.ids(ctx, c.job.From, nil); err != nil {
			return err
		}
		if other, err = c.ids(ctx, c.job.To, nil); err != nil {
			return err
		}
		// A side without any is emptied, not tidied up: that is another question than which of its records are gone.
		lacks = func(l *Link) bool {
			return len(owner.have) > 0 && !owner.has(l.Ref) || len(other.have) > 0 && !other.has(l.To)
		}
	}
	links, err := c.suspects(lacks)
	if err != nil || len(links) == 0 {
		return err
	}
	have, listed, err := c.there(ctx, c.job.From, refsOf(links), known(owner))
	if err != nil || !listed {
		return err
	}
	var deleted, kept []Link
	for _, l := range links {
		if _, there := have[l.Ref]; !there {
			deleted = append(deleted, l)
		} else {
			kept = append(kept, l)
		}
	}
	if c.full && len(owner.have) == 0 {
		return nil
	}
	if err := c.deleted(ctx, deleted); err != nil {
		return err
	}
	return c.gone(ctx, kept, known(other))
}

func known(s *idSet) string {
	if s == nil {
		return ""
	}
	return s.known
}

func refsOf(links []Link) []string {
	out := make([]string, len(links))
	for i := range links {
		out[i] = links[i].Ref
	}
	return out
}

// deleted holds products whose item is gone, and takes those off sale that a person approved.
func (c *comparer) deleted(ctx context.Context, links []Link) error {
	n := 0
	var offSale []Link
	for i := range links {
		l := &links[i]
		switch {
		case l.To == "":
			c.over(l.Ref)
		case c.approved(l.Ref, plan.ItemDeleted, plan.ItemsDeleted):
			offSale = append(offSale, *l)
		case !c.skipped(l.Ref):
			n++
		}
	}
	if c.links == 0 {
		var err error
		if c.links, err = c.e.State.CountLinks(c.family); err != nil {
			return err
		}
	}
	code := plan.ItemDeleted
	if n > c.job.Rules.Safety.Most(c.links) {
		code = plan.ItemsDeleted
	}
	for i := range links {
		l := &links[i]
		if l.To == "" || c.approved(l.Ref, plan.ItemDeleted, plan.ItemsDeleted) {
			continue
		}
		of := code
		if c.held(l.Ref, plan.ItemsDeleted) {
			of = plan.ItemsDeleted // stays with those it was stopped with, however few are looked at together
		}
		args := fault.Args{"ref": l.To}
		if of == plan.ItemsDeleted {
			args["count"] = strconv.Itoa(n)
		}
		c.hold(l, of, args)
	}
	return c.takeOffSale(ctx, offSale)
}

func (c *comparer) held(ref string, code fault.Code) bool {
	return slices.ContainsFunc(c.lost[ref], func(l Lost) bool { return l.Code == code })
}

func (c *comparer) skipped(ref string) bool {
	return slices.ContainsFunc(c.lost[ref], func(l Lost) bool { return l.Skipped })
}

// takeOffSale makes drafts of products and forgets their links: an item made again under the same number finds its
// product by SKU. Saying it twice changes nothing, so no intent is needed.
func (c *comparer) takeOffSale(ctx context.Context, links []Link) error {
	for len(links) > 0 {
		n := min(max(1, c.job.Limits.Batch), len(links))
		changes := make([]record.Change, n)
		for i, l := range links[:n] {
			changes[i] = record.Change{Key: record.Key{Kind: record.KindItem, ID: l.Key}, Ref: l.To, Source: l.Ref,
				Want: &record.Item{SKU: l.Key, Status: record.Draft}}
		}
		var deeds []Deed
		for i, res := range c.job.To.Write(ctx, changes) {
			l := &links[i]
			switch {
			case res.Err == nil || fault.As(res.Err).Code == plan.ProductRefused:
				c.out.Unlinked = append(c.out.Unlinked, l.Ref)
				c.over(l.Ref)
			case fault.Stops(res.Err):
				return res.Err
			default:
				h := held(record.KindItem, l.Key, l.Ref, res.Err)
				c.hold(l, plan.ItemDeleted, fault.Args{"ref": l.To, "detail": h.Args["detail"]})
			}
			if res.Err == nil {
				deeds = append(deeds, Deed{At: c.e.Now(), Flow: record.KindItem, What: Updated, Kind: record.KindItem, Key: l.Key, Source: l.Ref,
					To: l.To, Why: whyApproved + string(plan.ItemDeleted), Body: changes[i].Want, Was: *l.Of(record.KindItem)})
			}
		}
		if c.e.Audit != nil && len(deeds) > 0 {
			if err := c.e.Audit.Append(deeds); err != nil {
				return err
			}
		}
		links = links[n:]
	}
	return nil
}

// gone holds items whose product the shop no longer has, or has in its bin.
func (c *comparer) gone(ctx context.Context, links []Link, known string) error {
	var ask []string
	for i := range links {
		if links[i].To != "" {
			ask = append(ask, links[i].To)
		}
	}
	have, listed, err := c.there(ctx, c.job.To, ask, known)
	if err != nil || !listed || known == "" && c.full {
		return err
	}
	for i := range links {
		l := &links[i]
		r, there := have[l.To]
		binned := there && fault.As(r.Err) != nil && fault.As(r.Err).Code == "shop.sku_in_trash"
		switch {
		case l.To == "" || there && !binned:
			// The product is back, or the link went in a run that was cut short: what was not written then is compared now.
			if len(c.lost[l.Ref]) > 0 {
				c.over(l.Ref)
				c.again = append(c.again, l.Ref)
			}
		case c.approved(l.Ref, plan.ProductGone):
			c.out.Unlinked = append(c.out.Unlinked, l.Ref)
			c.again = append(c.again, l.Ref)
		default:
			c.hold(l, plan.ProductGone, fault.Args{"ref": l.To})
		}
	}
	return nil
}
