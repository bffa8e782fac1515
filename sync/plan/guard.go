package plan

import (
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// Passage is what a mass-change guard has seen and let through before this page: of the run, and of the last 24 hours.
// The zero value is a page by itself.
type Passage struct {
	Read int                  // records of the kind read in this run
	Run  int                  // of them, let through in this run
	Day  map[string]time.Time // the owner's ids of those let through in the last 24 hours, in this run too, and when
	All  int                  // records of the family that are linked; 0 is unknown
}

// guard takes mass changes out of the plan and holds them (invariant 5): more products going out of stock, or prices
// jumping, than the chosen share of what the run has read so far and than the minimum; and more in a day than that
// share of all products, so that many small runs are no way around it.
func (m *maker) guard() {
	last := make(map[string]*Last)
	read := map[fault.Code]int{}
	for i := range m.wanted {
		k := m.wanted[i].Key.Kind
		if code := GuardOf(k); code != "" {
			read[code]++
			last[m.wanted[i].Ref] = &m.agreed[i]
		}
	}
	if len(read) == 0 {
		return
	}
	hits := map[fault.Code][]int{}
	for i := range m.plan.Changes {
		c := &m.plan.Changes[i]
		code, before := GuardOf(c.Key.Kind), m.before(c, last[c.Source])
		if code == massZero && before > 0 && c.Level <= 0 || code == massPrice && jumps(before, c.Level, &m.rules.Safety) {
			hits[code] = append(hits[code], i)
		}
	}
	drop := map[int]fault.Code{}
	for _, code := range []fault.Code{massZero, massPrice} {
		m.mark(drop, hits[code], read[code], code)
	}
	m.take(drop, last, hits)
}

// The codes of the guards.
const (
	massZero    fault.Code = "stock.mass_zero"
	massPrice   fault.Code = "price.mass_change"
	massDeleted fault.Code = "item.mass_deleted"
)

// GuardOf is the guard that watches the changes of a kind; "" where none does.
func GuardOf(k record.Kind) fault.Code {
	switch k {
	case record.KindStock:
		return massZero
	case record.KindPrice:
		return massPrice
	}
	return ""
}

// before is the number the shop has now: what was agreed, or what was found there where nothing is agreed (a first
// link, a reconciliation). 0 where it has none.
func (m *maker) before(c *Change, was *Last) int64 {
	if was != nil && was.Of(c.Key.Kind).Set {
		return was.Of(c.Key.Kind).Level
	}
	if hits := m.found.Get(c.Key.Kind, c.Key.ID); len(hits) == 1 && hits[0].Body != nil {
		return levelOf(hits[0].Body)
	}
	if was != nil {
		return was.Of(c.Key.Kind).Level // looked at again without trust in the agreement
	}
	return 0
}

// Guards reports whether a code is a mass-change guard's: what it stopped together a person lets through together.
func Guards(code fault.Code) bool {
	return code == massZero || code == massPrice || code == massDeleted
}

// jumps reports whether a price rises above its limit or falls below it.
func jumps(before, after int64, rules *SafetyRules) bool {
	if before <= 0 || after <= 0 {
		return false
	}
	was, is := decimal.MustNew(before, 4), decimal.MustNew(after, 4)
	if most, err := was.Mul(rules.PriceFactor); err == nil && rules.PriceFactor.Cmp(decimal.One) > 0 && is.Cmp(most) > 0 {
		return true
	}
	least, err := was.Mul(rules.PriceDrop)
	return err == nil && rules.PriceDrop.Cmp(decimal.One) < 0 && is.Cmp(least) < 0
}

// Most is how many of a number of records may change in a way a guard watches before it stops them.
func (r *SafetyRules) Most(of int) int {
	part, err := r.Share.Mul(decimal.MustNew(int64(of), 0))
	if err != nil {
		return r.Min
	}
	whole, _, _ := part.Int64(0)
	return max(r.Min, int(whole))
}

// mark decides which of the hits of one guard wait. An approval lets through exactly what the person was shown: a
// record that has changed since is held again, however few they are.
func (m *maker) mark(drop map[int]fault.Code, hits []int, read int, code fault.Code) {
	var fresh []int
	for _, i := range hits {
		c := &m.plan.Changes[i]
		s := Suspect{Ref: c.Source, Code: code}
		shown, approved := m.rules.Approved[s]
		switch {
		case approved && shown == c.Sum:
		case approved || m.rules.Suspects[s]:
			drop[i] = code
			fresh = append(fresh, i)
		default:
			fresh = append(fresh, i)
		}
	}
	before := m.rules.Passed[code]
	n := 0
	for _, i := range fresh { // one that went through today and is written again counts once
		if _, again := before.Day[m.plan.Changes[i].Source]; !again {
			n++
		}
	}
	tooMany := before.Run+n > m.rules.Safety.Most(before.Read+read) ||
		len(before.Day)+n > m.rules.Safety.Most(max(before.All, before.Read+read))
	for _, i := range fresh {
		if tooMany {
			drop[i] = code
		}
		if drop[i] == "" {
			m.plan.Passed = append(m.plan.Passed, Suspect{Ref: m.plan.Changes[i].Source, Code: code})
		}
	}
}

// take moves dropped changes to the held list.
func (m *maker) take(drop map[int]fault.Code, last map[string]*Last, hits map[fault.Code][]int) {
	if len(drop) == 0 {
		return
	}
	kept := m.plan.Changes[:0]
	for i, c := range m.plan.Changes {
		code, dropped := drop[i]
		if !dropped {
			kept = append(kept, c)
			continue
		}
		args := fault.Args{"key": c.Key.ID, "count": strconv.Itoa(m.rules.Passed[code].Run + len(hits[code])),
			"from": levelText(m.before(&c, last[c.Source]), 0), "to": levelText(c.Level, 0)}
		if code == massPrice {
			args["from"], args["to"] = levelText(m.before(&c, last[c.Source]), 2), levelText(c.Level, 2)
			args["factor"], args["drop"] = m.rules.Safety.PriceFactor.String(), percentText(m.rules.Safety.PriceDrop)
		}
		if m.rules.Trace {
			m.plan.Trace = append(m.plan.Trace, Step{Kind: c.Key.Kind, Key: c.Key.ID, Text: "held: " + fault.Fill(fault.Codes[code].Text, code, args)})
		}
		m.plan.Held = append(m.plan.Held, Held{Kind: c.Key.Kind, Key: c.Key.ID, Source: c.Source, To: c.Ref, Sum: c.Sum, Code: code, Args: args})
	}
	m.plan.Changes = kept
}

// levelText is a level with at least so many decimals.
func levelText(level int64, scale int) string { return decimal.MustNew(level, 4).Trim(scale).String() }

// percentText is a share in percent.
func percentText(share decimal.Decimal) string {
	p, err := share.Mul(hundred)
	if err != nil {
		return share.String()
	}
	return p.Trim(0).String()
}
