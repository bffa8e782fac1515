package plan

import (
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"stockbridge/sync/fault"
	"stockbridge/sync/record"
)

// guard takes mass changes out of the plan and holds them (invariant 5): more products going out of stock, or prices
// jumping, than a tenth of the page and than the minimum. Every page by itself stays within the share, so a run does.
func (m *maker) guard() {
	last := make(map[string]*Last)
	var stocks, prices int
	for i := range m.wanted {
		switch m.wanted[i].Key.Kind {
		case record.KindStock:
			stocks++
		case record.KindPrice:
			prices++
		}
	}
	if stocks+prices == 0 {
		return
	}
	var zero, jump []int
	for i := range m.wanted {
		if k := m.wanted[i].Key.Kind; k == record.KindStock || k == record.KindPrice {
			last[m.wanted[i].Ref] = &m.agreed[i]
		}
	}
	for i := range m.plan.Changes {
		c := &m.plan.Changes[i]
		before := m.before(c, last[c.Source])
		switch c.Key.Kind {
		case record.KindStock:
			if before > 0 && c.Level <= 0 {
				zero = append(zero, i)
			}
		case record.KindPrice:
			if jumps(before, c.Level, m.rules.Safety.PriceFactor) {
				jump = append(jump, i)
			}
		}
	}
	drop := map[int]fault.Code{}
	m.mark(drop, zero, stocks, "stock.mass_zero")
	m.mark(drop, jump, prices, "price.mass_change")
	m.take(drop, last, len(zero), len(jump))
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

// Guards reports whether a code is a mass-change guard's: a hold that a person may overrule.
func Guards(code fault.Code) bool { return code == "stock.mass_zero" || code == "price.mass_change" }

// jumps reports whether a price moves by more than the factor, up or down.
func jumps(before, after int64, factor decimal.Decimal) bool {
	if before <= 0 || after <= 0 || factor.Cmp(decimal.One) <= 0 {
		return false
	}
	low, high := min(before, after), max(before, after)
	limit, err := decimal.MustNew(low, 4).Mul(factor)
	return err == nil && decimal.MustNew(high, 4).Cmp(limit) > 0
}

func (m *maker) mark(drop map[int]fault.Code, hits []int, of int, code fault.Code) {
	limit := m.rules.Safety.Min
	if part, err := m.rules.Safety.Share.Mul(decimal.MustNew(int64(of), 0)); err == nil {
		whole, _, _ := part.Int64(0)
		limit = max(limit, int(whole))
	}
	suspect := func(i int) Suspect { return Suspect{Ref: m.plan.Changes[i].Source, Code: code} }
	hits = slices.DeleteFunc(hits, func(i int) bool { return m.rules.Approved[suspect(i)] })
	for _, i := range hits {
		if len(hits) > limit || m.rules.Suspects[suspect(i)] {
			drop[i] = code
		}
	}
}

// take moves dropped changes to the held list.
func (m *maker) take(drop map[int]fault.Code, last map[string]*Last, zeros, jumps int) {
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
		args := fault.Args{"key": c.Key.ID, "count": strconv.Itoa(zeros)}
		if code == "price.mass_change" {
			args = fault.Args{"key": c.Key.ID, "count": strconv.Itoa(jumps), "factor": m.rules.Safety.PriceFactor.String(),
				"from": levelText(m.before(&c, last[c.Source])), "to": levelText(c.Level)}
		}
		if m.rules.Trace {
			m.plan.Trace = append(m.plan.Trace, Step{Kind: c.Key.Kind, Key: c.Key.ID, Text: "held: " + fault.Fill(fault.Codes[code].Text, code, args)})
		}
		m.plan.Held = append(m.plan.Held, Held{Kind: c.Key.Kind, Key: c.Key.ID, Source: c.Source, To: c.Ref, Sum: c.Sum, Code: code, Args: args})
	}
	m.plan.Changes = kept
}

func levelText(level int64) string { return decimal.MustNew(level, 4).Trim(2).String() }
