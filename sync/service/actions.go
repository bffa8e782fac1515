package service

import (
	"cmp"
	"strings"

	"stockbridge/store"
	"stockbridge/sync/bc"
	"stockbridge/sync/ipc"
	"stockbridge/sync/plan"
	"stockbridge/sync/record"
	"stockbridge/sync/report"
)

// shown is a problem as a person sees it: with the side's own words, and what can be done.
func (c *connection) shown(p *store.Problem) ipc.Problem {
	out := c.problem(p)
	if said := p.Args["detail"]; out.Fault.Detail == "" && !strings.Contains(out.Fault.Text, said) {
		out.Fault.Detail = said
	}
	out.Together = plan.Guards(p.Code)
	out.Actions = c.actions(p, out.Approvable)
	return out
}

// actions lists what a person can do about a problem, the likeliest first.
func (c *connection) actions(p *store.Problem, approvable bool) []ipc.ProblemAction {
	if p.Kind == record.KindConnection && p.Key == keyState { // news: there is nothing to retry or approve
		return []ipc.ProblemAction{{Action: ipc.ActionSkip}}
	}
	var out []ipc.ProblemAction
	add := func(a ipc.ProblemAction) { out = append(out, a) }
	if approvable {
		add(ipc.ProblemAction{Action: ipc.ActionApprove})
	}
	if field := report.Field(p.Code, p.Args); field != "" {
		add(ipc.ProblemAction{Action: ipc.ActionSetting, Field: field})
	}
	for _, page := range c.pages(p) {
		if page.URL != "" {
			add(page)
		}
	}
	add(ipc.ProblemAction{Action: ipc.ActionRetry})
	if p.Kind != record.KindConnection {
		add(ipc.ProblemAction{Action: ipc.ActionSkip})
	}
	return out
}

// pages are the addresses of a problem's record on both sides. They are made of the connection's own addresses and of
// ids; no answer of a side has a part in the host.
func (c *connection) pages(p *store.Problem) []ipc.ProblemAction {
	open := func(side, url string) ipc.ProblemAction {
		return ipc.ProblemAction{Action: ipc.ActionOpen, Side: side, URL: url}
	}
	family, conf := p.Kind.Family(), c.conf
	switch family {
	case record.KindItem:
		return []ipc.ProblemAction{open("bc", bc.Page(conf, family, p.Key)), open("shop", c.platform.Page(conf, family, cmp.Or(p.To, p.Args["holder"])))}
	case record.KindOrder:
		return []ipc.ProblemAction{open("shop", c.platform.Page(conf, family, p.Ref)), open("bc", bc.Page(conf, family, plan.External(conf.Flows.Orders.ExternalPrefix, p.Key)))}
	case record.KindShipment:
		return []ipc.ProblemAction{open("bc", bc.Page(conf, family, p.Key)), open("shop", c.platform.Page(conf, record.KindOrder, p.To))}
	}
	return nil
}
